"""What was promised of our stock since it was counted.

``promise`` holds it line by line, ``promised`` the sum of each item. The rows of
``promised`` are the locks: who promises holds those of its items, in the order of
their numbers, from the look-up until the transaction ends.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from gateway.catalog import Supply
from gateway.pipeline.own_effects import Promise
from gateway.store.sql import insert_all, insert_new, some
from gateway.store.tables import promise, promised, stock

_NONE = "0"


def left(
    tx: sa.Connection, skus: Collection[str], today: dt.date, *, lock: bool = False
) -> dict[str, Supply]:
    """What is left of these items to be promised; ``lock`` it until the end of tx.

    Every item has its entry; one that nobody counted has nothing. What was expected
    before today and has not been counted since is not there, though some of it may
    have been promised: that comes off what is left.
    """
    found = {sku: Supply() for sku in skus}
    for part in some(sorted(found)):
        given = _given(tx, part, lock=lock)
        query = sa.select(stock).where(stock.c.sku.in_(part))
        counts: defaultdict[str, list[sa.Row[Any]]] = defaultdict(list)
        for row in tx.execute(query.order_by(stock.c.sku, stock.c.place)):
            counts[row.sku].append(row)
        for sku, rows in counts.items():
            found[sku] = _supply(rows, today).less(given.get(sku, Fraction(0)))
    return found


def _given(
    tx: sa.Connection, skus: Sequence[str], *, lock: bool
) -> dict[str, Fraction]:
    """How much was promised of each; none: nothing."""
    query = sa.select(promised).where(promised.c.sku.in_(skus))
    if lock:
        there = set(tx.scalars(query.with_only_columns(promised.c.sku)))
        new = [{"sku": one, "quantity": _NONE} for one in skus if one not in there]
        insert_new(tx, promised, new)
        query = query.order_by(promised.c.sku).with_for_update()
    return {row.sku: Fraction(row.quantity) for row in tx.execute(query)}


def _supply(rows: Sequence[sa.Row[Any]], today: dt.date) -> Supply:
    """The counts of one item as one: that of everywhere, else those of all places.

    A place that counts in another unit than the first is left out.
    """
    everywhere = [row for row in rows if not row.place]
    unit = rows[0].unit
    mine = everywhere or [row for row in rows if row.unit == unit]
    there = sum((max(Fraction(row.available), Fraction(0)) for row in mine), Fraction())
    days: defaultdict[dt.date, Fraction] = defaultdict(Fraction)
    for row in mine:
        for day, quantity in json.loads(row.expected):
            days[dt.date.fromisoformat(day)] += max(Fraction(quantity), Fraction(0))
    parts: list[tuple[dt.date | None, Fraction]] = [(None, there)] if there else []
    coming = (day for day in sorted(days) if day >= today)
    parts += [(day, days[day]) for day in coming if days[day]]
    return Supply(mine[0].unit, tuple(parts))


def keep(tx: sa.Connection, effects: Iterable[Promise], now: datetime) -> None:
    """Note what lines have of our stock from now on; the sums follow."""
    wanted = {
        (one.partner_id, one.order_id, line.line_no): (line.sku, line.quantity)
        for one in effects
        for line in one.lines
    }
    if not wanted:
        return
    _given(tx, sorted({sku for sku, _ in wanted.values()}), lock=True)
    change: defaultdict[str, Fraction] = defaultdict(Fraction)
    key = sa.tuple_(promise.c.partner_id, promise.c.order_id, promise.c.line_no)
    for part in some(list(wanted)):
        for row in tx.execute(sa.select(promise).where(key.in_(part))):
            change[row.sku] -= Fraction(row.quantity)
        tx.execute(sa.delete(promise).where(key.in_(part)))
    rows = [
        {
            "partner_id": partner_id,
            "order_id": order_id,
            "line_no": line_no,
            "sku": sku,
            "quantity": str(quantity),
            "at": now,
        }
        for (partner_id, order_id, line_no), (sku, quantity) in wanted.items()
        if quantity
    ]
    insert_all(tx, promise, rows)
    for sku, quantity in wanted.values():
        change[sku] += quantity
    _add(tx, change)


def _add(tx: sa.Connection, change: dict[str, Fraction]) -> None:
    for part in some(sorted(sku for sku in change if change[sku])):
        given = _given(tx, part, lock=True)
        after = {sku: max(given.get(sku, Fraction(0)) + change[sku], 0) for sku in part}
        _write(tx, [{"its": sku, "to": str(after[sku])} for sku in part])


def _write(tx: sa.Connection, rows: list[dict[str, str]]) -> None:
    if rows:
        tx.execute(
            sa.update(promised)
            .where(promised.c.sku == sa.bindparam("its"))
            .values(quantity=sa.bindparam("to")),
            rows,
        )


def recount(tx: sa.Connection, skus: Iterable[str]) -> None:
    """Forget what was promised before these items were counted: the count knows it.

    Of an item with several places the oldest count tells.
    """
    for part in some(sorted(set(skus))):
        given = _given_any(tx, part)
        if not given:
            continue
        counted = tx.execute(
            sa.select(stock.c.sku, sa.func.min(stock.c.as_of).label("as_of"))
            .where(stock.c.sku.in_(given))
            .group_by(stock.c.sku)
        ).all()
        tx.execute(
            sa.delete(promise).where(
                promise.c.sku == sa.bindparam("its"),
                promise.c.at <= sa.bindparam("until", type_=stock.c.as_of.type),
            ),
            [{"its": row.sku, "until": row.as_of} for row in counted],
        )
        rest: defaultdict[str, Fraction] = defaultdict(Fraction)
        query = sa.select(promise.c.sku, promise.c.quantity)
        for row in tx.execute(query.where(promise.c.sku.in_(given))):
            rest[row.sku] += Fraction(row.quantity)
        _write(tx, [{"its": sku, "to": str(rest[sku])} for sku in given])


def _given_any(tx: sa.Connection, skus: Sequence[str]) -> list[str]:
    """Those of which anything was promised, locked."""
    query = sa.select(promised.c.sku).where(
        promised.c.sku.in_(skus), promised.c.quantity != _NONE
    )
    return list(tx.scalars(query.order_by(promised.c.sku).with_for_update()))
