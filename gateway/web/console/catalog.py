"""Contracts and prices: what is agreed, why a price is what it is, and new lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from gateway.catalog.imported import Import
from gateway.catalog.importing import read_csv, read_json
from gateway.catalog.model import Contract, Item, PriceBreak, UnitFactor
from gateway.catalog.offer import prices_on, usual_unit
from gateway.catalog.price import Ask, price_for, unit_of, wrong_unit
from gateway.catalog.words import parse
from gateway.findings import Finding
from gateway.findings.marking import marked as _
from gateway.order.money import Money
from gateway.store import catalog as catalogs
from gateway.store import catalog_search
from gateway.store.catalog import contracts_of
from gateway.store.catalog_diff import Difference, difference
from gateway.store.catalog_search import Shelf
from gateway.web.console.desk import HOME, Desk, at
from gateway.web.console.rights import Right
from gateway.web.storefront.asked import read_page, read_quantity

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
CONTRACTS = f"{HOME}/contracts"
_PER_PAGE = 50
_MOST_BYTES = 4 * 1024 * 1024
_ONE = Decimal(1)
Reader = Annotated[Desk, Depends(at(Right.SEE))]
Keeper = Annotated[Desk, Depends(at(Right.ADMINISTER_PARTNER, most_bytes=_MOST_BYTES))]
Asked = Annotated[str, Query(max_length=200)]


@router.get(CONTRACTS)
def contracts(desk: Reader, partner: Asked = "") -> Response:
    """All contracts, of each partner the one that answers first in front."""
    known = _partners(desk)
    with desk.parts.engine.db.read() as tx:
        held = contracts_of(tx, [one for one in known if partner in ("", one)])
    today = desk.now.date()
    rows = [(whose, one) for (whose, _n), one in held.items()]
    rows.sort(key=lambda row: (row[0], -row[1].priority, row[1].number))
    return desk.page(
        "contracts.html",
        title=desk.speech(_("Contracts")),
        rows=[(whose, one, _standing(one, today)) for whose, one in rows],
        partners=known,
        asked={"partner": partner},
    )


def _partners(desk: Desk) -> list[str]:
    """The partners whose contracts this person may see."""
    only = desk.person.partner_id
    known = sorted(desk.parts.engine.rules.directory.profiles)
    return [one for one in known if only in (None, one)]


def _standing(one: Contract, today: dt.date) -> str:
    if one.in_force(today):
        return "active"
    return "planned" if one.valid_from > today else "expired"


# Items and prices.


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An item in the list, with its first price of the day."""

    item: Item
    contract: Contract
    unit: str
    price: PriceBreak | None


@router.get(f"{CONTRACTS}/{{partner}}")
def items(
    desk: Reader, partner: str, q: Asked = "", day: Asked = "", page: Asked = ""
) -> Response:
    """What a partner may buy on a day: searched, or all of it."""
    if partner not in _partners(desk):
        return desk.not_found()
    when, number = _day(desk, day), read_page(page)
    skip = (number - 1) * _PER_PAGE
    with desk.parts.engine.db.read() as tx:
        shelf = Shelf.of(tx, partner, when)
        if q.strip():
            hits = catalog_search.search(tx, shelf, parse(q))
            numbers, count = hits.numbers[skip : skip + _PER_PAGE], len(hits.numbers)
        else:
            numbers, count = catalog_search.listed(tx, shelf, skip, _PER_PAGE)
        found = catalog_search.items(tx, shelf, numbers)
    return desk.page(
        "items.html",
        title=desk.speech(_("Prices of {partner}"), partner=partner),
        partner=partner,
        rows=[_offer(one.item, one.contract, when) for one in found],
        asked={"q": q, "day": when.isoformat()},
        number=number,
        count=count,
        has_more=skip + _PER_PAGE < count,
        priced=lambda price, of: _priced(desk, price, of),
    )


def _priced(desk: Desk, price: PriceBreak, contract: Contract) -> str:
    """A price as people read it: 12.50 USD / 100 EA."""
    amount = desk.speech.money(Money(price.amount, contract.currency))
    basis = f"{desk.speech.number(price.basis_qty)} " if price.basis_qty != _ONE else ""
    return f"{amount} / {basis}{price.unit}"


def _offer(item: Item, contract: Contract, day: dt.date) -> Offer:
    prices = prices_on(item, day)
    unit = usual_unit(item).unit
    first = next((one for one in prices if one.unit == unit), None)
    return Offer(item=item, contract=contract, unit=unit, price=first)


def _day(desk: Desk, text: str) -> dt.date:
    """The day that was asked for; today where it is none."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return desk.now.astimezone(desk.person.zone).date()


@router.get(f"{CONTRACTS}/{{partner}}/item")
def item(
    desk: Reader,
    partner: str,
    sku: Asked,
    quantity: Asked = "",
    unit: Asked = "",
    day: Asked = "",
) -> Response:
    """One item: its numbers, units and prices, and how the price asked for came."""
    if partner not in _partners(desk):
        return desk.not_found()
    when = _day(desk, day)
    with desk.parts.engine.db.read() as tx:
        shelf = Shelf.of(tx, partner, when)
        found = catalog_search.offered(tx, shelf, [sku]).get(sku)
    if found is None:
        return desk.not_found(desk.speech(_("No contract of that day has this item.")))
    wanted = read_quantity(quantity, desk.speech) or _ONE
    chosen = unit or usual_unit(found.item).unit
    return desk.page(
        "item.html",
        title=f"{found.item.sku} {found.item.description}".strip(),
        partner=partner,
        item=found.item,
        contract=found.contract,
        asked={"quantity": wanted, "unit": chosen, "day": when.isoformat()},
        today=prices_on(found.item, when),
        priced=lambda price, of: _priced(desk, price, of),
        why=_WHY,
        **_traced(found.item, found.contract, wanted, chosen, when),
    )


def _traced(
    item: Item, contract: Contract, quantity: Decimal, code: str, day: dt.date
) -> dict[str, Any]:
    """The price of so many on a day, and why; or why there is none."""
    unit = unit_of(item, code)
    if unit is None:
        return {"against": wrong_unit(item, code), "ours": None, "rejected": ()}
    ask = Ask(quantity=Fraction(quantity), unit=unit, on_date=day)
    priced = price_for(item, contract, ask)
    if isinstance(priced, Finding):
        return {"against": priced, "ours": None, "rejected": ()}
    return {
        "against": None,
        "ours": priced.in_terms(_ONE, unit),
        "chosen": priced.chosen,
        "list_unit": priced.list_unit,
        "rejected": priced.rejected,
    }


_WHY = {
    "not in force yet": _("not in force yet"),
    "expired": _("expired"),
    "quantity not reached": _("quantity not reached"),
    "unit without a factor": _("unit without a factor"),
    "another break is nearer": _("another break is nearer"),
}
"""Why a price does not count (``PriceTrace.rejected``), as people are told it."""


# A new list.


@router.get(f"{CONTRACTS}/{{partner}}/import")
def ask_import(desk: Keeper, partner: str) -> Response:
    """Choose a file."""
    if partner not in _partners(desk):
        return desk.not_found()
    return _importing(desk, partner)


@router.post(f"{CONTRACTS}/{{partner}}/import")
def import_(desk: Keeper, partner: str) -> Response:
    """Read a file and show what it changes; or take it over, once that was seen."""
    if partner not in _partners(desk):
        return desk.not_found()
    name, text, wrong = _sent(desk)
    if wrong:
        return _importing(desk, partner, wrong=desk.speech(wrong), status=422)
    reader = read_json if name.lower().endswith(".json") else read_csv
    read = reader(text, name, partner_id=partner)
    if not read.is_good or not read.contracts:
        return _importing(desk, partner, read=read, status=422)
    if desk.form.get("do") == "apply":
        return _apply(desk, partner, read)
    with desk.parts.engine.db.read() as tx:
        differs = difference(tx, partner, read)
    return _importing(desk, partner, read=read, differs=differs, name=name, text=text)


def _sent(desk: Desk) -> tuple[str, str, str]:
    """The name and the text of a file that was chosen, or looked at; what is wrong."""
    file = desk.form.file("file")
    if file is None:
        name, text = desk.form.get("name")[:200], desk.form.raw("text")
    else:
        name = file.name
        try:
            text = file.data.decode("utf-8-sig")
        except UnicodeDecodeError:
            return name, "", _("The file is no text in UTF-8. Save it as UTF-8.")
    wrong = "" if text.strip() else _("Choose a file with contracts and prices.")
    return name, text, wrong


def _apply(desk: Desk, partner: str, read: Import) -> Response:
    speech = desk.speech
    try:
        count = catalogs.save(desk.parts.engine.db, partner, read, desk.now, desk.by)
    except catalogs.Overtaken:
        told = speech(_("Another import began after this one. Look again."))
        return desk.refused(told, 409)
    told = speech(_("{count} items are taken over."), count=count)
    return desk.seen_other(f"{CONTRACTS}/{partner}", told)


def _importing(  # noqa: PLR0913  what the page may tell
    desk: Desk,
    partner: str,
    *,
    read: Import | None = None,
    differs: Difference | None = None,
    name: str = "",
    text: str = "",
    wrong: str = "",
    status: int = 200,
) -> Response:
    return desk.page(
        "import.html",
        title=desk.speech(_("New prices of {partner}"), partner=partner),
        status=status,
        partner=partner,
        read=read,
        differs=differs,
        changes=list(_changes(differs)) if differs else (),
        name=name,
        text=text,
        wrong=wrong,
    )


def _changes(differs: Difference) -> Iterator[dict[str, Any]]:
    """The differences that are shown, each with what of the item is another."""
    for one in differs.shown:
        named = one.after or one.before
        yield {
            "contract": one.contract,
            "sku": one.sku,
            "description": named.description if named else "",
            "kind": _kind(one.before, one.after),
            "what": list(_fields(one.before, one.after)),
        }


def _kind(before: Item | None, after: Item | None) -> str:
    if before is None:
        return "new"
    return "gone" if after is None else "changed"


def _fields(before: Item | None, after: Item | None) -> Iterator[tuple[str, str, str]]:
    if before is None or after is None:
        return
    for name in Item.__dataclass_fields__:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield name, _told(old), _told(new)


def _told(value: object) -> str:
    """A field of an item in words."""
    if isinstance(value, tuple):
        return "; ".join(map(_told, value))
    if isinstance(value, PriceBreak):
        basis = f" / {value.basis_qty}" if value.basis_qty != 1 else ""
        since = f" ({value.valid_from} \u2013 {value.valid_to or ''})"
        dated = since if value.valid_from or value.valid_to else ""
        return f"{value.amount}{basis} {value.unit} \u2265 {value.from_qty}{dated}"
    if isinstance(value, UnitFactor):
        return f"1 {value.unit} = {value.factor} {value.base}"
    return "" if value is None else str(value)
