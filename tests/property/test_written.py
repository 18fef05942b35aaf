"""Whatever is told of an order, what is written passes the tables of its version."""

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
from gateway.cxml_punchout.credentials import Credential
from gateway.edi.numbers import Numbers
from gateway.edi.x12.writer import Envelope
from gateway.mappers import (
    EDIFACT_NOTICES,
    INVOICES,
    NOTICES,
    PRICES,
    STATUS,
    STOCK,
    WRITERS,
    cxml_confirmation_request,
)
from gateway.mappers.cxml_draft import CxmlDraft
from gateway.mappers.cxml_draft import Envelope as CxmlEnvelope
from gateway.mappers.parts.x12_codes import REFERENCE_CODES, SCHEME_CODES
from gateway.order import Order, OrderAck
from gateway.order.ack import LineAck
from gateway.order.inquiry import LinePart, LineStanding, OrderStanding, StatusReport
from gateway.order.invoice import Invoice, InvoiceLine
from gateway.order.item import Item
from gateway.order.model import OrderLine, Source
from gateway.order.money import Quantity
from gateway.order.party import Reference
from gateway.order.shape import record
from gateway.order.ship import Package, ShipNotice, ShippedLine, sscc
from gateway.order.stock import StockLevel, StockReport
from gateway.partner.cxml import CxmlForm
from gateway.partner.ship import ShipNotices
from tests.property.canonical import SCALARS, values
from tests.strictly import faults
from tests.unit.cxml_punchout.confirmation_rules import broken_rules
from tests.unit.mappers import edifact_out as edifact

NOW = dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)
VERSIONS = {"004010": "00401", "005010": "00501"}
ENVELOPES = st.sampled_from(
    [
        Envelope(
            sender_qualifier="ZZ",
            sender_id="BOLTBEAM",
            receiver_qualifier="ZZ",
            receiver_id="ACME",
            gs_sender="BOLTBEAM",
            gs_receiver="ACME",
            version=version,
            interchange_version=interchange,
        )
        for version, interchange in VERSIONS.items()
    ]
)
AMOUNTS = st.decimals(Decimal(0), Decimal(10) ** 9, places=4)
QUANTITIES = st.decimals(Decimal("0.001"), Decimal(10) ** 6, places=3)
UNITS = st.sampled_from(["EA", "CA", "BX", "LB", "KG"])
SKUS = st.text("BX-0179", min_size=1, max_size=40)
NAMED: dict[str, st.SearchStrategy[Any]] = {
    "uom": UNITS,
    "uom_sent": UNITS,
    "quantity_sent": QUANTITIES,
    "currency": st.sampled_from(["USD", "EUR", "JPY", "KWD"]),
    "provenance": st.just({}),
    "basis_qty": st.sampled_from([Decimal(1), Decimal(100), Decimal(7)]),
    "code": st.sampled_from(["", "01", "05", "C310"]),
    "unit": UNITS,
    "id_scheme": st.sampled_from(sorted(SCHEME_CODES)),
    "basis_sent": st.sampled_from(["", "PE", "HP"]),
    "net_days": st.integers(0, 400),
    "discount_days": st.integers(0, 400),
}
DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2099, 12, 31))
INSTANTS = st.datetimes(
    dt.datetime(1990, 1, 1),  # noqa: DTZ001  the zone is the next argument
    dt.datetime(2099, 12, 31),  # noqa: DTZ001
    timezones=st.just(dt.UTC),
)
LIKELY = {**SCALARS, "decimal": AMOUNTS, "day": DAYS, "instant": INSTANTS}


def any_of(cls: type, **fixed: Any) -> st.SearchStrategy[Any]:
    """A value of this class; these fields are as given."""
    named = {name: _strategy(value) for name, value in fixed.items()}
    return values(record(cls), {**NAMED, **named}, LIKELY)


def _strategy(value: Any) -> st.SearchStrategy[Any]:
    return value if isinstance(value, st.SearchStrategy) else st.just(value)


KINDS = st.sampled_from(sorted(REFERENCE_CODES))
NAMED["references"] = st.lists(any_of(Reference, kind=KINDS), max_size=2).map(tuple)
ITEMS = any_of(Item)
MOST_LINES = 3
UNTOLD: dict[str, Any] = {"attachments": (), "extensions": (), "accounting": ()}
UNTOLD |= {"status": None, "resolution": None, "signature_evidence": None}
"""What stays in the house."""
LINES = any_of(OrderLine, line_no="", parent_line="", item=ITEMS, **UNTOLD)
ORDERS = any_of(Order, lines=(), id="ord_1", po_number="4711", **UNTOLD)
STATED = any_of(
    LineAck, parent_line="", change_sent=st.sampled_from(["", "CA", "QI", "PC"])
)
BILLED = any_of(InvoiceLine, order_id="ord_1", po_number="4711", line_no="")
INVOICED = any_of(Invoice, lines=(), number="I-1", invoice_date=DAYS)
SHIPPED = any_of(ShippedLine, order_id="ord_1", po_number="4711", line_no="")
NOTICED = any_of(ShipNotice, number="S-1", packages=(), lines=(), issued_at=NOW)
PACKED = any_of(Package)
COUNTED = any_of(
    StockReport,
    levels=st.lists(any_of(StockLevel, sku=SKUS, uom=UNITS), min_size=1).map(tuple),
)
PARTS = st.lists(any_of(LinePart, quantity=QUANTITIES), min_size=1, max_size=3)
STANDING = any_of(
    OrderStanding,
    po_number="4711",
    order=ORDERS,
    lines=st.lists(
        any_of(LineStanding, ack=STATED, sent=LINES, parts=PARTS.map(tuple)), max_size=3
    ).map(tuple),
)
REPORTS = st.builds(
    StatusReport,
    number=st.text("R0179", min_size=1, max_size=20),
    at=INSTANTS,
    orders=st.lists(STANDING, min_size=1, max_size=2).map(tuple),
)
SOLD = any_of(
    Sold,
    sku=SKUS,
    base_unit="EA",
    units=st.just((UnitFactor("EA", Fraction(1), "EA"),)),
    prices=st.lists(any_of(PriceBreak, unit="EA"), min_size=1, max_size=3).map(tuple),
)
LISTED = any_of(
    PriceListPart,
    contract=any_of(Contract, number=SKUS),
    version=1,
    number=1,
    items=st.lists(SOLD, min_size=1, max_size=3).map(tuple),
)
ANSWERS = any_of(OrderAck, lines=(), po_number="4711", order_id="ord_1")


@st.composite
def orders(draw: st.DrawFn) -> Order:
    """An order of some lines with numbers of their own."""
    lines = draw(st.lists(LINES, min_size=1, max_size=MOST_LINES))
    numbered = tuple(replace(one, line_no=str(n)) for n, one in enumerate(lines, 1))
    order: Order = replace(draw(ORDERS), lines=numbered)
    return order


@st.composite
def answered(draw: st.DrawFn) -> tuple[OrderAck, Order]:
    """An order and an answer to each of its lines."""
    order = draw(orders())
    lines = tuple(
        replace(
            draw(STATED),
            line_no=line.line_no,
            item=line.item,
            quantity=line.quantity,
            price=line.price,
        )
        for line in order.lines
    )
    return replace(draw(ANSWERS), lines=lines), order


@settings(max_examples=12)
@given(answered(), ENVELOPES, st.sampled_from(sorted(WRITERS)))
def test_every_answer_passes(
    made: tuple[OrderAck, Order], envelope: Envelope, kind: str
):
    ack, order = made
    assert wrong(WRITERS[kind](ack, order, envelope, None)) == []


CXML = CxmlEnvelope.of(
    Credential(domain="NetworkID", identity="AN02"),
    Credential(domain="DUNS", identity="942888711"),
    "northgate",
    "1.2.050",
)


@settings(max_examples=25)
@given(answered(), st.sampled_from(["except", "detail"]))
def test_every_confirmation_passes(made: tuple[OrderAck, Order], changes: str):
    assert wrong(confirmed(*made, changes)) == []


def confirmed(ack: OrderAck, order: Order, changes: str) -> CxmlDraft:
    """The answer as ConfirmationRequest, whose own rules are kept."""
    told = CxmlForm.model_validate({"confirmations": {"changes": changes}})
    profile = edifact.buyer("edifact_ordrsp", sorted(edifact.DIALECTS)[0])
    sent = replace(order, source=Source(standard="cxml", message_control="7@buyer"))
    draft = cxml_confirmation_request.from_ack(
        ack, sent, CXML, profile.model_copy(update={"cxml": told})
    )
    assert broken_rules(draft.payload.said) == []  # type: ignore[attr-defined]  # a confirmation
    return draft


def wrong(draft: Any) -> list[str]:
    data = draft.finish(Numbers(interchange=1, group=1, message=1), NOW)
    return [f"{one.code} {one.where} {one.what}" for one in faults(data)]


@st.composite
def billed(draw: st.DrawFn) -> tuple[Invoice, dict[str, Order]]:
    """An invoice of some lines of an order."""
    order = draw(orders())
    lines = tuple(
        replace(
            draw(BILLED),
            line_no=line.line_no,
            item=line.item,
            price=replace(line.price, amount=draw(AMOUNTS)),
            uom=draw(UNITS),
        )
        for line in order.lines
    )
    return replace(draw(INVOICED), lines=lines), {"ord_1": order}


@settings(max_examples=12)
@given(billed(), ENVELOPES)
def test_every_invoice_passes(
    made: tuple[Invoice, dict[str, Order]], envelope: Envelope
):
    assert wrong(INVOICES["x12_810"](*made, envelope, None)) == []


@st.composite
def shipped(draw: st.DrawFn) -> tuple[ShipNotice, dict[str, Order]]:
    """A shipment of an order's lines, each in a carton of its own or loose."""
    order = draw(orders())
    lines = tuple(
        replace(
            draw(SHIPPED),
            line_no=line.line_no,
            item=line.item,
            package=package,
            uom=draw(UNITS),
        )
        for line in order.lines
        for package in (draw(st.sampled_from(["", line.line_no])),)
    )
    packages = tuple(
        replace(draw(PACKED), number=n, sscc=sscc("0", "0614141", int(n)), inside="")
        for n in sorted({one.package for one in lines if one.package})
    )
    return replace(draw(NOTICED), lines=lines, packages=packages), {"ord_1": order}


@settings(max_examples=12)
@given(shipped(), ENVELOPES)
def test_every_ship_notice_passes(
    made: tuple[ShipNotice, dict[str, Order]], envelope: Envelope
):
    assert wrong(NOTICES["x12_856"](*made, envelope, None)) == []


KILOS = st.none() | st.builds(Quantity, AMOUNTS, st.just("KG"))
STRUCTURES = st.sampled_from(["pick_and_pack", "standard_pack", "flat"])


@settings(max_examples=24)
@given(shipped(), KILOS, st.sampled_from(sorted(edifact.DIALECTS)), STRUCTURES)
def test_every_despatch_advice_passes_its_subset(
    made: tuple[ShipNotice, dict[str, Order]],
    kilos: Quantity | None,
    dialect: str,
    structure: str,
):
    notice, orders = made
    its = ShipNotices.model_validate({"structure": structure})
    lines = tuple(replace(one, uom="PCE") for one in notice.lines)
    packages = tuple(replace(one, weight=kilos) for one in notice.packages)
    notice = replace(
        notice, lines=lines, packages=packages, gross_weight=kilos, parties=()
    )
    bare = {id_: replace(order, parties=()) for id_, order in orders.items()}
    profile = edifact.buyer("edifact_desadv", dialect)
    profile = profile.model_copy(update={"ship_notice": its})
    write = EDIFACT_NOTICES["edifact_desadv"]
    assert edifact.wrong(write(notice, bare, edifact.ENVELOPE, profile)) == []


@settings(max_examples=12)
@given(COUNTED, ITEMS, ENVELOPES)
def test_every_stock_report_passes(report: StockReport, item: Item, envelope: Envelope):
    skus = [level.sku for level in report.levels]
    known = {sku: replace(item, supplier_sku=sku) for sku in skus}
    assert wrong(STOCK["x12_846"](report, known, envelope, None)) == []


@settings(max_examples=12)
@given(REPORTS, ENVELOPES)
def test_every_status_report_passes(report: StatusReport, envelope: Envelope):
    assert wrong(STATUS["x12_870"](report, envelope, None)) == []


@settings(max_examples=12)
@given(LISTED, ENVELOPES)
def test_every_price_list_passes(part: PriceListPart, envelope: Envelope):
    assert wrong(PRICES["x12_832"](part, envelope, None)) == []
