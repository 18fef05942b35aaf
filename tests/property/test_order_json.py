"""Any order and any answer survive JSON; any text at all is read or explained."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import assert_never

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
from gateway.order.shape import (
    MAX_WHOLE,
    Choice,
    Many,
    Record,
    Scalar,
    Shape,
    Table,
    record,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
DECIMALS = st.decimals(
    min_value=-(10**20), max_value=10**20, allow_nan=False, allow_infinity=False
).filter(lambda value: int(value.as_tuple().exponent) > -50)
AMOUNTS = st.decimals(min_value=-(10**9), max_value=10**9, places=4)
CURRENCIES = st.sampled_from(["USD", "JPY", "KWD", "CLF"])
SCALARS: dict[str, st.SearchStrategy[object]] = {
    "text": TEXT,
    "flag": st.booleans(),
    "whole": st.integers(-MAX_WHOLE, MAX_WHOLE),
    "decimal": DECIMALS,
    "ratio": st.fractions(max_denominator=10**6),
    "day": st.dates(),
    "instant": st.datetimes(timezones=st.just(dt.UTC)),
}


def values(shape: Shape) -> st.SearchStrategy[object]:
    """Any value of a shape."""
    match shape:
        case Scalar(kind=kind):
            return SCALARS[kind]
        case Choice(values=names, make=make):
            return st.sampled_from(names).map(make)
        case Table():
            return st.dictionaries(TEXT, TEXT, max_size=3)
        case Many(of=inner):
            return st.lists(values(inner), max_size=2).map(tuple)
        case Record(type=cls, fields=fields):
            required = {f.name: values(f.shape) for f in fields if f.required}
            optional = {f.name: values(f.shape) for f in fields if not f.required}
            given = st.fixed_dictionaries(required, optional=optional)
            return given.map(lambda fields: cls(**fields))
    assert_never(shape)


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
