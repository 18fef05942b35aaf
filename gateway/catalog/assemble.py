"""Contracts and items put together from rows or objects, contradictions noted."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from gateway.catalog.imported import Fields
from gateway.catalog.keys import gtin14, has_good_check_digit
from gateway.catalog.model import (
    BreakOn,
    Contract,
    Item,
    ItemState,
    PriceBreak,
    ReferenceDate,
    UnitFactor,
)
from gateway.catalog.units import meaning
from gateway.findings import Finding, Severity, Where

LEAD_TIME_MAX_DAYS = 3650
_FAR = dt.date.max
_UNSPSC = re.compile("[0-9]{8}")


def fault(spot: str, what: str, value: str = "") -> Finding:
    """CFG-020: a row or object that is not understood."""
    return Finding.of("CFG-020", what, Where(path=spot), value)


def contradiction(spot: str, what: str, value: str = "") -> Finding:
    """CFG-021: a row or object that says other than one before it."""
    return Finding.of("CFG-021", what, Where(path=spot), value)


def faults_of(fields: Fields, spot: str) -> list[Finding]:
    """The faults that reading the fields noted."""
    return [
        fault(spot, f"{name} {value!r} {what}" if value else f"{name} {what}", value)
        for name, value, what in fields.wrong
    ]


def contract_of(fields: Fields, partner_id: str) -> Contract | None:
    """The contract of a row or object; none when its fields have faults."""
    number, currency = fields.needed("contract"), fields.needed("currency").upper()
    if currency and not (len(currency) == 3 and currency.isalpha()):
        fields.note(
            "currency", currency, "is no currency; write USD, EUR ... (ISO 4217)"
        )
    first = fields.day("contract_from")
    if not fields.text("contract_from"):
        fields.note("contract_from", "", "is empty; write it as 2026-01-31")
    last = fields.day("contract_to")
    if first and last and last < first:
        fields.note("contract_to", last.isoformat(), "lies before contract_from")
    reference = fields.choice("reference_date", ReferenceDate, ReferenceDate.ORDER)
    break_on = fields.choice("break_on", BreakOn, BreakOn.LINE)
    low, high = fields.decimal("min_value"), fields.decimal("max_value")
    lead = fields.whole("lead_time_days", LEAD_TIME_MAX_DAYS)
    priority = fields.whole("priority", 1_000_000)
    decimals = fields.whole("price_decimals", 12)
    if fields.wrong or first is None:
        return None
    return Contract(
        id=number,
        partner_id=partner_id,
        number=number,
        name=fields.text("contract_name"),
        currency=currency,
        valid_from=first,
        valid_to=last,
        reference_date=ReferenceDate(reference),
        break_on=BreakOn(break_on),
        min_value=low,
        max_value=high,
        lead_time_days=lead or 0,
        priority=priority or 0,
        price_decimals=decimals,
    )


_FACTS = (
    "description",
    "mfr_part",
    "mfr",
    "unspsc",
    "state",
    "successor",
    "base_unit",
    "min_qty",
    "increment",
    "max_qty",
    "lead_time_days",
)
_NUMBERS = ("buyer_part", "cross_ref", "gtin")


@dataclass(slots=True)
class Draft:
    """An item while its rows come in. ``spot`` is where the first one stands.

    ``is_spoiled`` once a row of it had a fault: no item comes of it then.
    """

    contract: Contract
    sku: str
    spot: str
    findings: list[Finding] = field(default_factory=list)
    is_spoiled: bool = False
    _facts: dict[str, tuple[str, str]] = field(default_factory=dict)
    _numbers: dict[str, dict[str, None]] = field(default_factory=dict)
    _units: dict[str, tuple[Fraction | None, str]] = field(default_factory=dict)
    _prices: list[tuple[PriceBreak, str]] = field(default_factory=list)

    def add_facts(self, fields: Fields, spot: str) -> None:
        """Take what a row says of the item; what is said again has to be the same."""
        for name in _FACTS:
            value = fields.text(name)
            if not value:
                continue
            known = self._facts.setdefault(name, (value, spot))
            if known[0] != value:
                what = (
                    f"{name} {value!r} of item {self.sku} is {known[0]!r} in {known[1]}"
                )
                self.findings.append(contradiction(spot, what, value))
        for name in _NUMBERS:
            known_numbers = self._numbers.setdefault(name, {})
            known_numbers.update(dict.fromkeys(fields.list(name)))

    def add_unit(self, fields: Fields, spot: str) -> None:
        """Take a unit and its factor, the number of base units it holds."""
        unit = fields.needed("unit")
        factor = fields.factor("factor")
        if not unit:
            return
        known = self._units.setdefault(unit, (factor, spot))
        if factor is not None and known[0] is None:
            self._units[unit] = (factor, spot)
        elif factor is not None and known[0] != factor:
            what = f"factor {factor} of {unit} is {known[0]} in {known[1]}"
            self.findings.append(contradiction(spot, what, str(factor)))

    def add_price(self, fields: Fields, spot: str) -> None:
        """Take a price; a row without one is no price."""
        amount, basis = fields.decimal("price"), fields.basis("basis")
        first, last = fields.day("from"), fields.day("to")
        start, unit = fields.decimal("break"), fields.text("unit")
        if first and last and last < first:
            fields.note("to", last.isoformat(), "lies before from")
        if amount is None or fields.wrong:
            return
        limit = self.contract.price_decimals
        exponent = amount.as_tuple().exponent
        if limit is not None and isinstance(exponent, int) and -exponent > limit:
            what = f"price {amount} has more decimals than price_decimals {limit}"
            self.findings.append(contradiction(spot, what, str(amount)))
        price = PriceBreak(
            from_qty=start or Decimal(0),
            amount=amount,
            unit=unit,
            basis_qty=basis,
            valid_from=first,
            valid_to=last,
        )
        if all(known != price for known, _ in self._prices):
            self._prices.append((price, spot))

    def finish(self) -> Item | None:
        """The item, or none when its rows have faults; ``findings`` tells them."""
        fields = Fields({name: value for name, (value, _) in self._facts.items()})
        state = fields.choice("state", ItemState, ItemState.ACTIVE)
        low, step = fields.above_zero("min_qty"), fields.above_zero("increment")
        high = fields.above_zero("max_qty")
        lead = fields.whole("lead_time_days", LEAD_TIME_MAX_DAYS)
        if low is not None and high is not None and high < low:
            fields.note("max_qty", str(high), "is below min_qty")
        unspsc = fields.text("unspsc")
        if unspsc and not _UNSPSC.fullmatch(unspsc):
            fields.note("unspsc", unspsc, "is not of 8 digits")
        base, units = self._factors(fields)
        self._check_prices(fields)
        self._check_numbers(units)
        self.findings += faults_of(fields, self.spot)
        rejected = any(each.severity is Severity.REJECT for each in self.findings)
        if rejected or self.is_spoiled:
            return None
        return Item(
            contract_id=self.contract.id,
            sku=self.sku,
            base_unit=base,
            units=units,
            prices=tuple(price for price, _ in self._prices),
            description=fields.text("description"),
            buyer_parts=tuple(self._numbers.get("buyer_part", ())),
            cross_refs=tuple(self._numbers.get("cross_ref", ())),
            gtins=tuple(self._numbers.get("gtin", ())),
            mfr_part=fields.text("mfr_part"),
            mfr=fields.text("mfr"),
            unspsc=unspsc,
            state=ItemState(state),
            successor=fields.text("successor"),
            min_qty=low,
            increment=step,
            max_qty=high,
            lead_time_days=lead,
        )

    def _factors(self, fields: Fields) -> tuple[str, tuple[UnitFactor, ...]]:
        """The base unit and the factors of all units; one base has factor 1."""
        base = fields.text("base_unit")
        if not base:
            ones = [unit for unit, (f, _) in self._units.items() if f in (None, 1)]
            if len(ones) != 1:
                fields.note("base_unit", "", "is empty; name the unit factors count")
            base = ones[0] if ones else ""
        units = []
        for unit, (factor, spot) in self._units.items():
            if unit == base and factor not in (None, 1):
                what = f"factor {factor} of base unit {unit}: a base unit has factor 1"
                self.findings.append(contradiction(spot, what, str(factor)))
            elif unit != base and factor is None:
                what = f"factor is empty; say how many {base} one {unit} holds"
                self.findings.append(fault(spot, what))
            units.append(UnitFactor(unit, factor or Fraction(1), base))
        return base, tuple(units)

    def _check_prices(self, fields: Fields) -> None:
        """Two prices of one unit and break may not be in force on one day."""
        if any(price.unit not in self._units for price, _ in self._prices):
            fields.note("unit", "", "of a price is not among the item's units")
        ordered = sorted(self._prices, key=lambda each: _order(each[0]))
        for (one, spot), (other, at) in pairwise(ordered):
            if one.unit != other.unit or one.from_qty != other.from_qty:
                continue
            if (one.valid_to or _FAR) >= (other.valid_from or dt.date.min):
                what = (
                    f"price {other.amount} from {other.from_qty} {other.unit} of item "
                    f"{self.sku} is in force with {one.amount} of {spot}"
                )
                self.findings.append(contradiction(at, what, str(other.amount)))

    def _check_numbers(self, units: tuple[UnitFactor, ...]) -> None:
        """Warnings: what looks wrong but may be what both sides agreed."""
        for gtin in self._numbers.get("gtin", ()):
            padded = gtin14(gtin)
            if not padded or not has_good_check_digit(padded):
                what = f"gtin {gtin!r} has a wrong check digit or length"
                self._warn(what, gtin)
        for unit in units:
            if not meaning(unit.unit):
                what = (
                    f"unit {unit.unit!r} is in no list; orders have to write it alike"
                )
                self._warn(what, unit.unit)

    def _warn(self, what: str, value: str) -> None:
        where = Where(path=self.spot)
        self.findings.append(
            Finding.of("CFG-020", what, where, value, severity=Severity.WARNING)
        )


def _order(price: PriceBreak) -> tuple[str, Decimal, dt.date]:
    return price.unit, price.from_qty, price.valid_from or dt.date.min


@dataclass(slots=True)
class Numbers:
    """Which item has a number within its contract; two of one number are CFG-021."""

    _owner: dict[tuple[str, str, str], tuple[str, str]] = field(default_factory=dict)

    def check(self, item: Item, spot: str) -> list[Finding]:
        """The numbers of an item that another item of the contract has already."""
        found = []
        kinds = (("buyer_part", item.buyer_parts), ("gtin", item.gtins))
        for kind, numbers in kinds:
            for number in numbers:
                value = (gtin14(number) or number) if kind == "gtin" else number
                mine = (item.sku, spot)
                owner = self._owner.setdefault((item.contract_id, kind, value), mine)
                if owner[0] != item.sku:
                    what = f"{kind} {number!r} is item {owner[0]}'s in {owner[1]}"
                    found.append(contradiction(spot, what, number))
        return found
