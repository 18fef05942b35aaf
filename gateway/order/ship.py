"""What left our house: a shipment, its packages, and the order lines in them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from gateway.order.item import NO_ITEM, Item
from gateway.order.money import Quantity
from gateway.order.party import Note, Party, Reference

__all__ = ["Package", "ShipNotice", "ShippedLine", "sscc_is_good"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A pallet or a carton. ``number`` is its place in the notice, from 1.

    ``sscc`` are the 18 digits (extension, GS1 prefix, serial, check digit), without the
    application identifier 00. ``inside`` is the number of the package it stands on or
    lies in; empty: of none.
    """

    number: str
    level: Literal["pallet", "carton"] = "carton"
    sscc: str = ""
    inside: str = ""
    tracking: str = ""
    weight: Quantity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedLine:
    """So many of one order line, in one package. ``uom`` empty: the order line's.

    ``line_no`` and ``po_number`` are the buyer's, ``order_id`` is ours. ``package`` is
    the number of the innermost package; empty: loose.
    """

    order_id: str
    po_number: str
    line_no: str
    quantity: Decimal
    release_number: str = ""
    uom: str = ""
    item: Item = NO_ITEM
    package: str = ""
    lot: str = ""
    serials: tuple[str, ...] = ()
    expires: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipNotice:
    """A shipment of one or several orders of one partner, as our ERP tells it.

    ``number`` is ours and unique with the partner. ``complete`` says that nothing more
    comes of these orders.
    """

    number: str
    id: str = ""
    purpose: Literal["original", "replace", "cancel"] = "original"
    issued_at: dt.datetime | None = None
    ship_date: dt.date | None = None
    expected_date: dt.date | None = None
    test: bool = False
    carrier: str = ""
    carrier_name: str = ""
    tracking: str = ""
    bill_of_lading: str = ""
    gross_weight: Quantity | None = None
    complete: bool = False
    parties: tuple[Party, ...] = ()
    references: tuple[Reference, ...] = ()
    notes: tuple[Note, ...] = ()
    packages: tuple[Package, ...] = ()
    lines: tuple[ShippedLine, ...] = ()


def sscc_is_good(text: str) -> bool:
    """Whether these are 18 digits with the right check digit (GS1 mod 10).

    From the right, the check digit left out, the weights are 3, 1, 3, ...
    """
    if len(text) != 18 or not (text.isascii() and text.isdigit()):
        return False
    digits = [int(each) for each in reversed(text)]
    weighed = sum(
        digit * (3 if place % 2 else 1) for place, digit in enumerate(digits) if place
    )
    return digits[0] == (10 - weighed % 10) % 10
