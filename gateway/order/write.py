"""Canonical JSON out: sorted keys, decimals as strings, empty fields left out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any, assert_never

import msgspec

from gateway.order.ack import OrderAck
from gateway.order.advice import Advice
from gateway.order.change import Cancel, OrderChange
from gateway.order.invoice import Invoice
from gateway.order.model import Order
from gateway.order.places import Places
from gateway.order.shape import (
    Choice,
    Field,
    Many,
    Record,
    Scalar,
    Shape,
    Table,
    record,
)
from gateway.order.ship import ShipNotice
from gateway.order.stock import StockReport

__all__ = [
    "SCHEMAS",
    "Document",
    "Omit",
    "converter",
    "decimal_text",
    "dumps",
    "json_text",
    "to_json",
]

Document = (
    Order
    | OrderAck
    | OrderChange
    | Cancel
    | ShipNotice
    | Invoice
    | StockReport
    | Advice
)
"""What has a JSON form of its own."""

SCHEMAS: Mapping[type, str] = {
    Order: "order/1",
    OrderAck: "order_ack/1",
    OrderChange: "order_change/1",
    Cancel: "order_cancel/1",
    ShipNotice: "ship_notice/1",
    Invoice: "invoice/1",
    StockReport: "stock/1",
    Advice: "advice/1",
}
"""The name that each kind of document carries in its key ``schema``."""

Write = Callable[[Any], object]
Omit = frozenset[tuple[type, str]]

_ENCODER = msgspec.json.Encoder()
_NOTHING: Omit = frozenset()


def to_json(document: Document) -> str:
    """The document as canonical JSON: equal text for an equal document.

    Decimals keep the digits they were sent with; a field that says nothing is left out.
    """
    cls: type = type(document)
    return dumps({**converter(cls)(document), "schema": SCHEMAS[cls]})


def dumps(fields: Mapping[str, object]) -> str:
    """JSON text without spaces, the top keys sorted; those inside are already."""
    return json_text(dict(sorted(fields.items())))


def json_text(value: object) -> str:
    """JSON text without spaces, keys in the order they have, letters as they are."""
    return _ENCODER.encode(value).decode()


@cache
def converter(
    cls: type,
    number: Callable[[Decimal], str] | None = None,
    omit: Omit = _NOTHING,
) -> Callable[[Any], dict[str, object]]:
    """The function that turns a dataclass into what ``json`` can write.

    ``number`` writes its decimals, ``omit`` names fields that are left out.
    """
    return _record(record(cls), number or decimal_text, omit)


def decimal_text(value: Decimal) -> str:
    """The decimal without an exponent, its digits unchanged: ``12.50``."""
    text = str(value)
    if text.isdigit():
        return text
    if not value.is_finite():
        raise ValueError(f"{text} is no amount")
    return format(value, "f") if "E" in text else text


def _record(
    shape: Record, number: Callable[[Decimal], str], omit: Omit
) -> Callable[[Any], dict[str, object]]:
    """A function with a line for each field, as dataclasses make theirs.

    A loop over the fields takes twice as long, and an order has two thousand of them.
    """
    known: dict[str, Any] = {}
    lines = ["def write(value):", " out = {}"]
    for n, field in enumerate(shape.fields):
        if (shape.type, field.name) in omit:
            continue
        convert = _write(field.shape, number, omit)
        known |= {f"default{n}": field.default, f"convert{n}": convert}
        lines.append(f" item = value.{field.name}")
        text = _converted(field.shape, f"convert{n}", convert)
        if field.always_written:
            kept = ""
        elif field.default is None:
            kept = "if item is not None: "
        elif not field.default and isinstance(field.default, str | tuple | Mapping):
            kept = "if item: "
        elif convert is not None and _is_empty(field, convert):
            lines.append(f" item = item is not default{n} and {text}")
            kept, text = "if item: ", "item"
        else:
            kept = f"if item is not default{n} and item != default{n}: "
        lines.append(f" {kept}out[{field.name!r}] = {text}")
    exec("\n".join((*lines, " return out")), known)  # noqa: S102  # our own field names
    made: Callable[[Any], dict[str, object]] = known["write"]
    return made


def _converted(shape: Shape, name: str, convert: Write | None) -> str:
    """The text of Python that converts ``item`` by the function of this name.

    A list is built on the spot: handing it to a function that does takes half as much
    again as the one item that most of them hold.
    """
    if convert is None or convert is _as_it_is:
        return "item"
    return f"[*map({name}, item)]" if isinstance(shape, Many) else f"{name}(item)"


def _is_empty(field: Field, convert: Write) -> bool:
    """Whether the default is the one value of a record that writes nothing."""
    shape = field.shape
    if not isinstance(shape, Record) or any(f.always_written for f in shape.fields):
        return False
    return not convert(field.default)


def _write(shape: Shape, number: Callable[[Decimal], str], omit: Omit) -> Write | None:
    match shape:
        case Scalar(kind="decimal"):
            return number
        case Scalar(kind=kind):
            return _SCALARS.get(kind)
        case Choice():
            return None
        case Table():
            return _table
        case Many(of=inner):
            return _write(inner, number, omit) or _as_it_is
        case Record():
            plain = _is_plain(shape) and not any(cls is shape.type for cls, _ in omit)
            return None if plain else _record(shape, number, omit)
    assert_never(shape)


def _is_plain(shape: Record) -> bool:
    """Whether the encoder writes it so by itself: texts, all written, in this order."""
    names = [field.name for field in shape.fields]
    return list(getattr(shape.type, "__struct_fields__", ())) == names and all(
        field.required and field.shape == Scalar("text") for field in shape.fields
    )


def _as_it_is(value: object) -> object:
    return value


def _table(value: Mapping[str, str]) -> object:
    if type(value) is Places:
        return value.written
    return dict(sorted(value.items()))


def _instant(value: dt.datetime) -> str:
    if value.tzinfo is None:
        raise ValueError(f"{value} has no zone")
    return value.astimezone(dt.UTC).replace(tzinfo=None).isoformat() + "Z"


def _ratio(value: Fraction) -> str:
    return str(value)


_SCALARS: Mapping[str, Write] = {
    "day": dt.date.isoformat,
    "instant": _instant,
    "ratio": _ratio,
}
