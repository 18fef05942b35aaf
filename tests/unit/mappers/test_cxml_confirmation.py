"""The canonical answer as ConfirmationRequest, line by line."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from gateway.cxml_punchout.credentials import Credential
from gateway.cxml_punchout.document import Document, read_document
from gateway.edi.numbers import Numbers
from gateway.mappers.cxml_confirmation_request import from_ack
from gateway.mappers.cxml_draft import CxmlDraft, Envelope
from gateway.order.ack import LineAck, LineStatus, OrderAck, Reason, ack_type
from gateway.order.item import Item, LineQuantity, Price
from gateway.order.model import Order, OrderLine, Source
from gateway.safexml import Element, text_of
from tests.strictly import faults

NOW = dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)
DAY = dt.date(2026, 12, 1)
NOON = "2026-12-01T12:00:00+00:00"
NINE = Price(amount=Decimal("9.50"), currency="EUR")
EIGHT = Price(amount=Decimal("8"), currency="EUR")
ENVELOPE = Envelope.of(
    Credential(domain="NetworkID", identity="AN02 -T"),
    Credential(domain="DUNS", identity="942888711"),
    "northgate",
    "1.2.050",
)
LINE = OrderLine(
    line_no="1",
    item=Item(supplier_sku="BOLT-8", description="Bolt"),
    quantity=LineQuantity(value=Decimal(10), uom_sent="EA"),
    price=NINE,
)
SENT = Source(standard="cxml", message_control="order-1@buyer.example")
ORDER = Order(
    id="ord_1",
    po_number="PO-7",
    source=SENT,
    issue_date=dt.date(2026, 11, 20),
    currency="EUR",
    lines=(LINE, replace(LINE, line_no="2")),
)


def part(kind: Any, quantity: int = 10, **more: Any) -> LineStatus:
    return LineStatus(kind=kind, quantity=Decimal(quantity), uom="EA", **more)


def ack(*first: LineStatus, **more: Any) -> OrderAck:
    """An answer in which the first line has these parts, the second is accepted."""
    lines = tuple(
        LineAck(
            line_no=line.line_no,
            item=line.item,
            quantity=line.quantity,
            price=line.price,
            statuses=statuses,
        )
        for line, statuses in zip(ORDER.lines, (first, (part("accept"),)), strict=True)
    )
    given = {"type": ack_type(lines), "order_source": SENT, "lines": lines} | more
    return OrderAck(po_number="PO-7", sales_order_number="SO-1", **given)


def written(draft: CxmlDraft, number: int = 7) -> Element:
    """ConfirmationRequest of a document that our own rules find nothing in."""
    data = draft.finish(Numbers(interchange=number, group=1, message=1), NOW)
    assert faults(data) == []
    document = read_document(data)
    assert isinstance(document, Document)
    assert document.body is not None
    return document.body


def parts(*first: LineStatus, **more: Any) -> list[dict[str, str]]:
    """What the first line's parts say."""
    body = written(from_ack(ack(*first, **more), ORDER, ENVELOPE, None))
    return [
        {str(k): str(v) for k, v in one.items()}
        | {
            name: text_of(found)
            for name in ("UnitPrice", "Comments", "ItemIn/ItemID/SupplierPartID")
            if (found := one.find(name)) is not None
        }
        for one in body.iterfind("ConfirmationItem[@lineNumber='1']/ConfirmationStatus")
    ]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (part("accept", date=DAY), {"type": "accept", "shipmentDate": NOON}),
        (part("shipped", note="today"), {"type": "accept", "Comments": "today"}),
        (part("change_price", price=EIGHT), {"type": "detail", "UnitPrice": "8"}),
        (part("change_price"), {"type": "unknown"}),
        (
            part("reschedule", date=DAY, date_kind="delivery"),
            {"type": "detail", "deliveryDate": NOON},
        ),
        (
            part("reschedule", date=DAY),
            {"type": "backordered", "shipmentDate": NOON},
        ),
        (part("backorder", date=DAY), {"type": "backordered", "shipmentDate": NOON}),
        (part("hold"), {"type": "unknown"}),
        (part("date_pending"), {"type": "unknown"}),
        (part("bad_item", note="no such item"), {"type": "reject"}),
        (
            part("substitute", substitute=Item(supplier_sku="BOLT-9")),
            {"type": "detail", "ItemIn/ItemID/SupplierPartID": "BOLT-9"},
        ),
    ],
)
def test_each_status_has_its_type(status: LineStatus, said: dict[str, str]):
    (found,) = parts(status)
    wanted = {"quantity": "10"} | said
    if status.kind == "bad_item":
        wanted["Comments"] = "no such item"
    assert found == wanted


def test_a_split_line_has_a_part_for_each_and_they_add_up():
    found = parts(part("accept", 6), part("backorder", 3, date=DAY), part("reject", 1))
    told = [(one["type"], one["quantity"]) for one in found]
    assert told == [("accept", "6"), ("backordered", "3"), ("reject", "1")]


def test_what_is_not_delivered_is_rejected():
    found = parts(part("change_quantity", 8))
    told = [(one["type"], one["quantity"]) for one in found]
    assert told == [("accept", "8"), ("reject", "2")]


@pytest.mark.parametrize(
    ("status", "quantity", "uom"),
    [
        (part("change_quantity", 12), "12", "EA"),
        (replace(part("change_unit", 1, price=EIGHT), uom="BX"), "1", "BX"),
    ],
)
def test_more_than_ordered_or_another_unit_is_an_item_instead(status, quantity, uom):
    body = written(from_ack(ack(status), ORDER, ENVELOPE, None))
    its = body.find("ConfirmationItem/ConfirmationStatus")
    assert its is not None
    assert (its.get("type"), its.get("quantity")) == ("detail", "10")
    instead = its.find("ItemIn")
    assert instead is not None
    told = (instead.get("quantity"), text_of(instead.find("ItemDetail/UnitOfMeasure")))
    assert told == (quantity, uom)


def test_a_price_per_hundred_is_told_per_one_if_that_is_exact():
    hundred = replace(EIGHT, basis_qty=Decimal(100))
    assert parts(part("change_price", price=hundred))[0]["UnitPrice"] == "0.08"


@pytest.mark.parametrize(
    ("version", "kind"), [("1.2.050", "detail"), ("1.2.014", "unknown")]
)
def test_a_price_that_is_exact_only_for_more_needs_a_version_that_has_it(version, kind):
    third = replace(EIGHT, basis_qty=Decimal(3))
    its = replace(ENVELOPE, version=version)
    draft = from_ack(ack(part("change_price", price=third)), ORDER, its, None)
    status = written(draft).find("ConfirmationItem/ConfirmationStatus")
    assert status is not None
    assert status.get("type") == kind


def test_a_factor_that_is_no_decimal_cannot_be_told():
    third = replace(EIGHT, basis_factor=Fraction(1, 3))
    assert parts(part("change_price", price=third))[0]["type"] == "unknown"


def test_an_answer_that_accepts_all_names_no_line():
    body = written(from_ack(ack(part("accept")), ORDER, ENVELOPE, None))
    header = body.find("ConfirmationHeader")
    assert header is not None
    assert dict(header.items()) == {
        "confirmID": "SO-1",
        "operation": "new",
        "type": "accept",
        "noticeDate": "2026-11-22T09:00:00+00:00",
    }
    order = body.find("OrderReference")
    assert order is not None
    assert (order.get("orderID"), order.get("orderDate")) == (
        "PO-7",
        "2026-11-20T12:00:00+00:00",
    )
    document = order.find("DocumentReference")
    assert document is not None
    assert document.get("payloadID") == "order-1@buyer.example"
    assert body.findall("ConfirmationItem") == []


def test_a_refusal_names_no_line_and_says_why():
    refused = ack(part("bad_item", note="no such item"), type="rejected")
    told = replace(refused, reasons=(Reason(code="CAT-310", text="unknown item"),))
    body = written(from_ack(told, ORDER, ENVELOPE, None))
    header = body.find("ConfirmationHeader")
    assert header is not None
    assert header.get("type") == "reject"
    comments = [text_of(one) for one in header.iterfind("Comments")]
    assert comments == ["unknown item", "no such item"]
    assert body.findall("ConfirmationItem") == []


def test_what_is_only_received_is_unknown_line_by_line():
    told = OrderAck(po_number="PO-7", type="received", order_source=SENT)
    body = written(from_ack(told, ORDER, ENVELOPE, None))
    statuses = body.findall("ConfirmationItem/ConfirmationStatus")
    assert [one.get("type") for one in statuses] == ["unknown", "unknown"]


def test_a_line_that_the_buyer_took_out_is_not_answered():
    answer = ack(part("delete"))
    lines = (replace(answer.lines[0], change="delete"), answer.lines[1])
    told = replace(answer, lines=lines, type="accepted")
    body = written(from_ack(told, ORDER, ENVELOPE, None))
    assert body.findall("ConfirmationItem") == []


def test_a_later_one_updates_the_one_before_it():
    draft = from_ack(ack(part("accept")), ORDER, ENVELOPE, None)
    body = written(draft.after(6, NOW))
    header = body.find("ConfirmationHeader")
    assert header is not None
    assert header.get("operation") == "update"
    before = header.find("DocumentReference")
    assert before is not None
    assert before.get("payloadID") == "1795338000000.northgate.6@AN02--T"


def test_the_same_number_and_time_make_the_same_bytes():
    draft = from_ack(ack(part("accept")), ORDER, ENVELOPE, None)
    numbers = Numbers(interchange=7, group=1, message=1)
    data = draft.finish(numbers, NOW)
    assert data == draft.finish(numbers, NOW)
    assert b'payloadID="1795338000000.northgate.7@AN02--T"' in data
    assert b"SharedSecret" not in data
    assert draft.series == "networkid:AN02 -T>duns:942888711"
