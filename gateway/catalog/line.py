"""One line's price and dates against the contract, once its item is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from gateway.catalog import dates
from gateway.catalog.allowances import signed
from gateway.catalog.cart_check import (
    at_cart_price,
    changed_on_the_way,
    counts_instead,
)
from gateway.catalog.checked import LineChecked
from gateway.catalog.compare import Match, compare, compare_amounts
from gateway.catalog.contracts import ReferenceDay, reference_day
from gateway.catalog.identify import Desk, Identified
from gateway.catalog.model import BreakOn, Contract, ReferenceDate, UnitFactor
from gateway.catalog.place import at_line, placed
from gateway.catalog.price import (
    Ask,
    Expected,
    extended,
    price_for,
    unit_of,
    wrong_unit,
)
from gateway.catalog.quantity import is_usable
from gateway.findings import Finding, Severity
from gateway.order.model import Money
from gateway.order.money import minor_units
from gateway.values import swift

_NO_CHARGE = "no_charge"
_HALF = Decimal("0.5")
_NOTHING = Decimal(0)
_ALREADY_SAID = frozenset({"CAT-312", "CAT-313", "CAT-331"})


@swift
@dataclass(frozen=True, slots=True)
class _Priced:
    """Our price, the line at it and at theirs, and what is wrong with theirs."""

    expected: Expected | None = None
    ours: Money | None = None
    theirs: Money | None = None
    findings: tuple[Finding, ...] = ()


def finish(
    desk: Desk,
    known: Identified,
    sums: Mapping[tuple[str, str], Fraction],
    before: tuple[Finding, ...] = (),
) -> LineChecked:
    """Hold the line's price and dates against the contract and tell the result.

    ``sums`` are the base quantities by item, ``before`` what was found about the line
    already: its contract, its ship-to.
    """
    line, resolved = known.line, known.resolved
    priced = _priced(desk, known, sums)
    contract = resolved.contract if known.chosen.contracts else None
    earliest = dates.earliest_ship(resolved.item, contract, desk.today)
    pin, late = desk.pins.get(known.index), tuple[Finding, ...]()
    if pin is not None:
        standard = desk.order.source.standard
        before += changed_on_the_way(line, known.index, pin, standard)
    if resolved.item is not None:
        late = dates.line_dates(desk.order, line, known.index, earliest, desk.today)
    return LineChecked(
        line_no=line.line_no,
        index=known.index,
        findings=before + known.findings + priced.findings + late,
        item=resolved.item,
        contract=contract,
        resolved_by=resolved.by,
        unit=known.unit,
        base_qty=known.base_qty,
        price=priced.expected,
        extended=priced.ours,
        sent_extended=priced.theirs,
        allowed_qty=known.allowed_qty,
        earliest_ship=earliest,
        pin=pin,
    )


def _priced(
    desk: Desk, known: Identified, sums: Mapping[tuple[str, str], Fraction]
) -> _Priced:
    """The price checks, for lines whose item, unit and quantity are understood."""
    contract, unit, base_qty = known.resolved.contract, known.unit, known.base_qty
    if contract is None or unit is None or base_qty is None:
        return _Priced()
    foreign = _foreign(desk, known)
    if not known.chosen.is_priced or foreign is not None:
        return _Priced(findings=(foreign,) if foreign is not None else ())
    basis = _basis_unit(desk, known, unit)
    if isinstance(basis, Finding):
        return _Priced(findings=(_at_price(basis, known),))
    expected = _expected(desk, known, sums, basis)
    if isinstance(expected, Finding):
        if any(each.code in _ALREADY_SAID for each in known.findings):
            return _Priced()
        return _Priced(findings=(_at_price(expected, known),))
    times = base_qty
    if known.line.price.basis_qty != 1 or basis.unit != basis.base:
        times = base_qty / (basis.factor * Fraction(known.line.price.basis_qty))
    unit_price = expected.amount if expected.unrounded is None else expected.unrounded
    ours = extended(unit_price, times, contract.currency)
    theirs, finding = _judge(desk, known, expected, times, ours)
    told = _cart_counts(known, expected)
    found = told if finding is None else (*told, finding)
    return _Priced(expected, ours, theirs, found)


def _cart_counts(known: Identified, expected: Expected) -> tuple[Finding, ...]:
    """CAT-361 where the cart's price is another than the one in force."""
    priced = expected.priced
    if priced.cart is None:
        return ()
    listed = price_for(priced.item, priced.contract, priced.ask)
    what = counts_instead(priced, listed)
    if not what:
        return ()
    finding = Finding.of("CAT-361", what, value=priced.cart.session_id)
    return (_at_price(finding, known),)


def _at_price(finding: Finding, known: Identified) -> Finding:
    return placed(finding, known.line, known.index, "/price", "price.amount", "price")


def _foreign(desk: Desk, known: Identified) -> Finding | None:
    """CAT-201 for a line's own currencies; that of the order is judged once."""
    contract, line = known.resolved.contract, known.line
    if contract is None:
        return None
    fine = ("", contract.currency, desk.order.currency)
    if line.price.currency not in fine:
        currency, what, at = line.price.currency, "line", "/price/currency"
    elif line.amount is not None and line.amount.currency not in fine:
        currency, what, at = line.amount.currency, "amount of the line", "/amount"
    else:
        return None
    what = (
        f"the {what} is in {currency}, contract {contract.number} in "
        f"{contract.currency}"
    )
    where = at_line(line, known.index, at, at[1:].replace("/", "."))
    return Finding.of("CAT-201", what, where, currency)


def _basis_unit(
    desk: Desk, known: Identified, unit: UnitFactor
) -> UnitFactor | Finding:
    """The unit the sent price counts in: the line's own unless it names another."""
    price, item = known.line.price, known.resolved.item
    if not is_usable(price.basis_qty) or price.basis_qty <= 0:
        what = f"a price per {price.basis_qty} cannot be compared"
        return Finding.of("CAT-301", what, value=str(price.basis_qty))
    code = price.basis_uom
    if not code or code == known.line.quantity.uom_sent or item is None:
        return unit
    named = unit_of(item, code, desk.order.source.standard)
    if named is None and price.basis_factor:
        return UnitFactor(code, unit.factor / price.basis_factor, unit.base)
    return named or wrong_unit(item, code)


def _expected(
    desk: Desk,
    known: Identified,
    sums: Mapping[tuple[str, str], Fraction],
    basis: UnitFactor,
) -> Expected | Finding:
    """Our price in the terms of the line, or why there is none."""
    item, contract = known.resolved.item, known.resolved.contract
    unit, quantity = known.unit, known.base_qty
    assert item is not None  # _priced has seen to all four
    assert contract is not None
    assert unit is not None
    assert quantity is not None
    reference = _reference(desk, known, contract)
    if contract.break_on is BreakOn.ITEM:
        quantity = sums[item.contract_id, item.sku]
    ask = Ask(
        quantity=quantity if unit.unit == unit.base else quantity / unit.factor,
        unit=unit,
        on_date=reference.day,
        reference=reference.kind.value,
        why=reference.why,
    )
    price = price_for(item, contract, ask)
    pin = desk.pins.get(known.index) if desk.pins else None
    if pin is not None:
        price = at_cart_price(pin, item, contract, ask, price)
    if isinstance(price, Finding):
        return price
    return price.in_terms(known.line.price.basis_qty, basis)


def _reference(desk: Desk, known: Identified, contract: Contract) -> ReferenceDay:
    """The day that counts for the line; the same for all where no line has its own."""
    if contract.reference_date is ReferenceDate.REQUESTED:
        return reference_day(contract, desk.order, known.line, desk.today)
    day = desk.days.get(contract.id)
    if day is None:
        day = reference_day(contract, desk.order, None, desk.today)
        desk.days[contract.id] = day
    return day


def _judge(
    desk: Desk, known: Identified, expected: Expected, times: Fraction, ours: Money
) -> tuple[Money | None, Finding | None]:
    """The line at the price that was sent, and what is wrong with that price."""
    price, policy = known.line.price, desk.policy
    sent = price.amount
    if price.type == _NO_CHARGE:
        free = Money(_NOTHING, ours.currency)
        if not expected.exact:
            return free, None
        what = f"no charge was ordered, {_ours(expected)}"
        finding = Finding.of("CAT-301", what, value=price.basis_sent)
        return free, _at_price(finding, known)
    if sent is None or (not sent and expected.exact):
        lacks = sent is not None or not known.line.is_ceiling
        found = _at_price(_missing(desk, sent, expected), known)
        return None, found if lacks else None
    if not is_usable(sent) or sent < 0:
        what = f"{sent} is no price, {_ours(expected)}"
        return None, _at_price(Finding.of("CAT-301", what, value=str(sent)), known)
    theirs = ours
    if sent != expected.amount or expected.unrounded is not None:
        theirs = extended(sent, times, ours.currency)
    match = compare(sent, expected, times, policy.price_tolerance)
    if match is Match.EQUAL:
        return _amount(desk, known, theirs, ours)
    stake = theirs - ours
    what = (
        f"{sent:f} was sent, {_ours(expected)}; the line is {abs(stake)} "
        f"{'above' if sent > expected.exact else 'below'} ours"
    )
    code = "CAT-302" if match is Match.WITHIN else "CAT-301"
    return theirs, _at_price(Finding.of(code, what, value=str(sent)), known)


def _missing(desk: Desk, sent: Decimal | None, expected: Expected) -> Finding:
    """CAT-304; a note only where the profile says that our price is used."""
    what = f"{'no price' if sent is None else 'price 0'} was sent, {_ours(expected)}"
    severity = Severity.NOTE if desk.policy.missing_price == "use_ours" else None
    value = "" if sent is None else str(sent)
    return Finding.of("CAT-304", what, value=value, severity=severity)


def _ours(expected: Expected) -> str:
    """Our price with the contract or cart it comes from, for a sentence."""
    priced = expected.priced
    whose = priced.cart or f"contract {priced.contract.number}"
    return (
        f"{whose} has {expected.amount:f} {expected.currency} per "
        f"{expected.basis_qty:f} {expected.unit.unit}"
    )


def _amount(
    desk: Desk, known: Identified, theirs: Money, ours: Money
) -> tuple[Money, Finding | None]:
    """The line amount that was sent, where one was; it has to fit the price.

    It may have the line's own charges in it, and its allowances out of it.
    """
    sent = known.line.amount
    if sent is None or sent.currency != ours.currency or not is_usable(sent.amount):
        return theirs, None
    if known.line.is_ceiling:
        return theirs, None
    noise = _HALF.scaleb(-minor_units(ours.currency))
    tolerance = desk.policy.price_tolerance
    at_theirs = compare_amounts(sent.amount, theirs.amount, tolerance, noise=noise)
    match = compare_amounts(sent.amount, ours.amount, tolerance, noise=noise)
    if Match.EQUAL in (at_theirs, match):
        return sent, None
    own = signed(known.line.allowances_charges, sent.currency)
    with_own = sum((one.amount for one in own), theirs.amount)
    if compare_amounts(sent.amount, with_own, tolerance, noise=noise) is Match.EQUAL:
        return sent, None
    code = "CAT-302" if match is Match.WITHIN else "CAT-301"
    what = f"the line amount {sent} was sent, quantity and price make {ours}"
    at = at_line(known.line, known.index, "/amount", "amount")
    return sent, Finding.of(code, what, at, str(sent.amount))
