"""X12 832, price catalogue: the items of a contract, their units and price breaks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

from gateway.catalog.listed import PriceListPart, every_price, names_of
from gateway.catalog.model import Contract, Item, PriceBreak
from gateway.edi.x12.writer import Draft, Envelope, Row
from gateway.mappers.parts.fit import Fit, day, row
from gateway.mappers.parts.pairs import fitting, pairs_of
from gateway.mappers.parts.x12_answer_line import priced
from gateway.mappers.parts.x12_party import us
from gateway.order.item import UNPRICED, Price
from gateway.partner.profile import Profile

_PRICES = "PC"
"""BCT-01 (DE 683): a price catalogue."""
_CONTRACT_PRICE = "CON"
_FROM, _TO = "007", "036"
"""DTM-01 (DE 374): effective from, expires."""
_MOST_BREAKS = 100


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
    yield row("LIN", "", *fitting(fit, pairs_of(names_of(item)), "LIN-03"))
    if text := fit.text(item.description, 80, "PID-05"):
        yield ("PID", "F", "", "", "", text)
    for price in every_price(item)[:_MOST_BREAKS]:
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
