"""What the read side gives: plain values, as the API and the console show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from gateway.findings import Finding

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list, newest first. ``cursor`` asks for the next; none: the end."""

    items: tuple[T, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InterchangeRow:
    """An interchange that was found in a transmission."""

    id: str
    partner_id: str
    sender: str
    receiver: str
    control_number: str
    usage: str
    sent_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRow:
    """A transmission that was taken in. ``state``: todo, done, quarantined."""

    id: str
    partner_id: str
    channel: str
    peer: str
    sha256: str
    size: int
    state: str
    attempts: int
    received_at: datetime
    done_at: datetime | None
    interchanges: tuple[InterchangeRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """Something that went wrong. ``ref`` is what it is about; ``state``: new, routed.

    One that is routed was told, or will be, to whom the rules of its partner name.
    """

    id: str
    partner_id: str
    kind: str
    code: str
    what: str
    ref: str
    at: datetime
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedFinding:
    """A finding, and the message or order it belongs to, if any."""

    finding: Finding
    message_id: str
    order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRow:
    """A message, in or out, with its three statuses.

    One that came in has no delivery (``none``), one that goes out no validation.
    ``control_number`` is ST02 of the first message as a text.
    """

    id: str
    partner_id: str
    direction: str
    type: str
    control_number: str
    interchange_number: str
    validation: str
    delivery: str
    acknowledgement: str
    receipt_id: str
    order_id: str
    at: datetime
    file_name: str = ""
    attempts: int = 0
    replay_of: str = ""
    replaces: str = ""
    last_said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A message of ours and its exact bytes."""

    message: MessageRow
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Transmission:
    """All about one receipt."""

    receipt: ReceiptRow
    messages: tuple[MessageRow, ...]
    findings: tuple[NotedFinding, ...]
    answers: tuple[MessageRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDetail:
    """One message with its bytes; of one that came in, ST to SE."""

    message: MessageRow
    content: bytes
    findings: tuple[NotedFinding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """An order in a list. ``state`` as in ``gateway.order.life``."""

    id: str
    partner_id: str
    buyer_party: str
    kind: str
    po_number: str
    release_number: str
    state: str
    test: bool
    currency: str
    line_count: int
    version: int
    receipt_id: str
    message_id: str
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLineRow:
    """A line in short. ``decision`` names what the answer says of it."""

    n: int
    line_no: str
    sku: str
    buyer_part: str
    quantity: str
    unit: str
    price: str
    decision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRow:
    """A shipment or an invoice; ``body`` is ship_notice/1 or invoice/1 as JSON."""

    id: str
    partner_id: str
    number: str
    created_at: datetime
    receipt_id: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRow:
    """Our stock of an item at a place; ``expected`` are days and quantities as JSON."""

    sku: str
    place: str
    available: str
    unit: str
    as_of: datetime
    expected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDetail:
    """All about one order. ``body`` is order/1, ``ack`` order_ack/1, both as JSON.

    ``answers`` went to the buyer, ``handed`` are the files that our ERP got.
    """

    order: OrderRow
    body: str
    ack: str
    report: str
    lines: tuple[OrderLineRow, ...]
    findings: tuple[NotedFinding, ...]
    answers: tuple[MessageRow, ...]
    handed: tuple[MessageRow, ...] = ()
    shipments: tuple[DocumentRow, ...] = ()
    invoices: tuple[DocumentRow, ...] = ()
