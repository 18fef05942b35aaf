"""Canonical JSON out: sorted keys, decimals as strings, empty fields left out."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cache
from operator import attrgetter
from typing import Any, assert_never

from gateway.order.ack import OrderAck
from gateway.order.model import Order
from gateway.order.shape import (
    Choice,
    Many,
    Record,
    Scalar,
    Shape,
    Table,
    record,
)

__all__ = ["SCHEMAS", "Omit", "converter", "decimal_text", "dumps", "to_json"]

SCHEMAS: Mapping[type, str] = {Order: "order/1", OrderAck: "order_ack/1"}
"""The name that each kind of document carries in its key ``schema``."""

Write = Callable[[Any], object]
Omit = frozenset[tuple[type, str]]

_ENCODER = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, separators=(",", ":")
)
_NOTHING: Omit = frozenset()
_NEVER = object()


def to_json(document: Order | OrderAck) -> str:
    """The document as canonical JSON: equal text for an equal document.

    Decimals keep the digits they were sent with; a field that says nothing is left out.
    """
    cls: type = type(document)
    return dumps({**converter(cls)(document), "schema": SCHEMAS[cls]})


def dumps(fields: Mapping[str, object]) -> str:
    """JSON text without spaces, the top keys sorted; those inside are already."""
    return _ENCODER.encode(dict(sorted(fields.items())))


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
    fields = [f for f in shape.fields if (shape.type, f.name) not in omit]
    plan = tuple(
        (
            field.name,
            attrgetter(field.name),
            _NEVER if field.always_written else field.default,
            field.default is not None and not field.always_written,
            _write(field.shape, number, omit),
        )
        for field in fields
    )

    def write(value: object) -> dict[str, object]:
        out: dict[str, object] = {}
        for name, get, left_out, compared, convert in plan:
            item = get(value)
            if item is left_out or (compared and item == left_out):
                continue
            out[name] = item if convert is None else convert(item)
        return out

    return write


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
            return _many(_write(inner, number, omit))
        case Record():
            return _record(shape, number, omit)
    assert_never(shape)


def _many(convert: Write | None) -> Write:
    if convert is None:
        return list
    return lambda items: [convert(item) for item in items]


def _table(value: Mapping[str, str]) -> dict[str, str]:
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
