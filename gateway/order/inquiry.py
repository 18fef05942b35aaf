"""What a buyer asks about orders, and how these stand on our side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from gateway.order.ack import LineAck
from gateway.order.item import Item
from gateway.order.model import NO_SOURCE, Order, OrderLine, Source
from gateway.order.party import Extension, Party

__all__ = [
    "Inquired",
    "Inquiry",
    "LinePart",
    "LineStanding",
    "OrderStanding",
    "PartKind",
    "Scope",
    "StatusReport",
]

Scope = Literal["all", "shipped", "open"]
"""What of an order is asked for: everything, what has left, what is to come."""

PartKind = Literal[
    "shipped",
    "scheduled",
    "unscheduled",
    "backordered",
    "substituted",
    "undecided",
    "held",
    "cancelled",
]
"""Where a part of a line is. Scheduled: it has a day on which it ships or arrives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquired:
    """An order that is asked about; no ``lines`` and no ``items``: the whole of it."""

    po_number: str
    release_number: str = ""
    lines: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """Questions about orders (X12 869). ``number`` is the buyer's."""

    number: str
    source: Source = NO_SOURCE
    scope: Scope = "all"
    sent: str = ""
    asked_on: dt.date | None = None
    asked_at: str = ""
    test: bool = False
    parties: tuple[Party, ...] = ()
    about: tuple[Inquired, ...] = ()
    extensions: tuple[Extension, ...] = ()
    provenance: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePart:
    """So many of a line, in its unit, and where they are.

    ``date`` is when they ship or arrive, as ``date_kind`` says.
    """

    kind: PartKind
    quantity: Decimal
    uom: str = ""
    date: dt.date | None = None
    date_kind: Literal["ship", "delivery"] = "ship"
    substitute: Item | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStanding:
    """A line as it was answered, and its parts; ``sent`` is the line as ordered.

    ``is_over``: nothing more of it is to come, whatever of it was asked for.
    """

    ack: LineAck
    sent: OrderLine | None
    is_over: bool = False
    parts: tuple[LinePart, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStanding:
    """How an order stands. No ``order``: none of this number is known."""

    po_number: str
    release_number: str = ""
    order: Order | None = None
    lines: tuple[LineStanding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """How orders stand at a moment (X12 870); no ``inquiry``: nobody asked."""

    number: str
    at: dt.datetime
    inquiry: Inquiry | None = None
    orders: tuple[OrderStanding, ...] = ()
