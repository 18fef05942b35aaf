"""Messages of ours: leased when they are due, skipped, given up, sent once more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypedDict

import sqlalchemy as sa

from gateway.findings import Finding
from gateway.partner.alerts import AlertKind
from gateway.pipeline.ports import Blob, Outbound, Wire
from gateway.store import alerts, lanes, tables, wires
from gateway.store.file_names import file_name_of
from gateway.store.journal import event_row, finding_rows
from gateway.store.lanes import Held, Way, Ways
from gateway.store.payloads import Broken, Payloads
from gateway.store.queue import again
from gateway.store.sql import Among, insert_all

_BOX = tables.outbox.c
_LEASE = Among(
    sa.update(tables.outbox)
    .where(tables.OUTBOX_DUE)  # nobody cancelled it meanwhile
    .values(
        delivery="sending",
        lease_owner=sa.bindparam("owner"),
        next_at=sa.bindparam("until"),
        epoch=_BOX.epoch + 1,
        attempts=_BOX.attempts + 1,
    ),
    _BOX.partner_id,
    _BOX.id,
)
_LEASED = Among(
    sa.select(_BOX.id).where(
        _BOX.delivery == "sending",
        _BOX.lease_owner == sa.bindparam("owner"),
        _BOX.next_at == sa.bindparam("until"),
    ),
    _BOX.partner_id,
    _BOX.id,
)
SAID = 500  # characters of a peer's words that are kept


@dataclass(frozen=True, slots=True)
class Leased:
    """A message this sender alone may send, until the lease ends.

    ``epoch`` counts the leases: who comes back after a newer one settles nothing.
    """

    outbound: Outbound
    epoch: int
    receipt_id: str
    order_id: str
    lane: Held


def in_order(partner_id: str, channel: str) -> Way:
    """The way of a lane that no profile speaks of."""
    return Way()


class Wanted(TypedDict):
    """Which messages are wanted: as ``lease`` takes them."""

    limit: int
    ways: Ways
    most_lanes: int
    alerting: bool


class Waiting(NamedTuple):
    """Lanes and messages that were due at a moment, with all that sending them takes.

    Reading that is most of a lease, and on SQLite nobody else writes during one.
    """

    lanes: lanes.Waiting
    blobs: Mapping[str, Blob]
    wires: Mapping[tuple[str, str], Wire]


def waiting(  # noqa: PLR0913  when, which and how many
    tx: sa.Connection,
    now: datetime,
    kept: Payloads,
    *,
    limit: int,
    ways: Ways = in_order,
    most_lanes: int = 16,
    alerting: bool = False,
) -> Waiting | None:
    """What is due, for a ``lease`` that is to be short; none: nothing is."""
    found = lanes.waiting(
        tx, now, ways, limit=limit, lanes=most_lanes, alerting=alerting
    )
    if not found.ready:
        return None
    rows = found.messages
    blobs = kept.load(tx, (row.content_sha256 for row in rows))
    wired = wires.load(tx, [row for row in rows if row.wire_id], kept)
    return Waiting(found, blobs, wired)


def lease(  # noqa: PLR0913  whose, when, which and how many
    tx: sa.Connection,
    owner: str,
    now: datetime,
    kept: Payloads,
    *,
    limit: int,
    lease_s: float,
    ways: Ways = in_order,
    most_lanes: int = 16,
    alerting: bool = False,
    seen: Waiting | None = None,
) -> list[Leased]:
    """Messages that are due, lane by lane in their order, ours for ``lease_s`` seconds.

    Those to partners and our ERP, or those that alert operators: whose mail server is
    slow keeps no partner waiting. The lane that waited longest comes first. What was
    ``seen`` a moment before is not read again where it is so still.

    A message whose sender did not come back is due when its lease has ended.
    """
    until = now + timedelta(seconds=lease_s)
    held = lanes.lease(
        tx,
        owner,
        now,
        until,
        ways,
        limit=limit,
        lanes=most_lanes,
        alerting=alerting,
        seen=seen.lanes if seen else None,
    )
    if not held:
        return []
    rows = [(lane, row) for lane, due in held for row in due]
    ours: set[str] = set()
    for longer_s in {lane.way.lease_s for lane, _ in held}:
        keys = [(r.partner_id, r.id) for o, r in rows if o.way.lease_s == longer_s]
        end = until + timedelta(seconds=longer_s)
        if _LEASE.change(tx, keys, until=end, owner=owner) == len(keys):
            ours.update(id_ for _, id_ in keys)
        else:
            ours.update(
                row.id for row in _LEASED.find(tx, keys, until=end, owner=owner)
            )
    blobs, wrapped = _content(tx, [row for _, row in rows], kept, seen)
    return [
        Leased(
            Outbound(
                id=row.id,
                partner_id=row.partner_id,
                channel=row.channel,
                kind=row.kind,
                file_name=file_name_of(row),
                blob=blobs.get(row.content_sha256)
                or Broken(0, row.content_sha256, "the bytes are not kept any more"),
                attempt=row.attempts + 1,
                number=row.interchange_number,
                wire=wrapped.get((row.partner_id, row.wire_id)),
                address=row.address,
            ),
            row.epoch + 1,
            row.receipt_id,
            row.order_id,
            lane,
        )
        for lane, row in rows
        if row.id in ours
    ]


def _content(
    tx: sa.Connection,
    rows: Sequence[sa.Row[Any]],
    kept: Payloads,
    seen: Waiting | None,
) -> tuple[Mapping[str, Blob], Mapping[tuple[str, str], Wire]]:
    """The bytes and wires of messages; what was seen is not read again."""
    blobs, wired = (dict(seen.blobs), dict(seen.wires)) if seen else ({}, {})
    new = {row.content_sha256 for row in rows} - blobs.keys()
    if new:
        blobs |= kept.load(tx, new)
    unwired = [
        row
        for row in rows
        if row.wire_id and (row.partner_id, row.wire_id) not in wired
    ]
    return blobs, wired | wires.load(tx, unwired, kept)


def skip(
    tx: sa.Connection, message_id: str, now: datetime, **detail: str
) -> str | None:
    """Give up a message that has not left, so that those behind it may.

    Gives what became of it: ``cancelled``, or the state in which it cannot be skipped;
    none if unknown.
    """
    box = tables.outbox.c
    query = sa.select(tables.outbox).where(box.id == message_id).with_for_update()
    stored = tx.execute(query).first()
    if stored is None:
        return None
    on_its_way = stored.delivery == "sending" and stored.next_at > now
    if stored.delivery not in ("queued", "sending") or on_its_way:
        return str(stored.delivery)
    tx.execute(
        sa.update(tables.outbox)
        .where(box.partner_id == stored.partner_id, box.id == message_id)
        .values(delivery="cancelled", settled_at=now, lease_owner="")
    )
    told = {"kind": stored.kind, "sha256": stored.content_sha256, **detail}
    row = event_row(stored.partner_id, "message.skipped", message_id, now, **told)
    insert_all(tx, tables.event, [row])
    lanes.open_now(tx, stored.lane, now)
    return "cancelled"


def give_up(tx: sa.Connection, message_id: str, why: Finding, now: datetime) -> None:
    """A message that waits to be fetched is not fit to leave: it has failed."""
    box = tables.outbox.c
    query = sa.select(tables.outbox).where(box.id == message_id).with_for_update()
    stored = tx.execute(query).first()
    if stored is None or stored.delivery != "queued":
        return
    tx.execute(
        sa.update(tables.outbox)
        .where(box.partner_id == stored.partner_id, box.id == message_id)
        .values(delivery="failed", settled_at=now, last_said=why.what[:SAID])
    )
    partner_id, what = stored.partner_id, f"{stored.kind} was given up: {why.what}"
    found = Finding.of(why.code, what, value=message_id)
    told = {"said": why.what, "sha256": stored.content_sha256}
    event = event_row(partner_id, "message.failed", message_id, now, **told)
    rows = finding_rows(
        (found,),
        partner_id,
        stored.receipt_id,
        message_id=message_id,
        order_id=stored.order_id,
    )
    alert = alerts.row_of(
        partner_id, AlertKind.FAILED, found.code, found.what, message_id, now
    )
    insert_all(tx, tables.event, [event])
    insert_all(tx, tables.finding, rows)
    insert_all(tx, tables.alert, [alert])


def resend(
    tx: sa.Connection, message_id: str, now: datetime, **detail: str
) -> str | None:
    """Queue a message's stored bytes once more; gives the id, none if unknown.

    One that failed is queued again itself; of others a repeat is queued.
    """
    box = tables.outbox.c
    query = sa.select(tables.outbox).where(box.id == message_id)
    stored = tx.execute(query).mappings().first()
    if stored is None:
        return None
    told = {"resends": message_id, "sha256": stored["content_sha256"], **detail}
    if stored["delivery"] == "failed":
        row = event_row(stored["partner_id"], "message.resent", message_id, now, **told)
        insert_all(tx, tables.event, [row])
        wired = {name: stored[name] for name in ("partner_id", "wire_id")}
        wired["wire_sha256"] = stored["wire_sha256"]
        wires.renew(tx, [wired], now)
        tx.execute(
            sa.update(tables.outbox)
            .where(box.partner_id == stored["partner_id"], box.id == message_id)
            .values(
                wired
                | {
                    "delivery": "queued",
                    "attempts": 0,
                    "next_at": now,
                    "settled_at": None,
                }
            )
        )
        lanes.open_now(tx, stored["lane"], now)
        return message_id
    row = again(dict(stored), stored["receipt_id"], now)
    row["idem"] = f"{stored['idem']}#{row['id']}"
    wires.renew(tx, [row], now)
    lanes.line_up(tx, [row])
    insert_all(tx, tables.outbox, [row])
    event = event_row(
        stored["partner_id"], "message.resent", str(row["id"]), now, **told
    )
    insert_all(tx, tables.event, [event])
    return str(row["id"])
