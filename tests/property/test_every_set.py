"""Every set of the package: what its table says is taken, and only that."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.bootstrap import tables
from gateway.edi.compile import Accept
from gateway.edi.events import MessageRead, Separators
from gateway.edi.explain import Explainer
from gateway.edi.plan import plan
from gateway.edi.schema import (
    Composite,
    Condition,
    Element,
    ElementUse,
    Loop,
    Segment,
    SegmentUse,
)
from gateway.edi.validate import Validator, scan

SETS = [(v, type_) for v in tables().versions for type_ in tables().types(v)]
EACH_SET = pytest.mark.parametrize(("version", "type_"), SETS)
CLEAR = [one for one in SETS if one != ("005010", "832")]
"""Without the 832 of 005010: its LS and LE stand in a loop and in the one inside it,
and where they do the explain path looks for them in the nearest one only."""
VALUES = ("", "A", "00", "EA", "12.5", "-1", "20260229", "2400", "x" * 81, "A>B", "é")


@cache
def judges(version: str, type_: str) -> tuple[Accept, Explainer, Validator]:
    schema = tables().schema(version, type_)
    assert schema is not None
    laid = plan(schema, message=f"x12_{type_}")
    return Accept(laid, "*", ">"), Explainer(laid), Validator(laid)


class Walk:
    """Writes segments in the order of a table, some of what may stand there."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311  made-up messages, no secret

    def set_of(self, version: str, type_: str) -> list[str]:
        """The segments between ST and SE."""
        schema = tables().schema(version, type_)
        assert schema is not None
        return self.nodes(schema.nodes[1:-1], 0)

    def nodes(self, nodes: Sequence[SegmentUse | Loop], depth: int) -> list[str]:
        out: list[str] = []
        for node in nodes:
            for _ in range(self.times(node, depth)):
                if isinstance(node, Loop):
                    out += self.nodes(node.nodes, depth + 1)
                else:
                    out.append(self.segment(node.segment))
        return out

    def times(self, node: SegmentUse | Loop, depth: int) -> int:
        least = 1 if node.mandatory else 0
        if self.chance.random() > 0.5 / (depth + 1):
            return least
        return max(least, self.chance.randint(1, min(node.max or 3, 3)))

    def segment(self, segment: Segment) -> str:
        return "*".join([segment.tag, *self.uses(segment.uses, segment.conditions)])

    def uses(
        self, uses: Sequence[ElementUse], conditions: Sequence[Condition]
    ) -> list[str]:
        there = self.present(uses, conditions)
        while any(condition.broken(there) for condition in conditions):
            there = self.present(uses, conditions)
        last = max(there, default=0)
        return [
            self.value(use.element) if n in there else ""
            for n, use in enumerate(uses[:last], 1)
        ]

    def present(
        self, uses: Sequence[ElementUse], conditions: Sequence[Condition]
    ) -> set[int]:
        """Positions that may hold all conditions: each broken one was seen to once."""
        there = {n for n, use in enumerate(uses, 1) if use.mandatory}
        there |= {n for n in range(1, len(uses) + 1) if self.chance.random() < 0.2}
        for condition in self.chance.sample(conditions, len(conditions)):
            broken = condition.broken(there)
            if condition.kind == "E" and broken:
                there -= {self.chance.choice(condition.elements)}
            elif condition.kind in "RL" and broken:
                there |= {self.chance.choice(broken)}
            else:
                there |= set(broken)
        return there

    def value(self, element: Element | Composite) -> str:
        if isinstance(element, Composite):
            parts: list[str] = []
            while not parts:  # a composite without any is not there
                parts = self.uses(element.uses, element.conditions)
            return ">".join(parts)
        if element.codes:
            return self.chance.choice(sorted(element.codes))
        if element.type == "DT":
            return "20261122"[8 - element.max :]
        if element.type == "TM":
            return "1530"
        length = self.chance.randint(element.min, min(element.max, element.min + 3))
        filler = "A" if element.type in ("AN", "ID", "B") else "7"
        return filler * max(length, 1)


def made(type_: str, body: Sequence[str]) -> MessageRead:
    """A message of the reader's kind."""
    lines = [f"ST*{type_}*0001", *body, f"SE*{len(body) + 2}*0001"]
    text = "~".join(lines)
    return MessageRead(text, Separators(terminator="~"), 0, text.encode())


def spoilt(chance: random.Random, body: list[str]) -> list[str]:
    """A body with a few things done to it."""
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(body))
        match chance.randint(0, 4):
            case 0 if len(body) > 1:
                del body[at]
            case 1:
                body.insert(at, chance.choice(body))
            case 2:
                body[at : at + 2] = reversed(body[at : at + 2])
            case 3:
                body.insert(at, chance.choice(("QQQ*1", "BAK*00", "HL*1**S", "LIN")))
            case _:
                elements = body[at].split("*")
                elements[chance.randint(1, len(elements)) :] = [chance.choice(VALUES)]
                body[at] = "*".join(elements)
    return body


@EACH_SET
@settings(max_examples=15, derandomize=True)
@given(st.integers(0, 2**32))
def test_what_the_table_says_is_taken(version, type_, seed):
    accept, _, validator = judges(version, type_)
    message = made(type_, Walk(seed).set_of(version, type_))
    assert scan(message, accept) == ([], True)
    assert validator.validate(message) == ()


@pytest.mark.parametrize(("version", "type_"), CLEAR)
@settings(max_examples=25, derandomize=True)
@given(st.integers(0, 2**32))
def test_what_the_accept_path_takes_the_explain_path_finds_good(version, type_, seed):
    accept, explainer, _ = judges(version, type_)
    walk = Walk(seed)
    body = walk.set_of(version, type_) or ["N1*ST*A"]
    message = made(type_, spoilt(walk.chance, body))
    suspects, in_order = scan(message, accept)
    found = explainer.explain(message, None)
    assert (not suspects and in_order) == (found == ()), (suspects, in_order, found)
