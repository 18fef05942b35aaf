"""The list of orders as people look through it."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from gateway.store import ids, queries, tables
from gateway.store.rows import OrderRow, Page
from gateway.store.sealing import micros

_order = tables.orders.c
_SKEW = timedelta(days=2)


def orders(  # noqa: PLR0913  the filters of a list
    tx: sa.Connection,
    *,
    partner: str | None = None,
    state: str | None = None,
    po: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[OrderRow]:
    """Orders that were booked from ``since`` to before ``until``, newest first.

    Ids are of about that time, so days are stretches of ids.
    """
    query = queries.of_partner(sa.select(tables.orders), partner, po)
    if state is not None:
        query = query.where(_order.state == state)
        if state not in tables.COMMON_STATES:
            query = query.where(tables.ORDER_UNCOMMON)
    if since is not None:
        near = _first_of(since - _SKEW)
        query = query.where(_order.id >= near, _order.created_at >= since)
    if until is not None:
        near = _first_of(until + _SKEW)
        query = query.where(_order.id < near, _order.created_at < until)
    return queries.page(
        tx,
        query,
        _order.id,
        cursor,
        limit,
        lambda rows: [queries.order_row(row) for row in rows],
    )


def _first_of(at: datetime) -> str:
    return f"ord_{ids.encoded(max(micros(at), 0) // 1000 << 80)}"
