"""EDIFACT PRICAT: the items of a contract, their units and price breaks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from gateway.catalog.listed import PriceListPart, every_price, names_of
from gateway.catalog.model import Contract, Item, PriceBreak
from gateway.edi.edifact.writer import Draft, Envelope, Row
from gateway.mappers.parts.edifact_dialect import Dialect, dialect_of, since
from gateway.mappers.parts.edifact_fit import EdifactFit, day, row
from gateway.mappers.parts.edifact_party import both_rows, identifier, item_rows
from gateway.mappers.parts.edifact_price import price_row
from gateway.order.item import Price
from gateway.partner.profile import Profile

KIND = "edifact_pricat"

_CATALOGUE = "9"
"""1001."""
_NO_GROUP = "2"
"""5379: the lines stand in no price group."""
_ADDED = "1"
"""1229: an item that is sold."""
_CONTRACT = "CT"
"""5375: the price of a contract."""
_MOST_PRICES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a PRICAT has in one dialect.

    ``whole`` and ``further`` are 1225 of the first part of a list and of those behind
    it, ``start`` is 2005 of the day that a price holds from. ``ranges``: RNG 4, a
    quantity range, exists; ``multiples``: QTY 164, so many at once. ``line`` is LIN, or
    PIT in D.93A, whose item numbers stand in PIA alone.
    """

    whole: str = "9"
    further: str = "2"
    start: str = "157"
    ranges: bool = True
    multiples: bool = True
    line: str = "LIN"


_UN = Form()
_94 = Form(whole="", start="194", ranges=False, multiples=False)


def _form_of(dialect: Dialect, directory: str) -> Form:
    form = _94 if dialect.name == "eancom94" else _UN
    if since(directory, "D94A"):
        return form
    return replace(form, line="PIT", multiples=False)


def from_prices(
    part: PriceListPart, envelope: Envelope, profile: Profile | None
) -> Draft:
    """The PRICAT of a part of a contract's items, still without control numbers.

    Each price stands with the unit and the quantity that it holds from; a unit without
    prices of its own has those of the base unit, where they come to a decimal number.
    """
    fit = EdifactFit()
    its = identifier(profile, KIND, "PRICAT")
    directory = its.version + its.release
    dialect = dialect_of(profile, directory, its.association)
    form = _form_of(dialect, directory)
    body = [*_heading(fit, part, profile, form), row("PGI", _NO_GROUP)]
    for number, item in enumerate(part.items, 1):
        body += _item(fit, str(number), item, part.contract, dialect, form)
    return Draft(
        kind=KIND,
        envelope=envelope,
        messages=((its, tuple(body)),),
        findings=fit.found.done(),
    )


def _heading(
    fit: EdifactFit, part: PriceListPart, profile: Profile | None, form: Form
) -> Iterator[Row]:
    """BGM to CUX: the list and its part, the contract, its validity and currency."""
    contract = part.contract
    of = f"{part.version}-{part.number}"
    longest = 35 - len(of) - 1
    name = contract.number if len(contract.number) <= longest else ""
    number = f"{name}-{of}" if name else of
    yield row(
        "BGM", _CATALOGUE, number, form.whole if part.number == 1 else form.further
    )
    yield row("DTM", ("137", day(part.told_on or contract.valid_from), "102"))
    yield from _valid(contract.valid_from, contract.valid_to, form)
    if reference := fit.id(contract.number, 35, "RFF-01"):
        yield row("RFF", ("CT", reference))
    yield from both_rows(fit, profile)
    if currency := fit.id(contract.currency, 3, "CUX-01"):
        yield row("CUX", ("2", currency, "8"))


def _valid(start: dt.date | None, end: dt.date | None, form: Form) -> Iterator[Row]:
    """DTM 273, from when until when, else the one that is known."""
    if start and end:
        yield row("DTM", ("273", f"{day(start)}-{day(end)}", "718"))
    elif start:
        yield row("DTM", (form.start, day(start), "102"))
    elif end:
        yield row("DTM", ("206", day(end), "102"))


def _item(
    fit: EdifactFit,
    number: str,
    item: Item,
    contract: Contract,
    dialect: Dialect,
    form: Form,
) -> Iterator[Row]:
    """LIN with its numbers, how many may be ordered, PRI for each price."""
    rows = item_rows(fit, number, _ADDED, names_of(item), dialect, form.line)
    yield from rows
    limits = [("53", item.min_qty), ("54", item.max_qty)]
    if form.multiples:
        limits.append(("164", item.increment))
    for code, limit in limits:
        if limit is not None:
            count = fit.number(limit, 15, "QTY-01")
            yield row("QTY", (code, count, fit.id(item.base_unit, 3, "QTY-01")))
    for price in every_price(item)[:_MOST_PRICES]:
        yield from _price(fit, price, contract, form)


def _price(
    fit: EdifactFit, price: PriceBreak, contract: Contract, form: Form
) -> Iterator[Row]:
    """PRI, RNG with the quantity that it holds from, DTM if it has days of its own."""
    if price.from_qty > 1 and not form.ranges:
        text = f"{price.amount:f} from {price.from_qty:f} {price.unit}"
        fit.cut("left out, the dialect has no quantity ranges", text, "PRI-01")
        return
    its = Price(amount=price.amount, basis_qty=price.basis_qty, basis_uom=price.unit)
    yield price_row(fit, "AAA", its, price.unit, _CONTRACT)
    if price.from_qty > 1:
        count = fit.number(Decimal(price.from_qty), 15, "RNG-02")
        yield row("RNG", "4", (fit.id(price.unit, 3, "RNG-02"), count))
    days = price.valid_from, price.valid_to
    if days != (contract.valid_from, contract.valid_to):
        yield from _valid(*days, form)
