"""Baskets held against catalog and prices, and the lines that carts take back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from gateway.catalog.check import check
from gateway.catalog.checked import LineChecked
from gateway.catalog.keys import Asked, ItemKey, Prices, normalise, wanted
from gateway.catalog.listed import decimal_of, names_of
from gateway.catalog.model import Contract
from gateway.catalog.model import Item as SoldItem
from gateway.catalog.offer import usual_unit
from gateway.catalog.pin import CartPin
from gateway.catalog.units import rec20_of
from gateway.cxml_punchout.basket import BasketLine, ShopLine
from gateway.cxml_punchout.cart import (
    ONE,
    CartLimits,
    CartLine,
    PriceBasis,
    line_amount,
    one_unit,
    with_price_told,
)
from gateway.cxml_punchout.envelope import SINCE
from gateway.cxml_punchout.keyed import Marks, read_mark
from gateway.findings import Finding, Severity
from gateway.order.item import Classification, Item, LineQuantity
from gateway.order.model import Order, OrderLine
from gateway.order.money import Money
from gateway.partner import Profile
from gateway.partner.punchout import DefaultClass, PunchOutForm

__all__ = [
    "GoneBack",
    "asked_for",
    "in_catalog_terms",
    "known_item",
    "limits_of",
    "pins",
    "priced",
]

_OF_AN_ORDER = frozenset(("CAT-304", "CAT-351", "CAT-352"))
"""What is said of orders and not of baskets: a price that was not sent, dates."""
_NO_PRICE = "CAT-303"


def limits_of(agreed: PunchOutForm) -> CartLimits:
    """What the partner's system keeps of a cart."""
    widths = agreed.widths
    return CartLimits(
        sku=widths.sku,
        aux_id=widths.aux_id,
        description=widths.description,
        short_name=widths.short_name,
        mfr=widths.mfr,
        basis=agreed.price_basis == "yes" and _has_basis(agreed.version),
    )


def _has_basis(version: str) -> bool:
    """Whether that version of cXML has a price per more than one."""
    return version == "1.2" or version >= SINCE["ItemDetail", "PriceBasisQuantity"]


def asked_for(lines: Iterable[BasketLine]) -> frozenset[Asked]:
    """What the catalog is to be asked for, so that a basket can be priced."""
    return wanted(_order(tuple(lines), ""))


def priced(
    lines: Sequence[BasketLine],
    prices: Prices,
    profile: Profile,
    now: dt.datetime,
    *,
    contract: str = "",
    marks: Marks | None = None,
) -> tuple[ShopLine, ...]:
    """Each line with our price and what goes back of it.

    It is the check that an order of these lines would go through. With a ``contract``
    its items alone are sold. All lines that go back are in the currency of the first.
    Without ``marks`` they have none.
    """
    lines = [_in_a_unit(line, prices) for line in lines]
    checked = check(_order(lines, contract), prices, profile, now)
    limits = limits_of(profile.punchout)
    told: list[ShopLine] = []
    currency = ""
    for line, known in zip(lines, checked.lines, strict=True):
        its = line.mark or (marks.of(line.n) if marks and line.n else "")
        cart = _cart_line(line, known, profile.punchout, its, limits)
        if isinstance(cart, CartLine):
            currency = currency or cart.unit_price.currency
            cart = _in_currency(cart, currency)
        amount = line_amount(cart) if isinstance(cart, CartLine) else None
        told.append(ShopLine(line=line, checked=known, cart=cart, amount=amount))
    return tuple(told)


def _in_a_unit(line: BasketLine, prices: Prices) -> BasketLine:
    """The line in the unit that the item is usually sold in, where it names none."""
    if line.unit:
        return line
    item = known_item(prices, line.sku)
    return replace(line, unit=usual_unit(item).unit) if item else line


def known_item(prices: Prices, sku: str) -> SoldItem | None:
    """The item with our number, of the contract that comes first."""
    found = prices.items.get(ItemKey("sku", normalise(sku)), ())
    exact = (one for one in found if one.sku == sku)
    return next(exact, found[0] if found else None)


def in_catalog_terms(lines: Iterable[ShopLine]) -> tuple[BasketLine, ...]:
    """The basket with number and unit of each item as the catalog writes them.

    Of one item in one unit the new lines are added to the first.
    """
    kept: list[BasketLine] = []
    first: dict[tuple[str, str], int] = {}
    for one in lines:
        item, unit = one.checked.item, one.checked.unit
        line = one.line
        if item is not None and unit is not None:
            line = replace(line, sku=item.sku, unit=unit.unit)
        at = first.setdefault((line.sku, line.unit), len(kept))
        if line.n or at == len(kept):
            kept.append(line)
        else:
            more = kept[at].quantity + line.quantity
            kept[at] = replace(kept[at], quantity=more)
    return tuple(kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoneBack:
    """A cart that goes back now: in which session, with which total, as a test or not.

    ``key`` is the one that its marks were made with.
    """

    session_id: str
    key: bytes = field(repr=False)
    at: dt.datetime
    total: Money | None
    test: bool


def pins(
    lines: Iterable[ShopLine], sent: Iterable[CartLine], cart: GoneBack
) -> tuple[CartPin, ...]:
    """What the cart promises, line by line as the buyer got it."""
    written = {line.aux_id: line for line in sent}
    return tuple(
        _pin(one, written[one.cart.aux_id], cart)
        for one in lines
        if isinstance(one.cart, CartLine) and one.cart.aux_id in written
    )


def _pin(line: ShopLine, sent: CartLine, cart: GoneBack) -> CartPin:
    place = read_mark(cart.key, sent.aux_id)
    assert place is not None  # we made it, or found it to be ours
    basis, price = sent.basis, sent.unit_price
    return CartPin(
        session_id=place.session_id,
        line=place.line,
        returned_at=cart.at,
        sku=line.sku,
        unit=line.unit,
        quantity=sent.quantity,
        amount=price.amount * (basis.factor if basis else 1),
        currency=price.currency,
        basis_qty=basis.quantity if basis else Decimal(1),
        uom=sent.uom,
        description=sent.description,
        aux_id=sent.aux_id,
        returned_in=cart.session_id,
        cart_total=cart.total,
        test=cart.test,
    )


def _order(lines: Sequence[BasketLine], contract: str) -> Order:
    """The order that the basket would be."""
    return Order(
        po_number="",
        contract_ref=contract,
        lines=tuple(
            OrderLine(
                line_no=str(at),
                item=Item(supplier_sku=line.sku),
                quantity=LineQuantity(value=line.quantity, uom_sent=line.unit),
            )
            for at, line in enumerate(lines, 1)
        ),
    )


def _cart_line(
    line: BasketLine,
    known: LineChecked,
    agreed: PunchOutForm,
    its_mark: str,
    limits: CartLimits,
) -> CartLine | Finding:
    """What goes back of a line, or the first thing that speaks against it."""
    refused = _refusal(line, known)
    if refused is not None:
        return refused
    item, contract, price = known.item, known.contract, known.price or line.price
    if item is None or contract is None or price is None or known.unit is None:
        return Finding.of(_NO_PRICE, f"{line.sku} has no price now", value=line.sku)
    names = names_of(item)
    told = _given(line, contract) if line.price else _price(known, agreed)
    if isinstance(told, Finding):
        return told
    unit_price, basis = told
    made = CartLine(
        quantity=line.quantity,
        sku=item.sku,
        unit_price=unit_price,
        uom=_uom(known.unit.unit, agreed),
        description=names.description or item.sku,
        classification=(_class_of(item, agreed.classification),),
        aux_id=its_mark,
        line_no=str(line.n) if line.n else "",
        basis=basis,
        mfr_part=names.mfr_part,
        mfr=names.mfr,
        buyer_part=names.buyer_part,
        lead_time_days=item.lead_time_days or contract.lead_time_days or None,
    )
    return with_price_told(made, limits)


def _refusal(line: BasketLine, known: LineChecked) -> Finding | None:
    passed = _OF_AN_ORDER if line.price is None else _OF_AN_ORDER | {_NO_PRICE}
    weighty = (Severity.ERROR, Severity.REJECT)
    return next(
        (f for f in known.findings if f.severity in weighty and f.code not in passed),
        None,
    )


def _given(line: BasketLine, contract: Contract) -> tuple[Money, None] | Finding:
    """The price that our own shop gave, in the money of the contract."""
    price = line.price
    assert price is not None
    if price.currency == contract.currency:
        return price, None
    what = f"a price in {price.currency or 'no currency'} was given"
    return Finding.of(
        "CAT-201",
        f"{what}, contract {contract.number} is in {contract.currency}",
        value=price.currency,
    )


def _price(
    known: LineChecked, agreed: PunchOutForm
) -> tuple[Money, PriceBasis | None] | Finding:
    """Our price without any rounding: for one unit, for so many that it is whole.

    Of a price per 1,000 one unit's may have more decimals than a cart; it keeps its
    basis. Else it is told for the list's own unit, if a decimal says how many of them
    one is.
    """
    price, unit = known.price, known.unit
    assert price is not None
    assert unit is not None
    each = Money(price.amount, price.currency)
    if price.unrounded is None and one_unit(each, ONE) is not None:
        return each, None
    listed = price.priced
    chosen, of = listed.chosen, listed.list_unit
    ratio = Fraction(unit.factor) / of.factor
    quantity = decimal_of(Fraction(chosen.basis_qty) / ratio)
    factor = decimal_of(ratio)
    if quantity is not None:
        basis = PriceBasis(quantity=quantity, uom=_uom(unit.unit, agreed))
    elif factor is not None:
        its = _uom(of.unit, agreed)
        basis = PriceBasis(quantity=chosen.basis_qty, uom=its, factor=factor)
    else:
        what = f"{chosen.amount} per {of.unit} is no decimal number per {unit.unit}"
        return Finding.of("CXM-051", what, value=str(chosen.amount))
    return Money(chosen.amount, price.currency), basis


def _class_of(item: SoldItem, usual: DefaultClass) -> Classification:
    """The item's class of goods, else the one that the profile has for all."""
    if item.unspsc:
        return Classification(code=item.unspsc, scheme="UNSPSC")
    return Classification(code=usual.code, scheme=usual.domain)


def _uom(unit: str, agreed: PunchOutForm) -> str:
    return agreed.units.get(unit) or rec20_of(unit)


def _in_currency(line: CartLine, currency: str) -> CartLine | Finding:
    its = line.unit_price.currency
    if its == currency:
        return line
    what = f"{line.sku} is sold in {its}, the cart is in {currency}"
    return Finding.of("CAT-201", what, value=its)
