"""Dataclasses are made in a third of the time, by Pythons that compile each method.

Before 3.13 Python compiles a text for each method of each dataclass, 0.8 ms a class:
those of the gateway took a quarter of every start. What only shows a value or keeps it
as it is needs no text of its own; what makes, compares and hashes values stays.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Iterable
from reprlib import recursive_repr
from types import CodeType
from typing import Any

_Method = Callable[..., Any]


def compile_less() -> None:
    """Have dataclasses that are made from here on share what they can."""
    if sys.version_info >= (3, 13):  # it compiles all methods of a class at once
        return
    for name, made in {"_repr_fn": _shown, "_frozen_get_del_attr": _kept}.items():
        known = getattr(dataclasses, name, None)
        if known is not None and _taken(known) == _taken(made):
            setattr(dataclasses, name, made)


def _taken(made: Any) -> int:
    """How many arguments it takes; of another number it is not what we know."""
    code: CodeType = made.__code__
    return code.co_argcount


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
