"""What we bill: InvoiceDetailRequest for the lines of one order."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from gateway.cxml_punchout.markup import Node, element
from gateway.cxml_punchout.pieces import (
    OrderRef,
    amount,
    described,
    extrinsics,
    number,
    on,
    uom,
)
from gateway.order.money import Money

__all__ = ["BilledItem", "InvoiceDoc", "invoice_request"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledItem:
    """A line of the bill; ``subtotal`` is without tax."""

    invoice_line: str
    line_no: str
    quantity: Decimal
    uom: str
    unit_price: Money
    subtotal: Money
    sku: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDoc:
    """A bill for one order; ``gross`` is with tax and freight, nothing is added up."""

    invoice_id: str
    invoiced_at: dt.datetime
    order: OrderRef
    items: tuple[BilledItem, ...]
    subtotal: Money
    tax: Money
    gross: Money
    shipping: Money | None = None
    tax_text: str = "Tax"
    pay_in_days: int | None = None
    extrinsics: tuple[tuple[str, str], ...] = ()


def invoice_request(said: InvoiceDoc) -> Node:
    """InvoiceDetailRequest by line, tax in the summary."""
    days = said.pay_in_days
    header = element(
        "InvoiceDetailRequestHeader",
        element("InvoiceDetailHeaderIndicator"),
        element("InvoiceDetailLineIndicator"),
        None if days is None else element("PaymentTerm", payInNumberOfDays=str(days)),
        extrinsics(said.extrinsics),
        invoiceID=said.invoice_id,
        purpose="standard",
        operation="new",
        invoiceDate=on(said.invoiced_at),
    )
    summary = element(
        "InvoiceDetailSummary",
        amount("SubtotalAmount", said.subtotal),
        described("Tax", said.tax, said.tax_text),
        amount("ShippingAmount", said.shipping),
        amount("GrossAmount", said.gross),
        amount("NetAmount", said.gross),
        amount("DueAmount", said.gross),
    )
    order = element(
        "InvoiceDetailOrder",
        element("InvoiceDetailOrderInfo", said.order.node()),
        map(_item, said.items),
    )
    return element("InvoiceDetailRequest", header, order, summary)


def _item(one: BilledItem) -> Node:
    reference = element(
        "InvoiceDetailItemReference",
        element("ItemID", element("SupplierPartID", one.sku)) if one.sku else None,
        element("Description", one.description, lang="en") if one.description else None,
        lineNumber=one.line_no,
    )
    return element(
        "InvoiceDetailItem",
        uom(one.uom),
        amount("UnitPrice", one.unit_price),
        reference,
        amount("SubtotalAmount", one.subtotal),
        invoiceLineNumber=one.invoice_line,
        quantity=number(one.quantity),
    )
