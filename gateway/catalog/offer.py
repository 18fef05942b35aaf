"""An item as it is offered: its prices on a day, and how little of it may be had."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

from gateway.catalog.listed import decimal_of, every_price
from gateway.catalog.model import Contract, Item, ItemState, PriceBreak, UnitFactor
from gateway.catalog.price import price_in_force, unit_of
from gateway.catalog.quantity import within_limits
from gateway.findings import Finding

__all__ = ["is_sold", "least", "prices_on", "scales", "usual_unit"]


def is_sold(item: Item) -> bool:
    """Whether it may be ordered at all."""
    return item.state is ItemState.ACTIVE


def prices_on(item: Item, day: dt.date) -> tuple[PriceBreak, ...]:
    """The prices in force on a day by unit and quantity; of several the newest."""
    found: dict[tuple[str, Decimal], PriceBreak] = {}
    for price in every_price(item):
        late = price.valid_to is not None and price.valid_to < day
        if late or (price.valid_from or day) > day:
            continue
        held = found.setdefault((price.unit, price.from_qty), price)
        if (price.valid_from or dt.date.min) > (held.valid_from or dt.date.min):
            found[price.unit, price.from_qty] = price
    order = {unit.unit: place for place, unit in enumerate(item.units)}
    return tuple(
        sorted(
            found.values(), key=lambda p: (order.get(p.unit, len(order)), p.from_qty)
        )
    )


def usual_unit(item: Item) -> UnitFactor:
    """The unit to offer first: the base unit if that has a price, else one that has."""
    priced = {price.unit for price in item.prices}
    base = next(unit for unit in item.units if unit.unit == item.base_unit)
    if item.base_unit in priced:
        return base
    return next((unit for unit in item.units if unit.unit in priced), base)


def least(item: Item, unit: UnitFactor) -> Decimal:
    """The smallest quantity from one up that may be ordered in this unit."""
    one = Decimal(1)
    broken, allowed = within_limits(one, unit, item, unit.factor)
    return one if broken is None or allowed is None else allowed


def scales(
    item: Item, contract: Contract, day: dt.date, lowest: Decimal
) -> tuple[tuple[Decimal, Fraction], ...]:
    """The exact price of one usual unit, from each quantity at which it changes.

    The first is that of the ``lowest`` quantity.
    """
    unit = usual_unit(item)
    starts = {lowest}
    for price in prices_on(item, day):
        of = unit_of(item, price.unit)
        per = Fraction(0) if of is None else of.factor / unit.factor
        start = decimal_of(Fraction(price.from_qty) * per)
        if start is not None and start > lowest:
            starts.add(start)
    told: list[tuple[Decimal, Fraction]] = []
    for low in sorted(starts):
        priced = price_in_force(item, low, unit.unit, day, contract)
        if isinstance(priced, Finding):
            continue
        each = priced.per_base_unit() * unit.factor
        if not told or told[-1][1] != each:
            told.append((low, each))
    return tuple(told)
