"""Tables printed as the UN publishes a directory, in the layouts of two of its ages.

Facts and names are the tables' own; of the published texts it has the layout alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from gateway.edi.schema import (
    Composite,
    Element,
    ElementUse,
    Loop,
    MessageSchema,
    Segment,
    SegmentUse,
)

_RULE = "-" * 70
_SERVICE = ("UNH", "UNS", "UNT")


@dataclass(frozen=True, slots=True)
class Layout:
    """How an age of the directories prints them."""

    digits: int
    """Of a position in the segment table."""
    repeats: bool
    """Whether rows of a segment tell how often an element may stand."""
    helps: bool
    """Whether segments show what their composites have in them."""


OLD = Layout(digits=4, repeats=False, helps=True)
NEW = Layout(digits=5, repeats=True, helps=False)


def published(schemas: Sequence[MessageSchema], layout: Layout) -> Mapping[str, str]:
    """The files of a directory that has these messages, by their names."""
    release = schemas[0].version[1:]
    segments = {
        tag: segment
        for schema in schemas
        for tag, segment in sorted(schema.segments.items())
        if tag not in _SERVICE
    }
    composites: dict[str, Composite] = {}
    elements: dict[str, Element] = {}
    for segment in segments.values():
        _gather(segment.uses, composites, elements)
    coded = [one for one in elements.values() if one.codes]
    files = {f"{one.type}_D.{release}": _message(one, layout) for one in schemas}
    return files | {
        f"EDSD.{release}": _ruled(_segment(s, layout) for s in segments.values()),
        f"EDCD.{release}": _ruled(map(_composite, composites.values())),
        f"EDED.{release}": _ruled(map(_element, elements.values())),
        f"UNCL.{release}": _ruled([*_element(one), *_codes(one)] for one in coded),
    }


def _gather(
    uses: Iterable[ElementUse],
    composites: dict[str, Composite],
    elements: dict[str, Element],
) -> None:
    for use in uses:
        if isinstance(use.element, Composite):
            composites[use.element.number] = use.element
            _gather(use.element.uses, composites, elements)
        else:
            elements[use.element.number] = use.element


def _ruled(blocks: Iterable[Iterable[str]]) -> str:
    return "".join(f"{_RULE}\n\n" + "\n".join(block) + "\n\n" for block in blocks)


def _status(mandatory: bool) -> str:
    return "M" if mandatory else "C"


def _form(element: Element) -> str:
    upto = ".." if element.min == 1 < element.max else ""
    return f"{element.type}{upto}{element.max}"


def _segment(segment: Segment, layout: Layout) -> Iterator[str]:
    yield f"       {segment.tag}    {segment.name}"
    yield "\n       Function: To say something."
    for number, use in enumerate(segment.uses, 1):
        repeat = f"{use.repeat:5}" if layout.repeats or use.repeat > 1 else ""
        yield "\n" + _row(f"{number * 10:03}", use, repeat)
        if layout.helps and isinstance(use.element, Composite):
            yield from (_row("   ", inner) for inner in use.element.uses)


def _composite(one: Composite) -> Iterator[str]:
    yield f"       {one.number}   {one.name}"
    yield "\n       Desc: What it tells.\n"
    yield from (_row(f"{n * 10:03}", use) for n, use in enumerate(one.uses, 1))


def _row(number: str, use: ElementUse, repeat: str = "") -> str:
    one = use.element
    form = f"  {_form(one)}" if isinstance(one, Element) else ""
    told = f"{_status(use.mandatory)}{repeat}{form}"
    return f"{number}    {one.number}  {one.name:42} {told}"


def _element(one: Element) -> list[str]:
    head = f"   {one.number}  {one.name:55} [{'C' if one.codes else 'B'}]"
    return [head, "\n   Desc: What it tells.", f"\n   Repr: {_form(one)}"]


def _codes(one: Element) -> Iterator[str]:
    for code in sorted(one.codes):
        yield f"\n   {code:6}Name of this code"
        yield "            2 and more words about it."


def _message(schema: MessageSchema, layout: Layout) -> str:
    facts = {"Type": schema.type, "Version": "D", "Release": schema.version[1:]}
    head = [f"{schema.name} message".center(70), ""]
    head += [f"{'':40}{'Message ' * (k == 'Type')}{k} : {v}" for k, v in facts.items()]
    rows = _Rows(layout)
    rows.add(schema.nodes, 0, 0)
    return "\n".join([*head, "", "4.3.1  Segment table", "", *rows.lines, ""])


class _Rows:
    """The lines of a segment table; what is at their right end nests the groups."""

    def __init__(self, layout: Layout) -> None:
        self.lines: list[str] = []
        self._digits = layout.digits
        self._groups = count(1)

    def add(self, nodes: Sequence[SegmentUse | Loop], depth: int, ends: int) -> None:
        """Nodes ``depth`` groups deep, with the last of which ``ends`` groups end."""
        for node in nodes:
            closed = ends if node is nodes[-1] else 0
            if isinstance(node, Loop):
                self._group(node, depth)
                self.add(node.nodes, depth + 1, closed + 1)
                continue
            right = "+" * closed + "|" * (depth - closed)
            fill = "-" if closed else " "
            most = f"{node.max}{fill * 14}"[:14] if right else str(node.max)
            segment = node.segment
            what = f"{segment.tag} {segment.name:44}"
            self._line(f"   {what} {_status(node.mandatory)}   {most}{right}")

    def _group(self, loop: Loop, depth: int) -> None:
        what = f"---- Segment group {next(self._groups):<3} ------------------"
        most = f"{loop.max}{'-' * 14}"[:14]
        self._line(f"       {what} {_status(loop.mandatory)}   {most}+{'|' * depth}")

    def _line(self, what: str) -> None:
        self.lines.append(f"{(len(self.lines) + 1) * 10:0{self._digits}}{what}")
