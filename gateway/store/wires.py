"""What messages were wrapped into, what was answered, and where their receipts stand.

A wire is built once and committed before the first attempt; every attempt sends it. A
repeat of a message shares its wire until a receipt has settled it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from gateway.findings import Finding
from gateway.partner.alerts import AlertKind
from gateway.pipeline.ports import Answer, Failed, Outbound, Sent, Wire
from gateway.store import alerts, ids, lanes, payloads, tables
from gateway.store.journal import event_row, finding_rows
from gateway.store.payloads import Broken, Payloads
from gateway.store.queue import FUNCTIONAL_ACK
from gateway.store.sql import insert_all, insert_new, some

RECEIPT = "receipt"
"""The kind of a deadline for their receipt (MDN) of a message of ours."""

_wire, _box, _deadline = tables.wire.c, tables.outbox.c, tables.deadline.c
_NOT_DONE = sa.text("deadline.done_at IS NULL")  # as the partial index says it


class Standing(StrEnum):
    """Where a message stands by its receipt."""

    BUILT = "built"
    """Nothing was answered yet, or nothing that counts."""
    SENT = "sent"
    """It arrived, and no receipt is expected."""
    PENDING = "mdn_pending"
    """It arrived, and its receipt is to come."""
    OVERDUE = "overdue"
    """The receipt did not come in time."""
    INVALID = "mdn_invalid"
    """What came as a receipt proves nothing."""
    ACCEPTED = "accepted"
    """The partner has proven that they took it."""
    ACCEPTED_WITH_WARNING = "accepted_with_warning"
    """They took it, with a warning."""
    REJECTED = "rejected"
    """They have proven that they did not take it."""
    MIC_MISMATCH = "mic_mismatch"
    """They took something else than we sent."""


OPEN = frozenset(
    (
        Standing.BUILT,
        Standing.SENT,
        Standing.PENDING,
        Standing.OVERDUE,
        Standing.INVALID,
    )
)
"""What a later receipt may still change."""
TAKEN = frozenset((Standing.ACCEPTED, Standing.ACCEPTED_WITH_WARNING))
"""What says that the partner has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A wire that a receipt may be about."""

    partner_id: str
    id: str
    facts: str
    state: Standing
    channel: str
    """The channel that it was sent by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a receipt says of a wire. ``said`` is for people, ``code`` when it is bad.

    ``came`` is the id of the request that brought it, ``sha256`` the sum of its bytes.
    """

    state: Standing
    said: str
    code: str
    came: str
    sha256: str


def load(
    tx: sa.Connection, rows: Sequence[sa.Row[Any]], kept: Payloads
) -> dict[tuple[str, str], Wire]:
    """The wires of these rows of the outbox, by partner and Message-ID."""
    if not rows:
        return {}
    found: dict[tuple[str, str], Wire] = {}
    blobs = kept.load(tx, (row.wire_sha256 for row in rows))
    for part in some({(row.partner_id, row.wire_id) for row in rows}):
        place = sa.tuple_(_wire.partner_id, _wire.id).in_(part)
        for row in tx.execute(sa.select(tables.wire).where(place)):
            found[row.partner_id, row.id] = Wire(
                id=row.id,
                blob=blobs.get(row.sha256)
                or Broken(0, row.sha256, "the bytes are not kept any more"),
                facts=row.facts,
                since=row.since,
            )
    return found


def commit(
    tx: sa.Connection,
    outbound: Outbound,
    wire: Wire,
    content: payloads.Row,
    kept: Payloads,
) -> Wire:
    """Keep what was built for a message; what another sender kept first is given back.

    ``content`` is the prepared row of its bytes.
    """
    mine = (_box.partner_id == outbound.partner_id, _box.id == outbound.id)
    noted = tx.execute(
        sa.update(tables.outbox)
        .where(*mine, _box.wire_id == "")
        .values(wire_id=wire.id, wire_sha256=wire.blob.sha256)
    )
    if noted.rowcount != 1:
        row = tx.execute(sa.select(tables.outbox).where(*mine)).one()
        return load(tx, [row], kept)[row.partner_id, row.wire_id]
    payloads.insert(tx, [content])
    row_ = {
        "partner_id": outbound.partner_id,
        "id": wire.id,
        "message_id": outbound.id,
        "sha256": wire.blob.sha256,
        "facts": wire.facts,
        "state": Standing.BUILT.value,
        "since": wire.since,
        "changed_at": wire.since,
    }
    insert_all(tx, tables.wire, [row_])
    told = {"wire": wire.id, "sha256": wire.blob.sha256}
    about = (outbound.partner_id, "message.wrapped", outbound.id)
    insert_all(tx, tables.event, [event_row(*about, wire.since, **told)])
    return wire


def renew(tx: sa.Connection, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    """Have repeats built anew whose wire a receipt has settled; of others goes on.

    The time that attempts may take begins once more.
    """
    wrapped = [row for row in rows if row.get("wire_id")]
    for row in sorted(wrapped, key=lambda row: str(row["wire_id"])):
        place = (_wire.partner_id == row["partner_id"], _wire.id == row["wire_id"])
        query = sa.select(_wire.state).where(*place).with_for_update()
        if tx.execute(query).scalar() in OPEN:
            tx.execute(sa.update(tables.wire).where(*place).values(since=now))
        else:
            row |= {"wire_id": "", "wire_sha256": ""}


Noted = tuple[Outbound, Answer]


def answers(outcomes: Iterable[tuple[Any, Sent | Failed]]) -> list[Noted]:
    """The answers among what came of some attempts."""
    return [
        (leased.outbound, outcome.answer)
        for leased, outcome in outcomes
        if outcome.answer is not None
    ]


def note(
    tx: sa.Connection,
    answered: Sequence[Noted],
    content: Sequence[payloads.Row],
    now: datetime,
) -> None:
    """Keep answers as they came, and what they say of the receipts.

    What a receipt has settled meanwhile stays.
    """
    if not answered:
        return
    payloads.insert(tx, content)
    rows: list[dict[str, object]] = []
    events: list[dict[str, object]] = []
    for outbound, answer in sorted(answered, key=lambda one: one[1].wire_id):
        rows.append(
            {
                "partner_id": outbound.partner_id,
                "id": ids.new("ans"),
                "wire_id": answer.wire_id,
                "message_id": outbound.id,
                "at": now,
                "status": answer.status,
                "sha256": answer.blob.sha256,
                "state": answer.receipt,
            }
        )
        told = {
            "wire": answer.wire_id,
            "sha256": answer.blob.sha256,
            "status": str(answer.status),
            "receipt": answer.receipt,
        }
        about = (outbound.partner_id, "message.answered", outbound.id)
        events.append(event_row(*about, now, **told))
        state = Standing(answer.receipt)
        moved = _move(tx, outbound.partner_id, answer.wire_id, state, now)
        if moved and state is Standing.PENDING and answer.due_in is not None:
            _expect(tx, outbound.partner_id, answer.wire_id, now + answer.due_in)
        elif moved and state not in OPEN:
            _met(tx, outbound.partner_id, answer.wire_id, now)
    insert_all(tx, tables.wire_answer, rows)
    insert_all(tx, tables.event, events)


def known(tx: sa.Connection, message_id: str) -> list[Known]:
    """The wires with this Message-ID, in whichever brackets it stands."""
    bare = message_id.strip().removeprefix("<").removesuffix(">")
    query = sa.select(tables.wire).where(_wire.id.in_((bare, f"<{bare}>")))
    return [
        Known(
            partner_id=row.partner_id,
            id=row.id,
            facts=row.facts,
            state=Standing(row.state),
            channel=str(json.loads(row.facts).get("channel", "")),
        )
        for row in tx.execute(query)
    ]


def settle(tx: sa.Connection, one: Known, verdict: Verdict, now: datetime) -> bool:
    """Make a receipt count for every message that was sent in this wire.

    False: another one has settled it before, and this one is only noted.
    """
    moved = _move(tx, one.partner_id, one.id, verdict.state, now)
    query = sa.select(tables.outbox).where(
        _box.partner_id == one.partner_id, _box.wire_id == one.id, tables.OUTBOX_WIRED
    )
    rows = tx.execute(query.order_by(_box.id).with_for_update()).all()
    name = "message.receipt" if moved else "message.receipt_repeated"
    told = {
        "wire": one.id,
        "receipt": str(verdict.state),
        "said": verdict.said,
        "sha256": verdict.sha256,
        "came": verdict.came,
    }
    events = [event_row(one.partner_id, name, row.id, now, **told) for row in rows]
    insert_all(tx, tables.event, events)
    if not moved:
        return False
    if verdict.state not in OPEN:
        _met(tx, one.partner_id, one.id, now)
    for row in rows:
        _take_over(tx, row, verdict, now)
    return True


def forget(tx: sa.Connection, message_ids: Sequence[str]) -> None:
    """Delete the wires made for these messages, but for those that repeats share."""
    used = sa.select(_box.wire_id).where(
        _box.partner_id == _wire.partner_id, _box.wire_id == _wire.id
    )
    query = sa.select(_wire.partner_id, _wire.id).where(
        ~sa.exists(used.where(tables.OUTBOX_WIRED))
    )
    answer, place = tables.wire_answer.c, sa.tuple_(_wire.partner_id, _wire.id)
    for part in some(message_ids):
        rows = tx.execute(query.where(_wire.message_id.in_(part)))
        gone = [tuple(row) for row in rows]
        if not gone:
            continue
        its = sa.tuple_(answer.partner_id, answer.wire_id)
        due = sa.tuple_(_deadline.partner_id, _deadline.ref).in_(gone)
        tx.execute(sa.delete(tables.wire).where(place.in_(gone)))
        tx.execute(sa.delete(tables.wire_answer).where(its.in_(gone)))
        tx.execute(sa.delete(tables.deadline).where(_deadline.kind == RECEIPT, due))


def unmatched(
    tx: sa.Connection, partner_id: str, came: str, message_id: str, now: datetime
) -> None:
    """Note a receipt that is for no message of ours to this partner."""
    what = "a receipt (MDN) came for a message that we did not send"
    about = (partner_id, "receipt.unmatched", came)
    event = event_row(*about, now, message_id=message_id[:200])
    insert_all(tx, tables.event, [event])
    raised = alerts.row_of(partner_id, AlertKind.OTHER, "AS2-208", what, came, now)
    insert_all(tx, tables.alert, [raised])


def _take_over(
    tx: sa.Connection, row: sa.Row[Any], verdict: Verdict, now: datetime
) -> None:
    """What the receipt means for one message that was sent in the wire.

    What proves nothing leaves a message alone that is still being tried.
    """
    after: dict[str, object] = {}
    waits = row.delivery in ("queued", "sending")
    if verdict.state in TAKEN and row.delivery != "cancelled":
        after = {"delivery": "delivered", "settled_at": row.settled_at or now}
        if row.acknowledgement == "overdue":
            after["acknowledgement"] = _acknowledgement(tx, row)
    elif row.delivery == "delivered" or (waits and verdict.state not in OPEN):
        after = {"delivery": "failed", "settled_at": now}
    if not after:
        return
    its = (_box.partner_id == row.partner_id, _box.id == row.id)
    said = {"last_said": verdict.said[:500], "lease_owner": ""}
    tx.execute(sa.update(tables.outbox).where(*its).values(after | said))
    if waits:
        lanes.open_now(tx, row.lane, now)
    if after["delivery"] == "failed":
        tell(tx, row, AlertKind.FAILED, verdict.code, verdict.said, now)


def _acknowledgement(tx: sa.Connection, row: sa.Row[Any]) -> str:
    """What it was before the receipt was overdue."""
    query = sa.select(_deadline.done_at).where(
        _deadline.partner_id == row.partner_id,
        _deadline.kind == FUNCTIONAL_ACK,
        _deadline.ref == row.idem,
    )
    found = tx.execute(query).first()
    if found is None:
        return "not_expected"
    return "overdue" if found.done_at is not None else "waiting"


def tell(
    tx: sa.Connection,
    row: sa.Row[Any],
    kind: AlertKind,
    code: str,
    what: str,
    now: datetime,
) -> None:
    """Note a finding about a message of ours, and alert the operators."""
    found = Finding.of(code, what, value=row.id)
    about = (row.partner_id, row.receipt_id)
    rows = finding_rows((found,), *about, message_id=row.id, order_id=row.order_id)
    insert_all(tx, tables.finding, rows)
    raised = alerts.row_of(row.partner_id, kind, code, what, row.id, now)
    insert_all(tx, tables.alert, [raised])


# Deadlines of receipts.


def overdue(tx: sa.Connection, now: datetime, limit: int) -> int:
    """Tell of receipts that did not come in time; how many deadlines passed."""
    late = tx.execute(
        sa.select(_deadline.partner_id, _deadline.ref, _deadline.due_at)
        .where(_NOT_DONE, _deadline.kind == RECEIPT, _deadline.due_at <= now)
        .order_by(_deadline.due_at)
        .limit(limit)
    ).all()
    for one in sorted(late, key=lambda one: str(one.ref)):  # nobody waits in a circle
        its = (_wire.partner_id == one.partner_id, _wire.id == one.ref)
        moved = tx.execute(
            sa.update(tables.wire)
            .where(*its, _wire.state == Standing.PENDING.value)
            .values(state=Standing.OVERDUE.value, changed_at=now)
        )
        _met(tx, one.partner_id, one.ref, now)
        if not moved.rowcount:
            continue
        query = sa.select(tables.outbox).where(
            _box.partner_id == one.partner_id,
            _box.wire_id == one.ref,
            tables.OUTBOX_WIRED,
            _box.delivery == "delivered",
        )
        for row in tx.execute(query.with_for_update()).all():
            _tell_late(tx, row, now)
    return len(late)


def _tell_late(tx: sa.Connection, row: sa.Row[Any], now: datetime) -> None:
    sent = row.settled_at or row.created_at
    what = f"{row.kind} of {sent:%Y-%m-%d %H:%M} UTC got no receipt (MDN)"
    event = event_row(row.partner_id, "message.receipt_overdue", row.id, now)
    insert_all(tx, tables.event, [event])
    tell(tx, row, AlertKind.OVERDUE, "SLA-007", what, now)
    if row.acknowledgement in ("not_expected", "waiting"):
        its = (_box.partner_id == row.partner_id, _box.id == row.id)
        tx.execute(
            sa.update(tables.outbox).where(*its).values(acknowledgement="overdue")
        )


def is_due(tx: sa.Connection, now: datetime) -> bool:
    """Whether a receipt is overdue."""
    query = sa.exists().where(
        _NOT_DONE, _deadline.kind == RECEIPT, _deadline.due_at <= now
    )
    return bool(tx.execute(sa.select(query)).scalar())


def _move(
    tx: sa.Connection, partner_id: str, wire_id: str, state: Standing, now: datetime
) -> bool:
    """Note the new standing, if none is settled."""
    if state is Standing.BUILT:
        return False
    moved = tx.execute(
        sa.update(tables.wire)
        .where(
            _wire.partner_id == partner_id,
            _wire.id == wire_id,
            _wire.state.in_([one.value for one in OPEN]),
        )
        .values(state=state.value, changed_at=now)
    )
    return moved.rowcount == 1


def _expect(tx: sa.Connection, partner_id: str, wire_id: str, due_at: datetime) -> None:
    row: Mapping[str, object] = {
        "partner_id": partner_id,
        "kind": RECEIPT,
        "ref": wire_id,
        "due_at": due_at,
        "done_at": None,
    }
    insert_new(tx, tables.deadline, [row])
    _due(tx, partner_id, wire_id, {"due_at": due_at, "done_at": None})


def _met(tx: sa.Connection, partner_id: str, wire_id: str, now: datetime) -> None:
    _due(tx, partner_id, wire_id, {"done_at": now})


def _due(
    tx: sa.Connection, partner_id: str, wire_id: str, values: dict[str, object]
) -> None:
    tx.execute(
        sa.update(tables.deadline)
        .where(
            _deadline.partner_id == partner_id,
            _deadline.kind == RECEIPT,
            _deadline.ref == wire_id,
        )
        .values(values)
    )
