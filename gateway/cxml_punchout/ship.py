"""What was shipped: ShipNoticeRequest."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from gateway.cxml_punchout.contact import PartyContact
from gateway.cxml_punchout.pieces import (
    OrderRef,
    comments,
    document_reference,
    extrinsics,
    id_references,
    number,
    on,
    text,
    uom,
)
from gateway.safexml.markup import Node, element

__all__ = [
    "Carriage",
    "ShipNoticeDoc",
    "Shipped",
    "ShippedItem",
    "ShippedPack",
    "Weight",
    "ship_notice_request",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """A weight, its unit, and which one it is: old versions know ``weight`` alone."""

    value: Decimal
    uom: str
    type: Literal["grossWeight", "weight"] = "grossWeight"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedPack:
    """A package: its SSCC, that of the one it stands in, and how many are in it.

    ``level`` is ``0001`` inner, ``0002`` outer (PackagingLevelCode). ``tracking`` is
    the carrier's number of this one.
    """

    code: str = "Carton"
    level: str = ""
    sscc: str = ""
    parent_sscc: str = ""
    quantity: Decimal | None = None
    uom: str = ""
    tracking: str = ""
    weight: Weight | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedItem:
    """Some of an order's line. One line in several packages is several of these.

    ``notice_line`` tells them apart, ``line_no`` is the order's.
    """

    line_no: str
    quantity: Decimal
    uom: str
    notice_line: str = ""
    sku: str = ""
    buyer_part: str = ""
    packs: tuple[ShippedPack, ...] = ()
    lots: tuple[str, ...] = ()
    expires: dt.date | None = None
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """What is in the shipment of one order; no items means the whole order."""

    order: OrderRef
    items: tuple[ShippedItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Carriage:
    """A leg of the way: who carries it, and its numbers.

    ``carriers`` and ``numbers`` are pairs of domain and value: SCAC, companyName;
    trackingNumber, billOfLading. The first leg has no ``started_at``.
    """

    carriers: tuple[tuple[str, str], ...]
    numbers: tuple[tuple[str, str], ...]
    started_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipNoticeDoc:
    """A ship notice. ``shipment_id`` is the same through new, update and delete.

    ``replaces`` is the payloadID of the notice before, unless it is new.
    """

    shipment_id: str
    noticed_at: dt.datetime
    operation: Literal["new", "update", "delete"] = "new"
    replaces: str = ""
    shipped_at: dt.datetime | dt.date | None = None
    delivered_at: dt.datetime | dt.date | None = None
    type: Literal["", "actual", "planned"] = ""
    fulfillment: Literal["", "partial", "complete"] = ""
    service_level: str = "Standard"
    contacts: tuple[PartyContact, ...] = ()
    comments: tuple[str, ...] = ()
    weight: Weight | None = None
    extrinsics: tuple[tuple[str, str], ...] = ()
    id_references: tuple[tuple[str, str], ...] = ()
    carriage: tuple[Carriage, ...] = ()
    orders: tuple[Shipped, ...] = ()


def ship_notice_request(said: ShipNoticeDoc) -> Node:
    """ShipNoticeRequest, its elements in the order that every version has.

    A notice that deletes another names it and holds neither dates nor goods.
    """
    gone = said.operation == "delete"
    header = element(
        "ShipNoticeHeader",
        None if gone else text("ServiceLevel", said.service_level),
        document_reference(said.replaces),
        (one.node() for one in said.contacts),
        comments(said.comments),
        element("Packaging", _dimension(said.weight)) if said.weight else None,
        extrinsics(said.extrinsics),
        id_references(said.id_references),
        shipmentID=said.shipment_id,
        operation=said.operation,
        noticeDate=on(said.noticed_at),
        shipmentDate=None if gone else on(said.shipped_at),
        deliveryDate=None if gone else on(said.delivered_at),
        shipmentType=None if gone else said.type,
        fulfillmentType=None if gone else said.fulfillment,
    )
    return element(
        "ShipNoticeRequest",
        header,
        () if gone else map(_carriage, said.carriage),
        () if gone else map(_shipped, said.orders),
    )


def _carriage(one: Carriage) -> Node:
    return element(
        "ShipControl",
        (element("CarrierIdentifier", value, domain=by) for by, value in one.carriers),
        (element("ShipmentIdentifier", value, domain=by) for by, value in one.numbers),
        startDate=on(one.started_at),
    )


def _shipped(one: Shipped) -> Node:
    return element("ShipNoticePortion", one.order.node(), map(_item, one.items))


def _item(one: ShippedItem) -> Node:
    return element(
        "ShipNoticeItem",
        _item_id(one),
        uom(one.uom),
        (_pack(pack) for pack in one.packs),
        (_lot(lot, one.expires) for lot in one.lots or ("",) * bool(one.expires)),
        (element("AssetInfo", serialNumber=serial) for serial in one.serials),
        quantity=number(one.quantity),
        lineNumber=one.line_no,
        shipNoticeLineNumber=one.notice_line,
    )


def _item_id(one: ShippedItem) -> Node | None:
    if not one.sku:
        return None
    buyers = element("BuyerPartID", one.buyer_part) if one.buyer_part else None
    return element("ItemID", element("SupplierPartID", one.sku), buyers)


def _pack(one: ShippedPack) -> Node:
    return element(
        "Packaging",
        element("PackagingCode", one.code, lang="en"),
        _dimension(one.weight),
        _filled("PackagingLevelCode", one.level),
        _filled("ShippingContainerSerialCode", one.sscc),
        _filled("ShippingContainerSerialCodeReference", one.parent_sscc),
        _tracked(one.tracking),
        None
        if one.quantity is None
        else element("DispatchQuantity", uom(one.uom), quantity=number(one.quantity)),
    )


def _dimension(weight: Weight | None) -> Node | None:
    if weight is None:
        return None
    quantity = number(weight.value)
    return element("Dimension", uom(weight.uom), quantity=quantity, type=weight.type)


def _lot(lot: str, expires: dt.date | None) -> Node:
    """SupplierBatchID; where it expires, in a Batch that says when."""
    its = element("SupplierBatchID", lot)
    if expires is None:
        return its
    return element("Batch", its if lot else None, expirationDate=on(expires))


def _filled(name: str, value: str) -> Node | None:
    return element(name, value) if value else None


def _tracked(number_: str) -> Node | None:
    return (
        element("PackageID", _filled("PackageTrackingID", number_)) if number_ else None
    )
