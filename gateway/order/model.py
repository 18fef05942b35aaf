"""The canonical order: one value for X12, EDIFACT, cXML and UBL alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import Literal, NamedTuple

from gateway.findings import Finding
from gateway.order.item import (
    UNPRICED,
    Attribute,
    Classification,
    Item,
    LineQuantity,
    Pack,
    Price,
    PriceType,
    Schedule,
)
from gateway.order.money import Money, Quantity
from gateway.order.party import (
    Address,
    Attachment,
    Contact,
    Extension,
    Identifier,
    Note,
    Party,
    PartyRole,
    Reference,
)
from gateway.order.terms import (
    NO_DELIVERY,
    AllowanceCharge,
    Carrier,
    Delivery,
    DeliveryTerms,
    Instructions,
    Payment,
    PaymentTerm,
    Period,
    Tax,
    Totals,
)
from gateway.values import swift

__all__ = [
    "NOT_PLAIN",
    "NO_DELIVERY",
    "NO_FLAGS",
    "NO_SOURCE",
    "UNPRICED",
    "Accounting",
    "AckWanted",
    "Address",
    "AllowanceCharge",
    "Attachment",
    "Attribute",
    "Carrier",
    "Classification",
    "Contact",
    "Delivery",
    "DeliveryTerms",
    "DocType",
    "Evidence",
    "Extension",
    "Identifier",
    "Item",
    "LineFlags",
    "LineProgress",
    "LineQuantity",
    "LineResolution",
    "Money",
    "Note",
    "Order",
    "OrderKey",
    "OrderLine",
    "OrderType",
    "Pack",
    "Party",
    "PartyRole",
    "Payment",
    "PaymentTerm",
    "Period",
    "Price",
    "PriceType",
    "Purpose",
    "Quantity",
    "Reference",
    "Schedule",
    "Source",
    "Tax",
    "Totals",
]

DocType = Literal["order", "change", "cancel", "rfq", "blanket_release"]

Purpose = Literal[
    "original", "cancel", "change", "replace", "confirm", "duplicate", "copy"
]

OrderType = Literal[
    "",
    "standard",
    "blanket",
    "blanket_estimated",
    "release",
    "call_off",
    "contract",
    "rush",
    "sample",
    "consignment",
    "drop_ship",
    "cross_dock",
    "stock_transfer",
    "service",
    "repair",
    "lease",
    "other",
]

NOT_PLAIN: frozenset[OrderType] = frozenset(
    ("", "sample", "consignment", "repair", "lease", "other")
)
"""Kinds that are no plain purchase (goods that stay theirs or ours, that nobody pays),
or that nobody knows: where a message names its kind, such a one has to be agreed on."""

AckWanted = Literal["", "none", "any", "on_changes", "with_detail"]


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where an order came from: the standard, its control numbers, the stored bytes.

    ``standard`` is x12, edifact, cxml, ubl or json. ``sender_code`` and
    ``receiver_code`` are the addresses inside the group (GS02, GS03), ``usage`` is
    ISA15, ``separators`` are element, component, repetition (or blank), terminator and
    suffix as they were used. ``byte_offset`` is where the message begins in the payload
    ``sha256``; -1 when unknown.
    """

    standard: str = ""
    version: str = ""
    interchange_control: str = ""
    group_control: str = ""
    message_control: str = ""
    sender: str = ""
    receiver: str = ""
    sender_code: str = ""
    receiver_code: str = ""
    usage: str = ""
    separators: str = ""
    interchange_version: str = ""
    sha256: str = ""
    byte_offset: int = -1
    guide: str = ""


NO_SOURCE = Source()


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What ``trust`` found out about the order's signature (EN 319 102-1 §5.1.3)."""

    result: Literal["passed", "failed", "indeterminate"]
    reason: str = ""
    signer: str = ""
    sha256: str = ""


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Accounting:
    """Where the buyer books a line (X12 FA1 and FA2, cXML Distribution, UBL cost)."""

    code: str = ""
    name: str = ""
    segments: tuple[Identifier, ...] = ()
    percent: Decimal | None = None
    amount: Money | None = None


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class LineFlags:
    """What the buyer lets us do with a line; none where the order does not say."""

    backorder_allowed: bool | None = None
    substitution_allowed: bool | None = None
    partial: bool | None = None


_CEILING = "/BlanketItemDetail/"
"""The element of cXML in which a line has limits, and orders nothing itself."""

NO_FLAGS = LineFlags()
_NOT_TOLD = Instructions()


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class LineProgress:
    """How far a line has come on our side; quantities in the unit that was sent."""

    confirmed_qty: Decimal | None = None
    confirmed_price: Price | None = None
    promised_date: dt.date | None = None
    shipped: Decimal | None = None
    billed: Decimal | None = None
    cancelled: Decimal | None = None
    reason: str = ""


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class LineResolution:
    """Which item of ours a line means, and how its price was worked out."""

    sku: str = ""
    price_trace: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One ordered item. ``line_no`` is the buyer's, echoed in every answer.

    ``provenance`` maps a field's path to its place in the message:
    ``price.amount`` to ``PO1-04 (segment 9)``.
    """

    line_no: str
    item: Item
    quantity: LineQuantity
    price: Price = UNPRICED
    parent_line: str = ""
    amount: Money | None = None
    allowances_charges: tuple[AllowanceCharge, ...] = ()
    tax: tuple[Tax, ...] = ()
    delivery: Delivery | None = None
    parties: tuple[Party, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    flags: LineFlags = NO_FLAGS
    instructions: Instructions | None = None
    accounting: tuple[Accounting, ...] = ()
    contract_ref: str = ""
    contract_line: str = ""
    quote_ref: str = ""
    quote_line: str = ""
    free_goods: Quantity | None = None
    pack: Pack | None = None
    references: tuple[Reference, ...] = ()
    notes: tuple[Note, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    extensions: tuple[Extension, ...] = ()
    status: LineProgress | None = None
    resolution: LineResolution | None = None
    provenance: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def is_ceiling(self) -> bool:
        """Whether it limits what releases may order (cXML BlanketItemDetail)."""
        return _CEILING in self.provenance.get("quantity.uom_sent", "") or (
            _CEILING in self.provenance.get("amount", "")
        )

    @property
    def is_open(self) -> bool:
        """Whether such a line does not say how many may be ordered."""
        return self.is_ceiling and _CEILING not in self.provenance.get(
            "quantity.value", ""
        )

    def party(self, role: PartyRole) -> Party | None:
        """The line's own party in this role, if it names one."""
        return _party(self.parties, role)


class OrderKey(NamedTuple):
    """What makes an order the same order, whatever control numbers carry it."""

    buyer: str
    kind: str
    po_number: str
    release_number: str


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A purchase order as its buyer sent it, and what we know of it since.

    ``id`` and ``sales_order_number`` are ours. ``version`` counts the buyer's changes
    (X12 BCH-05, cXML orderVersion). ``account_number`` is the buyer's number with us.
    ``extensions`` keep what has no place of its own, ``provenance`` says where each
    field stood: ``po_number`` in ``BEG-03 (segment 2)``.
    """

    po_number: str
    id: str = ""
    source: Source = NO_SOURCE
    doc_type: DocType = "order"
    purpose: Purpose = "original"
    version: str = ""
    release_number: str = ""
    sales_order_number: str = ""
    order_type: OrderType = ""
    issue_date: dt.date | None = None
    issued_at: dt.datetime | None = None
    ack_wanted: AckWanted = ""
    instructions: Instructions | None = None
    currency: str = ""
    language: str = ""
    test: bool = False
    contract_ref: str = ""
    blanket_ref: str = ""
    quote_ref: str = ""
    tender_ref: str = ""
    requisition_ref: str = ""
    project: str = ""
    accounting_cost: str = ""
    customer_reference: str = ""
    account_number: str = ""
    references: tuple[Reference, ...] = ()
    validity: Period | None = None
    parties: tuple[Party, ...] = ()
    delivery: Delivery = NO_DELIVERY
    payment: Payment | None = None
    allowances_charges: tuple[AllowanceCharge, ...] = ()
    taxes: tuple[Tax, ...] = ()
    totals: Totals | None = None
    notes: tuple[Note, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    lines: tuple[OrderLine, ...] = ()
    extensions: tuple[Extension, ...] = ()
    signature_evidence: Evidence | None = None
    provenance: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def key(self) -> OrderKey:
        """The business key that finds a duplicate.

        The buyer is the buyer party's number, else the sender; the kind is the document
        type, after ``test_`` for a test. A change finds its order under the kind order.
        """
        buyer = self.party("buyer")
        return OrderKey(
            buyer=(buyer.id if buyer else "") or self.source.sender,
            kind=f"test_{self.doc_type}" if self.test else self.doc_type,
            po_number=self.po_number,
            release_number=self.release_number,
        )

    @property
    def is_blanket(self) -> bool:
        """Whether it only agrees on what releases then order."""
        return self.order_type in ("blanket", "blanket_estimated")

    def party(self, role: PartyRole) -> Party | None:
        """The first party in this role, if the order names one."""
        return _party(self.parties, role)

    def instructed(self, line_no: str) -> Instructions:
        """What is wanted of a line: its own word, else that of the whole order."""
        line, whole = self.line(line_no), self.instructions or _NOT_TOLD
        own = line.instructions if line is not None else None
        if own is None:
            return whole
        told = {one.name: getattr(own, one.name) for one in fields(own)}
        return replace(whole, **{k: v for k, v in told.items() if v not in ("", None)})

    def line(self, line_no: str) -> OrderLine | None:
        """The first line with this number, if there is one."""
        return next((line for line in self.lines if line.line_no == line_no), None)


def _party(parties: tuple[Party, ...], role: PartyRole) -> Party | None:
    return next((party for party in parties if party.role == role), None)
