"""What came out of checking an order: plain values for decide, store and console."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from gateway.catalog.keys import KeyKind
from gateway.catalog.model import Contract, Item, UnitFactor
from gateway.catalog.pin import Pin
from gateway.catalog.price import Expected, PriceTrace
from gateway.findings import Finding
from gateway.order.model import Money
from gateway.values import swift


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """How a line can be served, in its own unit: so much from a day on.

    No day: it is there, or comes by the day that was asked for.
    ``per_unit`` is how many of the count's units one of the line's is.
    """

    sku: str
    per_unit: Fraction
    parts: tuple[tuple[dt.date | None, Decimal], ...] = ()

    @property
    def now(self) -> Decimal:
        """How much is there, or comes in time."""
        return sum((q for day, q in self.parts if day is None), Decimal(0))


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """The blanket order's line that a line of a release draws on.

    ``per_unit`` is how many of the blanket's units one of the line's is, ``value``
    what one of the line's units takes of the blanket's value.
    """

    blanket_line: str
    per_unit: Fraction
    value: Fraction


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class LineChecked:
    """One line held against the contract. ``index`` counts from 0.

    ``price`` is ours in the terms that the order used; ``extended`` is the line at our
    price, ``sent_extended`` at theirs, both rounded to the currency. ``allowed_qty`` is
    the nearest quantity, in the unit sent, that the item's minimum, increment and
    maximum allow, where the sent one is not. ``earliest_ship`` is the day of receipt
    plus the lead time; ``served`` is what our stock has for it, where that is asked;
    ``covered`` is the line of a blanket order that it draws on, ``pin`` the line of a
    punch-out cart that it comes from.
    """

    line_no: str
    index: int
    findings: tuple[Finding, ...] = ()
    item: Item | None = None
    contract: Contract | None = None
    resolved_by: KeyKind | None = None
    unit: UnitFactor | None = None
    base_qty: Fraction | None = None
    price: Expected | None = None
    extended: Money | None = None
    sent_extended: Money | None = None
    allowed_qty: Decimal | None = None
    earliest_ship: dt.date | None = None
    served: Served | None = None
    covered: Covered | None = None
    pin: Pin | None = None

    @property
    def expected(self) -> Money | None:
        """Our price, rounded, per ``basis_qty`` of ``basis_unit``."""
        price = self.price
        return Money(price.amount, price.currency) if price is not None else None

    @property
    def basis_qty(self) -> Decimal:
        """What our price is for, as the order asked it: 1 or 100."""
        return self.price.basis_qty if self.price is not None else Decimal(1)

    @property
    def basis_unit(self) -> str:
        """The unit our price is for, as the contract writes it."""
        return self.price.unit.unit if self.price is not None else ""

    @property
    def trace(self) -> PriceTrace | None:
        """How our price came about."""
        return self.price.trace if self.price is not None else None

    @property
    def difference(self) -> Money | None:
        """The money at stake: the line at their price minus the line at ours."""
        if self.sent_extended is None or self.extended is None:
            return None
        return self.sent_extended - self.extended


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """An order held against the partner's contracts.

    ``findings`` are the order's own; those of lines stand in ``lines``. ``total`` is
    the sum of the lines at our prices, none while a line has no price of ours.
    """

    findings: tuple[Finding, ...] = ()
    lines: tuple[LineChecked, ...] = ()
    contracts: tuple[Contract, ...] = ()
    total: Money | None = None

    def all_findings(self) -> tuple[Finding, ...]:
        """The order's findings, then those of the lines in their order."""
        return self.findings + tuple(f for line in self.lines for f in line.findings)
