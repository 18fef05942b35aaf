"""What we bill: an invoice and its lines."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from gateway.order.item import NO_ITEM, UNPRICED, Item, Price
from gateway.order.money import Money
from gateway.order.party import Note, Party, Reference
from gateway.order.terms import AllowanceCharge, Payment, Tax

__all__ = ["Invoice", "InvoiceLine"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine:
    """So many of one order line, billed. ``uom`` empty: the order line's.

    ``amount`` is without tax. ``shipment`` is the number of the shipment that is
    billed; empty: not told.
    """

    order_id: str
    po_number: str
    line_no: str
    quantity: Decimal
    release_number: str = ""
    uom: str = ""
    item: Item = NO_ITEM
    price: Price = UNPRICED
    amount: Money | None = None
    tax: tuple[Tax, ...] = ()
    shipment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """An invoice or credit note to one partner, as our ERP wrote it.

    ``number`` is ours and unique with the partner. ``goods`` is the sum of the lines,
    ``tax_total`` and ``total`` (to be paid) as the ERP sent them.
    """

    number: str
    id: str = ""
    kind: Literal["invoice", "credit_note"] = "invoice"
    invoice_date: dt.date | None = None
    due_date: dt.date | None = None
    currency: str = ""
    test: bool = False
    parties: tuple[Party, ...] = ()
    payment: Payment | None = None
    allowances_charges: tuple[AllowanceCharge, ...] = ()
    taxes: tuple[Tax, ...] = ()
    goods: Money | None = None
    tax_total: Money | None = None
    total: Money | None = None
    references: tuple[Reference, ...] = ()
    notes: tuple[Note, ...] = ()
    lines: tuple[InvoiceLine, ...] = ()
