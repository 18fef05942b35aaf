"""What we have: stock by item and place, and what is on its way to us."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

__all__ = ["StockExpected", "StockLevel", "StockReport"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StockExpected:
    """So many more from this day on."""

    date: dt.date
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLevel:
    """How many of an item can be promised at a place, in ``uom``.

    ``sku`` is our item number. ``place`` empty: everywhere together. ``as_of`` is when
    it was counted; an older count never replaces a newer one.
    """

    sku: str
    available: Decimal
    uom: str = ""
    place: str = ""
    as_of: dt.datetime | None = None
    expected: tuple[StockExpected, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StockReport:
    """Stock of many items, as our ERP tells it."""

    as_of: dt.datetime | None = None
    levels: tuple[StockLevel, ...] = ()
