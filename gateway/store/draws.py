"""What releases have drawn of blanket orders.

``draw`` holds it line by line, ``drawn`` the sum of each blanket's line. The lock is
the blanket's own row in ``orders``: who draws holds it from the look-up until the
transaction ends, and so does who changes the blanket.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from gateway.catalog import Drawn, Spent
from gateway.pipeline.own_effects import Draw
from gateway.store.sql import insert_all, some
from gateway.store.tables import draw, drawn, orders


def of(tx: sa.Connection, order_ids: Iterable[str]) -> dict[str, tuple[Drawn, ...]]:
    """What these releases have drawn, in the order of their lines."""
    found: defaultdict[str, list[Drawn]] = defaultdict(list)
    for part in some(order_ids):
        query = sa.select(draw).where(draw.c.order_id.in_(part))
        for row in tx.execute(query.order_by(draw.c.line_no, draw.c.blanket_line)):
            found[row.order_id].append(
                Drawn(row.line_no, row.blanket_line, _spent(row))
            )
    return {order_id: tuple(its) for order_id, its in found.items()}


def spent(tx: sa.Connection, order_ids: Iterable[str]) -> dict[str, dict[str, Spent]]:
    """What was drawn of these orders in all, by line."""
    found: defaultdict[str, dict[str, Spent]] = defaultdict(dict)
    for part in some(order_ids):
        query = sa.select(drawn).where(drawn.c.blanket_id.in_(part))
        for row in tx.execute(query):
            found[row.blanket_id][row.line_no] = _spent(row)
    return found


def _spent(row: sa.Row[Any]) -> Spent:
    return Spent(Fraction(row.quantity), Fraction(row.value))


def keep(tx: sa.Connection, effects: Sequence[Draw]) -> None:
    """Note what releases have from now on, whatever they had; the sums follow."""
    latest = {one.order_id: one for one in effects}
    if not latest:
        return
    _lock(tx, {one.blanket_id for one in latest.values()})
    change: defaultdict[tuple[str, str, str], Spent] = defaultdict(Spent)
    for part in some(sorted(latest)):
        mine = draw.c.order_id.in_(part)
        for row in tx.execute(sa.select(draw).where(mine)):
            key = (row.partner_id, row.blanket_id, row.blanket_line)
            change[key] = change[key].plus(_spent(row), -1)
        tx.execute(sa.delete(draw).where(mine))
    rows: list[dict[str, object]] = []
    for effect in latest.values():
        for line_no, blanket_line, its in effect.drawn:
            key = (effect.partner_id, effect.blanket_id, blanket_line)
            change[key] = change[key].plus(its)
            rows.append(
                {
                    "partner_id": effect.partner_id,
                    "order_id": effect.order_id,
                    "line_no": line_no,
                    "blanket_line": blanket_line,
                    "blanket_id": effect.blanket_id,
                    **_texts(its),
                }
            )
    insert_all(tx, draw, rows)
    _add(tx, change)


def _texts(its: Spent) -> dict[str, str]:
    return {"quantity": str(its.quantity), "value": str(its.value)}


def _lock(tx: sa.Connection, blanket_ids: Iterable[str]) -> None:
    for part in some(sorted(blanket_ids)):
        query = sa.select(orders.c.id).where(orders.c.id.in_(part))
        tx.execute(query.order_by(orders.c.id).with_for_update()).all()


def _add(tx: sa.Connection, change: dict[tuple[str, str, str], Spent]) -> None:
    """Move the sums of these lines."""
    key = sa.tuple_(drawn.c.partner_id, drawn.c.blanket_id, drawn.c.line_no)
    for part in some(sorted(key for key, its in change.items() if any(its))):
        sums = {one: change[one] for one in part}
        for row in tx.execute(sa.select(drawn).where(key.in_(part))):
            place = (row.partner_id, row.blanket_id, row.line_no)
            sums[place] = sums[place].plus(_spent(row))
        tx.execute(sa.delete(drawn).where(key.in_(part)))
        names = ("partner_id", "blanket_id", "line_no")
        rows = [
            dict(zip(names, place, strict=True)) | _texts(its)
            for place, its in sums.items()
            if any(its)
        ]
        insert_all(tx, drawn, rows)
