"""Whatever a good 820, 824, 864 or 869 holds can be read, and nothing of it is lost."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.bootstrap import tables
from gateway.edi.events import GroupBegun, InterchangeBegun, MessageRead, Separators
from gateway.edi.plan import plan
from gateway.edi.tree import LoopRead
from gateway.edi.validate import Validator
from gateway.mappers import READERS
from gateway.mappers.mapped import Carrier, Mapped
from gateway.order import to_json
from gateway.order.read import advice_from_json
from tests.property.test_every_set import Walk, made

SETS = [
    (version, type_)
    for version in ("004010", "005010")
    for type_ in ("820", "824", "864", "869")
]
EACH = pytest.mark.parametrize(("version", "type_"), SETS)
KEPT_BY_NAME = {"REF-01", "DTM-01", "PER-03", "PER-05", "PER-07", "PID-01"}
"""Codes that the field says into which their value went."""


@cache
def judge(version: str, type_: str) -> Validator:
    schema = tables().schema(version, type_)
    assert schema is not None
    kind = f"x12_{type_}"
    return Validator(plan(schema, message=kind, reads=READERS[kind].reads))


def carrier(version: str) -> Carrier:
    separators = Separators(terminator="~")
    isa = (*["00"] * 4, "ZZ", "ACME", "ZZ", "US", *["1"] * 8)
    group = ("RA", "ACME", "US", "20261122", "0900", "1", "X", version)
    return Carrier(
        interchange=InterchangeBegun(isa, separators, 0), group=GroupBegun(group, 0)
    )


def mapped(version: str, type_: str, message: MessageRead) -> tuple[LoopRead, Mapped]:
    tree = judge(version, type_).tree(message)
    return tree, READERS[f"x12_{type_}"].to_order(tree, carrier(version), None)


def places(loop: LoopRead) -> set[str]:
    """Every element that was sent: its tag, number and segment."""
    own = {
        f"{segment.tag}-{n:02d} (segment {segment.position})"
        for segment in loop.segments
        for n, value in enumerate(segment.elements)
        if n and value.strip() and segment.tag not in ("ST", "SE")
    }
    return own.union(*map(places, loop.loops))


@EACH
@settings(max_examples=20, derandomize=True)
@given(st.integers(0, 2**32))
def test_nothing_of_a_good_message_is_lost(version, type_, seed):
    message = made(type_, Walk(seed).set_of(version, type_))
    tree, found = mapped(version, type_, message)
    said = found.advice or found.inquiry
    if said is None:
        assert [finding.code for finding in found.findings][-1:] == ["MAP-010"]
        return
    there = {p for text in said.provenance.values() for p in text.split(", ")}
    left = [one.path.rpartition("/")[2] for one in said.extensions]
    lost = {p.partition(" ")[0] for p in places(tree) - there}
    assert lost - set(left) <= KEPT_BY_NAME


@EACH
@settings(max_examples=20, derandomize=True)
@given(st.integers(0, 2**32))
def test_an_advice_is_the_same_when_it_is_read_from_json(version, type_, seed):
    message = made(type_, Walk(seed).set_of(version, type_))
    _, found = mapped(version, type_, message)
    if found.advice is not None:
        assert advice_from_json(to_json(found.advice)) == found.advice
