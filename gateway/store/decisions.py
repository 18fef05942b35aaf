"""Decisions about orders that are kept: another answer, another state."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from gateway.order import to_json
from gateway.order.life import State
from gateway.pipeline.effects import Decide
from gateway.store import tables, waiting
from gateway.store.journal import Version, event_row, version_sum
from gateway.store.sql import insert_all


class Overtaken(Exception):
    """An order is no longer in the state that a decision was made in."""


def decide(tx: sa.Connection, effect: Decide, now: datetime) -> None:
    """A new version of the order with another answer; the one before stays."""
    orders, version = tables.orders.c, tables.order_version
    ours = sa.and_(orders.partner_id == effect.partner_id, orders.id == effect.order_id)
    moved = sa.update(tables.orders).where(ours, orders.state == str(effect.was))
    if effect.version:  # nobody decided since the answer was read
        moved = moved.where(orders.version == effect.version - 1)
    values: dict[str, object] = {
        "state": str(effect.state),
        "version": orders.version + 1,
        "changed_at": now,
    }
    if effect.order is not None:
        values["line_count"] = len(effect.order.lines)
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
    last = before.one()
    body = to_json(effect.order) if effect.order else Version.of(last["text"]).body
    text = Version(body, to_json(effect.ack), effect.report).text
    insert_all(tx, version, [{**last, "text": text, "n": n, "created_at": now}])
    if State.HELD in (effect.was, effect.state):
        waiting.settle(tx, effect, body, now)
    detail = {
        "by": effect.by,
        "reason": effect.reason,
        "state": str(effect.state),
        "sha256": version_sum(text),
        "version": str(n),
    }
    row = event_row(effect.partner_id, "order.decided", effect.order_id, now, **detail)
    insert_all(tx, tables.event, [row])
