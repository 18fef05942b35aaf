"""What the read side gives: plain values, as the API and the console show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from gateway.findings import Finding
from gateway.order.differ import Difference

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
    ``control_number`` is ST02 of the first message as a text. ``wire`` is where what
    it was wrapped into stands by the receipt of its transport, an MDN; empty: nothing.
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
    wire: str = ""


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
    """A line in short. ``decision`` names what the answer says of it.

    Quantities are in the line's unit. ``left`` is what was confirmed and has not
    shipped; of a blanket order what releases have not ``drawn``.
    """

    n: int
    line_no: str
    sku: str
    buyer_part: str
    quantity: str
    unit: str
    price: str
    decision: str
    confirmed: str = "0"
    shipped: str = "0"
    billed: str = "0"
    left: str = "0"
    drawn: str = "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedLine:
    """What a change wants of one line, and what it was told."""

    line_no: str
    action: str
    differs: tuple[Difference, ...]
    decision: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """A change of an order that came. ``state`` as in ``gateway.order.life``.

    No ``order_id``: its order has not come. ``version`` is the one that it made of the
    order, 0: none. ``kind`` is change, replace or cancel.
    """

    id: str
    partner_id: str
    order_id: str
    po_number: str
    release_number: str
    sequence: str
    kind: str
    state: str
    version: int
    receipt_id: str
    message_id: str
    created_at: datetime
    changed_at: datetime
    decision: str
    lines: tuple[ChangedLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDetail:
    """All about one change. ``body`` is order_change/1 or order_cancel/1 as JSON.

    ``ack`` is our answer as order_ack/1, empty while there is none.
    """

    change: ChangeRow
    body: str
    ack: str
    findings: tuple[NotedFinding, ...]
    answers: tuple[MessageRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawRow:
    """What a line of a release has drawn of its blanket order, in that line's unit."""

    line_no: str
    blanket_id: str
    blanket_line: str
    quantity: str
    value: str


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
class SaidRow:
    """What a partner said of a document of ours, or paid of it; of ``advice_id``.

    ``kind`` is application, remittance or text. ``ref`` is the document's id, empty
    where the ``number`` is of none of ours; ``state`` the verdict, or what a payment
    comes to. Amounts are texts, in ``currency``.
    """

    advice_id: str
    kind: str
    at: datetime
    test: bool
    document: str
    number: str
    ref: str
    order_id: str
    message_id: str
    state: str
    paid: str
    discount: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceRow:
    """An advice of a partner in a list; ``message_id`` is the message that it is."""

    id: str
    partner_id: str
    kind: str
    number: str
    test: bool
    receipt_id: str
    message_id: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceDetail:
    """All about one advice. ``body`` is advice/1 as JSON."""

    advice: AdviceRow
    body: str
    said: tuple[SaidRow, ...]
    findings: tuple[NotedFinding, ...]


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

    ``answers`` went to the buyer, ``handed`` are the files that our ERP got. ``draws``
    are a release's, ``drawn_value`` is what releases have drawn of a blanket order.
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
    said: tuple[SaidRow, ...] = ()
    changes: tuple[ChangeRow, ...] = ()
    draws: tuple[DrawRow, ...] = ()
    drawn_value: str = "0"
    is_blanket: bool = False
