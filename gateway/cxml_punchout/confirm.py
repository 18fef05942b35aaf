"""What we say to an order: ConfirmationRequest."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from gateway.cxml_punchout.cart import CartLine, item_in
from gateway.cxml_punchout.pieces import (
    OrderRef,
    amount,
    comments,
    document_reference,
    extrinsics,
    id_references,
    number,
    on,
    uom,
)
from gateway.order.money import Money
from gateway.safexml.markup import Node, element

__all__ = [
    "Confirmation",
    "ConfirmedItem",
    "ConfirmedPart",
    "HeaderType",
    "PartType",
    "StatusAsked",
    "confirmation_request",
]

HeaderType = Literal[
    "accept",
    "allDetail",
    "detail",
    "backordered",
    "except",
    "reject",
    "requestToPay",
    "replace",
]
PartType = Literal[
    "accept", "allDetail", "detail", "backordered", "reject", "unknown", "requestToPay"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedPart:
    """What happens to some of a line. ``item`` is what comes instead of the ordered.

    Dates and price are given where they differ from what was asked for.
    """

    type: PartType
    quantity: Decimal
    uom: str
    ship_date: dt.datetime | dt.date | None = None
    delivery_date: dt.datetime | dt.date | None = None
    unit_price: Money | None = None
    item: CartLine | None = None
    comments: tuple[str, ...] = ()
    extrinsics: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedItem:
    """The answer to one line; ``quantity`` is the ordered one, copied."""

    line_no: str
    quantity: Decimal
    uom: str
    parts: tuple[ConfirmedPart, ...]
    parent_line: str = ""
    item_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusAsked:
    """The OrderStatusRequest that is answered, by its payloadID and number."""

    payload_id: str
    number: str = ""

    def node(self) -> Node:
        """OrderStatusRequestReference."""
        return element(
            "OrderStatusRequestReference",
            document_reference(self.payload_id),
            orderStatusRequestID=self.number,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """The answer to an order. ``confirm_id`` stays the same through updates.

    ``replaces`` is the payloadID of the latest one, for an update. ``total`` is given
    only where it differs from the order's. ``asked`` is the question that it answers.
    """

    confirm_id: str
    type: HeaderType
    noticed_at: dt.datetime
    order: OrderRef
    operation: Literal["new", "update"] = "new"
    replaces: str = ""
    items: tuple[ConfirmedItem, ...] = ()
    total: Money | None = None
    invoice_id: str = ""
    comments: tuple[str, ...] = ()
    id_references: tuple[tuple[str, str], ...] = ()
    extrinsics: tuple[tuple[str, str], ...] = field(default=())
    asked: StatusAsked | None = None


def confirmation_request(said: Confirmation) -> Node:
    """ConfirmationRequest, its elements in the order that every version has."""
    header = element(
        "ConfirmationHeader",
        document_reference(said.replaces),
        amount("Total", said.total),
        comments(said.comments),
        id_references(said.id_references),
        extrinsics(said.extrinsics),
        confirmID=said.confirm_id,
        operation=said.operation,
        type=said.type,
        noticeDate=on(said.noticed_at),
        invoiceID=said.invoice_id,
    )
    return element(
        "ConfirmationRequest",
        header,
        said.order.node(),
        said.asked.node() if said.asked else None,
        map(_item, said.items),
    )


def _item(said: ConfirmedItem) -> Node:
    return element(
        "ConfirmationItem",
        uom(said.uom),
        map(_part, said.parts),
        lineNumber=said.line_no,
        quantity=number(said.quantity),
        parentLineNumber=said.parent_line,
        itemType=said.item_type,
    )


def _part(said: ConfirmedPart) -> Node:
    return element(
        "ConfirmationStatus",
        uom(said.uom),
        amount("UnitPrice", said.unit_price)
        if said.item is None
        else item_in(said.item),
        comments(said.comments),
        extrinsics(said.extrinsics),
        type=said.type,
        quantity=number(said.quantity),
        shipmentDate=on(said.ship_date),
        deliveryDate=on(said.delivery_date),
    )
