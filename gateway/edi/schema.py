"""The shape of a message: what a standard's table says, as values.

Every other part asks these values; nothing here knows a particular message.
Positions of elements and components count from 1, the tag not counted.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass

__all__ = [
    "Composite",
    "Condition",
    "Element",
    "ElementUse",
    "Loop",
    "MessageSchema",
    "Segment",
    "SegmentUse",
    "segment_uses",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One data element. An empty ``codes`` means that its values are not listed.

    ``type`` is ID, AN, N0 to N9, R, DT, TM or B (X12.6), or a, an or n (ISO 9735; with
    a mark behind it, ``n,``, it takes no other decimal mark). ``min`` and ``max`` are
    characters, the sign and the decimal mark not counted.
    """

    number: str
    name: str
    type: str
    min: int
    max: int
    codes: frozenset[str]

    @property
    def implied_decimals(self) -> int:
        """How many of an N element's digits stand right of the unwritten point."""
        return int(self.type[1]) if self.type[0] == "N" else 0

    @property
    def is_edifact(self) -> bool:
        """Whether it is one of EDIFACT, where a component separator is no data."""
        return self.type[0].islower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What the presence of one element asks of others (X12.6 relational conditions).

    ``kind`` is P (all or none), R (at least one), E (at most one), C (the first
    asks for all others) or L (the first asks for at least one other).
    """

    kind: str
    elements: tuple[int, ...]

    def __str__(self) -> str:
        """As guides write it: ``P0304``."""
        return self.kind + "".join(f"{position:02d}" for position in self.elements)

    def broken(self, present: Container[int]) -> tuple[int, ...]:
        """The positions that are missing, for E the surplus ones; empty when it holds.

        Where one of several would do (R, L) all that would do are given.
        """
        there = tuple(n for n in self.elements if n in present)
        if self.kind == "R":
            return () if there else self.elements
        if self.kind == "E":
            return there[1:]
        if not there or (self.kind != "P" and there[0] != self.elements[0]):
            return ()
        if self.kind == "L" and len(there) > 1:
            return ()
        return tuple(n for n in self.elements if n not in there)


@dataclass(frozen=True, slots=True, kw_only=True)
class Composite:
    """An element made of components; its conditions count components."""

    number: str
    name: str
    uses: tuple[ElementUse, ...]
    conditions: tuple[Condition, ...]

    @property
    def is_edifact(self) -> bool:
        """Whether it is one of EDIFACT, where separators alone stand for nothing."""
        return any(use.element.is_edifact for use in self.uses)


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementUse:
    """An element or composite in its place in a segment or composite.

    ``repeat`` is how often it may stand there, 1 where repetition does not exist, 0
    where it has no limit (CTX01 from 005010 on).
    """

    element: Element | Composite
    mandatory: bool
    repeat: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A segment: its elements in order and the conditions between them."""

    tag: str
    name: str
    uses: tuple[ElementUse, ...]
    conditions: tuple[Condition, ...]

    def use(self, position: int) -> ElementUse | None:
        """The element in a position counted from 1, None beyond the last one."""
        return self.uses[position - 1] if 0 < position <= len(self.uses) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentUse:
    """A segment in its place in a message. ``max`` 0 means no limit."""

    segment: Segment
    mandatory: bool
    max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """Segments and loops that repeat together. ``max`` 0 means no limit.

    The first node is a ``SegmentUse``; its segment starts each repetition.
    """

    name: str
    mandatory: bool
    max: int
    nodes: tuple[SegmentUse | Loop, ...]

    @property
    def trigger(self) -> SegmentUse:
        """The segment that starts the loop; the table reader vouches for it."""
        first = self.nodes[0]
        assert isinstance(first, SegmentUse)
        return first


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSchema:
    """One message of one version of a standard, from ST to SE.

    ``segments`` has every segment of this message by tag; ``defined_tags`` all tags
    of the version that we know, to tell "not in this set" from "no such tag".
    """

    standard: str
    version: str
    type: str
    functional_id: str
    name: str
    nodes: tuple[SegmentUse | Loop, ...]
    segments: Mapping[str, Segment]
    defined_tags: frozenset[str]


def segment_uses(nodes: tuple[SegmentUse | Loop, ...]) -> Iterator[SegmentUse]:
    """Every segment of the nodes and of the loops inside them, in table order."""
    for node in nodes:
        if isinstance(node, SegmentUse):
            yield node
        else:
            yield from segment_uses(node.nodes)
