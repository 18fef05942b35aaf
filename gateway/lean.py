"""Dataclasses are made in a fraction of the time, by Pythons that compile each method.

Before 3.13 Python compiles a text for each method of each dataclass, 0.8 ms a class:
those of the gateway took a third of every start. What only shows a value or keeps it
as it is needs no text of its own; what makes, compares and hashes values is compiled
when it is first asked for, which most commands never do for most classes.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Iterable
from reprlib import recursive_repr
from types import CodeType
from typing import Any

_Method = Callable[..., Any]
_LATER = ("__init__", "__eq__", "__hash__")
_CREATES = ("name", "args", "body", "globals", "locals", "return_type")
"""What the function of ``dataclasses`` takes that makes a method out of a text."""


def compile_less() -> None:
    """Have dataclasses that are made from here on share what they can."""
    if sys.version_info >= (3, 13):  # it compiles all methods of a class at once
        return
    for name, made in {"_repr_fn": _shown, "_frozen_get_del_attr": _kept}.items():
        known = getattr(dataclasses, name, None)
        if known is not None and _taken(known) == _taken(made):
            setattr(dataclasses, name, made)
    known = getattr(dataclasses, "_create_fn", None)
    if known is not None and _named(known) == _CREATES:
        vars(dataclasses)["_create_fn"] = _later(known)


def _taken(made: Any) -> int:
    """How many arguments it takes; of another number it is not what we know."""
    code: CodeType = made.__code__
    return code.co_argcount


def _named(made: Any) -> tuple[str, ...]:
    """The names of all that it takes."""
    code: CodeType = made.__code__
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def _later(create: _Method) -> _Method:
    """As ``create``, for methods of ours only once they are called."""

    def _create_fn(name: str, args: Any, body: Any, **known: Any) -> _Method:
        module = str((known.get("globals") or {}).get("__name__", ""))
        if name not in _LATER or not module.startswith("gateway."):
            return create(name, args, body, **known)  # type: ignore[no-any-return]

        def first(self: object, *values: Any, **named: Any) -> Any:
            made = create(name, args, body, **known)
            made.__qualname__ = first.__qualname__
            for cls in type(self).__mro__:
                if vars(cls).get(name) is first:
                    setattr(cls, name, made)
            return made(self, *values, **named)

        first.__name__ = name
        return first

    return _create_fn


def _shown(fields: Iterable[dataclasses.Field[Any]], _globals: object) -> _Method:
    """``__repr__``: the class, and what its fields hold."""
    names = [field.name for field in fields]

    @recursive_repr()
    def __repr__(self: object) -> str:
        told = (f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__qualname__}({', '.join(told)})"

    return __repr__


def _kept(
    cls: Any, fields: Iterable[dataclasses.Field[Any]], _globals: object
) -> tuple[_Method, _Method]:
    """``__setattr__`` and ``__delattr__`` of a frozen class."""
    names = frozenset(field.name for field in fields)

    def __setattr__(self: object, name: str, value: object) -> None:
        if type(self) is cls or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)

    def __delattr__(self: object, name: str) -> None:
        if type(self) is cls or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)

    return __setattr__, __delattr__
