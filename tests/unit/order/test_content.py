"""A repeated order is known by what it says."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from gateway.order import (
    LineProgress,
    LineResolution,
    Order,
    Source,
    content_digest,
    same_content,
)
from gateway.order.model import Evidence


def with_line(order: Order, **changes) -> Order:
    return replace(order, lines=(replace(order.lines[0], **changes),))


def test_new_control_numbers_do_not_make_a_new_order(order: Order):
    again = replace(
        order,
        id="ord_2",
        source=Source(standard="x12", interchange_control="000000002"),
        purpose="duplicate",
        provenance={"po_number": "BEG-03 (segment 3)"},
        sales_order_number="S-1",
        signature_evidence=Evidence(result="passed"),
    )
    assert same_content(order, again)


def test_what_we_made_of_a_line_does_not_count(order: Order):
    quantity = replace(
        order.lines[0].quantity,
        uom_rec20="EA",
        base_qty=Decimal(700),
        factor=Fraction(7),
    )
    again = with_line(
        order,
        quantity=quantity,
        status=LineProgress(shipped=Decimal(60)),
        resolution=LineResolution(sku="W-1"),
        provenance={},
    )
    assert same_content(order, again)


@pytest.mark.parametrize("digits", ["12.5", "12.500", "1.25E+1"])
def test_the_way_a_number_is_written_does_not_count(order: Order, digits: str):
    price = replace(order.lines[0].price, amount=Decimal(digits))
    assert same_content(order, with_line(order, price=price))


def test_another_price_is_another_content(order: Order):
    price = replace(order.lines[0].price, amount=Decimal("12.51"))
    assert not same_content(order, with_line(order, price=price))


def test_a_cancellation_says_something_else(order: Order):
    assert not same_content(order, replace(order, doc_type="cancel"))


def test_a_zero_is_a_zero_however_written(order: Order):
    free = replace(order.lines[0].price, amount=Decimal("0.00"))
    minus = replace(order.lines[0].price, amount=Decimal("-0"))
    assert same_content(with_line(order, price=free), with_line(order, price=minus))


def test_the_digest_is_a_stable_number(order: Order):
    assert content_digest(order) == content_digest(replace(order))
    assert len(bytes.fromhex(content_digest(order))) == 32
