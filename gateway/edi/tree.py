"""An accepted message as a tree of loops, for the mappers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from gateway.edi.align import Step, align
from gateway.edi.walk import Walk
from gateway.findings import Where


@dataclass(slots=True)
class SegmentRead:
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


@dataclass(slots=True)
class LoopRead:
    """One pass of a loop, or the whole message: segments and inner loops in order."""

    name: str
    path: str
    segments: list[SegmentRead] = field(default_factory=list)
    loops: list[LoopRead] = field(default_factory=list)

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


def tree(
    walk: Walk,
    segments: Sequence[list[str]],
    component: str,
    steps: Iterable[Step] | None = None,
) -> LoopRead:
    """A message, its segments split, as loops.

    Segments without a place stay in the loop before them. ``steps`` are those of the
    message where they are known.
    """
    if steps is None:
        steps = align(walk, [elements[0] for elements in segments])
    loop = root = LoopRead(walk.name, "")
    loops = [root]
    for step in steps:
        if (move := step.move) is not None:
            del loops[move.depth + 1 :]
            opened = move.entered or (move.node if move.node.name else None)
            if opened is not None:
                path = step.after.path(step.counts, move.depth + 1)
                loops.append(_open(loops[-1], opened.name, path))
            if move.entered is not None and move.node.name:
                loops.append(_open(loops[-1], move.node.name, step.path))
            loop = loops[-1]
        elements = segments[step.position - 1]
        loop.segments.append(SegmentRead(step.position, elements, loop.path, component))
    return root


def _open(outer: LoopRead, name: str, path: str) -> LoopRead:
    loop = LoopRead(name, path)
    outer.loops.append(loop)
    return loop
