"""What we bill: InvoiceDetailRequest for the lines of orders."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from gateway.cxml_punchout.cart import PriceBasis
from gateway.cxml_punchout.contact import PartyContact
from gateway.cxml_punchout.pieces import (
    OrderRef,
    amount,
    comments,
    described,
    extrinsics,
    id_references,
    number,
    on,
    text,
    uom,
)
from gateway.order.money import Money
from gateway.safexml.markup import Node, element

__all__ = [
    "Billed",
    "BilledItem",
    "BilledTax",
    "InvoiceDoc",
    "InvoiceSums",
    "Modified",
    "PayTerm",
    "invoice_request",
]

Purpose = Literal["standard", "lineLevelCreditMemo"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledTax:
    """One tax: ``category`` is vat, sales, gst; ``of`` what it is taken of.

    ``exempt`` is zeroRated or exempt where nothing is due.
    """

    amount: Money
    category: str = "other"
    percent: Decimal | None = None
    of: Money | None = None
    text: str = ""
    exempt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Modified:
    """Money off or on the price. ``name`` is what it is for, ``code`` its service."""

    kind: Literal["allowance", "charge"]
    amount: Money
    name: str
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceSums:
    """The sums of a line or of the whole, below zero where money is given back.

    ``subtotal`` is quantity times price; ``taxed`` with charges and less allowances;
    ``gross`` with tax, before ``discount``; ``net`` what is left. Versions before
    1.2.021 have ``handling`` and ``discount`` where later ones have ``modified``.
    ``shipping`` is freight of the whole.
    """

    subtotal: Money | None
    net: Money | None
    gross: Money | None = None
    tax: Money | None = None
    taxes: tuple[BilledTax, ...] = ()
    taxed: Money | None = None
    shipping: Money | None = None
    handling: Money | None = None
    handling_text: str = ""
    discount: Money | None = None
    modified: tuple[Modified, ...] = ()
    charges: Money | None = None
    allowances: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledItem:
    """A line of the bill. A price per more than one unit has its ``basis``."""

    invoice_line: str
    line_no: str
    quantity: Decimal
    uom: str
    unit_price: Money | None
    sums: InvoiceSums
    basis: PriceBasis | None = None
    sku: str = ""
    buyer_part: str = ""
    description: str = ""
    shipment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """What is billed of one order; ``sales_order`` is our number of it.

    An order that came without a payloadID is named by its number alone.
    """

    order: OrderRef
    items: tuple[BilledItem, ...]
    sales_order: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayTerm:
    """To be paid within ``days`` of the invoice, less ``percent`` if so."""

    days: int
    percent: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDoc:
    """A bill, or with ``lineLevelCreditMemo`` money given back: then all is below zero.

    ``credits`` is the invoice of ours that is credited, ``shipment`` the only one that
    is billed. Nothing is added up here.
    """

    invoice_id: str
    invoiced_at: dt.datetime | dt.date
    orders: tuple[Billed, ...]
    sums: InvoiceSums
    purpose: Purpose = "standard"
    partners: tuple[PartyContact, ...] = ()
    credits: str = ""
    shipment: str = ""
    terms: tuple[PayTerm, ...] = ()
    due: Money | None = None
    tax_text: str = "Tax"
    comments: tuple[str, ...] = ()
    id_references: tuple[tuple[str, str], ...] = ()
    extrinsics: tuple[tuple[str, str], ...] = ()

    @property
    def items(self) -> Iterable[BilledItem]:
        """All lines, whatever their order."""
        return (item for one in self.orders for item in one.items)


def invoice_request(said: InvoiceDoc) -> Node:
    """InvoiceDetailRequest by line: what each line has, and the sums of all."""
    return element(
        "InvoiceDetailRequest",
        _header(said),
        map(_order, said.orders),
        _summary(said),
    )


def _header(said: InvoiceDoc) -> Node:
    def told(which: str) -> str:
        return "yes" if any(getattr(item.sums, which) for item in said.items) else ""

    return element(
        "InvoiceDetailRequestHeader",
        element("InvoiceDetailHeaderIndicator"),
        element(
            "InvoiceDetailLineIndicator",
            isTaxInLine=told("tax"),
            isSpecialHandlingInLine=told("handling"),
            isDiscountInLine=told("discount"),
        ),
        (one.partner() for one in said.partners),
        element("InvoiceIDInfo", invoiceID=said.credits) if said.credits else None,
        _shipment(said.shipment),
        map(_term, said.terms),
        comments(("\n".join(said.comments),)),
        id_references(said.id_references),
        extrinsics(said.extrinsics),
        invoiceID=said.invoice_id,
        purpose=said.purpose,
        operation="new",
        invoiceDate=on(said.invoiced_at),
    )


def _shipment(number_: str) -> Node | None:
    return element("ShipNoticeIDInfo", shipNoticeID=number_) if number_ else None


def _term(one: PayTerm) -> Node:
    less = None
    if one.percent is not None:
        percent = element("DiscountPercent", percent=number(one.percent))
        less = element("Discount", percent)
    return element("PaymentTerm", less, payInNumberOfDays=str(one.days))


def _order(one: Billed) -> Node:
    its = one.order
    named = its.node() if its.payload_id else its.by_number()
    ours = element("SupplierOrderInfo", orderID=one.sales_order)
    info = element("InvoiceDetailOrderInfo", named, ours if one.sales_order else None)
    return element("InvoiceDetailOrder", info, map(_item, one.items))


def _item(one: BilledItem) -> Node:
    sums = one.sums
    basis = None
    if one.basis is not None:
        basis = element(
            "PriceBasisQuantity",
            uom(one.basis.uom),
            quantity=number(one.basis.quantity),
            conversionFactor=number(one.basis.factor),
        )
    handling = amount("InvoiceDetailLineSpecialHandling", sums.handling)
    if handling is not None:
        why = text("Description", sums.handling_text)
        handling = element(handling.name, why, *_nodes(handling))
    return element(
        "InvoiceDetailItem",
        uom(one.uom),
        amount("UnitPrice", one.unit_price),
        basis,
        _reference(one),
        amount("SubtotalAmount", sums.subtotal),
        _tax(sums, "Tax"),
        handling,
        _shipment(one.shipment),
        amount("GrossAmount", sums.gross),
        amount("InvoiceDetailDiscount", sums.discount),
        _modifications("InvoiceItemModifications", sums.modified),
        _totals(sums),
        amount("NetAmount", sums.net),
        invoiceLineNumber=one.invoice_line,
        quantity=number(one.quantity),
    )


def _nodes(node: Node) -> Iterable[Node]:
    return (one for one in node.content if isinstance(one, Node))


def _reference(one: BilledItem) -> Node:
    buyers = element("BuyerPartID", one.buyer_part) if one.buyer_part else None
    its = element("ItemID", element("SupplierPartID", one.sku), buyers)
    return element(
        "InvoiceDetailItemReference",
        its if one.sku else None,
        text("Description", one.description),
        lineNumber=one.line_no,
    )


def _summary(said: InvoiceDoc) -> Node:
    sums = said.sums
    handling = amount("SpecialHandlingAmount", sums.handling)
    if handling is not None:
        why = text("Description", sums.handling_text)
        handling = element(handling.name, *_nodes(handling), why)
    return element(
        "InvoiceDetailSummary",
        amount("SubtotalAmount", sums.subtotal),
        _tax(sums, said.tax_text),
        handling,
        amount("ShippingAmount", sums.shipping),
        amount("GrossAmount", sums.gross),
        amount("InvoiceDetailDiscount", sums.discount),
        _modifications("InvoiceHeaderModifications", sums.modified),
        _totals(sums),
        amount("NetAmount", sums.net),
        amount("DueAmount", said.due),
    )


def _totals(sums: InvoiceSums) -> Iterable[Node | None]:
    yield amount("TotalCharges", sums.charges)
    yield amount("TotalAllowances", sums.allowances)
    yield amount("TotalAmountWithoutTax", sums.taxed)


def _tax(sums: InvoiceSums, said: str) -> Node | None:
    whole = described("Tax", sums.tax, said)
    if whole is None:
        return None
    return element("Tax", *_nodes(whole), map(_tax_detail, sums.taxes))


def _tax_detail(one: BilledTax) -> Node:
    return element(
        "TaxDetail",
        amount("TaxableAmount", one.of),
        amount("TaxAmount", one.amount),
        text("Description", one.text),
        purpose="tax",
        category=one.category,
        percentageRate=None if one.percent is None else number(one.percent),
        exemptDetail=one.exempt,
    )


def _modifications(name: str, found: tuple[Modified, ...]) -> Node | None:
    return element(name, map(_modification, found)) if found else None


def _modification(one: Modified) -> Node:
    money = amount("DeductionAmount", one.amount)
    assert money is not None
    if one.kind == "allowance":
        change = element("AdditionalDeduction", money)
    else:
        change = element("AdditionalCost", *_nodes(money))
    detail = element("ModificationDetail", name=one.name, code=one.code)
    return element("Modification", change, detail)
