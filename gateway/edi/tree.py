"""An accepted message as a tree of loops, for the mappers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec

from gateway.edi.align import Step, align
from gateway.edi.walk import Walk
from gateway.findings import Where


class SegmentRead(msgspec.Struct):
    """One segment in its place. ``position`` counts ST as 1."""

    position: int
    elements: list[str]
    loop: str
    """The path of its loop, such as ``PO1[2]/N1[1]``; empty in the heading."""
    component: str
    """The component separator of the interchange."""

    @property
    def tag(self) -> str:
        """The segment's tag."""
        return self.elements[0]

    def __getitem__(self, element: int) -> str:
        """Element ``element``, counted from 1; empty when it was not sent."""
        elements = self.elements
        return elements[element] if element < len(elements) else ""

    def components(self, element: int) -> list[str]:
        """The components of a composite element; empty list when not sent."""
        text = self[element]
        if not (text and self.component):  # where the separator cannot be used
            return [text] if text else []
        return text.split(self.component)

    def at(self, element: int = 0) -> Where:
        """The place of this segment, or of one of its elements."""
        return Where(
            segment_tag=self.tag,
            segment_position=self.position,
            loop=self.loop,
            element=element,
        )

    def path(self, element: int) -> str:
        """``PO1[2]/SLN[1]/SLN-05``: the element's place as text."""
        place = f"{self.tag}-{element:02d}"
        return f"{self.loop}/{place}" if self.loop else place

    def __len__(self) -> int:
        """The number of elements sent."""
        return len(self.elements) - 1


SegmentReader = Callable[[int, list[str], str, str], SegmentRead]


class LoopRead(msgspec.Struct):
    """One pass of a loop, or the whole message: segments and inner loops in order."""

    name: str
    path: str
    segments: list[SegmentRead] = []
    loops: list[LoopRead] = []

    def first(self, tag: str) -> SegmentRead | None:
        """The first segment of this tag directly in this loop."""
        for segment in self.segments:
            if segment.elements[0] == tag:
                return segment
        return None

    def all(self, tag: str) -> Iterator[SegmentRead]:
        """The segments of this tag directly in this loop."""
        return (s for s in self.segments if s.elements[0] == tag)

    @property
    def tags(self) -> set[str]:
        """The tags of the segments directly in this loop, and of its inner loops."""
        own = {segment.elements[0] for segment in self.segments}
        return own.union([loop.name for loop in self.loops]) if self.loops else own

    def inner(self, name: str) -> Iterator[LoopRead]:
        """The passes of an inner loop."""
        return (loop for loop in self.loops if loop.name == name)


class Opened(NamedTuple):
    """Where a segment stands: below ``kept`` open loops, and those that it opens.

    A loop is told by its name and its path. ``kept`` is 0 for a segment without a
    place: it stays in the loop before it.
    """

    kept: int
    loops: tuple[tuple[str, str], ...] = ()


Layout = tuple[Opened, ...]
"""The places of all segments of a message."""


def layout(steps: Iterable[Step]) -> Layout:
    """The places that these steps lead to."""
    return tuple([_opened(step) for step in steps])


_MOST_SEGMENTS = 128
"""Of a message whose layout is remembered."""


def layout_of(walk: Walk, tags: tuple[str, ...], *, ended: bool) -> Layout:
    """The places of a message's segments, by their tags alone.

    A partner's messages are much alike, so those of short ones are remembered, unless
    there are tags in them that no table has.
    """
    if len(tags) > _MOST_SEGMENTS or not walk.tags.issuperset(tags):
        return layout(align(walk, tags, ended=ended))
    return _layout_of(walk, tags, ended)


@lru_cache(maxsize=512)
def _layout_of(walk: Walk, tags: tuple[str, ...], ended: bool) -> Layout:
    return layout(align(walk, tags, ended=ended))


def _opened(step: Step) -> Opened:
    move = step.move
    if move is None:
        return Opened(0)
    loops: list[tuple[str, str]] = []
    opened = move.entered or (move.node if move.node.name else None)
    if opened is not None:
        path = step.after.path(step.counts, move.depth + 1)
        loops.append((opened.name, path))
    if move.entered is not None and move.node.name:
        loops.append((move.node.name, step.path))
    return Opened(move.depth + 1, tuple(loops))


def tree(
    name: str,
    segments: Sequence[list[str]],
    component: str,
    layout: Layout,
    read: SegmentReader = SegmentRead,
) -> LoopRead:
    """A message of this name, its segments split, as loops.

    Segments without a place stay in the loop before them. ``read`` makes a segment of
    its position, elements, path and component separator.
    """
    loop = root = LoopRead(name, "")
    loops = [root]
    places = zip(segments, layout, strict=True)
    for position, (elements, (kept, opened)) in enumerate(places, 1):
        if kept:
            del loops[kept:]
            loop = loops[-1]
            for each, path in opened:
                inner = LoopRead(each, path, [], [])
                loop.loops.append(inner)
                loops.append(inner)
                loop = inner
        loop.segments.append(read(position, elements, loop.path, component))
    return root
