"""Changes of orders that came: lists of them, and all about one."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.store import order_page, queries, tables
from gateway.store.change_rows import change_row
from gateway.store.rows import ChangeDetail, ChangeRow, Page

_change, _box, _finding = tables.order_change.c, tables.outbox.c, tables.finding.c


def changes(
    tx: sa.Connection,
    *,
    partner: str | None = None,
    state: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[ChangeRow]:
    """Changes of orders without their lines, newest first."""
    query = sa.select(tables.order_change)
    query = queries.narrowed(query, _change.partner_id, partner)
    query = queries.narrowed(query, _change.state, state)
    return queries.page(
        tx,
        query,
        _change.id,
        cursor,
        limit,
        lambda rows: [change_row(row, None) for row in rows],
    )


def change(
    tx: sa.Connection, id_: str, *, partner: str | None = None
) -> ChangeDetail | None:
    """One change, line by line against its order, with our answer to it."""
    query = sa.select(tables.order_change).where(_change.id == id_)
    row = tx.execute(queries.narrowed(query, _change.partner_id, partner)).first()
    if row is None:
        return None
    order = order_page.order(tx, row.order_id) if row.order_id else None
    mine = (one for one in order.changes if one.id == id_) if order else iter(())
    sent = sa.select(tables.outbox).where(
        _box.partner_id == row.partner_id, _box.idem == f"865/{id_}"
    )
    return ChangeDetail(
        change=next(mine, None) or change_row(row, ""),
        body=row.body,
        ack=row.ack,
        findings=queries.findings_of(tx, _finding.message_id == row.message_id),
        answers=tuple(queries.sent_rows(tx, tx.execute(sent).all())),
    )
