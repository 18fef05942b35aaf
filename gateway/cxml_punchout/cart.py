"""The cart that goes back to the buyer: PunchOutOrderMessage."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from gateway.cxml_punchout.pieces import (
    amount,
    described,
    extrinsics,
    number,
    text,
    uom,
)
from gateway.findings import Finding, Findings, Where
from gateway.findings.model import NOWHERE
from gateway.order.item import Classification
from gateway.order.money import Money, extend, round_price, total
from gateway.safexml.markup import Node, element

__all__ = [
    "ONE",
    "Cart",
    "CartLimits",
    "CartLine",
    "PriceBasis",
    "exact_price",
    "fitted",
    "item_in",
    "line_amount",
    "one_unit",
    "order_message",
    "per_unit",
    "shortened",
    "unchanged",
    "with_price_told",
]

_DECIMALS = 4
"""Decimals of a price that the platforms keep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBasis:
    """What a price is for: ``quantity`` of ``uom``; ``factor`` of them per order unit.

    OCI's PRICEUNIT is the quantity, with the order's unit and the factor 1.
    """

    quantity: Decimal
    uom: str
    factor: Decimal = Decimal(1)


ONE = PriceBasis(quantity=Decimal(1), uom="")
"""A price for one order unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CartLine:
    """One item of a cart. ``aux_id`` finds the line again, ``uom`` is a Rec 20 code."""

    quantity: Decimal
    sku: str
    unit_price: Money
    uom: str
    description: str
    classification: tuple[Classification, ...]
    aux_id: str = ""
    line_no: str = ""
    language: str = "en"
    short_name: str = ""
    basis: PriceBasis | None = None
    mfr_part: str = ""
    mfr: str = ""
    buyer_part: str = ""
    url: str = ""
    lead_time_days: int | None = None
    extrinsics: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cart:
    """What a session gives back. ``cookie`` is the BuyerCookie just as it came.

    ``operation_allowed`` is the highest operation that the buyer may ask for later.
    ``total`` is given where it is not the sum of the lines.
    """

    cookie: Node
    currency: str
    lines: tuple[CartLine, ...] = ()
    operation_allowed: Literal["create", "inspect", "edit"] = "edit"
    quote_status: Literal["pending", "final"] = "final"
    total: Money | None = None
    shipping: Money | None = None
    tax: Money | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class CartLimits:
    """How long values may be, in bytes of UTF-8, so that every platform keeps them.

    They are the platforms' limits and not cXML's. Texts are cut to them; a number that
    is longer is told and stays whole, for half of it names another item. ``basis`` says
    whether the buyer understands a price per more than one.
    """

    sku: int = 100
    aux_id: int = 100
    description: int = 255
    short_name: int = 50
    mfr: int = 100
    basis: bool = True


def line_amount(line: CartLine) -> Money:
    """The price of the line's quantity, rounded as the currency is.

    Quantity x factor / basis quantity x price (cXML PriceBasisQuantity).
    """
    basis = line.basis or ONE
    price = line.unit_price * basis.factor
    exact = extend(
        price.amount, line.quantity, price.currency, basis_qty=basis.quantity
    )
    return Money(exact, price.currency)


def exact_price(line: CartLine) -> Fraction:
    """The price of one order unit, exactly."""
    basis = line.basis or ONE
    price = Fraction(line.unit_price.amount) * Fraction(basis.factor)
    return price / Fraction(basis.quantity)


def per_unit(line: CartLine) -> CartLine | None:
    """The line with its price for one order unit; none if four decimals do not tell it.

    Nothing is rounded: a price that was changed a little is a wrong price.
    """
    price = one_unit(line.unit_price, line.basis or ONE)
    return None if price is None else replace(line, unit_price=price, basis=None)


def one_unit(price: Money, basis: PriceBasis) -> Money | None:
    """A price for one order unit; none if four decimals do not tell it."""
    exact = Fraction(price.amount) * Fraction(basis.factor)
    scaled = exact / Fraction(basis.quantity) * 10**_DECIMALS
    if scaled.denominator != 1:
        return None
    value = Decimal(scaled.numerator).scaleb(-_DECIMALS)
    told = max(2, -_plain(value))
    return Money(round_price(value, told), price.currency)


def with_price_told(
    line: CartLine, limits: CartLimits, where: Where = NOWHERE
) -> CartLine | Finding:
    """The line with a price that the buyer reads as it is; none of those is CXM-051."""
    decimals = -_plain(line.unit_price.amount)
    if decimals <= _DECIMALS and (line.basis is None or limits.basis):
        return line
    told = per_unit(line)
    if told is not None:
        return told
    basis = line.basis or ONE
    per = f"{basis.quantity:f} {basis.uom or line.uom}"
    what = f"{line.unit_price} per {per} of {line.sku}"
    return Finding.of("CXM-051", what, where, str(line.unit_price))


def _plain(value: Decimal) -> int:
    """The exponent of a number without the zeros at its end, at most 0."""
    exponent = value.normalize().as_tuple().exponent
    return min(0, exponent) if isinstance(exponent, int) else 0


def shortened(value: str, most_bytes: int) -> str:
    """The longest beginning of a text that fits, never half a character."""
    data = value.encode("utf-8", "replace")
    if len(data) <= most_bytes:
        return value
    return data[:most_bytes].decode("utf-8", "ignore")


def order_message(
    cart: Cart, limits: CartLimits | None = None
) -> tuple[Node, tuple[Finding, ...]]:
    """PunchOutOrderMessage, and what had to be shortened or left out.

    A line whose price cannot be told is left out (CXM-051): show it to the user first.
    """
    lines, found = fitted(cart.lines, limits or CartLimits())
    goods = cart.total or total(map(line_amount, lines), cart.currency)
    return _message(cart, goods, lines), found


def fitted(
    lines: Iterable[CartLine], limits: CartLimits
) -> tuple[tuple[CartLine, ...], tuple[Finding, ...]]:
    """The lines as the buyer keeps them, and what was shortened or left out."""
    found = Findings()
    fits = (_fitted(line, limits, found, at) for at, line in enumerate(lines, 1))
    return tuple(line for line in fits if line is not None), found.done()


def unchanged(cart: Cart) -> Node:
    """PunchOutOrderMessage of a session that changed nothing; goes with Status 204.

    The DTD wants cookie and Total all the same.
    """
    return _message(cart, Money(Decimal(0), cart.currency), ())


def _message(cart: Cart, goods: Money, lines: Iterable[CartLine]) -> Node:
    header = element(
        "PunchOutOrderMessageHeader",
        amount("Total", goods),
        described("Shipping", cart.shipping, "Shipping", cart.language),
        described("Tax", cart.tax, "Tax", cart.language),
        operationAllowed=cart.operation_allowed,
        quoteStatus=cart.quote_status,
    )
    return element("PunchOutOrderMessage", cart.cookie, header, map(item_in, lines))


def _fitted(
    line: CartLine, limits: CartLimits, found: Findings, at: int
) -> CartLine | None:
    where = Where(path=f"ItemIn[{at}]")
    told = with_price_told(line, limits, where)
    if isinstance(told, Finding):
        found.extend((told,))
        return None
    line = told
    told_only = (("sku", line.sku, limits.sku), ("aux_id", line.aux_id, limits.aux_id))
    for name, value, most in (*told_only, ("mfr_part", line.mfr_part, limits.mfr)):
        if shortened(value, most) != value:
            found.add("CXM-050", f"{name} is over {most} bytes", where, value)
    texts = (line.description, line.short_name, line.mfr)
    mosts = (limits.description, limits.short_name, limits.mfr)
    cut = tuple(map(shortened, texts, mosts))
    for one, value, most in zip(cut, texts, mosts, strict=True):
        if one != value:
            found.add("CXM-050", f"a text is cut to {most} bytes", where, value)
    return replace(line, description=cut[0], short_name=cut[1], mfr=cut[2])


def item_in(line: CartLine) -> Node:
    """ItemIn: a line of a cart, or what stands in for an ordered item."""
    return element(
        "ItemIn",
        element(
            "ItemID",
            element("SupplierPartID", line.sku),
            element("SupplierPartAuxiliaryID", line.aux_id) if line.aux_id else None,
            element("BuyerPartID", line.buyer_part) if line.buyer_part else None,
        ),
        _detail(line),
        quantity=number(line.quantity),
        lineNumber=line.line_no,
    )


def _detail(line: CartLine) -> Node:
    short = element("ShortName", line.short_name) if line.short_name else None
    lead = line.lead_time_days
    return element(
        "ItemDetail",
        amount("UnitPrice", line.unit_price),
        element("Description", short, line.description, lang=line.language),
        uom(line.uom),
        _basis(line.basis),
        (
            element("Classification", one.code, domain=one.scheme)
            for one in line.classification
        ),
        element("ManufacturerPartID", line.mfr_part) if line.mfr_part else None,
        text("ManufacturerName", line.mfr, line.language),
        element("URL", line.url) if line.url else None,
        None if lead is None else element("LeadTime", str(lead)),
        extrinsics(line.extrinsics),
    )


def _basis(basis: PriceBasis | None) -> Node | None:
    if basis is None:
        return None
    return element(
        "PriceBasisQuantity",
        uom(basis.uom),
        quantity=number(basis.quantity),
        conversionFactor=number(basis.factor),
    )
