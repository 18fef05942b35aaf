"""A contract's items as they are told to the partner: in parts of bounded size."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from gateway.catalog.model import Contract, Item, PriceBreak
from gateway.order.item import Item as Named

__all__ = ["PriceListPart", "decimal_of", "every_price", "names_of"]

_TENTHS = (2, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceListPart:
    """Some items of a contract. ``version`` is that of its price list.

    ``number`` counts the parts from 1; ``told_on`` is the day of the message.
    """

    contract: Contract
    version: int
    number: int
    items: tuple[Item, ...]
    told_on: dt.date | None = None


def names_of(item: Item) -> Named:
    """The numbers that the item goes by, and its description."""
    return Named(
        supplier_sku=item.sku,
        buyer_part=next(iter((*item.buyer_parts, *item.cross_refs)), ""),
        gtin=next(iter(item.gtins), ""),
        mfr_part=item.mfr_part,
        mfr=item.mfr,
        description=item.description,
    )


def every_price(item: Item) -> tuple[PriceBreak, ...]:
    """The item's prices, then those of units that have none of their own.

    These come of the base unit's, where they make a decimal number.
    """
    return (*item.prices, *_derived(item))


def _derived(item: Item) -> Iterator[PriceBreak]:
    own = {price.unit for price in item.prices}
    for unit in item.units:
        if unit.unit in own or unit.base != item.base_unit:
            continue
        for price in item.prices:
            count = Fraction(price.from_qty) / unit.factor
            amount = decimal_of(Fraction(price.amount) * unit.factor)
            whole = count.denominator == 1 or price.from_qty <= 1
            if price.unit == item.base_unit and amount is not None and whole:
                from_qty = Decimal(int(count)) if count >= 1 else Decimal(1)
                yield replace(price, unit=unit.unit, amount=amount, from_qty=from_qty)


def decimal_of(value: Fraction) -> Decimal | None:
    """A fraction as a decimal number that ends, none where it does not."""
    rest = value.denominator
    for prime in _TENTHS:
        while rest % prime == 0:
            rest //= prime
    return Decimal(value.numerator) / Decimal(value.denominator) if rest == 1 else None
