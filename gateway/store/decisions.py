"""Decisions about orders that are kept: another answer, another state."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from gateway.order import to_json
from gateway.pipeline.effects import Decide
from gateway.store import tables
from gateway.store.gather import said
from gateway.store.journal import event_row
from gateway.store.sql import insert_all


class Overtaken(Exception):
    """An order is no longer in the state that a decision was made in."""


def decide(tx: sa.Connection, effect: Decide, now: datetime) -> None:
    """A new version of the order with another answer; the one before stays."""
    orders, version, line = tables.orders.c, tables.order_version, tables.order_line.c
    ours = sa.and_(orders.partner_id == effect.partner_id, orders.id == effect.order_id)
    moved = sa.update(tables.orders).where(ours, orders.state == str(effect.was))
    values = {
        "state": str(effect.state),
        "version": orders.version + 1,
        "changed_at": now,
    }
    if tx.execute(moved.values(values)).rowcount != 1:
        raise Overtaken(f"{effect.order_id} is no longer {effect.was}")
    n = tx.execute(sa.select(orders.version).where(ours)).scalar_one()
    before = tx.execute(
        sa.select(version).where(
            version.c.partner_id == effect.partner_id,
            version.c.order_id == effect.order_id,
            version.c.n == n - 1,
        )
    ).mappings()
    answer = {"ack": to_json(effect.ack), "report": effect.report}
    insert_all(tx, version, [{**before.one(), **answer, "n": n, "created_at": now}])
    lines = [
        {"line": number, "said": said(ack)}
        for number, ack in enumerate(effect.ack.lines, 1)
    ]
    if lines:
        tx.execute(
            sa.update(tables.order_line)
            .where(
                line.partner_id == effect.partner_id,
                line.order_id == effect.order_id,
                line.n == sa.bindparam("line"),
            )
            .values(decision=sa.bindparam("said")),
            lines,
        )
    detail = {"by": effect.by, "reason": effect.reason, "state": str(effect.state)}
    row = event_row(effect.partner_id, "order.decided", effect.order_id, now, **detail)
    insert_all(tx, tables.event, [row])
