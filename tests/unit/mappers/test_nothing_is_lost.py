"""Whatever an accepted 850 holds is in a field of the order or in its extensions."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.edi.schema import (
    Composite,
    Element,
    Loop,
    MessageSchema,
    Segment,
    SegmentUse,
)
from gateway.edi.tables import Tables
from gateway.edi.tree import LoopRead, SegmentRead
from gateway.mappers.mapped import Mapped
from gateway.mappers.x12_850 import READS
from gateway.order.change import Change, OrderChange
from gateway.order.model import Order, OrderLine

# Elements whose meaning is said by the field that their value went into.
QUALIFIES = {
    ("REF", 1): (2,),
    ("DTM", 1): (2, 6),
    ("DTM", 5): (6,),
    ("PER", 3): (4,),
    ("PER", 5): (6,),
    ("PER", 7): (8,),
    ("FOB", 4): (5,),
    ("AMT", 1): (2,),
    ("PID", 1): (5,),
}
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Author:
    """Writes random messages of a schema, right in types, codes and conditions."""

    def __init__(self, seed: int, *, rubbish: bool = False) -> None:
        self.random = random.Random(seed)  # noqa: S311  test data
        self.rubbish = rubbish

    def message(self, schema: MessageSchema) -> str:
        inner = [node for node in schema.nodes if node_tag(node) not in ("ST", "SE")]
        return "~".join(self.nodes(inner, 0))

    def nodes(self, nodes: Any, depth: int) -> Iterator[str]:
        for node in nodes:
            times = 1 if node.mandatory else 0
            if self.random.random() < 0.45 / (depth + 1):
                most = min(node.max or 3, 3)
                times = max(times, self.random.randint(1, most))
            for _ in range(times):
                if isinstance(node, Loop):
                    yield self.segment(node.trigger.segment)
                    yield from self.nodes(node.nodes[1:], depth + 1)
                else:
                    yield self.segment(node.segment)

    def segment(self, segment: Segment) -> str:
        present = {
            position
            for position, use in enumerate(segment.uses, 1)
            if use.mandatory or self.random.random() < 0.5
        }
        present |= {1}
        for _ in range(9):
            for condition in segment.conditions:
                broken = condition.broken(present)
                if condition.kind == "E":
                    present -= set(broken)
                else:
                    present |= set(broken)
        values = [
            self.value(use.element) if position in present else ""
            for position, use in enumerate(segment.uses, 1)
        ]
        return "*".join([segment.tag, *values]).rstrip("*")

    def value(self, element: Element | Composite) -> str:
        if isinstance(element, Composite):
            return ">".join(
                self.value(use.element) for use in element.uses if use.mandatory
            )
        if self.rubbish and self.random.random() < 0.5:
            return self.random.choice(
                ["-", "-5", ".", "1e9", "1,5", "20261399", "9" * 60, "x", "٣", "- 1"]
            )
        return self.typed(element)

    def typed(self, element: Element) -> str:
        if element.codes:
            return self.random.choice(sorted(element.codes))
        if element.type == "DT":
            return (
                f"2026{self.random.randint(1, 12):02d}{self.random.randint(1, 28):02d}"
            )
        if element.type == "TM":
            return "1230"
        length = self.random.randint(element.min, min(element.max, element.min + 4))
        digits = element.type[0] in "NR"
        letters = "123456789" if digits else LETTERS
        return "".join(self.random.choice(letters) for _ in range(length))


def node_tag(node: SegmentUse | Loop) -> str:
    return node.trigger.segment.tag if isinstance(node, Loop) else node.segment.tag


def segments_of(loop: LoopRead) -> Iterator[SegmentRead]:
    yield from loop.segments
    for inner in loop.loops:
        yield from segments_of(inner)


def said_in(mapped: Mapped) -> Order | Change:
    """What a message became: an order, or a change of one."""
    said = mapped.order or mapped.change
    assert said is not None
    return said


def lines_of(said: Order | Change) -> tuple[OrderLine, ...]:
    if isinstance(said, Order):
        return said.lines
    changes = said.lines if isinstance(said, OrderChange) else ()
    return tuple(change.line for change in changes)


def places_of(order: Order | Change) -> set[str]:
    books = [order.provenance, *(line.provenance for line in lines_of(order))]
    return {p for book in books for text in book.values() for p in text.split(", ")}


def lost(loop: LoopRead, order: Order | Change) -> list[str]:
    """The elements that are neither in a field nor in the extensions."""
    places = places_of(order)
    kept = [order.extensions, *(line.extensions for line in lines_of(order))]
    extensions = Counter((e.path, e.value) for held in kept for e in held)
    missing, may_be_left = [], Counter[tuple[str, str]]()
    for segment in segments_of(loop):
        for element, value in enumerate(segment.elements):
            if not value or not element or segment.tag == "SE":
                continue
            here, extension = (segment.tag, element), (segment.path(element), value)
            if here == ("ST", 1) or _in_a_field(segment, element, places):
                may_be_left[extension] += here in QUALIFIES
            elif extensions[extension] > 0:
                extensions[extension] -= 1
            else:
                missing.append(f"{segment.path(element)} {segment.elements}")
    return missing + [f"invented {left}" for left in +(extensions - may_be_left)]


def _in_a_field(segment: SegmentRead, element: int, places: set[str]) -> bool:
    others = QUALIFIES.get((segment.tag, element), ())
    return any(str(segment.at(place)) in places for place in (element, *others))


Send = Callable[..., tuple[LoopRead, Mapped]]


@pytest.fixture(scope="module")
def send(tables: Tables, wire_of: Callable[..., Any]) -> Send:
    """Send the message of a seed through the real reader, check and mapper."""
    schema = tables.schema("004010", "850")
    assert schema is not None

    def run(seed: int, *, rubbish: bool = False) -> tuple[LoopRead, Mapped]:
        body = Author(seed, rubbish=rubbish).message(schema)
        findings, loop, mapped = wire_of(body)
        assert rubbish or not findings, findings
        return loop, mapped

    return run


@given(seed=st.integers(0, 2**32))
@settings(max_examples=25)
def test_each_element_of_an_accepted_message_is_in_a_field_or_an_extension(
    seed: int, send: Send
):
    loop, mapped = send(seed)
    assert lost(loop, said_in(mapped)) == []


@given(seed=st.integers(0, 2**32))
@settings(max_examples=25)
def test_rubbish_in_any_element_raises_nothing_and_is_not_lost(seed: int, send: Send):
    loop, mapped = send(seed, rubbish=True)
    assert lost(loop, said_in(mapped)) == []


@given(seed=st.integers(0, 2**32))
@settings(max_examples=15)
def test_every_place_that_a_field_was_taken_from_is_published(seed: int, send: Send):
    _, mapped = send(seed)
    taken = {place.partition(" ")[0] for place in places_of(said_in(mapped))}
    qualifiers = {f"PO1-{n:02d}" for n in range(6, 26, 2)}
    qualifiers |= {f"LIN-{n:02d}" for n in range(2, 32, 2)}
    qualifiers |= {f"SLN-{n:02d}" for n in range(9, 29, 2)}
    assert taken - qualifiers - {"ST-02", "ST-03"} <= READS
