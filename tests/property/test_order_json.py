"""Any order and any answer survive JSON; any text at all is read or explained."""

from __future__ import annotations

import json
from decimal import Decimal

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.order import (
    Money,
    Order,
    OrderAck,
    ack_from_json,
    content_digest,
    extend,
    from_json,
    minor_units,
    round_line,
    same_content,
    to_json,
    total,
)
from gateway.order.schema import schema
from gateway.order.shape import record
from tests.property.canonical import TEXT, values

AMOUNTS = st.decimals(min_value=-(10**9), max_value=10**9, places=4)
CURRENCIES = st.sampled_from(["USD", "JPY", "KWD", "CLF"])
ORDERS = values(record(Order))
ACKS = values(record(OrderAck))
FITS = jsonschema.Draft202012Validator(schema(Order)).validate


def any_json() -> st.SearchStrategy[object]:
    """Documents near an order: its keys, with anything below them."""
    keys = st.sampled_from(["schema", "po_number", "lines", "item", "quantity", "x"])
    leaves = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
    leaves |= st.sampled_from(["order/1", "1.5", "2026-01-20", "\ud800"])
    return st.recursive(
        leaves, lambda inner: st.lists(inner) | st.dictionaries(keys, inner)
    )


@given(ORDERS)
def test_an_order_survives_json(order: Order):
    text = to_json(order)
    assert from_json(text) == order
    assert to_json(from_json(text)) == text  # type: ignore[arg-type]  # an Order


@given(ACKS)
def test_an_answer_survives_json(ack: OrderAck):
    assert ack_from_json(to_json(ack)) == ack


@settings(max_examples=30)
@given(ORDERS)
def test_every_order_fits_the_published_schema(order: Order):
    FITS(json.loads(to_json(order)))


@settings(max_examples=30)
@given(ORDERS)
def test_an_order_says_the_same_after_a_trip_through_json(order: Order):
    again = from_json(to_json(order))
    assert isinstance(again, Order)
    assert same_content(order, again)
    assert content_digest(order) == content_digest(again)


@given(st.text())
def test_any_text_is_read_or_explained(text: str):
    found = from_json(text)
    assert isinstance(found, Order) or found


@given(any_json())
def test_any_json_is_read_or_explained(value: object):
    fields = value if isinstance(value, dict) else {"lines": value}
    found = from_json(json.dumps({"schema": "order/1", **fields}))
    assert isinstance(found, Order) or found


@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_money_adds_in_any_order(one: Decimal, two: Decimal, three: Decimal):
    a, b, c = (Money(amount, "USD") for amount in (one, two, three))
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert a + b - b == a
    assert total([a, b, c], "USD") == a + b + c


@given(AMOUNTS, CURRENCIES)
def test_rounding_is_near_done_once_and_the_same_below_zero(
    amount: Decimal, currency: str
):
    rounded = round_line(amount, currency)
    assert abs(rounded - amount) * 2 <= Decimal(10) ** -minor_units(currency)
    assert round_line(rounded, currency) == rounded
    assert round_line(-amount, currency) == -rounded


@given(AMOUNTS, st.decimals(0, 10**6, places=3), CURRENCIES)
def test_a_basis_of_one_is_plain_multiplication(
    price: Decimal, quantity: Decimal, currency: str
):
    extended = extend(price, quantity, currency)
    assert extended == round_line(price * quantity, currency)
