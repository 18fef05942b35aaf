"""X12 832, price catalogue: the items of a contract, their units and price breaks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from gateway.catalog.listed import PriceListPart
from gateway.catalog.model import Contract, Item, PriceBreak
from gateway.edi.x12.writer import Draft, Envelope, Row
from gateway.mappers.parts.fit import Fit, day, row
from gateway.mappers.parts.pairs import fitting, pairs_of
from gateway.mappers.parts.x12_answer_line import priced
from gateway.mappers.parts.x12_party import us
from gateway.order.item import UNPRICED, Price
from gateway.order.item import Item as Named
from gateway.partner.profile import Profile

_PRICES = "PC"
"""BCT-01 (DE 683): a price catalogue."""
_CONTRACT_PRICE = "CON"
_FROM, _TO = "007", "036"
"""DTM-01 (DE 374): effective from, expires."""
_MOST_BREAKS = 100
_TENTHS = (2, 5)


def from_prices(
    part: PriceListPart, envelope: Envelope, profile: Profile | None
) -> Draft:
    """The 832 of a part of a contract's items, still without control numbers.

    Each price stands with the unit and the quantity that it holds from; a unit without
    prices of its own has those of the base unit, where they come to a decimal number.
    """
    fit = Fit(envelope.separators, envelope.version, envelope.codec)
    body = [*_heading(fit, part, profile)]
    for item in part.items:
        body += _item(fit, item, part.contract)
    body.append(("CTT", str(len(part.items))))
    return Draft(
        kind="x12_832",
        functional_id="SC",
        envelope=envelope,
        messages=(("832", tuple(body)),),
        findings=fit.found.done(),
    )


def _heading(fit: Fit, part: PriceListPart, profile: Profile | None) -> Iterator[Row]:
    """BCT, the contract, its validity and currency, and who we are."""
    contract = part.contract
    yield row(
        "BCT",
        _PRICES,
        fit.id(contract.number, 15, "BCT-02"),
        str(part.version),
        str(part.number),
    )
    if number := fit.reference(contract.number, "REF-02"):
        yield ("REF", "CT", number)
    yield from _days(contract.valid_from, contract.valid_to)
    yield ("CUR", "SE", fit.id(contract.currency, 3, "CUR-02", 3))
    yield from us(fit, profile)


def _days(start: dt.date | None, end: dt.date | None) -> Iterator[Row]:
    for code, date in ((_FROM, start), (_TO, end)):
        if date is not None:
            yield ("DTM", code, day(date))


def _item(fit: Fit, item: Item, contract: Contract) -> Iterator[Row]:
    """LIN with its numbers, PID with its name, CTP for each price."""
    named = Named(
        supplier_sku=item.sku,
        buyer_part=next(iter((*item.buyer_parts, *item.cross_refs)), ""),
        gtin=next(iter(item.gtins), ""),
        mfr_part=item.mfr_part,
        mfr=item.mfr,
    )
    yield row("LIN", "", *fitting(fit, pairs_of(named), "LIN-03"))
    if text := fit.text(item.description, 80, "PID-05"):
        yield ("PID", "F", "", "", "", text)
    for price in [*item.prices, *_derived(item)][:_MOST_BREAKS]:
        yield _price(fit, price)
        if (price.valid_from, price.valid_to) != (
            contract.valid_from,
            contract.valid_to,
        ):
            yield from _days(price.valid_from, price.valid_to)


def _price(fit: Fit, price: PriceBreak) -> Row:
    """CTP: the price, its basis, and from how many on it holds."""
    ours = Price(amount=price.amount, basis_qty=price.basis_qty)
    amount, basis = priced(fit, ours, UNPRICED, "CTP", 3)
    unit = fit.id(price.unit, 2, "CTP-05", 2)
    quantity = fit.number(max(price.from_qty, Decimal(1)), 15, "CTP-04") if unit else ""
    return row("CTP", "", _CONTRACT_PRICE, amount, quantity, (unit,), "", "", "", basis)


def _derived(item: Item) -> Iterator[PriceBreak]:
    """The prices of units that have none, from those of the base unit, exactly."""
    own = {price.unit for price in item.prices}
    for unit in item.units:
        if unit.unit in own or unit.base != item.base_unit:
            continue
        for price in item.prices:
            count = Fraction(price.from_qty) / unit.factor
            amount = _decimal(Fraction(price.amount) * unit.factor)
            whole = count.denominator == 1 or price.from_qty <= 1
            if price.unit == item.base_unit and amount is not None and whole:
                from_qty = Decimal(int(count)) if count >= 1 else Decimal(1)
                yield replace(price, unit=unit.unit, amount=amount, from_qty=from_qty)


def _decimal(value: Fraction) -> Decimal | None:
    """A fraction as a decimal number that ends, none where it does not."""
    rest = value.denominator
    for prime in _TENTHS:
        while rest % prime == 0:
            rest //= prime
    return Decimal(value.numerator) / Decimal(value.denominator) if rest == 1 else None
