"""Frozen dataclasses that are made as fast as open ones."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

T = TypeVar("T")

_set_class = object.__dict__["__class__"].__set__
_LEFT_OUT = object()


def swift(cls: type[T]) -> type[T]:
    """The same frozen, slotted dataclass with an ``__init__`` of half the cost.

    The usual one asks ``object.__setattr__`` for every field. This one fills the fields
    while the value is of an open twin with the same slots, and freezes it then.
    """
    assert cls.__bases__ == (object,)
    assert not hasattr(cls, "__post_init__")
    twin = type(cls.__name__, (), {"__slots__": cls.__dict__["__slots__"]})
    known: dict[str, Any] = {
        "_set_class": _set_class,
        "_twin": twin,
        "_own": cls,
        "_left_out": _LEFT_OUT,
    }
    parameters, fills = ["self"], []
    named: list[str] = []
    for n, field in enumerate(dataclasses.fields(cls)):  # type: ignore[arg-type]  # ours
        parameter, value = field.name, field.name
        if field.default is not dataclasses.MISSING:
            known[f"_default{n}"] = field.default
            parameter += f"=_default{n}"
        elif field.default_factory is not dataclasses.MISSING:
            known[f"_make{n}"] = field.default_factory
            parameter += "=_left_out"
            value = f"_make{n}() if {value} is _left_out else {value}"
        (named if field.kw_only else parameters).append(parameter)
        fills.append(f"  self.{field.name} = {value}")
    text = "\n".join(
        (
            f"def made({', '.join(known)}):",
            f" def __init__({', '.join(parameters + ['*'] * bool(named) + named)}):",
            "  _set_class(self, _twin)",
            *fills,
            "  self.__class__ = _own",
            " return __init__",
        )
    )
    scope: dict[str, Any] = {}
    own_globals = sys.modules[cls.__module__].__dict__
    exec(text, own_globals, scope)  # noqa: S102  # our own field names
    made: Callable[..., None] = scope["made"](**known)
    usual = cls.__init__
    made.__annotations__ = usual.__annotations__
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    cls.__init__ = made  # type: ignore[method-assign]  # the same signature
    _copiers[cls] = _copier(cls, twin)
    return cls


_copiers: dict[type, Callable[[Any, Mapping[str, object]], Any]] = {}


def changed(value: T, **fields: object) -> T:
    """The same value of a swift class but for these fields.

    As ``dataclasses.replace``, which asks for every field of a value by its name.
    """
    copy: Callable[[T, Mapping[str, object]], T] = _copiers[type(value)]
    return copy(value, fields)


def _copier(cls: type, twin: type) -> Callable[[Any, Mapping[str, object]], Any]:
    names = [field.name for field in dataclasses.fields(cls)]
    text = "\n".join(
        (
            "def copied(old, changes):",
            " new = _make(_twin)",
            *(f" new.{name} = old.{name}" for name in names),
            " for name, value in changes.items():",
            "  setattr(new, name, value)",
            " new.__class__ = _own",
            " return new",
        )
    )
    scope: dict[str, Any] = {"_make": object.__new__, "_twin": twin, "_own": cls}
    exec(text, scope)  # noqa: S102  # our own field names
    made: Callable[[Any, Mapping[str, object]], Any] = scope["copied"]
    return made
