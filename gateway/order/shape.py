"""The shape of a value as JSON, worked out once from its class's type hints."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache

__all__ = [
    "MAX_WHOLE",
    "PATTERNS",
    "Choice",
    "Field",
    "Many",
    "Record",
    "Scalar",
    "Shape",
    "Table",
    "record",
]

MAX_WHOLE = 2**53 - 1
"""The largest whole number, either way: what every JSON reader keeps exactly."""

_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

PATTERNS: Mapping[str, str] = {
    "decimal": "-?[0-9]{1,60}([.][0-9]{1,60})?",
    "ratio": "-?[0-9]{1,60}(/0*[1-9][0-9]{0,59})?",
    "day": _DAY,
    "instant": f"{_DAY}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}([.][0-9]{{1,6}})?"
    "(Z|[+-][0-9]{2}:[0-9]{2})",
}
"""What the text of a scalar looks like, the whole of it; others are any text."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value: text, flag, whole, decimal, ratio, day or instant."""

    kind: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A text of a closed list; ``make`` turns it into the value inside."""

    values: tuple[str, ...]
    make: Callable[[str], object] = str


@dataclass(frozen=True, slots=True)
class Table:
    """Texts by text."""


@dataclass(frozen=True, slots=True)
class Many:
    """A list of one shape."""

    of: Shape


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record. ``default`` is ``MISSING`` when it must be given."""

    name: str
    shape: Shape
    default: object

    @property
    def required(self) -> bool:
        """Whether a record cannot be made without it."""
        return self.default is dataclasses.MISSING

    @property
    def always_written(self) -> bool:
        """Required fields, and those whose default is a word of its own."""
        return self.required or (isinstance(self.default, str) and self.default != "")


@dataclass(frozen=True, slots=True)
class Record:
    """A dataclass: its fields sorted by name, the order of canonical JSON."""

    type: type
    fields: tuple[Field, ...]


Shape = Scalar | Choice | Table | Many | Record

_SCALARS: Mapping[object, str] = {
    str: "text",
    bool: "flag",
    int: "whole",
    Decimal: "decimal",
    Fraction: "ratio",
    dt.date: "day",
    dt.datetime: "instant",
}


@cache
def record(cls: type) -> Record:
    """The shape of a dataclass. A hint that has no JSON form is a bug of ours."""
    hints = typing.get_type_hints(cls)
    fields = (
        Field(field.name, _shape(hints[field.name]), _default(field))
        for field in dataclasses.fields(cls)
    )
    return Record(cls, tuple(sorted(fields, key=lambda field: field.name)))


def _default(field: dataclasses.Field[object]) -> object:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _shape(hint: object) -> Shape:
    if hint in _SCALARS:
        return Scalar(_SCALARS[hint])
    if isinstance(hint, type) and issubclass(hint, enum.StrEnum):
        return Choice(tuple(hint), hint)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return record(hint)
    return _compound(typing.get_origin(hint), typing.get_args(hint))


def _compound(origin: object, args: tuple[object, ...]) -> Shape:
    if origin is typing.Literal:
        return Choice(tuple(str(value) for value in args))
    if origin is types.UnionType and len(args) == 2 and args[1] is types.NoneType:
        return _shape(args[0])
    if origin is tuple and len(args) == 2 and args[1] is ...:
        return Many(_shape(args[0]))
    if origin is Mapping and args == (str, str):
        return Table()
    raise TypeError(f"no JSON form for {origin}{args}")
