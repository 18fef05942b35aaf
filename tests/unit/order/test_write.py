"""Canonical JSON: one text for one order."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from gateway.findings import Finding
from gateway.order import (
    Item,
    LineQuantity,
    LineResolution,
    Order,
    OrderAck,
    OrderLine,
    to_json,
)


def order_of(quantity: LineQuantity) -> Order:
    line = OrderLine(line_no="1", item=Item(), quantity=quantity)
    return Order(po_number="1", lines=(line,))


def test_a_small_order_is_a_small_text():
    assert to_json(Order(po_number="1")) == (
        '{"doc_type":"order","po_number":"1","purpose":"original","schema":"order/1"}'
    )


def test_an_answer_names_its_own_schema(ack: OrderAck):
    assert json.loads(to_json(ack))["schema"] == "order_ack/1"


def test_keys_are_sorted_at_every_level(order: Order):
    text = to_json(replace(order, provenance={"b": "2", "a": "1"}))
    resorted = json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))
    assert text == resorted


def test_decimals_are_strings_with_the_digits_that_were_sent(order: Order):
    line = json.loads(to_json(order))["lines"][0]
    assert line["amount"] == {"amount": "1250.00", "currency": "USD"}
    assert line["quantity"]["value"] == "100"


@pytest.mark.parametrize(
    ("value", "text"),
    [("1E+3", "1000"), ("1E-10", "0.0000000001"), ("-0.50", "-0.50"), ("0", "0")],
)
def test_a_decimal_never_has_an_exponent(value: str, text: str):
    order = order_of(LineQuantity(value=Decimal(value)))
    quantity = json.loads(to_json(order))["lines"][0]["quantity"]
    assert quantity["value"] == text


def test_a_factor_stays_exact():
    order = order_of(LineQuantity(value=Decimal(1), factor=Fraction(1, 7)))
    assert '"factor":"1/7"' in to_json(order)


def test_a_zero_and_a_no_are_said_because_they_mean_something(order: Order):
    line = replace(
        order.lines[0],
        price=replace(order.lines[0].price, amount=Decimal(0)),
        flags=replace(order.lines[0].flags, backorder_allowed=False),
    )
    written = json.loads(to_json(replace(order, lines=(line,))))["lines"][0]
    assert written["price"]["amount"] == "0"
    assert written["flags"] == {"backorder_allowed": False}


def test_an_instant_is_written_in_utc():
    east = dt.timezone(dt.timedelta(hours=2))
    order = Order(po_number="1", issued_at=dt.datetime(2026, 1, 15, 9, tzinfo=east))
    assert '"issued_at":"2026-01-15T07:00:00Z"' in to_json(order)


def test_findings_of_a_line_are_kept_whole(order: Order):
    resolution = LineResolution(findings=(Finding.of("CHG-001", "too late"),))
    line = replace(order.lines[0], resolution=resolution)
    written = json.loads(to_json(replace(order, lines=(line,))))["lines"][0]
    assert written["resolution"]["findings"] == [
        {"code": "CHG-001", "severity": "error", "what": "too late"}
    ]


def test_a_number_that_is_none_is_our_bug():
    with pytest.raises(ValueError, match="NaN"):
        to_json(order_of(LineQuantity(value=Decimal("NaN"))))


def test_an_instant_without_a_zone_is_our_bug():
    naive = dt.datetime(2026, 1, 15, 9, tzinfo=dt.UTC).replace(tzinfo=None)
    with pytest.raises(ValueError, match="zone"):
        to_json(Order(po_number="1", issued_at=naive))
