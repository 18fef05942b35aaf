"""What is ordered: the item, how many, at which price, on which days."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from gateway.order.money import Quantity
from gateway.order.party import Identifier, Party
from gateway.values import swift

__all__ = [
    "NO_ITEM",
    "UNPRICED",
    "Attribute",
    "Classification",
    "Item",
    "LineQuantity",
    "Pack",
    "Price",
    "PriceType",
    "Schedule",
]

PriceType = Literal[
    "",
    "net",
    "gross",
    "contract",
    "list",
    "quote",
    "resale",
    "promotional",
    "estimated",
    "no_charge",
    "other",
]


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """A class of goods: ``scheme`` unspsc, hs, nigp ... and the code in it."""

    code: str
    scheme: str = ""
    version: str = ""
    name: str = ""


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """A property of an item: colour, size, grade."""

    name: str
    value: str
    uom: str = ""


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """The names an item goes by. Each is as sent; nothing is padded or cut.

    ``supplier_aux_id`` is the pin of a punch-out cart (cXML SupplierPartAuxiliaryID),
    ``ids`` hold every further number with its scheme, ``serials`` and ``lot`` what the
    buyer wants to get.
    """

    supplier_sku: str = ""
    supplier_aux_id: str = ""
    buyer_part: str = ""
    gtin: str = ""
    mfr_part: str = ""
    mfr: str = ""
    nsn: str = ""
    revision: str = ""
    ids: tuple[Identifier, ...] = ()
    classification: tuple[Classification, ...] = ()
    description: str = ""
    attributes: tuple[Attribute, ...] = ()
    serials: tuple[str, ...] = ()
    lot: str = ""


NO_ITEM = Item()
"""An item that nothing is said of: the one of the order line."""


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class LineQuantity:
    """How many are ordered, as sent and in the item's base unit.

    ``factor`` is exact: base units per unit sent (a case of 7: 7; one of seven: 1/7).
    ``base_qty`` is value x factor, rounded only where no decimal is exact.
    """

    value: Decimal
    uom_sent: str = ""
    uom_rec20: str = ""
    base_qty: Decimal | None = None
    factor: Fraction | None = None


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A price per ``basis_qty`` of ``basis_uom``. No amount: the buyer sent none.

    ``ref`` names its price list, contract or quotation. ``basis_factor`` is basis units
    per unit ordered (cXML conversionFactor). ``basis_sent`` is the code as sent
    (X12 DE 639, EDIFACT 5387).
    """

    amount: Decimal | None = None
    currency: str = ""
    basis_qty: Decimal = Decimal(1)
    basis_uom: str = ""
    basis_factor: Fraction | None = None
    basis_sent: str = ""
    type: PriceType = ""
    ref: str = ""


UNPRICED = Price()
"""The price of a line that names none."""


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """How the goods are to be packed (X12 PO4, EDIFACT PAC and QTY+59).

    ``units`` is the number of sellable units in one pack.
    """

    units: Decimal | None = None
    inner_packs: Decimal | None = None
    kind: str = ""
    size: Quantity | None = None
    gross_weight: Quantity | None = None
    volume: Quantity | None = None
    text: str = ""


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A part of a line for one day or one place (X12 SCH and SDQ, EDIFACT SCC).

    ``uom`` empty: the line's. ``date`` is the delivery day, or the day of shipping if
    ``date_kind`` says so.
    """

    qty: Decimal
    uom: str = ""
    date: dt.date | None = None
    date_kind: Literal["delivery", "ship"] = "delivery"
    earliest: dt.date | None = None
    latest: dt.date | None = None
    ship_to: Party | None = None
    reference: str = ""
