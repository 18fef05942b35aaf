"""Held orders that wait for people, with the causes they wait for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from gateway.order import Order, from_json
from gateway.order.life import State
from gateway.pipeline.effects import Decide
from gateway.pipeline.waiting import Wait, waits
from gateway.store import tables
from gateway.store.sql import insert_all

_waiting, _approval = tables.waiting.c, tables.approval.c


def waiting_rows(
    partner_id: str, order: Order, why: Iterable[Wait], since: datetime
) -> list[dict[str, object]]:
    """Rows of ``waiting``, numbered from 1 within their order."""
    return [
        {
            "partner_id": partner_id,
            "order_id": order.id,
            "n": n,
            "cause": str(one.cause),
            "code": one.code,
            "line_no": one.line_no,
            "what": one.what,
            "key": one.key,
            "theirs": one.theirs,
            "po_number": order.po_number,
            "stake": one.stake,
            "currency": order.currency,
            "since": since,
        }
        for n, one in enumerate(why, 1)
    ]


def settle(tx: sa.Connection, decision: Decide, body: str, now: datetime) -> None:
    """What an order waits for after a decision; what waited before is settled.

    An order that goes on waiting waits since it began to. Whoever had to confirm
    another decision need not any more.
    """
    mine = sa.and_(
        _waiting.partner_id == decision.partner_id,
        _waiting.order_id == decision.order_id,
    )
    query = sa.select(sa.func.min(_waiting.since)).where(mine)
    since = tx.execute(query).scalar() or now
    tx.execute(sa.delete(tables.waiting).where(mine))
    tx.execute(
        sa.delete(tables.approval).where(
            _approval.partner_id == decision.partner_id,
            _approval.order_id == decision.order_id,
        )
    )
    if decision.state is not State.HELD:
        return
    order = decision.order or from_json(body)
    assert isinstance(order, Order)
    why = waits(order, decision.ack, decision.report, decision.reason)
    rows = waiting_rows(decision.partner_id, order, why, since)
    insert_all(tx, tables.waiting, rows)
