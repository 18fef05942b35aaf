"""Alerts as rows: noted with their cause, routed to targets, collected, and told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gateway.partner.alerts import AlertKind
from gateway.pipeline.alerting import ALERTS, Breaker, Limits, Notice, Raised, is_calm
from gateway.pipeline.ports import InMemory
from gateway.store import ids, lanes, payloads, tables
from gateway.store.journal import event_row
from gateway.store.payloads import Payloads
from gateway.store.sql import insert_all, insert_new, some
from gateway.store.tables import ALERT_OPEN, alert, alert_breaker, alert_due

_LOCK = int.from_bytes(b"gwalerts", "big") - 2**63
"""The advisory lock on PostgreSQL that lets one process at a time tell; any number."""

_NEW = sa.text("alert.state = 'new'")  # as the partial index says it
CLOCKS = ("SLA-005", "SLA-010", "SLA-011", "SLA-012")
"""The codes of alerts about clocks, which hold while the clock runs."""
_WORDS = 1000  # characters of a finding that an alert keeps
_MOST_CLOSED = 500  # alerts that are looked at at once
_MOST_LANES = 100  # messages that are made in one transaction

Row = dict[str, object]
Tx = sa.Connection


def row_of(
    partner_id: str, kind: AlertKind, code: str, what: str, ref: str, now: datetime
) -> Row:
    """A row of ``alert``, to be inserted in the transaction of its cause."""
    return {
        "partner_id": partner_id,
        "id": ids.new("alr"),
        "kind": str(kind),
        "code": code,
        "what": what[:_WORDS],
        "ref": ref,
        "at": now,
        "state": "new",
        "done_at": None,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """An alert is to be told to a target then, or only if it still holds then."""

    alert: Raised
    target: str
    due_at: datetime
    if_lasting: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """The alerts of one cause that are to be told to one target now."""

    partner_id: str
    target: str
    cause: str
    alerts: tuple[Raised, ...]
    gone: tuple[Raised, ...]
    """What was settled before it was told."""
    breaker: Breaker | None

    @property
    def key(self) -> tuple[str, str, str]:
        """Whose, to whom, about what."""
        return self.partner_id, self.target, self.cause


def alone(tx: sa.Connection) -> bool:
    """Whether this transaction alone tells, until its end."""
    if tx.dialect.name != "postgresql":
        return True
    lock = sa.func.pg_try_advisory_xact_lock(_LOCK)
    return bool(tx.execute(sa.select(lock)).scalar())


def is_due(tx: sa.Connection, now: datetime, calm_before: datetime) -> bool:
    """Whether anything is to be routed or told, or a breaker to be closed."""
    query = sa.select(
        sa.or_(
            sa.select(alert.c.id).where(_NEW).exists(),
            sa.exists().where(alert_due.c.due_at <= now),
            sa.exists().where(
                alert_breaker.c.tripped, alert_breaker.c.last_at <= calm_before
            ),
        )
    )
    return bool(tx.execute(query).scalar())


def route(
    tx: sa.Connection, limit: int, route_one: Callable[[Raised], Iterable[Due]]
) -> list[Raised]:
    """Note for new alerts whom they go to, and when; gives what was new."""
    query = sa.select(alert).where(_NEW).order_by(alert.c.id).limit(limit)
    new = [_raised(row) for row in tx.execute(query)]
    due: dict[tuple[str, str], Due] = {}
    for one in new:
        for each in route_one(one):
            key = (one.id, each.target)
            if key not in due or each.due_at < due[key].due_at:
                due[key] = each
    insert_new(
        tx,
        alert_due,
        [
            {
                "partner_id": each.alert.partner_id,
                "target": each.target,
                "alert_id": each.alert.id,
                "cause": each.alert.cause,
                "due_at": each.due_at,
                "if_lasting": each.if_lasting,
            }
            for each in due.values()
        ],
    )
    for part in some(new):
        tx.execute(
            sa.update(alert)
            .where(
                sa.tuple_(alert.c.partner_id, alert.c.id).in_(
                    [(one.partner_id, one.id) for one in part]
                )
            )
            .values(state="routed")
        )
    return new


def waiting(tx: sa.Connection, now: datetime, until: datetime) -> Iterator[Lane]:
    """What is to be told now, in groups, with all that is due ``until`` then.

    The rows are gone from the list: tell them in this transaction.
    """
    key = (alert_due.c.partner_id, alert_due.c.target, alert_due.c.cause)
    query = sa.select(*key).where(alert_due.c.due_at <= now).distinct()
    for partner_id, target, cause in tx.execute(query.limit(_MOST_LANES)).all():
        here = sa.and_(
            alert_due.c.partner_id == partner_id,
            alert_due.c.target == target,
            alert_due.c.cause == cause,
            alert_due.c.due_at <= until,
        )
        rows = tx.execute(
            sa.select(alert, alert_due.c.if_lasting)
            .join(
                alert,
                sa.and_(
                    alert.c.partner_id == alert_due.c.partner_id,
                    alert.c.id == alert_due.c.alert_id,
                ),
            )
            .where(here)
            .order_by(alert.c.at, alert.c.id)
        ).all()
        tx.execute(sa.delete(alert_due).where(here))
        asked = [_raised(row) for row in rows if row.if_lasting]
        over = {one.id for one in asked} - _lasting(tx, asked)
        every = [_raised(row) for row in rows]
        yield Lane(
            partner_id=partner_id,
            target=target,
            cause=cause,
            alerts=tuple(one for one in every if one.id not in over),
            gone=tuple(one for one in every if one.id in over),
            breaker=_breaker(tx, partner_id, target, cause),
        )


def note(tx: sa.Connection, key: tuple[str, str, str], breaker: Breaker) -> None:
    """Keep where a breaker stands."""
    forget_breaker(tx, key)
    partner_id, target, cause = key
    row = {
        "partner_id": partner_id,
        "target": target,
        "cause": cause,
        "since": breaker.since,
        "count": breaker.count,
        "last_at": breaker.last_at,
        "tripped": breaker.tripped,
        "withheld": breaker.withheld,
    }
    insert_all(tx, alert_breaker, [row])


def calmed(
    tx: sa.Connection, now: datetime, limits: Limits
) -> list[tuple[tuple[str, str, str], Breaker]]:
    """Breakers that have been quiet for long enough."""
    query = sa.select(alert_breaker).where(
        alert_breaker.c.tripped, alert_breaker.c.last_at <= now - limits.calm
    )
    rows = tx.execute(query.limit(_MOST_LANES)).all()
    found = [((r.partner_id, r.target, r.cause), _standing(r)) for r in rows]
    return [one for one in found if is_calm(one[1], now, limits)]


def forget_breaker(tx: sa.Connection, key: tuple[str, str, str]) -> None:
    """A cause is as new."""
    tx.execute(sa.delete(alert_breaker).where(_at(*key)))


def send(  # noqa: PLR0913  what the message is, and when
    tx: sa.Connection,
    kept: Payloads,
    *,
    way: str,
    target: str,
    id_: str,
    content: bytes,
    notice: Notice,
    now: datetime,
) -> None:
    """Put a finished message into the outbox: it is sent like any other from there.

    It is nobody's but the operators', whomever it is about.
    """
    blob = InMemory.of(content)
    payloads.insert(tx, [kept.prepare(blob, now)])
    row = tables.blank(tables.outbox) | {
        "partner_id": "",
        "id": id_,
        "idem": id_,
        "channel": way,
        "kind": f"{ALERTS}{way}",
        "file_name": target,
        "content_sha256": blob.sha256,
        "message_count": 1,
        "delivery": "queued",
        "acknowledgement": "not_expected",
        "next_at": now,
        "created_at": now,
    }
    lanes.line_up(tx, [row])
    insert_all(tx, tables.outbox, [row])
    detail = {"about": notice.partner_id, "tone": str(notice.tone)}
    told = event_row(
        "", "alert.queued", id_, now, kind=str(notice.kind), code=notice.code, **detail
    )
    insert_all(tx, tables.event, [told])


def forget(tx: sa.Connection, before: datetime, limit: int = 5_000) -> int:
    """Drop alerts that came before a moment and breakers at rest; how many alerts."""
    old = tx.execute(
        sa.select(alert.c.partner_id, alert.c.id)
        .where(alert.c.at < before, alert.c.state == "routed")
        .limit(limit)
    ).all()
    for part in some([tuple(row) for row in old]):
        place = sa.tuple_(alert.c.partner_id, alert.c.id).in_(part)
        tx.execute(sa.delete(alert).where(place))
    tx.execute(
        sa.delete(alert_breaker).where(
            sa.not_(alert_breaker.c.tripped), alert_breaker.c.last_at < before
        )
    )
    return len(old)


# What needs somebody.


def opened(
    tx: sa.Connection,
    after: str,
    limit: int,
    *,
    partner: str | None = None,
    kind: str | None = None,
    before: datetime | None = None,
) -> list[Raised]:
    """Alerts that need somebody, behind this one, oldest first."""
    query = sa.select(alert).where(ALERT_OPEN, alert.c.id > after)
    if partner is not None:
        query = query.where(alert.c.partner_id == partner)
    if kind is not None:
        query = query.where(alert.c.kind == kind)
    if before is not None:
        query = query.where(alert.c.at <= before)
    return [_raised(row) for row in tx.execute(query.order_by(alert.c.id).limit(limit))]


def lasting(tx: sa.Connection, alerts: Sequence[Raised]) -> list[Raised]:
    """Those of them whose cause still holds; of several ends of a thing the last."""
    still = _lasting(tx, alerts)
    last = {
        (one.partner_id, one.code, one.ref): one.id
        for one in alerts
        if one.kind is AlertKind.EXPIRING
    }
    return [
        one
        for one in alerts
        if one.id in still
        and last.get((one.partner_id, one.code, one.ref), one.id) == one.id
    ]


def close_settled(tx: sa.Connection, after: str, now: datetime) -> tuple[str, int]:
    """Close open alerts whose cause is gone: where to go on, and how many were."""
    some_ = opened(tx, after, _MOST_CLOSED)
    still = {one.id for one in lasting(tx, some_)}
    gone = [one.id for one in some_ if one.id not in still]
    _close(tx, alert.c.id, gone, now)
    return (some_[-1].id if len(some_) == _MOST_CLOSED else ""), len(gone)


def close(tx: sa.Connection, refs: Iterable[str], now: datetime) -> int:
    """Nobody is needed any more for what is about these; how many alerts that were."""
    return _close(tx, alert.c.ref, list(refs), now)


def close_one(
    tx: sa.Connection,
    id_: str,
    now: datetime,
    *,
    by: str,
    reason: str,
    partner: str | None = None,
) -> Raised | None:
    """Somebody has seen to it; none: there is no such open alert."""
    row = tx.execute(sa.select(alert).where(ALERT_OPEN, alert.c.id == id_)).first()
    if row is None or partner not in (None, row.partner_id):
        return None
    _close(tx, alert.c.id, [id_], now)
    told = {"by": by, "reason": reason, "code": row.code, "about": row.ref}
    done = event_row(row.partner_id, "alert.done", id_, now, **told)
    insert_all(tx, tables.event, [done])
    return _raised(row)


def _close(
    tx: sa.Connection, column: sa.Column[str], keys: Sequence[str], now: datetime
) -> int:
    count = 0
    for part in some(keys):
        mine = sa.update(alert).where(ALERT_OPEN, column.in_(part))
        count += tx.execute(mine.values(done_at=now)).rowcount
    return count


def _raised(row: Any) -> Raised:
    return Raised(
        id=row.id,
        partner_id=row.partner_id,
        kind=AlertKind(row.kind),
        code=row.code,
        what=row.what,
        ref=row.ref,
        at=row.at,
    )


def _at(partner_id: str, target: str, cause: str) -> sa.ColumnElement[bool]:
    return sa.and_(
        alert_breaker.c.partner_id == partner_id,
        alert_breaker.c.target == target,
        alert_breaker.c.cause == cause,
    )


def _breaker(
    tx: sa.Connection, partner_id: str, target: str, cause: str
) -> Breaker | None:
    query = sa.select(alert_breaker).where(_at(partner_id, target, cause))
    row = tx.execute(query).first()
    return None if row is None else _standing(row)


def _standing(row: Any) -> Breaker:
    return Breaker(
        since=row.since,
        last_at=row.last_at,
        count=row.count,
        tripped=row.tripped,
        withheld=row.withheld,
    )


_LASTS: Mapping[AlertKind, tuple[sa.Column[str], sa.ColumnElement[bool]]] = {
    AlertKind.HELD: (tables.orders.c.id, tables.orders.c.state == "held"),
    AlertKind.FAILED: (tables.outbox.c.id, tables.outbox.c.delivery == "failed"),
    AlertKind.QUARANTINED: (
        tables.receipt.c.id,
        tables.receipt.c.state == "quarantined",
    ),
    AlertKind.CONFLICT: (tables.receipt.c.id, tables.receipt.c.state == "quarantined"),
}
"""What tells whether the cause still holds, by kind; of others it does."""


def _lasting(tx: sa.Connection, alerts: Sequence[Raised]) -> set[str]:
    """The ids of the alerts whose cause still holds."""
    found = {one.id for one in alerts if one.kind not in _LASTS}
    if any(one.kind is AlertKind.OVERDUE for one in alerts):
        found -= _answered(tx, alerts)
        found -= _settled(tx, alerts)
    for kind, (column, holds) in _LASTS.items():
        of_kind = [one for one in alerts if one.kind is kind]
        for part in some(of_kind):
            refs = [one.ref for one in part]
            query = sa.select(column).where(column.in_(refs), holds)
            still = set(tx.execute(query).scalars())
            found |= {one.id for one in part if one.ref in still}
    return found


def _answered(tx: sa.Connection, alerts: Sequence[Raised]) -> set[str]:
    """Alerts about messages that are no longer overdue."""
    late = [o for o in alerts if o.kind is AlertKind.OVERDUE and o.ref[:4] == "msg_"]
    box = tables.outbox.c
    found: set[str] = set()
    for part in some(late):
        query = sa.select(box.id).where(
            box.id.in_([one.ref for one in part]), box.acknowledgement != "overdue"
        )
        settled = set(tx.execute(query).scalars())
        found |= {one.id for one in part if one.ref in settled}
    return found


def _settled(tx: sa.Connection, alerts: Sequence[Raised]) -> set[str]:
    """Alerts about clocks that run no longer."""
    late = [one for one in alerts if one.code in CLOCKS]
    found: set[str] = set()
    clock = tables.sla.c
    for part in some(late):
        refs = [one.ref for one in part]
        query = sa.select(clock.ref).where(clock.ref.in_(refs), tables.SLA_RUNNING)
        still = set(tx.execute(query).scalars())
        found |= {one.id for one in part if one.ref not in still}
    return found
