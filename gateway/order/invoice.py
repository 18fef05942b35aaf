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

    @property
    def due(self) -> Money | None:
        """What is to be paid: as stated, else goods, charges and taxes less allowances.

        None where nothing is known of an amount.
        """
        return self.total or self.computed

    @property
    def computed(self) -> Money | None:
        """The total by its parts; none without the sum of the lines."""
        if self.goods is None:
            return None
        found = self.goods.amount
        for each in self.allowances_charges:
            if each.amount is not None:
                charge = each.kind == "charge"
                found += each.amount.amount if charge else -each.amount.amount
        taxes = [self.tax_total] if self.tax_total else [t.amount for t in self.taxes]
        found += sum((one.amount for one in taxes if one), Decimal(0))
        return Money(found, self.goods.currency)
