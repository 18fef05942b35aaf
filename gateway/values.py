"""Frozen dataclasses that are made as fast as open ones."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
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
    return cls
