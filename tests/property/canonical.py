"""Canonical values of any kind, made by their shapes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import assert_never

from hypothesis import strategies as st

from gateway.order.shape import (
    MAX_WHOLE,
    Choice,
    Many,
    Record,
    Scalar,
    Shape,
    Table,
)

Named = Mapping[str, st.SearchStrategy[object]]
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
DECIMALS = st.decimals(
    min_value=-(10**20), max_value=10**20, allow_nan=False, allow_infinity=False
).filter(lambda value: int(value.as_tuple().exponent) > -50)
SCALARS: Named = {
    "text": TEXT,
    "flag": st.booleans(),
    "whole": st.integers(-MAX_WHOLE, MAX_WHOLE),
    "decimal": DECIMALS,
    "ratio": st.fractions(max_denominator=10**6),
    "day": st.dates(),
    "instant": st.datetimes(timezones=st.just(dt.UTC)),
}


def values(
    shape: Shape, named: Named | None = None, scalars: Named = SCALARS
) -> st.SearchStrategy[object]:
    """Any value of a shape; ``named`` are those of fields with this name."""
    known = named or {}
    match shape:
        case Scalar(kind=kind):
            return scalars[kind]
        case Choice(values=names, make=make):
            return st.sampled_from(names).map(make)
        case Table():
            return st.dictionaries(TEXT, TEXT, max_size=3)
        case Many(of=inner):
            return st.lists(values(inner, known, scalars), max_size=2).map(tuple)
        case Record(type=cls, fields=fields):
            made = {
                f.name: known[f.name]
                if f.name in known
                else values(f.shape, known, scalars)
                for f in fields
            }
            required = {f.name: made[f.name] for f in fields if f.required}
            optional = {f.name: made[f.name] for f in fields if not f.required}
            given = st.fixed_dictionaries(required, optional=optional)
            return given.map(lambda fields: cls(**fields))
    assert_never(shape)
