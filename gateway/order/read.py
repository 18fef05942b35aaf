"""JSON in: a document, or everything that is wrong with it, in one pass."""

from __future__ import annotations

import datetime as dt
import difflib
import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any, TypeVar, assert_never

from gateway.findings import Finding, Findings, Severity, Where
from gateway.findings.model import NOWHERE
from gateway.order.ack import OrderAck
from gateway.order.advice import Advice
from gateway.order.change import Cancel, Change, OrderChange
from gateway.order.invoice import Invoice
from gateway.order.json_text import Twice, encodes, object_of
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

__all__ = [
    "ack_from_json",
    "advice_from_json",
    "change_from_json",
    "from_json",
    "invoice_from_json",
    "notice_from_json",
    "stock_from_json",
]

_MOST = 1000  # findings that are kept of one document
_NAMED_KEYS = 25  # nearest names are looked up for so many; a flood stays cheap
_LONG = 20  # digits that no whole number of ours has
_SHOWN = 80  # characters of a value that a finding shows

_BAD: Any = object()  # stands for a value that a finding was noted for

Path = tuple[Any, ...]
"""(path of the parent, key or index); () is the document."""

Read = Callable[[Any, Path, Findings], Any]
Document = TypeVar("Document")


def from_json(text: str) -> Order | tuple[Finding, ...]:
    """The order of a JSON text with ``"schema": "order/1"``, or all its findings."""
    return _document(text, Order)


def ack_from_json(text: str) -> OrderAck | tuple[Finding, ...]:
    """The answer of a text with ``"schema": "order_ack/1"``, or all its findings."""
    return _document(text, OrderAck)


def change_from_json(text: str) -> Change | tuple[Finding, ...]:
    """The change or cancellation of a JSON text, or all its findings.

    Its schema is ``order_change/1`` or ``order_cancel/1``.
    """
    cancels = f'"schema":"{SCHEMAS[Cancel]}"' in text.replace(": ", ":")
    return _document(text, Cancel) if cancels else _document(text, OrderChange)


def notice_from_json(text: str) -> ShipNotice | tuple[Finding, ...]:
    """The shipment of a ``"schema": "ship_notice/1"`` text, or all its findings."""
    return _document(text, ShipNotice)


def invoice_from_json(text: str) -> Invoice | tuple[Finding, ...]:
    """The invoice of a text with ``"schema": "invoice/1"``, or all its findings."""
    return _document(text, Invoice)


def stock_from_json(text: str) -> StockReport | tuple[Finding, ...]:
    """The stock of a text with ``"schema": "stock/1"``, or all its findings."""
    return _document(text, StockReport)


def advice_from_json(text: str) -> Advice | tuple[Finding, ...]:
    """The advice of a text with ``"schema": "advice/1"``, or all its findings."""
    return _document(text, Advice)


class _Bounded(Findings):
    """So many findings and no more, so that a hostile text costs little."""

    __slots__ = ()

    def add(
        self,
        code: str,
        what: str,
        where: Where = NOWHERE,
        value: str = "",
        *,
        severity: Severity | None = None,
    ) -> None:
        """Note a finding while there is room."""
        if len(self) < _MOST:
            super().add(code, what, where, value, severity=severity)


def _int(text: str) -> int | float:
    """Whole numbers that we keep; a longer one is as good as a fraction."""
    return int(text) if len(text) < _LONG else float(text)


# NaN and the infinities become floats, which no field takes.
_DECODER = json.JSONDecoder(object_pairs_hook=object_of, parse_int=_int)


def _document(text: str, cls: type[Document]) -> Document | tuple[Finding, ...]:
    found = _Bounded()
    try:
        fields = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        what = f"{error.msg} at line {error.lineno}, column {error.colno}"
        return (Finding.of("API-001", what, value=_shown(error.doc[error.pos :])),)
    except RecursionError:
        return (Finding.of("API-001", "nested too deeply", value=_shown(text)),)
    if not isinstance(fields, dict):
        _wrong_type("object", fields, (), found)
    elif _schema_fits(fields, SCHEMAS[cls], found):
        fields.pop("schema", None)
        plain: type = cls
        document: Document = _reader(plain)(fields, (), found)
        if not found:
            return document
    return found.done()


def _schema_fits(fields: dict[str, object], name: str, found: Findings) -> bool:
    """False only if another schema is named; without a name we read on."""
    if "schema" not in fields:
        found.add("API-005", f"key schema is missing; send {name}", _at(((), "schema")))
    elif fields["schema"] != name:
        given = _shown(fields["schema"])
        where = _at(((), "schema"))
        found.add("API-002", f"schema {given} is not {name}", where, given)
        return False
    return True


@cache
def _reader(cls: type) -> Read:
    return _record(record(cls))


def _read(shape: Shape) -> Read:
    match shape:
        case Scalar(kind=kind):
            return _SCALARS[kind]
        case Choice():
            return _choice(shape)
        case Table():
            return _table
        case Many(of=inner):
            return _many(_read(inner))
        case Record():
            return _record(shape)
    assert_never(shape)


def _record(shape: Record) -> Read:
    cls = shape.type
    readers = {field.name: _read(field.shape) for field in shape.fields}
    required = tuple(field.name for field in shape.fields if field.required)

    def read(value: Any, path: Path, found: Findings) -> Any:
        if not isinstance(value, dict):
            return _wrong_type("object", value, path, found)
        if type(value) is Twice:
            _twice(value, path, found)
        given = {}
        for key, item in value.items():
            convert = readers.get(key)
            if convert is None:
                _unknown_key(key, readers, path, found)
            else:
                given[key] = convert(item, (path, key), found)
        for name in required:
            if name not in given:
                found.add("API-005", f"key {name} is missing", _at((path, name)))
        return _BAD if found else cls(**given)

    return read


def _many(convert: Read) -> Read:
    def read(value: Any, path: Path, found: Findings) -> Any:
        if type(value) is not list:
            return _wrong_type("array", value, path, found)
        return tuple(
            [convert(item, (path, place), found) for place, item in enumerate(value)]
        )

    return read


def _choice(shape: Choice) -> Read:
    values = {str(value): shape.make(value) for value in shape.values}

    def read(value: Any, path: Path, found: Findings) -> Any:
        if type(value) is not str:
            return _wrong_type("string", value, path, found)
        if value not in values:
            known = ", ".join(filter(None, values))
            what = f"{_shown(value)} is none of: {known}"
            found.add("API-007", what, _at(path), _shown(value))
            return _BAD
        return values[value]

    return read


def _table(value: Any, path: Path, found: Findings) -> Any:
    if not isinstance(value, dict):
        return _wrong_type("object", value, path, found)
    if type(value) is Twice:
        _twice(value, path, found)
    return {
        _text(key, (path, key), found): _text(item, (path, key), found)
        for key, item in value.items()
    }


def _text(value: Any, path: Path, found: Findings) -> Any:
    if type(value) is not str:
        return _wrong_type("string", value, path, found)
    if "\0" in value or not (value.isascii() or encodes(value)):
        what = "text holds a NUL or half a character, which cannot be kept"
        found.add("API-006", what, _at(path), _shown(value))
        return _BAD
    return value


def _flag(value: Any, path: Path, found: Findings) -> Any:
    if type(value) is not bool:
        return _wrong_type("true or false", value, path, found)
    return value


def _whole(value: Any, path: Path, found: Findings) -> Any:
    if type(value) is not int or abs(value) > MAX_WHOLE:
        return _wrong_type("whole number", value, path, found)
    return value


def _formed(kind: str, form: str, make: Callable[[str], object]) -> Read:
    """A reader of texts that match a pattern and that ``make`` takes."""
    matches = re.compile(PATTERNS[kind]).fullmatch

    def read(value: Any, path: Path, found: Findings) -> Any:
        if type(value) is not str:
            return _wrong_type(f"string with {form}", value, path, found)
        if matches(value):
            try:
                return make(value)
            except (ValueError, OverflowError):
                pass  # of the right form, and yet no day of the calendar
        what = f"{_shown(value)} is not {form}"
        found.add("API-006", what, _at(path), _shown(value))
        return _BAD

    return read


def _instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC)


_SCALARS: Mapping[str, Read] = {
    "text": _text,
    "flag": _flag,
    "whole": _whole,
    "decimal": _formed("decimal", "a decimal such as 12.50", Decimal),
    "ratio": _formed("ratio", "a ratio such as 1/7", Fraction),
    "day": _formed("day", "a date such as 2026-01-20", dt.date.fromisoformat),
    "instant": _formed("instant", "an instant such as 2026-01-20T09:00:00Z", _instant),
}


def _wrong_type(wanted: str, value: object, path: Path, found: Findings) -> Any:
    what = f"{_json_type(value)} was sent, not {wanted}"
    found.add("API-004", what, _at(path), _shown(value))
    return _BAD


def _json_type(value: object) -> str:
    names = {bool: "true or false", int: "number", float: "number", str: "string"}
    names |= {list: "array", type(None): "null"}
    return names.get(type(value), "object")


def _unknown_key(
    key: str, known: Mapping[str, Read], path: Path, found: Findings
) -> None:
    near: list[str] = []
    if len(found) < _NAMED_KEYS:
        near = difflib.get_close_matches(key[:_SHOWN], known, 1)
    hint = f"; the nearest is {near[0]}" if near else ""
    what = f"key {_shown(key)} is not known{hint}"
    found.add("API-003", what, _at((path, key)), _shown(key))


def _twice(value: Twice, path: Path, found: Findings) -> None:
    for key in value.keys_twice:
        what = f"key {_shown(key)} is given more than once"
        found.add("API-008", what, _at((path, key)), _shown(key))


def _shown(value: object) -> str:
    """The start of a scalar as text; lists and objects show nothing."""
    if isinstance(value, list | dict):
        return ""
    text = value if isinstance(value, str) else json.dumps(value)
    return text[:_SHOWN].encode(errors="replace").decode()


def _at(path: Path) -> Where:
    """The path as a JSON pointer (RFC 6901)."""
    parts = []
    while path:
        path, key = path
        parts.append(str(key).replace("~", "~0").replace("/", "~1"))
    pointer = "".join(f"/{part}" for part in reversed(parts))
    return Where(path=pointer.encode(errors="replace").decode())
