"""Items and lines as the shop's pages show them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from gateway.catalog.checked import LineChecked
from gateway.catalog.model import Item
from gateway.catalog.offer import is_sold, least, prices_on, usual_unit
from gateway.cxml_punchout.basket import ShopLine
from gateway.findings.marking import marked as _
from gateway.order.money import Money
from gateway.store.catalog_search import Offered
from gateway.web.speech import Speech
from gateway.web.storefront.asked import typed
from gateway.web.storefront.trouble import trouble
from gateway.web.storefront.units import per_unit, unit_name

__all__ = ["CartRow", "Page", "Shown", "cart_row", "shown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A price from a quantity on."""

    start: str
    price: Money
    per: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An item as a page shows it. ``typed`` and ``unit`` stand in its form."""

    sku: str
    link: str
    description: str
    mfr: str
    buyer_part: str
    price: Money | None
    per: str
    units: tuple[tuple[str, str], ...]
    unit: str
    typed: str
    note: str
    successor: str
    can_add: bool
    facts: tuple[tuple[str, str], ...] = ()
    breaks: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of items. ``count`` are all that fit; ``before`` and ``after``: links."""

    items: tuple[Shown, ...]
    count: int
    is_cut: bool
    number: int
    pages: int
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CartRow:
    """A line of the cart as the page shows it. ``said``: what is to be known of it."""

    n: int
    sku: str
    link: str
    description: str
    typed: str
    unit: str
    price: Money | None
    per: str
    amount: Money | None
    goes_back: bool
    said: tuple[str, ...]
    error: str = ""


def _item_link(base: str, sku: str) -> str:
    """The address of an item's page."""
    return f"{base}/item?{urlencode({'sku': sku})}"


def shown(
    offered: Offered, quoted: LineChecked, base: str, speech: Speech, day: dt.date
) -> Shown:
    """An item with its price as it is ``quoted``, and all that its own page tells."""
    item = offered.item
    unit = usual_unit(item)
    price, per = _price(quoted, speech)
    heir = _item_link(base, item.successor) if item.successor else ""
    return Shown(
        sku=item.sku,
        link=_item_link(base, item.sku),
        description=item.description or item.sku,
        mfr=item.mfr,
        buyer_part=next(iter((*item.buyer_parts, *item.cross_refs)), ""),
        price=price if is_sold(item) else None,
        per=per,
        units=tuple((one.unit, unit_name(one.unit, speech)) for one in item.units),
        unit=unit.unit,
        typed=typed(least(item, unit), speech),
        note=_note(item, speech),
        successor=heir,
        can_add=is_sold(item) and price is not None,
        facts=tuple(_facts(offered, speech)),
        breaks=tuple(_steps(offered, speech, day)),
    )


def cart_row(line: ShopLine, base: str, speech: Speech) -> CartRow:
    """A line of the basket."""
    checked = line.checked
    price, per = _price(checked, speech)
    said = (trouble(finding, checked, speech) for finding in line.findings)
    return CartRow(
        n=line.n,
        sku=line.sku,
        link=_item_link(base, line.sku) if checked.item else "",
        description=line.description,
        typed=typed(line.quantity, speech),
        unit=unit_name(line.unit, speech) if line.unit else "",
        price=price,
        per=per,
        amount=line.amount,
        goes_back=line.goes_back,
        said=tuple(dict.fromkeys(said)),
    )


def _price(checked: LineChecked, speech: Speech) -> tuple[Money | None, str]:
    """The price and what it is for: never rounded, rather in the list's own terms."""
    price = checked.price
    if price is None:
        return None, ""
    if price.unrounded is None:
        told = per_unit(price.basis_qty, price.unit.unit, speech)
        return Money(price.amount, price.currency), told
    listed = price.priced.chosen
    told = per_unit(listed.basis_qty, listed.unit, speech)
    return Money(listed.amount, price.currency), told


def _note(item: Item, speech: Speech) -> str:
    if is_sold(item):
        return ""
    if item.successor:
        said = _("This item is no longer sold. It was replaced by {item}.")
        return speech(said, item=item.successor)
    return speech(_("This item is no longer sold."))


def _facts(offered: Offered, speech: Speech) -> Iterator[tuple[str, str]]:
    item, contract = offered.item, offered.contract
    days = item.lead_time_days
    if days is None:
        days = contract.lead_time_days
    told: Mapping[str, str] = {
        _("Part number"): item.sku,
        _("Your part number"): ", ".join((*item.buyer_parts, *item.cross_refs)),
        _("Manufacturer"): item.mfr,
        _("Manufacturer's part number"): item.mfr_part,
        "GTIN": ", ".join(item.gtins),
        _("Units"): ", ".join(_units(item, speech)),
        _("Smallest quantity"): _limit(item.min_qty, item, speech),
        _("In steps of"): _limit(item.increment, item, speech),
        _("Largest quantity"): _limit(item.max_qty, item, speech),
        _("Days until it ships"): speech.number(days) if days else "",
        _("Contract"): contract.number,
        _("Contract ends on"): speech.day(contract.valid_to)
        if contract.valid_to
        else "",
    }
    for name, value in told.items():
        if value:
            yield speech(name), value


def _units(item: Item, speech: Speech) -> Iterator[str]:
    for unit in item.units:
        name = unit_name(unit.unit, speech)
        if unit.factor == 1 or unit.factor.denominator != 1:
            yield name
            continue
        count = speech.number(unit.factor.numerator)
        base = unit_name(unit.base, speech)
        yield speech(_("{unit} of {count} {base}"), unit=name, count=count, base=base)


def _limit(value: Decimal | None, item: Item, speech: Speech) -> str:
    if value is None:
        return ""
    return f"{speech.quantity(value)} {unit_name(item.base_unit, speech)}"


def _steps(offered: Offered, speech: Speech, day: dt.date) -> Iterator[Step]:
    for price in prices_on(offered.item, day):
        count, name = price.from_qty, unit_name(price.unit, speech)
        yield Step(
            start=f"{speech.quantity(count)} {name}" if count else speech(_("any")),
            price=Money(price.amount, offered.contract.currency),
            per=per_unit(price.basis_qty, price.unit, speech),
        )
