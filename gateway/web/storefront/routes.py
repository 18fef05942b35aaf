"""The shop's addresses. Each form is answered by an address, never by a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import reduce

from fastapi import APIRouter, Response

from gateway.catalog.offer import usual_unit
from gateway.cxml_punchout.basket import (
    BasketLine,
    HowBack,
    Visit,
    added,
    with_quantity,
)
from gateway.cxml_punchout.session import Operation
from gateway.findings import Finding
from gateway.findings.language import LANGUAGES
from gateway.findings.marking import marked as _
from gateway.web.problem import Problem
from gateway.web.punchout import check_csrf
from gateway.web.shop_pages import static
from gateway.web.speech import choice_header
from gateway.web.storefront.asked import read_page, read_quantity
from gateway.web.storefront.counter import Counter, Fault, TheCounter, TheFields

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
_BASE = "/shop/v/{visit}"
_LONGEST = 200
"""Characters of what is searched for; the rest does not count."""
Edit = Callable[[tuple[BasketLine, ...]], tuple[BasketLine, ...]]


_NO_QUANTITY = _("Write the quantity in digits: 12 or 0.5.")


@router.get("/shop/static/{name}")
def loaded(name: str) -> Response:
    """What pages load; the browser keeps it."""
    file = static().get(name)
    if file is None:
        raise Problem.of("API-011", "no such file")
    return file.answer()


@router.get(_BASE + "/start")
def start(at: TheCounter) -> Response:
    """Where a session begins: its item, its search, its cart, or everything."""
    visit, wish = at.visit, at.visit.wish
    if wish.selected:
        is_sold = wish.selected in at.offered([wish.selected])
        sku = wish.selected
        return at.to("/item", sku=sku) if is_sold else at.to(q=sku)
    if wish.search:
        return at.to(q=wish.search)
    earlier = visit.session.operation in (Operation.EDIT, Operation.INSPECT)
    return at.to("/cart" if earlier or visit.lines else "")


@router.get(_BASE)
def browse(at: TheCounter, q: str = "", page: str = "1") -> Response:
    """What was searched for, or all items."""
    text = q[:_LONGEST]
    return at.show("browse.html", page=at.browse(text, read_page(page)), q=text)


@router.get(_BASE + "/item")
def item(at: TheCounter, sku: str = "") -> Response:
    """One item with its prices."""
    return _item(at, sku)


@router.get(_BASE + "/cart")
def cart(at: TheCounter) -> Response:
    """The cart."""
    return at.cart()


@router.post(_BASE + "/cart/add")
def add(at: TheCounter, form: TheFields) -> Response:
    """So many of an item into the cart."""
    check_csrf(at.visit, form.get("csrf", ""))
    sku, sent = form.get("sku", ""), form.get("quantity", "")
    known = at.offered([sku]).get(sku)
    quantity = read_quantity(sent, at.speech)
    if known is None or not quantity:
        return _item(at, sku, sent, [Fault("quantity", at.speech(_NO_QUANTITY))])
    units = {one.unit for one in known.item.units}
    unit = form.get("unit", "")
    if unit not in units:
        unit = usual_unit(known.item).unit
    changed = _changed(at, lambda lines: added(lines, sku, quantity, unit))
    if isinstance(changed, Finding):
        return at.refused(changed)
    goes_back = all(one.goes_back for one in changed.lines if one.sku == sku)
    if form.get("from") == "list" and goes_back:
        page = str(read_page(form.get("page", "")))
        return at.to(q=form.get("q", "")[:_LONGEST], page=page, told="added")
    return at.to("/cart", told="added")


@router.post(_BASE + "/cart/change")
def change(at: TheCounter, form: TheFields) -> Response:
    """Other quantities; 0 takes a line out. Nothing changes while one is no number."""
    check_csrf(at.visit, form.get("csrf", ""))
    wanted: dict[int, Decimal] = {}
    rows, errors = [], []
    for row in at.rows():
        sent = form.get(f"quantity-{row.n}", row.typed)
        quantity = read_quantity(sent, at.speech)
        if quantity is None:
            text = f"{row.description}: {at.speech(_NO_QUANTITY)}"
            errors.append(Fault(f"quantity-{row.n}", text))
            rows.append(replace(row, typed=sent, error=text))
        else:
            wanted[row.n] = quantity
            rows.append(replace(row, typed=sent))
    if errors:
        return at.cart(rows, errors)
    changed = _changed(
        at,
        lambda lines: reduce(
            lambda held, n: with_quantity(held, n, wanted[n]), wanted, lines
        ),
    )
    return _after(at, changed, "changed")


@router.post(_BASE + "/cart/remove")
def remove(at: TheCounter, form: TheFields) -> Response:
    """A line out of the cart."""
    check_csrf(at.visit, form.get("csrf", ""))
    said = form.get("remove", "")
    n = int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0
    changed = _changed(at, lambda lines: with_quantity(lines, n, Decimal(0)))
    return _after(at, changed, "removed")


@router.get(_BASE + "/leave")
def leaving(at: TheCounter) -> Response:
    """What becomes of the cart when one leaves."""
    return at.show("leave.html")


@router.post(_BASE + "/leave")
def leave(at: TheCounter, form: TheFields) -> Response:
    """Back to the buyer: with the cart, without changes, or with all lines deleted."""
    check_csrf(at.visit, form.get("csrf", ""))
    how = _how(form.get("how", ""), at.visit)
    if how is None:
        return at.to("/leave")
    given = at.punchout.give_back(at.visit, how, at.now, at.speech.name)
    return at.refused(given) if isinstance(given, Finding) else at.to("/return")


@router.post(_BASE + "/language")
def language(at: TheCounter, form: TheFields) -> Response:
    """Another language, on the page one was on."""
    check_csrf(at.visit, form.get("csrf", ""))
    answer = at.back_to(form.get("back", ""))
    chosen = form.get("language", "")
    if chosen in LANGUAGES:
        answer.headers.append("Set-Cookie", choice_header(chosen, secure=at.is_secure))
    return answer


def _item(
    at: Counter, sku: str, sent: str = "", errors: list[Fault] | None = None
) -> Response:
    """The page of an item, or everything with a word that it is not sold."""
    shown = at.item(sku)
    if shown is None:
        text = at.speech(_("This item is not sold to you. Search for another one."))
        page = at.browse("", 1)
        return at.show(
            "browse.html", errors=[Fault("q", text)], status=404, page=page, q=sku
        )
    if errors:
        shown = replace(shown, typed=sent)
    status = 422 if errors else 200
    return at.show("item.html", errors=errors or (), status=status, shown=shown)


def _changed(at: Counter, edit: Edit) -> Visit | Finding:
    return at.punchout.change(at.visit, edit, at.now)


def _after(at: Counter, changed: Visit | Finding, told: str) -> Response:
    if isinstance(changed, Finding):
        return at.refused(changed)
    return at.to("/cart", told=told)


def _how(said: str, visit: Visit) -> HowBack | None:
    """How the user leaves; none if that is not possible here."""
    ways: list[HowBack] = ["cancel"]
    if visit.is_writable:
        ways.append("cart")
    if visit.is_writable and visit.session.operation is Operation.EDIT:
        ways.append("empty")
    return next((way for way in ways if way == said), None)
