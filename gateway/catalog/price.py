"""The price in force for an item, a quantity and a day, with the trace of why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from gateway.catalog.model import BreakOn, Contract, Item, PriceBreak, UnitFactor
from gateway.catalog.pin import CartPlace
from gateway.catalog.units import meaning
from gateway.findings import Finding
from gateway.order.money import Money, minor_units, round_price
from gateway.values import swift

_TOO_EARLY = "not in force yet"
_TOO_LATE = "expired"
_NOT_REACHED = "quantity not reached"
_NO_UNIT = "unit without a factor"
_LOWER = "another break is nearer"


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a price is asked for: how many of which unit, and on which day.

    ``quantity`` counts in ``unit`` and reaches the breaks. ``reference`` names the kind
    of day, ``why`` says it in words.
    """

    quantity: Fraction
    unit: UnitFactor
    on_date: dt.date
    reference: str = ""
    why: str = ""


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTrace:
    """How a price came about: enough to work it out again by hand.

    ``expected`` and what follows are empty until the price was put into the terms of
    the order (``Priced.in_terms``).
    """

    contract: str
    sku: str
    ask: Ask
    break_on: BreakOn
    chosen: PriceBreak
    list_factor: Fraction
    rejected: tuple[tuple[PriceBreak, str], ...] = ()
    expected: Decimal | None = None
    exact: Fraction | None = None
    currency: str = ""
    basis_qty: Decimal = Decimal(1)
    basis_unit: str = ""
    decimals: int = 2
    cart: CartPlace | None = None
    """The line of a punch-out cart whose price it is."""

    def line(self) -> str:
        """The trace in one line for people."""
        return in_one_line(self.as_json())

    def as_json(self) -> dict[str, object]:
        """The trace as JSON values; decimals and fractions are texts."""
        ask = self.ask
        body: dict[str, object] = {
            "contract": self.contract,
            "sku": self.sku,
            "reference": {
                "kind": ask.reference,
                "date": ask.on_date.isoformat(),
                "why": ask.why,
            },
            "quantity": {
                "value": plain(ask.quantity),
                "unit": ask.unit.unit,
                "factor": str(ask.unit.factor),
                "base_unit": ask.unit.base,
                "break_on": self.break_on.value,
            },
            "break": _break_json(self.chosen) | {"factor": str(self.list_factor)},
            "rejected": [
                _break_json(price) | {"why": why} for price, why in self.rejected
            ],
        }
        if self.cart is not None:
            body["cart"] = {
                "session": self.cart.session_id,
                "line": self.cart.line,
                "returned": self.cart.day.isoformat(),
            }
        if self.expected is not None:
            body["expected"] = {
                "amount": f"{self.expected:f}",
                "exact": str(self.exact),
                "currency": self.currency,
                "basis_qty": f"{self.basis_qty:f}",
                "unit": self.basis_unit,
                "rounding": "half up",
                "decimals": self.decimals,
            }
        return body


def in_one_line(trace: Mapping[str, Any]) -> str:
    """A trace as JSON values (``PriceTrace.as_json``) in one line for people."""
    day, asked, price = trace["reference"], trace["quantity"], trace["break"]
    told = [
        f"contract {trace['contract']}",
        f"{day['date']} ({day['why'] or day['kind'] or 'as asked'})",
        f"{asked['value']} {asked['unit']} per {asked['break_on']}",
        f"break from {price['from_qty']} {price['unit']}",
        f"list {price['amount']} per {price['basis_qty']} {price['unit']}",
    ]
    if "cart" in trace:
        its = trace["cart"]
        place = f"cart {its['session']}, line {its['line']}"
        told.insert(0, f"{place}, returned {its['returned']}")
    if asked["factor"] != price["factor"]:
        told.append(
            f"1 {asked['unit']} = {asked['factor']} {asked['base_unit']}, "
            f"1 {price['unit']} = {price['factor']} {asked['base_unit']}"
        )
    if "expected" in trace:
        ours = trace["expected"]
        told.append(
            f"{ours['amount']} {ours['currency']} per {ours['basis_qty']} "
            f"{ours['unit']}, {ours['rounding']} to {ours['decimals']} decimals"
        )
    if trace["rejected"]:
        refused = (
            f"{each['amount']} from {each['from_qty']} {each['unit']} ({each['why']})"
            for each in trace["rejected"]
        )
        told.append("not: " + ", ".join(refused))
    return "; ".join(told)


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Our price in the terms of the order: per ``basis_qty`` of ``unit``.

    ``amount`` is rounded half up to ``decimals``; ``unrounded`` is what it was before,
    none where nothing was lost.
    """

    amount: Decimal
    unrounded: Fraction | None = None
    decimals: int
    currency: str
    basis_qty: Decimal
    unit: UnitFactor
    priced: Priced

    @property
    def exact(self) -> Fraction:
        """The price before rounding."""
        return exactly(self.amount) if self.unrounded is None else self.unrounded

    @property
    def trace(self) -> PriceTrace:
        """How the price was found and put into the terms of the order."""
        priced = self.priced
        return PriceTrace(
            contract=priced.contract.number,
            sku=priced.item.sku,
            ask=priced.ask,
            break_on=priced.contract.break_on,
            chosen=priced.chosen,
            list_factor=priced.list_unit.factor,
            rejected=priced.rejected,
            expected=self.amount,
            exact=self.exact,
            currency=self.currency,
            basis_qty=self.basis_qty,
            basis_unit=self.unit.unit,
            decimals=self.decimals,
            cart=priced.cart,
        )


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """A price of the list that is in force: ``chosen`` of ``contract``, and why.

    One of a ``cart`` was promised, and stands in the place of the list's.
    """

    contract: Contract
    item: Item
    ask: Ask
    chosen: PriceBreak
    list_unit: UnitFactor
    rejected: tuple[tuple[PriceBreak, str], ...]
    cart: CartPlace | None = None

    @property
    def decimals(self) -> int:
        """The decimals of the list's price, at least the currency's own."""
        return _list_decimals(self.contract, self.chosen)

    @property
    def trace(self) -> PriceTrace:
        """How the price was found."""
        return PriceTrace(
            contract=self.contract.number,
            sku=self.item.sku,
            ask=self.ask,
            break_on=self.contract.break_on,
            chosen=self.chosen,
            list_factor=self.list_unit.factor,
            rejected=self.rejected,
            cart=self.cart,
        )

    def per_base_unit(self) -> Fraction:
        """The exact price of one base unit of the item."""
        basis = Fraction(self.chosen.basis_qty) * self.list_unit.factor
        return Fraction(self.chosen.amount) / basis

    def in_terms(self, basis_qty: Decimal, unit: UnitFactor) -> Expected:
        """The price per ``basis_qty`` of ``unit``, exact and rounded.

        A basis of another power of ten moves the decimals that count along: 12.34 per
        100 is 0.1234 each. The currency's own decimals always count.
        """
        contract, chosen = self.contract, self.chosen
        decimals = _list_decimals(contract, chosen)
        as_listed = unit is self.list_unit or unit.factor == self.list_unit.factor
        is_same_basis = basis_qty == chosen.basis_qty
        is_written_so = chosen.amount.same_quantum(STEPS.get(decimals, _NONE))
        if is_same_basis and as_listed and is_written_so:
            return Expected(
                amount=chosen.amount,
                decimals=decimals,
                currency=contract.currency,
                basis_qty=basis_qty,
                unit=unit,
                priced=self,
            )
        exact = Fraction(chosen.amount)
        if not is_same_basis:
            exact *= Fraction(basis_qty) / Fraction(chosen.basis_qty)
            shift = chosen.basis_qty.adjusted() - basis_qty.adjusted()
            decimals = max(decimals + shift, minor_units(contract.currency))
        if not as_listed:
            exact *= unit.factor / self.list_unit.factor
        is_rounded = 10**decimals % exact.denominator != 0
        return Expected(
            amount=half_up(exact, decimals),
            unrounded=exact if is_rounded else None,
            decimals=decimals,
            currency=contract.currency,
            basis_qty=basis_qty,
            unit=unit,
            priced=self,
        )


EXACT = Context(prec=200)
"""Loses nothing of a product of sent and listed numbers."""
_NONE = Decimal("NaN")
STEPS = {decimals: Decimal(1).scaleb(-decimals) for decimals in range(7)}
"""A number with so many decimals, to compare with."""

exactly = lru_cache(maxsize=16_384)(Fraction)
"""A decimal as a fraction; the same prices and quantities come again and again."""


def unit_of(item: Item, code: str, standard: str = "x12") -> UnitFactor | None:
    """The item's unit that a sent code means; none when the item has no such unit.

    The code as listed first, then what it means in its standard. Nothing is assumed.
    """
    for unit in item.units:
        if unit.unit == code:
            return unit
    meant = meaning(code, standard)
    if not meant:
        return None
    return next((unit for unit in item.units if meaning(unit.unit) == meant), None)


def price_in_force(
    item: Item, quantity: Decimal, unit: str, on_date: dt.date, contract: Contract
) -> Priced | Finding:
    """The price of ``quantity`` ``unit`` of an item on a day under its contract.

    CAT-320 when the item has no such unit, CAT-303 when no price is in force.
    """
    known = unit_of(item, unit)
    if known is None:
        return wrong_unit(item, unit)
    ask = Ask(quantity=Fraction(quantity), unit=known, on_date=on_date)
    return price_for(item, contract, ask)


def price_for(item: Item, contract: Contract, ask: Ask) -> Priced | Finding:
    """The price in force for what is asked: of the breaks reached, the nearest one.

    Prices in the unit asked go before prices in other units of the item, then the
    highest break, then the price that came into force last.
    """
    quantity = ask.quantity
    asked = quantity.numerator if quantity.denominator == 1 else quantity
    reached: list[_Reached] = []
    rejected: list[tuple[PriceBreak, str]] = []
    for price in item.prices:
        same = price.unit == ask.unit.unit
        unit = ask.unit if same else unit_of(item, price.unit)
        reason = _refused(price, unit, ask, asked)
        if reason or unit is None:
            rejected.append((price, reason))
        else:
            reached.append((unit is ask.unit, price, unit))
    if not reached or not contract.in_force(ask.on_date):
        return _no_price(item, contract, ask, rejected)
    best = reached[0]
    if len(reached) > 1:
        best = _nearest(reached, contract)
        rejected += [(each[1], _LOWER) for each in reached if each is not best]
    return Priced(
        contract=contract,
        item=item,
        ask=ask,
        chosen=best[1],
        list_unit=best[2],
        rejected=tuple(rejected),
    )


_Reached = tuple[bool, PriceBreak, UnitFactor]


def _nearest(reached: list[_Reached], contract: Contract) -> _Reached:
    """In the unit asked if there is one, then the highest, then the newest break."""
    mine = [each for each in reached if each[0]]
    if mine:
        return max(mine, key=lambda each: (each[1].from_qty, _since(each[1], contract)))
    return max(
        reached,
        key=lambda each: (
            Fraction(each[1].from_qty) * each[2].factor,
            _since(each[1], contract),
        ),
    )


def _since(price: PriceBreak, contract: Contract) -> dt.date:
    return price.valid_from or contract.valid_from


def wrong_unit(item: Item, code: str) -> Finding:
    """The finding for a unit that the item is not sold in."""
    listed = ", ".join(unit.unit for unit in item.units)
    what = f"item {item.sku} is not sold by {code!r}, the contract has {listed}"
    return Finding.of("CAT-320", what, value=code)


def half_up(exact: Fraction, decimals: int) -> Decimal:
    """An exact number rounded half up, away from zero, to a number of decimals."""
    return _half_up(exact.numerator, exact.denominator, decimals)


def extended(price: Decimal | Fraction, times: Fraction, currency: str) -> Money:
    """A price times how often its basis is ordered, half up to the minor unit."""
    digits = minor_units(currency)
    if times.denominator == 1 and isinstance(price, Decimal):
        exact = EXACT.multiply(price, times.numerator)
        return Money(round_price(exact, digits), currency)
    top, bottom = price.as_integer_ratio()
    amount = _half_up(top * times.numerator, bottom * times.denominator, digits)
    return Money(amount, currency)


def _half_up(top: int, bottom: int, decimals: int) -> Decimal:
    top *= 10**decimals
    whole = (2 * abs(top) + bottom) // (2 * bottom)
    return Decimal(f"{'-' if top < 0 else ''}{whole}E-{decimals}")


def _refused(
    price: PriceBreak, unit: UnitFactor | None, ask: Ask, asked: int | Fraction
) -> str:
    """Why a price does not come into question; empty when it does.

    ``asked`` is the quantity asked, a whole number where it is one: those compare fast.
    """
    if unit is None:
        return _NO_UNIT
    if price.valid_from is not None and ask.on_date < price.valid_from:
        return _TOO_EARLY
    if price.valid_to is not None and price.valid_to < ask.on_date:
        return _TOO_LATE
    quantity = asked
    if unit is not ask.unit:
        quantity = ask.quantity * ask.unit.factor / unit.factor
    return _NOT_REACHED if price.from_qty > quantity else ""


def _no_price(
    item: Item,
    contract: Contract,
    ask: Ask,
    rejected: list[tuple[PriceBreak, str]],
) -> Finding:
    tried = ", ".join(_refusal(*each) for each in rejected) or "the item has no prices"
    if not contract.in_force(ask.on_date):
        tried = "the contract itself is not in force"
    what = (
        f"no price of item {item.sku} in contract {contract.number} for "
        f"{plain(ask.quantity)} {ask.unit.unit} on {ask.on_date.isoformat()}: {tried}"
    )
    return Finding.of("CAT-303", what, value=item.sku)


def _list_decimals(contract: Contract, price: PriceBreak) -> int:
    if contract.price_decimals is not None:
        return contract.price_decimals
    least = minor_units(contract.currency)
    if price.amount.same_quantum(STEPS[least]):
        return least
    exponent = price.amount.as_tuple().exponent
    written = -exponent if isinstance(exponent, int) else 0
    return max(written, least)


def _refusal(price: PriceBreak, why: str) -> str:
    return f"{price.amount:f} from {price.from_qty:f} {price.unit} ({why})"


def _break_json(price: PriceBreak) -> dict[str, object]:
    return {
        "from_qty": f"{price.from_qty:f}",
        "amount": f"{price.amount:f}",
        "basis_qty": f"{price.basis_qty:f}",
        "unit": price.unit,
        "valid_from": price.valid_from.isoformat() if price.valid_from else None,
        "valid_to": price.valid_to.isoformat() if price.valid_to else None,
    }


def plain(number: Fraction) -> str:
    """A number as people write it: 12, 0.5, or 1/7 where no decimal is exact."""
    if number.denominator == 1:
        return str(number.numerator)
    for places in range(13):
        scaled = number * 10**places
        if scaled.denominator == 1:
            return f"{Decimal(f'{scaled.numerator}E-{places}'):f}"
    return str(number)
