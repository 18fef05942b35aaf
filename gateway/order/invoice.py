"""What we bill: an invoice and its lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from gateway.order.item import NO_ITEM, UNPRICED, Item, Price
from gateway.order.money import Money
from gateway.order.party import Note, Party, Reference
from gateway.order.terms import AllowanceCharge, Payment, Tax

__all__ = ["Invoice", "InvoiceLine", "charged"]

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine:
    """So many of one order line, billed. ``uom`` empty: the order line's.

    ``amount`` is without tax: quantity times price, its own charges in it and its
    allowances taken off. ``shipment`` is the number of the shipment that is billed;
    empty: not told.
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
    allowances_charges: tuple[AllowanceCharge, ...] = ()
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
    def charged(self) -> Money:
        """Its charges less its allowances, those of the lines not counted."""
        return Money(charged(self.allowances_charges), self.currency)

    @property
    def without_tax(self) -> Money | None:
        """What is taxed; none without the sum of the lines."""
        if self.goods is None:
            return None
        return Money(self.goods.amount + self.charged.amount, self.goods.currency)

    @property
    def tax_sum(self) -> Money | None:
        """All tax: as stated, else that of the invoice or of its lines; none told."""
        if self.tax_total is not None:
            return self.tax_total
        taxes = self.taxes or tuple(tax for line in self.lines for tax in line.tax)
        known = [tax.amount.amount for tax in taxes if tax.amount]
        return Money(sum(known, _ZERO), self.currency) if known else None

    @property
    def computed(self) -> Money | None:
        """The total by its parts; none without the sum of the lines."""
        net, tax = self.without_tax, self.tax_sum
        if net is None:
            return None
        return Money(net.amount + (tax.amount if tax else _ZERO), net.currency)


def charged(found: Iterable[AllowanceCharge]) -> Decimal:
    """Charges less allowances, of those that have an amount."""
    signed = (
        one.amount.amount if one.kind == "charge" else -one.amount.amount
        for one in found
        if one.amount is not None
    )
    return sum(signed, _ZERO)
