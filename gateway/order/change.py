"""What a buyer wants changed in an order: lines, terms, or the whole of it undone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from gateway.order.model import NO_SOURCE, AckWanted, OrderLine, OrderType, Source
from gateway.order.party import Extension, Note, Party, Reference
from gateway.order.terms import (
    NO_DELIVERY,
    AllowanceCharge,
    Delivery,
    Instructions,
    Payment,
    Tax,
    Totals,
)

__all__ = [
    "Cancel",
    "Change",
    "LineAction",
    "LineChange",
    "OrderChange",
    "Touch",
]

LineAction = Literal["add", "delete", "change", "none"]

Touch = Literal["quantity", "price", "dates", "item", "unit", "place", "terms", "rest"]
"""What of a line may become another: its place of delivery, its terms (allowances,
contract, freight, conditions), and the rest (notes, accounts, what has no field)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChange:
    """What is to become of one line. ``line`` holds it as it is to be.

    ``touches`` says what of it is new; the rest only echoes the order. The quantity is
    the new one, never a difference. ``left_to_receive`` is what the buyer thinks is
    still to come. ``direction`` is what the message calls a change of the quantity, and
    ``sent`` its code as sent (X12 DE 670). With ``may_add`` a line that the order lacks
    is added. With ``whole`` the line says all of itself: what it does not say is gone.
    """

    line: OrderLine
    action: LineAction
    touches: tuple[Touch, ...] = ()
    direction: Literal["", "up", "down"] = ""
    left_to_receive: Decimal | None = None
    sent: str = ""
    may_add: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChange:
    """Changes of one order. With ``replace`` a line that is not named is deleted.

    ``sequence`` is the buyer's number of the change (X12 BCH-05, cXML orderVersion,
    UBL SequenceNumberID); empty: they are not numbered. ``sales_order_number`` is ours
    as the buyer names it. ``delivery``, ``payment`` and ``parties`` are given only as
    far as the message has them; ``test`` never touches an order that is none. With
    ``whole`` the heading says all of itself, as an order's does (cXML): instructions,
    taxes and totals count then, and no other time.
    """

    po_number: str
    id: str = ""
    source: Source = NO_SOURCE
    purpose: Literal["change", "replace"] = "change"
    sequence: str = ""
    release_number: str = ""
    sales_order_number: str = ""
    order_type: OrderType = ""
    order_date: dt.date | None = None
    requested_on: dt.date | None = None
    ack_wanted: AckWanted = ""
    currency: str = ""
    test: bool = False
    references: tuple[Reference, ...] = ()
    parties: tuple[Party, ...] = ()
    delivery: Delivery = NO_DELIVERY
    payment: Payment | None = None
    whole: bool = False
    contract_ref: str = ""
    blanket_ref: str = ""
    instructions: Instructions | None = None
    allowances_charges: tuple[AllowanceCharge, ...] = ()
    taxes: tuple[Tax, ...] = ()
    totals: Totals | None = None
    notes: tuple[Note, ...] = ()
    lines: tuple[LineChange, ...] = ()
    extensions: tuple[Extension, ...] = ()
    provenance: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """The whole order, or what is left of it, is to be undone."""

    po_number: str
    id: str = ""
    source: Source = NO_SOURCE
    sequence: str = ""
    release_number: str = ""
    sales_order_number: str = ""
    order_type: OrderType = ""
    order_date: dt.date | None = None
    requested_on: dt.date | None = None
    ack_wanted: AckWanted = ""
    test: bool = False
    references: tuple[Reference, ...] = ()
    parties: tuple[Party, ...] = ()
    notes: tuple[Note, ...] = ()
    extensions: tuple[Extension, ...] = ()
    provenance: Mapping[str, str] = field(default_factory=dict, hash=False)


Change = OrderChange | Cancel
