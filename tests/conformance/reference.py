"""The reference facts as tables of our engine: nine versions and all their sets.

They are facts of the standard that do not come with the package; with them the engine
judges sets that the product has no table for.
"""

from __future__ import annotations

import json
from functools import cache
from itertools import takewhile
from typing import Any

from gateway.edi.plan import plan
from gateway.edi.schema import (
    Composite,
    Condition,
    Element,
    ElementUse,
    Loop,
    MessageSchema,
    Segment,
    SegmentUse,
)
from gateway.edi.validate import Validator
from tests.conformance.corpus import FACTS

INCOMPLETE = frozenset(("143", "479", "480"))
"""Elements whose codes the reference does not have all."""
_ENVELOPE = ("ISA", "IEA", "GS", "GE", "TA1")

Facts = Any
"""What json gives."""


@cache
def _facts(name: str) -> Facts:
    return json.loads((FACTS / name).read_text("utf-8"))


@cache
def versions() -> tuple[str, ...]:
    """The versions that have facts, in order."""
    return tuple(sorted(path.name for path in FACTS.iterdir() if path.is_dir()))


def known(version: str) -> str:
    """The version that stands for one: itself, the one before it, or the first.

    As the manifest has it; ``00403`` is 004030 with its last digit forgotten.
    """
    asked = f"{version[:6]:0<6}" if version[:5].isdigit() else ""
    before = list(takewhile(lambda one: one <= asked, versions()))
    return before[-1] if before else versions()[0]


@cache
def validator(version: str, type_: str) -> Validator | None:
    """Who judges sets of a type in a version; every element counts."""
    of = known(version)
    if not (FACTS / of / f"{type_}.json").is_file():
        return None
    return Validator(plan(_Reference(of).schema(type_)))


class _Reference:
    """The facts of one version."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.facts = _facts(f"{version}/_dictionary.json")
        self.codes = _facts(f"{version}/_codes.json")["codes"]
        self.segments: dict[str, Segment] = {}

    def schema(self, type_: str) -> MessageSchema:
        groups = _facts("envelope.json")["functional_groups"]
        goes_in = next((g for g, types in groups.items() if type_ in types), "")
        structure = _facts(f"{self.version}/{type_}.json")["structure"]
        nodes = tuple(map(self.node, structure))
        return MessageSchema(
            standard="X12",
            version=self.version,
            type=type_,
            functional_id=goes_in,
            name=type_,
            nodes=nodes,
            segments=self.segments,
            defined_tags=frozenset((*self.facts["segments"], *_ENVELOPE)),
        )

    def node(self, fact: Facts) -> SegmentUse | Loop:
        if isinstance(fact, dict):
            return Loop(
                name=fact["loop"],
                mandatory=fact["req"] == "M",
                max=fact["max"],
                nodes=tuple(map(self.node, fact["of"])),
            )
        tag, need, most = fact
        return SegmentUse(segment=self.segment(tag), mandatory=need == "M", max=most)

    def segment(self, tag: str) -> Segment:
        if tag not in self.segments:
            fact = self.facts["segments"][tag]
            uses, conditions = self.parts(fact)
            self.segments[tag] = Segment(
                tag=tag, name=tag, uses=uses, conditions=conditions
            )
        return self.segments[tag]

    def parts(
        self, fact: Facts
    ) -> tuple[tuple[ElementUse, ...], tuple[Condition, ...]]:
        uses = tuple(
            ElementUse(
                element=self.element(number),
                mandatory=need == "M",
                repeat=rest[0] if rest else 1,
            )
            for number, need, *rest in fact["e"]
        )
        return uses, tuple(map(condition, fact.get("c", ())))

    def element(self, number: str) -> Element | Composite:
        if number in self.facts["composites"]:
            uses, conditions = self.parts(self.facts["composites"][number])
            return Composite(
                number=number, name=number, uses=uses, conditions=conditions
            )
        fact = self.facts["elements"][number]
        listed = "" if number in INCOMPLETE else self.codes.get(number, "")
        return Element(
            number=number,
            name=number,
            type=fact["t"],
            min=fact["min"],
            max=fact["max"],
            codes=frozenset(listed.split()),
        )


def condition(text: str) -> Condition:
    """``P0304`` as a value."""
    places = [int(text[i : i + 2]) for i in range(1, len(text), 2)]
    return Condition(kind=text[0], elements=tuple(places))
