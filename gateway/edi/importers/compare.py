"""What differs between two sets: places, segments, elements, codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from gateway.edi.schema import (
    Composite,
    Element,
    ElementUse,
    Loop,
    MessageSchema,
    Segment,
    SegmentUse,
)

__all__ = ["Difference", "differences"]

_Place = tuple[str, str]
"""Where a segment or loop stands, and how often: ``PO1/N1``, ``mandatory, 200``."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same; the side that lacks it is empty."""

    where: str
    what: str
    first: str
    second: str


def differences(first: MessageSchema, second: MessageSchema) -> tuple[Difference, ...]:
    """All differences but names: places in order, then segments, then elements."""
    return (
        *_structure(first, second),
        *_segments(first.segments, second.segments),
        *_elements(_all(first.segments), _all(second.segments)),
    )


def _structure(first: MessageSchema, second: MessageSchema) -> Iterator[Difference]:
    ours, theirs = list(_places(first.nodes, "")), list(_places(second.nodes, ""))
    matcher = SequenceMatcher(
        a=[path for path, _ in ours], b=[path for path, _ in theirs], autojunk=False
    )
    for kind, a, a_end, b, b_end in matcher.get_opcodes():
        if kind == "equal":
            for (path, one), (_, two) in zip(
                ours[a:a_end], theirs[b:b_end], strict=True
            ):
                if one != two:
                    yield Difference(path, "use", one, two)
            continue
        yield from (Difference(p, "use", one, "") for p, one in ours[a:a_end])
        yield from (Difference(p, "use", "", two) for p, two in theirs[b:b_end])


def _places(nodes: Iterable[SegmentUse | Loop], inside: str) -> Iterator[_Place]:
    for node in nodes:
        times = f"{'mandatory' if node.mandatory else 'optional'}, {node.max or '*'}"
        if isinstance(node, Loop):
            path = f"{inside}{node.name}/"
            yield path, times
            yield from _places(node.nodes, path)
        else:
            yield f"{inside}{node.segment.tag}", times


def _segments(
    first: Mapping[str, Segment], second: Mapping[str, Segment]
) -> Iterator[Difference]:
    for tag in sorted(first.keys() & second.keys()):
        one, two = first[tag], second[tag]
        for position, (a, b) in enumerate(zip_longest(one.uses, two.uses), 1):
            if (ours := _use(a)) != (theirs := _use(b)):
                yield Difference(f"{tag}-{position:02d}", "element", ours, theirs)
        ours_, theirs_ = set(map(str, one.conditions)), set(map(str, two.conditions))
        if ours_ != theirs_:
            lost, more = sorted(ours_ - theirs_), sorted(theirs_ - ours_)
            yield Difference(tag, "conditions", " ".join(lost), " ".join(more))


def _use(use: ElementUse | None) -> str:
    if use is None:
        return ""
    often = "" if use.repeat == 1 else f", {use.repeat or '*'}"
    return f"{use.element.number}{', mandatory' if use.mandatory else ''}{often}"


def _all(segments: Mapping[str, Segment]) -> dict[str, Element]:
    """The elements of all segments, those in composites too."""
    return {
        element.number: element
        for segment in segments.values()
        for element in _plain(segment.uses)
    }


def _plain(uses: Iterable[ElementUse]) -> Iterator[Element]:
    for use in uses:
        if isinstance(use.element, Composite):
            yield from _plain(use.element.uses)
        else:
            yield use.element


def _elements(
    first: Mapping[str, Element], second: Mapping[str, Element]
) -> Iterator[Difference]:
    for number in sorted(first.keys() & second.keys()):
        one, two = first[number], second[number]
        ours, theirs = (f"{e.type} {e.min}/{e.max}" for e in (one, two))
        if ours != theirs:
            yield Difference(number, "form", ours, theirs)
        if one.codes != two.codes:
            yield Difference(number, "codes", *_codes(one.codes, two.codes))


def _codes(one: frozenset[str], two: frozenset[str]) -> tuple[str, str]:
    """The codes that only one of them has; ``any`` where none are listed."""
    if not one or not two:
        return f"{len(one) or 'any'}", f"{len(two) or 'any'}"
    return " ".join(sorted(one - two)), " ".join(sorted(two - one))
