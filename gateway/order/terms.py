"""The terms of an order: delivery, payment, allowances, taxes, totals."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from gateway.order.money import Money
from gateway.values import swift

__all__ = [
    "NO_DELIVERY",
    "AllowanceCharge",
    "Carrier",
    "Delivery",
    "DeliveryTerms",
    "Instructions",
    "Payment",
    "PaymentTerm",
    "Period",
    "Tax",
    "Totals",
]


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From ``start`` to ``end``, both days included; an open end is none."""

    start: dt.date | None = None
    end: dt.date | None = None


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """Who carries the goods and how (X12 TD5, EDIFACT TDT, UBL CarrierParty)."""

    id: str = ""
    id_scheme: str = ""
    name: str = ""
    mode: str = ""
    service: str = ""
    routing: str = ""
    account: str = ""


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryTerms:
    """Who pays and bears the risk up to where (X12 FOB, EDIFACT TOD, Incoterms).

    ``code`` is the Incoterm (``DAP``), ``edition`` its year, ``place`` the named place,
    ``freight`` who pays the carrier.
    """

    code: str = ""
    edition: str = ""
    place: str = ""
    freight: Literal[
        "", "prepaid", "prepaid_added", "collect", "third_party", "pickup", "other"
    ] = ""
    freight_sent: str = ""
    text: str = ""


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """When, where and how the goods are wanted. All dates include their day.

    ``location`` is a place that is not the ship-to party: a dock, a store, a harbour.
    ``partial_allowed`` is unknown (none) unless the order says it (X12 CSH-01).
    """

    requested: dt.date | None = None
    earliest: dt.date | None = None
    latest: dt.date | None = None
    ship_not_before: dt.date | None = None
    ship_no_later: dt.date | None = None
    cancel_after: dt.date | None = None
    location: str = ""
    terms: DeliveryTerms | None = None
    carrier: Carrier | None = None
    partial_allowed: bool | None = None
    instructions: str = ""


NO_DELIVERY = Delivery()
"""What an order says that names no day and no place."""


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentTerm:
    """One way to pay (X12 ITD, EDIFACT PAT, cXML PaymentTerm).

    Days count from ``basis``. ``code`` is the standard's own, as sent.
    """

    code: str = ""
    basis: Literal[
        "",
        "invoice_date",
        "order_date",
        "ship_date",
        "delivery_date",
        "receipt_date",
        "end_of_month",
        "other",
    ] = ""
    net_days: int | None = None
    net_date: dt.date | None = None
    discount_pct: Decimal | None = None
    discount_amount: Money | None = None
    discount_days: int | None = None
    discount_date: dt.date | None = None
    share_pct: Decimal | None = None
    text: str = ""


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """How the order will be paid. A card's number is never kept, only its last four."""

    terms: tuple[PaymentTerm, ...] = ()
    means: str = ""
    card_last_four: str = ""
    card_expires: dt.date | None = None
    text: str = ""


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class AllowanceCharge:
    """Money off or on (X12 SAC, EDIFACT ALC, UBL AllowanceCharge, cXML Modification).

    ``code`` is the service code as sent; ``sequence`` the step of calculation, lowest
    first (EDIFACT 1227); ``settlement`` how it is settled.
    """

    kind: Literal["allowance", "charge"]
    code: str = ""
    text: str = ""
    amount: Money | None = None
    percent: Decimal | None = None
    base_amount: Money | None = None
    rate: Decimal | None = None
    quantity: Decimal | None = None
    uom: str = ""
    settlement: Literal["", "off_invoice", "bill_back", "credit", "paid", "other"] = ""
    sequence: int | None = None
    reference: str = ""


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """One tax. ``kind`` is vat, sales, excise; ``category`` as in UN/CEFACT 5305."""

    kind: str = ""
    category: str = ""
    percent: Decimal | None = None
    amount: Money | None = None
    base_amount: Money | None = None
    exemption: str = ""
    jurisdiction: str = ""
    id: str = ""


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Instructions:
    """What the buyer wants told of shipping and billing (cXML ControlKeys).

    ``invoice`` is by_receipt where the buyer pays by what arrived and wants none,
    not_yet while prices are not final. So much more may be shipped than was confirmed,
    in percent or in units, and so much more billed per unit.
    """

    ship_notice: Literal["", "any", "none"] = ""
    invoice: Literal["", "any", "none", "by_receipt", "not_yet"] = ""
    ship_over_pct: Decimal | None = None
    ship_over: Decimal | None = None
    price_over_pct: Decimal | None = None
    price_over: Money | None = None


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The order's sums, and whether the buyer sent them or we computed them.

    ``amount`` is the total as stated (X12 AMT TT, EDIFACT MOA+86, cXML Total, UBL
    PayableAmount); ``quantity_sum`` is a hash total (X12 CTT-02, EDIFACT CNT+1).
    """

    source: Literal["sent", "computed"] = "sent"
    line_count: int | None = None
    quantity_sum: Decimal | None = None
    line_amount: Money | None = None
    allowance_amount: Money | None = None
    charge_amount: Money | None = None
    without_tax: Money | None = None
    tax_amount: Money | None = None
    with_tax: Money | None = None
    amount: Money | None = None
