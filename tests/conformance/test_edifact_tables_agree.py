"""Our EDIFACT tables against the reference facts, where those are at hand.

``GATEWAY_CORPUS`` names their folder, relative to the repository's root.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import pytest

from gateway.edi.schema import (
    Composite,
    Element,
    ElementUse,
    Loop,
    MessageSchema,
    Segment,
    SegmentUse,
)
from tests.conformance.corpus import SHARED
from tests.unit.edi.edifact_parts import directories

FACTS = SHARED / "reference" / "edifact"
DIRECTORIES = ("D93A", "D96A", "D97A", "D01B", "D04A", "D10A", "D21B")
TYPES = (
    "APERAK", "DESADV", "INVOIC", "INVRPT", "ORDCHG", "ORDERS", "ORDRSP", "PRICAT",
    "QUOTES", "RECADV", "REQOTE",
)  # fmt: skip
NOT_YET = {("D93A", "APERAK"), ("D93A", "RECADV")}
"""Messages that came into the directories later."""
EACH = pytest.mark.parametrize(
    ("directory", "type_"),
    [(d, t) for d in DIRECTORIES for t in TYPES if (d, t) not in NOT_YET],
)
EACH_DIRECTORY = pytest.mark.parametrize("directory", DIRECTORIES)
SERVICE = ("UNH", "UNT", "UNS")

pytestmark = pytest.mark.skipif(  # only the corpus tests may be left out
    not FACTS.is_dir(), reason="the reference facts are not at hand"
)

Facts = Any
"""What json gives."""


@cache
def facts(name: str) -> Facts:
    return json.loads((FACTS / name).read_text(encoding="utf-8"))


def covers(ranges: str, directory: str) -> bool:
    """Whether ``D93A-D96A D97B`` has a directory in it."""
    order = facts("directories.json")["dirs"]
    at = order.index(directory)
    for part in ranges.split():
        first, dash, last = part.partition("-")
        end = (order.index(last) if last else len(order)) if dash else at
        if order.index(first) <= at <= end and (dash or first == directory):
            return True
    return False


def resolved(rows: Iterable[Sequence[Facts]], directory: str) -> Facts:
    return next(what for ranges, what in rows if covers(ranges, directory))


def structure(nodes: Sequence[SegmentUse | Loop]) -> list[Facts]:
    """Our nodes in the reference's form, a loop by the tag that starts it."""
    return [
        [
            node.trigger.segment.tag,
            "M" if node.mandatory else "C",
            node.max,
            structure(node.nodes),
        ]
        if isinstance(node, Loop)
        else [node.segment.tag, "M" if node.mandatory else "C", node.max]
        for node in nodes
    ]


def expected(nodes: Sequence[Facts]) -> list[Facts]:
    return [
        node if len(node) == 3 else [node[3][0][0], node[1], node[2], expected(node[3])]
        for node in nodes
    ]


def schema(directory: str, type_: str) -> MessageSchema:
    found = directories().schema(directory, type_, 4)
    assert found is not None
    return found


@EACH
def test_the_order_of_segments_agrees(directory: str, type_: str):
    variants = facts(f"messages/{type_}.json")["variants"]
    rows = [(variant["dirs"], variant["structure"]) for variant in variants]
    ours = structure(schema(directory, type_).nodes)
    assert ours == expected(resolved(rows, directory))


def written(uses: Sequence[ElementUse]) -> list[str]:
    """The uses as the reference writes them."""
    return [
        " ".join(
            (
                use.element.number,
                "M" if use.mandatory else "C",
                *((str(use.repeat),) if use.repeat > 1 else ()),
                *((lengths(use.element),) if isinstance(use.element, Element) else ()),
            )
        )
        for use in uses
    ]


def lengths(element: Element) -> str:
    return f"{element.type} {element.min}..{element.max}"


def rewritten(items: Sequence[str]) -> list[str]:
    """The reference's formats as lengths: ``an..3`` and ``a1``."""
    out = []
    for item in items:
        *head, last = item.split()
        if parts := re.fullmatch(r"(an?|n)(\.\.)?([0-9]+)", last):
            kind, upto, most = parts.groups()
            last = f"{kind} {1 if upto else most}..{most}"
        out.append(" ".join((*head, last)))
    return out


def segments(directory: str) -> dict[str, Segment]:
    """Every segment of a directory's messages but those of the service."""
    found: dict[str, Segment] = {}
    for type_ in directories().types(directory):
        found |= schema(directory, type_).segments
    return {tag: one for tag, one in found.items() if tag not in SERVICE}


@EACH_DIRECTORY
def test_segments_composites_and_elements_agree(directory: str):
    for tag, segment in segments(directory).items():
        rows = facts("segments.json")[tag]
        assert written(segment.uses) == rewritten(resolved(rows, directory)), tag
        for use in segment.uses:
            if isinstance(use.element, Composite):
                number = use.element.number
                rows = facts("composites.json")[number]
                theirs = rewritten(resolved(rows, directory))
                assert written(use.element.uses) == theirs, number


def elements(found: Iterable[Segment]) -> Iterable[Element]:
    for segment in found:
        for use in segment.uses:
            if isinstance(use.element, Element):
                yield use.element
            else:
                inner = (one.element for one in use.element.uses)
                yield from (one for one in inner if isinstance(one, Element))


@EACH_DIRECTORY
def test_codes_agree(directory: str):
    known = facts("codes/_dirs.json")
    for element in elements(segments(directory).values()):
        file = f"codes/{element.number}.json"
        codes: set[str] = set()
        if (FACTS / file).is_file() and directory in known:
            listed = facts(file)["codes"].items()
            codes = {c for c, (_, ranges) in listed if covers(ranges, directory)}
        fitting = {c for c in codes if element.min <= len(c) <= element.max}
        assert element.codes == fitting, element.number


def test_service_segments_agree():
    service = facts("service.json")
    for syntax, name in ((3, "segments_v3"), (4, "segments_v4")):
        found = directories().schema("", "CONTRL", syntax)
        assert found is not None
        for tag, segment in found.segments.items():
            theirs = service[name][tag]
            ours = [
                written((use,))[0]
                if isinstance(use.element, Element)
                else [written((use,))[0], written(use.element.uses)]
                for use in segment.uses
            ]
            assert ours == [
                rewritten([item])[0]
                if isinstance(item, str)
                else [item[0], rewritten(item[1])]
                for item in theirs
            ], tag
        tree = service[f"message_CONTRL_v{syntax}"]
        assert structure(found.nodes) == expected(tree)
