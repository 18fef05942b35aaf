"""Orders that the buyer should have had an answer to by now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gateway.findings import Finding
from gateway.partner.alerts import AlertKind
from gateway.pipeline.handover import ORDER_ANSWER
from gateway.store import tables
from gateway.store.alerts import row_of
from gateway.store.journal import event_row, finding_rows
from gateway.store.sql import insert_all, some

_NOT_DONE = sa.text("deadline.done_at IS NULL")  # as the partial index says it
_OPEN = tables.orders.c.state.in_(("received", "held"))
_LATE = (
    _NOT_DONE,
    tables.deadline.c.kind == ORDER_ANSWER,
    tables.deadline.c.due_at <= sa.bindparam("now", type_=tables.Instant),
)


def due(tx: sa.Connection, now: datetime) -> bool:
    """Whether the time for an answer of ours is over."""
    return bool(tx.execute(sa.select(sa.exists().where(*_LATE)), {"now": now}).scalar())


def tell(tx: sa.Connection, now: datetime, limit: int) -> int:
    """Tell of orders without an answer in time; how many deadlines had passed.

    Each is told once, by the process that closes its deadline.
    """
    deadline = tables.deadline.c
    query = sa.select(deadline.partner_id, deadline.ref).where(*_LATE)
    ordered = query.order_by(deadline.due_at).limit(limit)
    late = [tuple(row) for row in tx.execute(ordered, {"now": now})]
    done = 0
    for part in some(late):
        closed = tx.execute(
            sa.update(tables.deadline)
            .where(
                _NOT_DONE,
                deadline.kind == ORDER_ANSWER,
                sa.tuple_(deadline.partner_id, deadline.ref).in_(part),
            )
            .values(done_at=now)
            .returning(deadline.partner_id, deadline.ref)
        )
        ours = [tuple(row) for row in closed]
        done += len(ours)
        _raise(tx, _unanswered(tx, ours), now)
    return done


def _unanswered(
    tx: sa.Connection, keys: Sequence[tuple[Any, ...]]
) -> Sequence[sa.Row[Any]]:
    own = tables.orders.c
    if not keys:
        return ()
    query = sa.select(tables.orders).where(
        sa.tuple_(own.partner_id, own.id).in_(keys), _OPEN
    )
    return tx.execute(query.order_by(own.id)).all()


def _raise(tx: sa.Connection, orders: Sequence[sa.Row[Any]], now: datetime) -> None:
    events: list[dict[str, object]] = []
    findings: list[dict[str, object]] = []
    raised: list[dict[str, object]] = []
    for row in orders:
        what = (
            f"order {row.po_number} of {row.created_at:%Y-%m-%d %H:%M} UTC"
            f" is {row.state}: no 855 has left"
        )
        found = Finding.of("SLA-005", what, value=row.po_number)
        findings += finding_rows(
            (found,), row.partner_id, row.receipt_id, order_id=row.id
        )
        events.append(event_row(row.partner_id, "order.overdue", row.id, now))
        kind = AlertKind.OVERDUE
        raised.append(row_of(row.partner_id, kind, found.code, what, row.id, now))
    insert_all(tx, tables.event, events)
    insert_all(tx, tables.finding, findings)
    insert_all(tx, tables.alert, raised)
