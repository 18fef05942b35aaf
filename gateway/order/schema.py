"""The published JSON Schemas, made from the same shapes that read and write."""

from __future__ import annotations

import json
from typing import assert_never

from gateway.order.ack import OrderAck
from gateway.order.advice import Advice
from gateway.order.change import Cancel, OrderChange
from gateway.order.invoice import Invoice
from gateway.order.model import Order
from gateway.order.shape import (
    MAX_WHOLE,
    PATTERNS,
    Choice,
    Many,
    Record,
    Scalar,
    Shape,
    Table,
    record,
)
from gateway.order.ship import ShipNotice
from gateway.order.stock import StockReport
from gateway.order.write import SCHEMAS

__all__ = ["FILES", "schema", "schema_text"]

FILES: dict[str, type] = {
    "order.schema.json": Order,
    "order_ack.schema.json": OrderAck,
    "order_change.schema.json": OrderChange,
    "order_cancel.schema.json": Cancel,
    "ship_notice.schema.json": ShipNotice,
    "invoice.schema.json": Invoice,
    "stock.schema.json": StockReport,
    "advice.schema.json": Advice,
}
"""The published files, next to this module, and the class each one describes."""

Json = dict[str, object]

_PLAIN: dict[str, Json] = {
    "text": {"type": "string"},
    "flag": {"type": "boolean"},
    "whole": {"type": "integer", "minimum": -MAX_WHOLE, "maximum": MAX_WHOLE},
}
_FORMATS = {"day": "date", "instant": "date-time"}


def schema(cls: type) -> Json:
    """The JSON Schema (draft 2020-12) of a kind of document."""
    name = SCHEMAS[cls]
    known: dict[str, Json] = {}
    _record(record(cls), known)
    document = known.pop(cls.__name__)
    properties = document["properties"]
    assert isinstance(properties, dict)
    required = document.get("required", [])
    assert isinstance(required, list)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:procurement-gateway:{name.replace('/', ':')}",
        "title": name,
        **document,
        "properties": {**properties, "schema": {"const": name}},
        "required": sorted([*required, "schema"]),
        "$defs": known,
    }


def schema_text(cls: type) -> str:
    """The schema as the text of its file."""
    return json.dumps(schema(cls), indent=1, sort_keys=True) + "\n"


def _form(shape: Shape, known: dict[str, Json]) -> Json:
    match shape:
        case Scalar(kind=kind):
            return _scalar(kind)
        case Choice(values=values):
            return {"enum": [str(value) for value in values]}
        case Table():
            return {"type": "object", "additionalProperties": {"type": "string"}}
        case Many(of=inner):
            return {"type": "array", "items": _form(inner, known)}
        case Record():
            return _record(shape, known)
    assert_never(shape)


def _scalar(kind: str) -> Json:
    if kind in _PLAIN:
        return _PLAIN[kind]
    form: Json = {"type": "string", "pattern": f"^{PATTERNS[kind]}$"}
    return {**form, "format": _FORMATS[kind]} if kind in _FORMATS else form


def _record(shape: Record, known: dict[str, Json]) -> Json:
    """A reference to the class; its definition goes into ``known``."""
    name = shape.type.__name__
    if name not in known:
        document: Json = {
            "type": "object",
            "description": (shape.type.__doc__ or "").partition("\n")[0],
            "additionalProperties": False,
        }
        document["properties"] = {
            field.name: _form(field.shape, known) for field in shape.fields
        }
        required = [field.name for field in shape.fields if field.required]
        if required:
            document["required"] = required
        known[name] = document
    return {"$ref": f"#/$defs/{name}"}
