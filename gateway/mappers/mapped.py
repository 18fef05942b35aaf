"""What mappers take and give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from gateway.catalog.listed import PriceListPart
from gateway.cxml_punchout.document import Document
from gateway.edi.edifact.events import EdifactMessage, UnbRead, UngRead
from gateway.edi.edifact.writer import Envelope as EdifactEnvelope
from gateway.edi.events import GroupBegun, InterchangeBegun
from gateway.edi.numbers import Unnumbered
from gateway.edi.tree import LoopRead
from gateway.edi.x12.writer import Envelope
from gateway.findings import Finding
from gateway.mappers.cxml_draft import Envelope as CxmlEnvelope
from gateway.mappers.ubl_draft import Envelope as UblEnvelope
from gateway.order.ack import OrderAck
from gateway.order.advice import Advice
from gateway.order.change import Change
from gateway.order.inquiry import Inquiry, StatusReport
from gateway.order.invoice import Invoice
from gateway.order.item import Item
from gateway.order.model import Order
from gateway.order.ship import ShipNotice
from gateway.order.stock import StockReport
from gateway.partner.profile import Profile
from gateway.ubl.document import Document as UblDocument
from gateway.values import swift


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """The envelope a message came in."""

    interchange: InterchangeBegun
    group: GroupBegun
    sha256: str = ""
    byte_offset: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class EdifactCarrier:
    """The envelope that a message of EDIFACT came in, and the message."""

    interchange: UnbRead
    group: UngRead | None
    message: EdifactMessage
    sha256: str = ""
    byte_offset: int = -1


@swift
@dataclass(frozen=True, slots=True)
class Mapped:
    """An order and what was found while it was mapped. No order: not mappable.

    What is about an order that is there already has no order but a ``change``, what is
    said of documents of ours an ``advice``, and what asks about orders an ``inquiry``.
    """

    order: Order | None
    findings: tuple[Finding, ...] = ()
    change: Change | None = None
    advice: Advice | None = None
    inquiry: Inquiry | None = None


ReadOrder = Callable[[LoopRead, Carrier, Profile | None], Mapped]
"""Map a message to what it says; ``None`` for a sender without a profile."""

ReadEdifact = Callable[[LoopRead, EdifactCarrier, Profile | None], Mapped]
"""The same of EDIFACT."""

ReadCxml = Callable[[Document], Mapped]
"""The same of cXML, whose documents carry their envelope with them."""


ReadUbl = Callable[[UblDocument], Mapped]
"""The same of UBL."""


class Written(Unnumbered, Protocol):
    """A message that lacks its numbers, and what did not fit into it."""

    @property
    def series(self) -> str:
        """The control number series that it takes its numbers from."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Values that were cut, rewritten or left out."""


WriteAck = Callable[[OrderAck, Order, Envelope, Profile | None], Written]
"""Write the answer to an order into an envelope."""

WriteEdifactAck = Callable[[OrderAck, Order, EdifactEnvelope, Profile | None], Written]
"""The same of EDIFACT, whether to an order or to a change."""

WriteCxmlAck = Callable[[OrderAck, Order, CxmlEnvelope, Profile | None], Written]
"""The same of cXML."""

WriteUblAck = Callable[[OrderAck, Order, UblEnvelope, Profile | None], Written]
"""The same of UBL."""

WriteNotice = Callable[
    [ShipNotice, Mapping[str, Order], Envelope, Profile | None], Written
]
"""Write a shipment of orders, by their ids, into an envelope."""

WriteEdifactNotice = Callable[
    [ShipNotice, Mapping[str, Order], EdifactEnvelope, Profile | None], Written
]
"""The same of EDIFACT."""

WriteCxmlNotice = Callable[
    [ShipNotice, Mapping[str, Order], CxmlEnvelope, Profile | None], Written
]
"""The same of cXML."""

WriteUblNotice = Callable[
    [ShipNotice, Mapping[str, Order], UblEnvelope, Profile | None], Written
]
"""The same of UBL."""

WriteInvoice = Callable[
    [Invoice, Mapping[str, Order], Envelope, Profile | None], Written
]
"""Write an invoice of orders, by their ids, into an envelope."""

WriteStock = Callable[
    [StockReport, Mapping[str, Item], Envelope, Profile | None], Written
]
"""Write counts of items, by our number, into an envelope."""

WritePrices = Callable[[PriceListPart, Envelope, Profile | None], Written]
"""Write some items of a contract into an envelope."""

WriteEdifactInvoice = Callable[
    [Invoice, Mapping[str, Order], EdifactEnvelope, Profile | None], Written
]
"""The same of EDIFACT."""

WriteCxmlInvoice = Callable[
    [Invoice, Mapping[str, Order], CxmlEnvelope, Profile | None], Written
]
"""The same of cXML."""

WriteUblInvoice = Callable[
    [Invoice, Mapping[str, Order], UblEnvelope, Profile | None], Written
]
"""The same of UBL."""

WriteEdifactStock = Callable[
    [StockReport, Mapping[str, Item], EdifactEnvelope, Profile | None], Written
]
"""The same of EDIFACT."""

WriteEdifactPrices = Callable[[PriceListPart, EdifactEnvelope, Profile | None], Written]
"""The same of EDIFACT."""

WriteStatus = Callable[[StatusReport, Envelope, Profile | None], Written]
"""Write how orders stand into an envelope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A message type that is read. ``reads`` are the element places it uses."""

    to_order: ReadOrder
    reads: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EdifactReader:
    """A message type of EDIFACT that is read."""

    to_order: ReadEdifact
    reads: frozenset[str]
