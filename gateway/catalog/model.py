"""Contracts, their items, units and prices: plain values, no look-up and no I/O."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from gateway.values import swift


class ReferenceDate(StrEnum):
    """The day whose price counts: of the order, wanted delivery, or our receipt."""

    ORDER = "order"
    REQUESTED = "requested"
    RECEIPT = "receipt"


class BreakOn(StrEnum):
    """The quantity that reaches a break: the line's, or all lines of one item."""

    LINE = "line"
    ITEM = "item"


class ItemState(StrEnum):
    """Whether an item is still sold."""

    ACTIVE = "active"
    DISCONTINUED = "discontinued"


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What was agreed with one partner: a currency, a period, how prices are read.

    Both ends of the validity are included; ``valid_to`` none is open. ``min_value`` and
    ``max_value`` bound one order in ``currency``. ``lead_time_days`` are calendar days
    from receipt to shipping. Of several contracts in force the one with the highest
    ``priority`` answers first. ``price_decimals`` none: as many as a price is written
    with, at least the currency's own.
    """

    id: str
    number: str
    currency: str
    valid_from: dt.date
    partner_id: str = ""
    name: str = ""
    valid_to: dt.date | None = None
    reference_date: ReferenceDate = ReferenceDate.ORDER
    break_on: BreakOn = BreakOn.LINE
    min_value: Decimal | None = None
    max_value: Decimal | None = None
    lead_time_days: int = 0
    priority: int = 0
    price_decimals: int | None = None

    def in_force(self, day: dt.date) -> bool:
        """Whether ``day`` lies within the contract's validity, both ends included."""
        return self.valid_from <= day and (
            self.valid_to is None or day <= self.valid_to
        )


@swift
@dataclass(frozen=True, slots=True)
class UnitFactor:
    """A unit an item is sold in: one ``unit`` is exactly ``factor`` ``base`` units."""

    unit: str
    factor: Fraction
    base: str


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBreak:
    """A price from a quantity on: ``amount`` per ``basis_qty`` of ``unit``.

    ``from_qty`` counts in ``unit`` too. Both ends of the validity are included; an end
    that is none is the contract's.
    """

    from_qty: Decimal
    amount: Decimal
    unit: str
    basis_qty: Decimal = Decimal(1)
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of a contract, with every number it goes by and every price it has.

    ``buyer_parts`` are the buyer's numbers in this contract, ``cross_refs`` its numbers
    for the item whatever the contract. ``unspsc`` is its class of goods, of 8 digits.
    ``min_qty``, ``increment`` and ``max_qty`` count
    in ``base_unit``. ``lead_time_days`` none is the contract's.
    """

    contract_id: str
    sku: str
    base_unit: str
    units: tuple[UnitFactor, ...]
    prices: tuple[PriceBreak, ...] = ()
    description: str = ""
    buyer_parts: tuple[str, ...] = ()
    cross_refs: tuple[str, ...] = ()
    gtins: tuple[str, ...] = ()
    mfr_part: str = ""
    mfr: str = ""
    unspsc: str = ""
    state: ItemState = ItemState.ACTIVE
    successor: str = ""
    min_qty: Decimal | None = None
    increment: Decimal | None = None
    max_qty: Decimal | None = None
    lead_time_days: int | None = None

    @property
    def is_limited(self) -> bool:
        """Whether not every quantity of it may be ordered."""
        return not (self.min_qty is self.increment is self.max_qty is None)
