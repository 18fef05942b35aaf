"""The business answer to an order: what we accept, change, put off or refuse."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from gateway.order.item import UNPRICED, Item, LineQuantity, Price
from gateway.order.model import NO_SOURCE, DocType, Source
from gateway.order.money import Money
from gateway.order.party import Note, Party, Reference
from gateway.order.terms import AllowanceCharge, Delivery, Payment, Totals
from gateway.values import swift

__all__ = [
    "ACCEPTED",
    "CHANGED",
    "REFUSED",
    "WAITING",
    "AckType",
    "LineAck",
    "LineStatus",
    "OrderAck",
    "Reason",
    "StatusKind",
    "ack_type",
    "quantities_agree",
]

AckType = Literal["received", "held", "accepted", "accepted_with_changes", "rejected"]

StatusKind = Literal[
    "accept",
    "shipped",
    "change_price",
    "change_quantity",
    "change_unit",
    "change_terms",
    "substitute",
    "reschedule",
    "backorder",
    "add",
    "date_pending",
    "price_pending",
    "hold",
    "reject",
    "bad_item",
    "bad_unit",
    "bad_quantity",
    "bad_price",
    "bad_date",
    "not_on_contract",
    "discontinued",
    "delete",
]

ACCEPTED: frozenset[StatusKind] = frozenset({"accept", "shipped"})
"""The buyer gets what was ordered."""

CHANGED: frozenset[StatusKind] = frozenset(
    {
        "change_price",
        "change_quantity",
        "change_unit",
        "change_terms",
        "substitute",
        "reschedule",
        "backorder",
        "add",
        "date_pending",
        "price_pending",
    }
)
"""The buyer gets something, but not quite what was ordered."""

WAITING: frozenset[StatusKind] = frozenset({"hold"})
"""Not decided yet."""

REFUSED: frozenset[StatusKind] = frozenset(
    {
        "reject",
        "bad_item",
        "bad_unit",
        "bad_quantity",
        "bad_price",
        "bad_date",
        "not_on_contract",
        "discontinued",
        "delete",
    }
)
"""The buyer gets nothing of it; the kind says why."""


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why: the code of the finding behind it, and a sentence for the buyer."""

    code: str
    text: str = ""


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class LineStatus:
    """What happens to a part of a line. ``uom`` empty: the line's.

    ``date`` is when that part ships or arrives, as ``date_kind`` says. ``substitute``
    is the item that comes instead, ``price`` the price that holds for this part,
    ``reason_code`` the code of the finding behind it.
    """

    kind: StatusKind
    quantity: Decimal
    uom: str = ""
    date: dt.date | None = None
    date_kind: Literal["ship", "delivery"] = "ship"
    reason_code: str = ""
    note: str = ""
    substitute: Item | None = None
    price: Price | None = None


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class LineAck:
    """The answer to one line. Item, quantity and price echo the order.

    In the answer to a change they echo the change: ``change`` is what it wanted of the
    line, ``change_sent`` its code for that, ``left`` what is still to come of the line.
    """

    line_no: str
    item: Item
    quantity: LineQuantity
    price: Price = UNPRICED
    parent_line: str = ""
    amount: Money | None = None
    statuses: tuple[LineStatus, ...] = ()
    change: Literal["", "add", "delete", "change", "none"] = ""
    change_sent: str = ""
    left: Decimal | None = None
    references: tuple[Reference, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def promised(self) -> Decimal:
        """How many the buyer is promised: neither refused nor waiting."""
        told = (s.quantity for s in self.statuses if s.kind not in REFUSED | WAITING)
        return sum(told, Decimal(0))


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAck:
    """The answer to one order, before any standard's writer has seen it.

    ``order_id`` and ``sales_order_number`` are ours; ``order_source`` holds the control
    numbers that some answers quote (the payloadID of a cXML request); ``answers`` tells
    an order's answer from a change's (855 from 865), ``order_version`` which version.
    ``payment`` and ``delivery`` are given only where ours differ from the order's.
    ``purpose`` is replace for an answer that stands in the place of one sent before.
    ``said_at`` is when our ERP said what holds of a line: its number, and the moment.
    """

    po_number: str
    type: AckType
    purpose: Literal["", "replace"] = ""
    id: str = ""
    answers: DocType = "order"
    release_number: str = ""
    order_version: str = ""
    order_id: str = ""
    sales_order_number: str = ""
    order_source: Source = NO_SOURCE
    ack_date: dt.date | None = None
    issued_at: dt.datetime | None = None
    order_date: dt.date | None = None
    currency: str = ""
    language: str = ""
    test: bool = False
    contract_ref: str = ""
    reasons: tuple[Reason, ...] = ()
    references: tuple[Reference, ...] = ()
    parties: tuple[Party, ...] = ()
    delivery: Delivery | None = None
    payment: Payment | None = None
    allowances_charges: tuple[AllowanceCharge, ...] = ()
    totals: Totals | None = None
    notes: tuple[Note, ...] = ()
    lines: tuple[LineAck, ...] = ()
    said_at: Mapping[str, str] = field(default_factory=dict, hash=False)


def quantities_agree(line: LineAck) -> bool:
    """Whether the statuses account for the whole line, no more and no less.

    They sum to the ordered quantity, each above zero and in the line's unit. A changed
    quantity may raise or lower the sum; a changed unit makes it another count.
    """
    kinds = {status.kind for status in line.statuses}
    if any(status.quantity < 0 for status in line.statuses):
        return False
    if "change_unit" in kinds:
        return True
    if any(status.uom not in ("", line.quantity.uom_sent) for status in line.statuses):
        return False
    stated = sum((status.quantity for status in line.statuses), Decimal(0))
    if kinds & {"change_quantity", "change_terms"}:
        return stated > 0
    return stated == line.quantity.value


def ack_type(lines: Iterable[LineAck]) -> AckType:
    """The header's answer that does not contradict its lines.

    Any line waiting holds the order; all refused rejects it; all accepted accepts it.
    Where the buyer wanted a line deleted, that is what was asked for.
    """
    kinds: set[StatusKind] = {
        "accept" if status.kind == line.change else status.kind
        for line in lines
        for status in line.statuses
    }
    if kinds & WAITING:
        return "held"
    if kinds and kinds <= REFUSED:
        return "rejected"
    return "accepted" if kinds <= ACCEPTED else "accepted_with_changes"
