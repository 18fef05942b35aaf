"""Whatever is billed, counted or sold, EDIFACT that is written passes its tables."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.catalog.listed import PriceListPart
from gateway.catalog.model import Contract, PriceBreak, UnitFactor
from gateway.catalog.model import Item as Sold
from gateway.mappers import (
    EDIFACT_INVOICES,
    EDIFACT_PRICES,
    EDIFACT_STOCK,
    EDIFACT_WRITERS,
)
from gateway.mappers.mapped import Written
from gateway.order.ack import LineAck, OrderAck
from gateway.order.invoice import Invoice, InvoiceLine
from gateway.order.item import Item
from gateway.order.model import Order
from gateway.order.party import Reference
from gateway.order.shape import record
from gateway.order.stock import StockLevel, StockReport
from gateway.order.terms import Tax
from tests.property.canonical import values
from tests.property.test_written import (
    AMOUNTS,
    DAYS,
    LIKELY,
    NAMED,
    QUANTITIES,
    SKUS,
    answered,
)
from tests.unit.mappers.edifact_out import DIALECTS, ENVELOPE, buyer, wrong

UNITS = st.sampled_from(["PCE", "KGM", "LTR"])
OURS: dict[str, Any] = {
    **NAMED,
    "uom": UNITS,
    "unit": UNITS,
    "basis_uom": st.just(""),
    "code": st.sampled_from(["", "AA", "C310"]),
    "id_scheme": st.sampled_from(["", "gln", "assigned_by_buyer"]),
    "country": st.sampled_from(["", "BE", "DE"]),
    "sequence": st.sampled_from([None, 1, 2]),
    "quantity": QUANTITIES,
}
BUYERS = st.sampled_from(sorted(DIALECTS))


def any_of(cls: type, **fixed: Any) -> st.SearchStrategy[Any]:
    """A value of this class; these fields are as given."""
    return values(record(cls), {**OURS, **fixed}, LIKELY)


OURS["references"] = st.lists(
    any_of(
        Reference, kind=st.sampled_from(["contract", "order", "invoice", "promotion"])
    ),
    max_size=2,
).map(tuple)
OURS["taxes"] = OURS["tax"] = st.lists(any_of(Tax, id=st.just("")), max_size=2).map(
    tuple
)
BILLED = any_of(InvoiceLine, order_id=st.just("ord_1"), po_number=st.just("4711"))
INVOICED = any_of(Invoice, number=st.just("I-1"), lines=st.just(()), invoice_date=DAYS)
ORDERED = any_of(
    Order, id=st.just("ord_1"), po_number=st.just("4711"), lines=st.just(())
)


def passes(draft: Written) -> bool:
    return not draft.message_count or wrong(draft) == []


@settings(max_examples=15)
@given(INVOICED, st.lists(BILLED, min_size=1, max_size=3), ORDERED, BUYERS)
def test_every_invoice_passes(
    invoice: Invoice, lines: list[InvoiceLine], order: Order, dialect: str
):
    lines = [
        replace(line, line_no=str(n), price=replace(line.price, amount=Decimal(n)))
        for n, line in enumerate(lines, 1)
    ]
    whole = replace(invoice, lines=tuple(lines))
    profile = buyer("edifact_invoic", dialect)
    write = EDIFACT_INVOICES["edifact_invoic"]
    assert passes(write(whole, {"ord_1": order}, ENVELOPE, profile))


COUNTED = any_of(
    StockReport,
    levels=st.lists(any_of(StockLevel, sku=SKUS), min_size=1, max_size=3).map(tuple),
)


@settings(max_examples=10)
@given(COUNTED, any_of(Item), BUYERS)
def test_every_stock_report_passes(report: StockReport, item: Item, dialect: str):
    items = {one.sku: replace(item, supplier_sku=one.sku) for one in report.levels}
    profile = buyer("edifact_invrpt", dialect)
    write = EDIFACT_STOCK["edifact_invrpt"]
    assert passes(write(report, items, ENVELOPE, profile))


SOLD = any_of(
    Sold,
    sku=SKUS,
    base_unit=st.just("PCE"),
    units=st.just((UnitFactor("PCE", Fraction(1), "PCE"),)),
    prices=st.lists(
        any_of(PriceBreak, unit=st.just("PCE"), from_qty=QUANTITIES, amount=AMOUNTS),
        min_size=1,
        max_size=3,
    ).map(tuple),
)
LISTED = any_of(
    PriceListPart,
    contract=any_of(Contract, number=SKUS, valid_from=DAYS),
    version=st.just(1),
    number=st.integers(1, 3),
    items=st.lists(SOLD, min_size=1, max_size=3).map(tuple),
    told_on=st.just(dt.date(2026, 11, 22)),
)


@settings(max_examples=10)
@given(LISTED, BUYERS)
def test_every_price_list_passes(part: PriceListPart, dialect: str):
    profile = buyer("edifact_pricat", dialect)
    assert passes(EDIFACT_PRICES["edifact_pricat"](part, ENVELOPE, profile))


def in_pieces(line: LineAck) -> LineAck:
    """The line with a unit that every directory has."""
    statuses = (
        replace(one, uom="", price=one.price and replace(one.price, basis_uom=""))
        for one in line.statuses
    )
    return replace(
        line,
        quantity=replace(line.quantity, uom_sent="PCE"),
        price=replace(line.price, basis_uom=""),
        statuses=tuple(statuses),
    )


@settings(max_examples=25)
@given(answered(), DAYS, BUYERS)
def test_every_answer_passes(made: tuple[OrderAck, Order], day: dt.date, dialect: str):
    ack, order = made
    ack = replace(ack, ack_date=day, lines=tuple(map(in_pieces, ack.lines)))
    profile = buyer("edifact_ordrsp", dialect)
    write = EDIFACT_WRITERS["edifact_ordrsp"]
    assert passes(write(ack, replace(order, parties=()), ENVELOPE, profile))
