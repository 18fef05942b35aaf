"""What left our house: a shipment, its packages, and the order lines in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from gateway.order.item import NO_ITEM, Item
from gateway.order.money import Quantity
from gateway.order.party import Note, Party, Reference

__all__ = [
    "Package",
    "ShipNotice",
    "ShipStatus",
    "ShippedLine",
    "contents",
    "sscc",
    "sscc_is_good",
    "sscc_serials",
]

ShipStatus = Literal["", "complete", "partial", "backordered", "closed"]
"""What is to come after a shipment: nothing (complete), more (partial), what was put
off (backordered), or nothing though not all has come (closed)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A pallet or a carton. ``number`` is its place in the notice, from 1.

    ``sscc`` are the 18 digits (extension, GS1 prefix, serial, check digit), without the
    application identifier 00; empty: we allot one when the shipment is kept.
    ``inside`` is the number of the package it stands on or lies in; empty: of none.
    ``tracking`` is the carrier's number of this one package.
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
    the number of the innermost package; empty: loose. ``ordered`` is how many the order
    line has, in the same unit, and ``missing`` how many of them have not left with this
    shipment or before it, below zero when more have; ``follows`` says that more of the
    line is still to come.
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
    ordered: Decimal | None = None
    missing: Decimal | None = None
    follows: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipNotice:
    """A shipment of one or several orders of one partner, as our ERP tells it.

    ``number`` is ours and unique with the partner. ``complete`` says that nothing more
    comes of these orders, ``status`` what we know to come. ``carrier`` is a SCAC,
    ``pro_number`` the carrier's freight bill, ``trailer`` and ``seal`` what stands on
    the truck.
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
    pro_number: str = ""
    trailer: str = ""
    seal: str = ""
    gross_weight: Quantity | None = None
    complete: bool = False
    status: ShipStatus = ""
    parties: tuple[Party, ...] = ()
    references: tuple[Reference, ...] = ()
    notes: tuple[Note, ...] = ()
    packages: tuple[Package, ...] = ()
    lines: tuple[ShippedLine, ...] = ()


def sscc_is_good(text: str) -> bool:
    """Whether these are 18 digits with the right check digit (GS1 mod 10)."""
    if len(text) != 18 or not (text.isascii() and text.isdigit()):
        return False
    return text[17] == _check_digit(text[:17])


def sscc(extension: str, prefix: str, serial: int) -> str:
    """The SSCC of a serial number: extension digit, GS1 prefix, serial, check digit.

    ``serial`` is from 0 to one less than ``sscc_serials(prefix)``.
    """
    body = f"{extension}{prefix}{serial:0{16 - len(prefix)}d}"
    if len(body) != 17:
        raise ValueError(f"{serial} is no serial number behind {prefix}")
    return body + _check_digit(body)


def sscc_serials(prefix: str) -> int:
    """How many serial numbers a GS1 company prefix of 4 to 12 digits leaves."""
    return int(10 ** (16 - len(prefix)))


def _check_digit(body: str) -> str:
    """From the right, the check digit left out, the weights are 3, 1, 3, ..."""
    weighed = sum(
        int(digit) * (1 if place % 2 else 3)
        for place, digit in enumerate(reversed(body))
    )
    return str((10 - weighed % 10) % 10)


def contents(notice: ShipNotice) -> Mapping[str, tuple[ShippedLine, ...]]:
    """The lines in each package by its number, those of the packages inside it too.

    Loose ones stand under the empty number. Packages may hang together in any way,
    even in a circle.
    """
    inside = {package.number: package.inside for package in notice.packages}
    found: dict[str, list[ShippedLine]] = {"": [], **{one: [] for one in inside}}
    for line in notice.lines:
        if not line.package:
            found[""].append(line)
        seen: set[str] = set()
        number = line.package
        while number in inside and number not in seen:
            seen.add(number)
            found[number].append(line)
            number = inside[number]
    return {number: tuple(lines) for number, lines in found.items()}
