"""What did not come in time, and what ends soon: each is told once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from gateway.findings import Finding
from gateway.partner.alerts import AlertKind
from gateway.partner.sla import SlaKind
from gateway.pipeline.sla import Agreed, Level, Running
from gateway.store import keys, revocations, sla
from gateway.store.alerts import row_of
from gateway.store.certificates import Certificate
from gateway.store.journal import event_row, finding_rows
from gateway.store.queue import FUNCTIONAL_ACK
from gateway.store.sql import insert_all, insert_new, some
from gateway.store.tables import alert, contract, deadline, event, finding, outbox
from gateway.trust.pki.names import Dn

EXPIRY = "expiry"
"""The kind of deadline that is set when something that ends is told."""

_NOT_DONE = sa.text("deadline.done_at IS NULL")  # as the partial index says it
_AGAIN = timedelta(hours=1)


def due(tx: sa.Connection, now: datetime) -> bool:
    """Whether an acknowledgement of theirs is overdue."""
    query = sa.exists().where(
        _NOT_DONE, deadline.c.kind == FUNCTIONAL_ACK, deadline.c.due_at <= now
    )
    return bool(tx.execute(sa.select(query)).scalar())


def overdue(tx: sa.Connection, now: datetime, limit: int, agreed: Agreed) -> int:
    """Mark messages whose acknowledgement did not come; how many deadlines passed.

    A message that has not been delivered yet is looked at again in an hour; one that
    was given up was told when it was. Partners with a clock for their acknowledgements
    are told of by it.
    """
    query = sa.select(deadline.c.partner_id, deadline.c.ref).where(
        _NOT_DONE, deadline.c.kind == FUNCTIONAL_ACK, deadline.c.due_at <= now
    )
    ordered = query.order_by(deadline.c.due_at).limit(limit)
    late = [(row.partner_id, row.ref) for row in tx.execute(ordered)]
    events: list[dict[str, object]] = []
    findings: list[dict[str, object]] = []
    raised: list[dict[str, object]] = []
    done = 0
    for part in some(late):
        rows, settled_now = _held(tx, part)
        later = _looked_at_later(tx, rows, now, agreed)
        mine = [key for key in part if key not in settled_now]
        done += len(mine)
        _move(tx, mine, later, now)
        for row in rows:
            if row.delivery != "delivered" or row.acknowledgement != "waiting":
                continue
            if (row.partner_id, row.idem) in later:
                continue
            sent = row.settled_at or row.created_at
            what = f"{row.kind} of {sent:%Y-%m-%d %H:%M} UTC is not acknowledged"
            found = Finding.of("SLA-002", what, value=row.id)
            about = (row.partner_id, row.receipt_id)
            findings += finding_rows(
                (found,), *about, message_id=row.id, order_id=row.order_id
            )
            events.append(event_row(row.partner_id, "message.overdue", row.id, now))
            kind = AlertKind.OVERDUE
            raised.append(row_of(row.partner_id, kind, "SLA-002", what, row.id, now))
            tx.execute(
                sa.update(outbox)
                .where(outbox.c.partner_id == row.partner_id, outbox.c.id == row.id)
                .values(acknowledgement="overdue")
            )
    insert_all(tx, event, events)
    insert_all(tx, finding, findings)
    insert_all(tx, alert, raised)
    return done


def _held(
    tx: sa.Connection, keys: list[tuple[str, str]]
) -> tuple[Sequence[sa.Row[Any]], set[tuple[str, str]]]:
    """Their messages, locked, and the keys of those that others settle right now."""
    theirs = sa.tuple_(outbox.c.partner_id, outbox.c.idem).in_(keys)
    every = tx.execute(sa.select(outbox.c.partner_id, outbox.c.idem).where(theirs))
    known = {(row.partner_id, row.idem) for row in every}
    query = sa.select(outbox).where(theirs).with_for_update(skip_locked=True)
    rows = tx.execute(query).all()
    return rows, known - {(row.partner_id, row.idem) for row in rows}


def _looked_at_later(
    tx: sa.Connection, rows: Iterable[sa.Row[Any]], now: datetime, agreed: Agreed
) -> dict[tuple[str, str], datetime]:
    """Messages that are not late yet: on their way, or by the partner's clock."""
    found: dict[tuple[str, str], datetime] = {}
    for row in rows:
        key = (row.partner_id, row.idem)
        if row.delivery in ("queued", "sending"):
            found[key] = now + _AGAIN
        elif row.delivery == "delivered" and row.acknowledgement == "waiting":
            one = Running(
                partner_id=row.partner_id,
                kind=SlaKind.THEIR_FUNCTIONAL_ACK,
                ref=row.id,
                started_at=row.settled_at or row.created_at,
                number=row.kind,
            )
            its = agreed.moments(one.partner_id, one.kind, one.started_at)
            level = its.level(now) if its else Level.IN_TIME
            if its is not None and level is not Level.IN_TIME:
                sla.raise_level(tx, one, Level.IN_TIME, level, its, now)
            if its is not None and now < its.due_at:
                found[key] = its.due_at if level is Level.WARN else its.warn_at
    return found


def _move(
    tx: sa.Connection,
    late: Iterable[tuple[str, str]],
    later: Mapping[tuple[str, str], datetime],
    now: datetime,
) -> None:
    for partner_id, ref in late:
        after: dict[str, object] = {"done_at": now}
        if (partner_id, ref) in later:
            after = {"due_at": later[partner_id, ref]}
        tx.execute(
            sa.update(deadline)
            .where(
                deadline.c.partner_id == partner_id,
                deadline.c.kind == FUNCTIONAL_ACK,
                deadline.c.ref == ref,
            )
            .values(**after)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Something of a partner's that ends ``until`` then."""

    partner_id: str
    code: str
    ref: str
    what: str
    until: date
    stage: str = ""
    """How near the end is, of what is told more than once."""

    @property
    def key(self) -> str:
        """What it is known by once it was told; another end is another thing."""
        return f"{self.code}|{self.ref}|{self.until}|{self.stage}".rstrip("|")


def was_told(tx: sa.Connection, one: Ending) -> bool:
    """Whether operators know that it ends then."""
    known = sa.select(deadline.c.ref).where(
        deadline.c.partner_id == one.partner_id,
        deadline.c.kind == EXPIRY,
        deadline.c.ref == one.key,
    )
    return tx.execute(known).first() is not None


def tell_end(tx: sa.Connection, one: Ending, now: datetime) -> bool:
    """Raise an alert about something that ends, once; false: it was told before."""
    if was_told(tx, one):
        return False
    row = {
        "partner_id": one.partner_id,
        "kind": EXPIRY,
        "ref": one.key,
        "due_at": datetime.combine(one.until, time(), UTC),
        "done_at": now,
    }
    insert_new(tx, deadline, [row])
    kind = AlertKind.EXPIRING
    raised = row_of(one.partner_id, kind, one.code, one.what, one.ref, now)
    insert_all(tx, alert, [raised])
    if one.code == "SLA-004":
        told = {"code": one.code, "until": one.until.isoformat()}
        row = event_row(one.partner_id, "certificate.expiring", one.ref, now, **told)
        insert_all(tx, event, [row])
    return True


DAYS_LEFT = (90, 60, 30, 14, 7, 1)
"""Days before the end of a certificate or contract on which it is told."""


def _stage(left: timedelta) -> str:
    """The nearest of those days that has come; empty: none has."""
    come = [days for days in DAYS_LEFT if left <= timedelta(days=days)]
    return str(come[-1]) if come else ""


def ending_certificates(every: Iterable[Certificate], now: datetime) -> list[Ending]:
    """Certificates that end within 90 days or have ended, each at its stage."""
    found: list[Ending] = []
    for one in every:
        left = one.until - now
        stage = _stage(left)
        if not stage:
            continue
        is_over = left <= timedelta(0)
        days = "" if is_over else f", in {left.days} days"
        verb = "has ended" if is_over else "ends"
        found.append(
            Ending(
                partner_id=one.partner_id,
                code="SLA-004",
                ref=one.name,
                what=f"certificate {one.name} {verb} on {one.until:%Y-%m-%d}{days}",
                until=one.until.date(),
                stage="0" if is_over else stage,
            )
        )
    return found


def ending_lists(
    tx: sa.Connection, issuers: Mapping[Dn, str], now: datetime
) -> list[Ending]:
    """Revocation lists of these issuers that end, told at parts of their life.

    A quarter of it, a tenth, and when the list has ended: whoever is believed by it is
    not any more.
    """
    found: list[Ending] = []
    for issuer, one in revocations.current(tx, issuers).items():
        left, life = one.until - now, one.until - one.since
        parts = [part for part in _PARTS_LEFT if left <= life / part]
        is_over = left <= timedelta(0)
        if not parts:
            continue
        verb = "has ended" if is_over else "ends"
        found.append(
            Ending(
                partner_id="",
                code="SLA-008",
                ref=f"{issuers[issuer]} {one.until:%Y-%m-%dT%H:%MZ}",
                what=f"the revocation list of {issuers[issuer]} {verb} at "
                f"{one.until:%Y-%m-%d %H:%M} UTC",
                until=one.until.date(),
                stage="over" if is_over else f"1/{parts[-1]}",
            )
        )
    return found


_PARTS_LEFT = (4, 10)


def ending_contracts(tx: sa.Connection, today: date) -> list[Ending]:
    """Contracts in force that end within 90 days, each at its stage."""
    found: list[Ending] = []
    for row in tx.execute(sa.select(contract.c.partner_id, contract.c.body)):
        told = json.loads(row.body)
        until = date.fromisoformat(told.get("valid_to") or "9999-12-31")
        stage = _stage(until - today)
        if today <= until and stage:
            days = (until - today).days
            what = f"contract {told['number']} ends on {until}, in {days} days"
            found.append(
                Ending(
                    partner_id=row.partner_id,
                    code="SLA-003",
                    ref=str(told["id"]),
                    what=what,
                    until=until,
                    stage=stage,
                )
            )
    return found


def ending_keys(tx: sa.Connection, now: datetime, last: date) -> list[Ending]:
    """Keys to the HTTP door that end by ``last``; those that have ended are told too.

    A key for one partner is that partner's affair, any other the operators'.
    """
    return [
        Ending(
            partner_id=one.partner_id or "",
            code="SLA-006",
            ref=one.id,
            what=_of_key(one, now),
            until=one.expires_at.date(),
        )
        for one in keys.every(tx)
        if one.expires_at is not None and one.expires_at.date() <= last
    ]


def _of_key(one: keys.ApiKey, now: datetime) -> str:
    verb = "has ended" if one.has_ended(now) else "ends"
    return f"key {one.id} ({one.name}) {verb} at {one.expires_at:%Y-%m-%d %H:%M} UTC"
