"""A UBL Order or OrderChange becomes the canonical one; nothing of it is lost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.mappers.mapped import Mapped
from gateway.mappers.ubl_order import to_order
from gateway.order.model import Order
from gateway.ubl.document import Document, read_document

ROOT = Path(__file__).parents[3]
PLAIN = ROOT / "partner_profiles/ravensholm-council/samples/good-small.xml"
HEAD = "<cac:TaxTotal>"
LINE = "<cac:Price>"
PRICE = "</cbc:PriceAmount>"
QUANTITY = '<cbc:Quantity unitCode="EA">40</cbc:Quantity>'
ALLOWANCE = """<cac:AllowanceCharge>{}
<cbc:AllowanceChargeReason>x</cbc:AllowanceChargeReason>
<cbc:Amount currencyID="DKK">5.00</cbc:Amount></cac:AllowanceCharge>"""
DELIVERY = """<cac:Delivery>{}<cac:RequestedDeliveryPeriod>
<cbc:StartDate>2026-12-20</cbc:StartDate></cac:RequestedDeliveryPeriod></cac:Delivery>
"""


def mapped(more: str = "", before: str = HEAD) -> Mapped:
    """What the plain order says with more in front of a mark."""
    text = PLAIN.read_text()
    assert before in text
    document = read_document(text.replace(before, more + before, 1).encode())
    assert isinstance(document, Document)
    return to_order(document)


def ordered(more: str, before: str = HEAD) -> Order:
    """The order, of which nothing is wrong."""
    found = mapped(more, before)
    assert found.order is not None
    assert codes(found) == []
    return found.order


def codes(found: Mapped) -> list[str]:
    return [one.code for one in found.findings]


@pytest.mark.parametrize("count", ["2.5", "-1"])
def test_lines_are_counted_in_whole_numbers(count: str):
    counted = f"<cbc:LineCountNumeric>{count}</cbc:LineCountNumeric>"
    assert codes(mapped(counted)) == ["MAP-013"]


def test_days_of_delivery_that_end_before_they_begin_are_told():
    text = PLAIN.read_text().replace("2026-12-08", "2026-12-28", 1)
    document = read_document(text.encode())
    assert isinstance(document, Document)
    assert codes(to_order(document)) == ["MAP-018"]


def test_a_second_place_of_the_whole_order_is_told():
    assert codes(mapped(DELIVERY.format(""))) == ["MAP-018"]


def test_of_several_deliveries_of_a_line_each_says_how_many():
    both = DELIVERY.format(QUANTITY) + DELIVERY.format("")
    assert codes(mapped(both, LINE)) == ["MAP-018"]


def test_deliveries_in_another_unit_do_not_make_the_line():
    boxes = DELIVERY.format('<cbc:Quantity unitCode="XBX">40</cbc:Quantity>')
    assert codes(mapped(boxes, LINE)) == ["MAP-018"]


def test_the_latest_day_of_a_delivery_is_taken():
    latest = "<cbc:LatestDeliveryDate>2026-12-20</cbc:LatestDeliveryDate>"
    line = ordered(f"<cac:Delivery>{latest}</cac:Delivery>", LINE).lines[0]
    assert line.delivery is not None
    assert line.delivery.latest == date(2026, 12, 20)


@pytest.mark.parametrize("code", ["230", "231", "351"])
def test_a_code_of_no_order_is_told(code: str):
    text = PLAIN.read_text().replace("TypeCode>220<", f"TypeCode>{code}<")
    document = read_document(text.encode())
    assert isinstance(document, Document)
    assert codes(to_order(document)) == ["MAP-002"]


@pytest.mark.parametrize("code", ["227", "228", "VMI"])
def test_so_is_one_of_no_plain_order(code: str):
    text = PLAIN.read_text().replace("TypeCode>220<", f"TypeCode>{code}<")
    document = read_document(text.encode())
    assert isinstance(document, Document)
    assert codes(to_order(document)) == ["MAP-019"]


def test_a_copy_is_kept_and_not_booked():
    found = mapped("<cbc:CopyIndicator>true</cbc:CopyIndicator>", "<cbc:IssueDate>")
    assert codes(found) == ["MAP-011"]
    assert found.order is not None
    assert found.order.purpose == "copy"


def test_a_deleted_line_is_none_of_a_new_order():
    deleted = "<cbc:LineStatusCode>2</cbc:LineStatusCode>"
    assert codes(mapped(deleted, QUANTITY)) == ["MAP-002"]


@pytest.mark.parametrize(
    ("more", "before"),
    [
        ("<cac:Price/>", LINE),
        (QUANTITY, QUANTITY),
        ("<cac:LineItem/>", "<cac:LineItem>"),
    ],
)
def test_what_counts_once_and_stands_twice_is_told(more: str, before: str):
    assert "MAP-018" in codes(mapped(more, before))


@pytest.mark.parametrize(
    ("indicator", "code"),
    [
        ("", "MAP-018"),
        ("<cbc:ChargeIndicator>TRUE</cbc:ChargeIndicator>", "MAP-013"),
    ],
)
def test_a_charge_is_never_guessed(indicator: str, code: str):
    assert codes(mapped(ALLOWANCE.format(indicator))) == [code]


@pytest.mark.parametrize(
    "basis",
    [
        '<cbc:BaseQuantity unitCode="EA">0</cbc:BaseQuantity>',
        "<cbc:OrderableUnitFactorRate>10</cbc:OrderableUnitFactorRate>",
    ],
)
def test_a_price_of_nothing_or_by_a_rate_is_told(basis: str):
    assert codes(mapped(basis, "</cac:Price>")) == ["MAP-009"]


def test_what_may_come_later_is_a_flag_of_the_line():
    flag = "<cbc:BackOrderAllowedIndicator>false</cbc:BackOrderAllowedIndicator>"
    assert ordered(flag, LINE).lines[0].flags.backorder_allowed is False


def test_lines_are_counted_as_the_buyer_counted_them():
    count = "<cbc:LineCountNumeric>3</cbc:LineCountNumeric>"
    totals = ordered(count, "<cbc:CustomerReference>").totals
    assert totals is not None
    assert totals.line_count == 3


def test_of_a_card_its_last_digits_are_left_and_nothing_else():
    card = """<cac:PaymentMeans><cac:CardAccount>
    <cbc:PrimaryAccountNumberID>4111 1111 1111 1234</cbc:PrimaryAccountNumberID>
    <cbc:HolderName>A B</cbc:HolderName></cac:CardAccount></cac:PaymentMeans>"""
    order = ordered(card)
    assert order.payment is not None
    assert (order.payment.means, order.payment.card_last_four) == ("card", "1234")
    assert "4111" not in repr(order)
    assert "A B" not in repr(order)


def test_a_discount_of_the_terms_is_taken():
    terms = """<cac:PaymentTerms><cbc:Note>10 days</cbc:Note>
    <cbc:SettlementDiscountPercent>2</cbc:SettlementDiscountPercent></cac:PaymentTerms>
    """
    payment = ordered(terms).payment
    assert payment is not None
    assert payment.terms[0].discount_pct == Decimal(2)
