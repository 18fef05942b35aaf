"""Effects of our own side: what our ERP is told, and what it tells, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import NamedTuple

from gateway.catalog import Drawn
from gateway.findings import Finding
from gateway.order.invoice import Invoice
from gateway.order.life import State
from gateway.order.ship import ShipNotice
from gateway.order.stock import StockLevel
from gateway.pipeline.booked import OrderPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Note findings about the transmission, or about one of its orders."""

    partner_id: str
    findings: tuple[Finding, ...]
    order_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """Lay a file into a folder of our ERP; the same ``idem`` never twice."""

    partner_id: str
    kind: str
    """``erp_order_csv``, ``erp_report`` ...: it tells the folder."""
    file_name: str
    content: bytes
    idem: str
    order_id: str = ""
    replaces: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Something has to have happened to ``ref`` by then."""

    partner_id: str
    kind: str
    ref: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """What was due has happened, or is no longer of interest."""

    partner_id: str
    kind: str
    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """An order goes on to another state under the answer it has, if still ``was``."""

    partner_id: str
    order_id: str
    was: State
    state: State
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ship:
    """Keep a shipment under its number, which no other of the partner may have.

    One that replaces or cancels another takes the place of the one with its id.
    """

    partner_id: str
    notice: ShipNotice
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Allot:
    """Serial numbers of SSCCs were given away up to ``last``: never again."""

    prefix: str
    extension: str
    last: int
    partner_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """Keep an invoice under its number, which no other of the partner may have."""

    partner_id: str
    invoice: Invoice
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Our stock of these items, unless a later count is known."""

    partner_id: str
    levels: tuple[StockLevel, ...]


class Promised(NamedTuple):
    """So much of an item is promised to a line, in the unit of the stock's count."""

    line_no: str
    sku: str
    quantity: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What lines of an order have of our stock from now on, whatever they had."""

    partner_id: str
    order_id: str
    lines: tuple[Promised, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """What a release has drawn of its blanket from now on, whatever it had.

    ``before`` is what it had as far as the decision knew, for what comes later in the
    batch.
    """

    partner_id: str
    order_id: str
    blanket_id: str
    place: OrderPlace
    """The blanket's."""
    drawn: tuple[Drawn, ...]
    before: tuple[Drawn, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CartOrdered:
    """An order came that holds lines of these sessions' carts."""

    partner_id: str
    order_id: str
    sessions: tuple[str, ...]


OwnEffect = (
    Remark
    | Drop
    | Due
    | Met
    | Move
    | Ship
    | Allot
    | Bill
    | Count
    | Promise
    | Draw
    | CartOrdered
)
"""All of them."""
