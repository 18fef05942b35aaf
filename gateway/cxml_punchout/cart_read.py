"""A cart as its buyer reads it: to show what was understood, and to hold orders to."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal, cast

from gateway.cxml_punchout.cart import Cart, CartLine, PriceBasis
from gateway.cxml_punchout.document import stated
from gateway.cxml_punchout.pieces import read_number
from gateway.findings import Findings
from gateway.order.item import Classification
from gateway.order.money import Money
from gateway.safexml import Element, attribute, text_of
from gateway.safexml.markup import Node, copied

__all__ = ["read_cart"]

_ZERO = Decimal(0)


def read_cart(body: Element, found: Findings) -> Cart:
    """The cart in a PunchOutOrderMessage; a number that is none is 0, and CXM-052.

    The total is the one that was sent.
    """
    header = body.find("PunchOutOrderMessageHeader")
    cookie = body.find("BuyerCookie")
    total = _money(_below(header, "Total"), found)
    lines = tuple(_line(one, found) for one in body.iterfind("ItemIn"))
    return Cart(
        cookie=Node("BuyerCookie") if cookie is None else copied(cookie),
        currency=total.currency if total else "",
        lines=lines,
        operation_allowed=cast(
            "Literal['create', 'inspect', 'edit']",
            stated(header, "operationAllowed") or "create",
        ),
        quote_status=cast("Literal['pending', 'final']", stated(header, "quoteStatus")),
        total=total,
        shipping=_money(_below(header, "Shipping"), found),
        tax=_money(_below(header, "Tax"), found),
    )


def _below(element: Element | None, path: str) -> Element | None:
    return None if element is None else element.find(path)


def _money(around: Element | None, found: Findings) -> Money | None:
    money = _below(around, "Money")
    if money is None:
        return None
    value = read_number(text_of(money), money, found)
    return Money(_ZERO if value is None else value, attribute(money, "currency"))


def _line(item: Element, found: Findings) -> CartLine:
    detail, ids = item.find("ItemDetail"), item.find("ItemID")
    description = _below(detail, "Description")
    short = text_of(_below(description, "ShortName"))
    lead = (
        read_number(days, item, found) if (days := _text(detail, "LeadTime")) else None
    )
    quantity = read_number(attribute(item, "quantity"), item, found)
    return CartLine(
        quantity=_ZERO if quantity is None else quantity,
        sku=_text(ids, "SupplierPartID"),
        aux_id=_text(ids, "SupplierPartAuxiliaryID"),
        buyer_part=_text(ids, "BuyerPartID"),
        line_no=attribute(item, "lineNumber"),
        unit_price=_money(_below(detail, "UnitPrice"), found) or Money(_ZERO, ""),
        uom=_text(detail, "UnitOfMeasure"),
        description=text_of(description).removeprefix(short).strip(),
        language=attribute(description, "xml:lang") or "en",
        short_name=short,
        classification=tuple(_classes(detail)),
        basis=_basis(_below(detail, "PriceBasisQuantity"), found),
        mfr_part=_text(detail, "ManufacturerPartID"),
        mfr=_text(detail, "ManufacturerName"),
        url=_text(detail, "URL"),
        lead_time_days=None if lead is None else int(lead),
        extrinsics=tuple(_extrinsics(detail)),
    )


def _text(element: Element | None, path: str) -> str:
    return text_of(_below(element, path))


def _classes(detail: Element | None) -> Iterator[Classification]:
    for one in () if detail is None else detail.iterfind("Classification"):
        yield Classification(code=text_of(one), scheme=attribute(one, "domain"))


def _extrinsics(detail: Element | None) -> Iterator[tuple[str, str]]:
    for one in () if detail is None else detail.iterfind("Extrinsic"):
        yield attribute(one, "name"), text_of(one)


def _basis(element: Element | None, found: Findings) -> PriceBasis | None:
    if element is None:
        return None
    quantity = read_number(attribute(element, "quantity"), element, found)
    factor = read_number(attribute(element, "conversionFactor"), element, found)
    if not quantity or not factor:
        return None
    uom = _text(element, "UnitOfMeasure")
    return PriceBasis(quantity=quantity, uom=uom, factor=factor)
