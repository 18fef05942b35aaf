"""The lines of the message tables' text form: elements, segments, tags, sets."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from gateway.edi.schema import (
    Composite,
    Condition,
    Element,
    ElementUse,
    Loop,
    MessageSchema,
    Segment,
    SegmentUse,
    segment_uses,
)
from gateway.findings import Findings, Where

__all__ = [
    "Entry",
    "Known",
    "SetReader",
    "Source",
    "element_entries",
    "group_of",
    "piece_entries",
    "read_defined",
    "read_element",
    "read_piece",
]

_ELEMENT = re.compile(
    r"(\S+) (ID|AN|N[0-9]|R|DT|TM|B|an?|n) ([0-9]{1,6}) ([0-9]{1,6}) (\S.*)"
)
_HEAD = re.compile(r"([A-Z][A-Z0-9]{1,3}) (\S.*)")
_USE = re.compile(r"([A-Z]?[0-9]+)(!?)(?:\*(\*|[1-9][0-9]{0,5}))?")
_CONDITION = re.compile(r"([PRECL])((?:[0-9]{2}){2,})")
_SET = re.compile(r"set (\S+) (-|[A-Z0-9]{2}) (\S.*)")
_LOOP = re.compile(r"loop (\S+?)(!?) (\*|[1-9][0-9]{0,8})")
_TAG = re.compile(r"[A-Z][A-Z0-9]{1,2}")
_NODE = re.compile(r"([A-Z][A-Z0-9]{1,2})(!?) (\*|[1-9][0-9]{0,8})")
_UNKNOWN = Element(number="", name="", type="AN", min=0, max=0, codes=frozenset())


def _note(found: Findings, path: str, line: int, what: str, value: str = "") -> None:
    """One finding at a line; at the file as a whole for line 0."""
    found.add("CFG-010", what, Where(path=f"{path}:{line}" if line else path), value)


@dataclass(frozen=True, slots=True)
class Source:
    """One file's text and where to note what is wrong in it."""

    path: str
    text: str
    found: Findings

    def lines(self) -> Iterator[tuple[int, str]]:
        """The lines that mean something, numbered from 1, right ends trimmed."""
        for number, line in enumerate(self.text.split("\n"), 1):
            body = line.rstrip()
            if body and not body.startswith("#"):
                yield number, body

    def entries(self) -> Iterator[tuple[int, str]]:
        """The lines, each joined with the indented ones that go on with it."""
        start, parts = 0, list[str]()
        for number, body in self.lines():
            if body[0] != " ":
                if parts:
                    yield start, " ".join(parts)
                start, parts = number, [body]
            elif parts:
                parts.append(body.strip())
            else:
                self.note(number, "an indented line goes on with nothing", body)
        if parts:
            yield start, " ".join(parts)

    def note(self, line: int, what: str, value: str = "") -> None:
        """One finding at a line of this file."""
        _note(self.found, self.path, line, what, value)


class Entry(NamedTuple):
    """One entry of a dictionary file, its lines joined, and where it starts."""

    line: int
    text: str


Known = Callable[[str, int], Element | Composite | None]
"""The element or composite of a number that a line of the file may use, if any."""


def element_entries(source: Source) -> dict[str, Entry]:
    """The lines of ``elements.txt`` by number; a bad one still keeps its number."""
    entries: dict[str, Entry] = {}
    for line, text in source.entries():
        number = text.partition("|")[0].split(" ", 1)[0]
        if number in entries:
            source.note(line, "the element stands here a second time", number)
        entries[number] = Entry(line, text)
    return entries


def read_element(source: Source, entry: Entry) -> Element:
    """``NUMBER TYPE MIN MAX NAME [| CODE ...]``."""
    head, _, codes = entry.text.partition("|")
    return _element(source, entry.line, head.strip(), codes.split())


def _element(source: Source, line: int, head: str, codes: list[str]) -> Element:
    parts = _ELEMENT.fullmatch(head)
    if parts is None:
        source.note(line, "an element is NUMBER TYPE MIN MAX NAME", head)
        return Element(number=head, name="", type="AN", min=0, max=0, codes=frozenset())
    number, kind, low, high, name = parts.groups()
    element = Element(
        number=number,
        name=name,
        type=kind,
        min=int(low),
        max=int(high),
        codes=frozenset(codes),
    )
    lengths = set(map(len, codes))
    if not element.min <= element.max:
        source.note(line, "the shortest length is above the longest", head)
    elif codes and not (element.min <= min(lengths) and max(lengths) <= element.max):
        odd = [c for c in codes if not element.min <= len(c) <= element.max]
        source.note(line, "a code does not fit the lengths", " ".join(odd))
    elif len(element.codes) < len(codes):
        source.note(line, "a code stands here twice", number)
    return element


def piece_entries(source: Source, elements: Container[str]) -> dict[str, Entry]:
    """The lines of ``segments.txt`` by tag, or number for a composite."""
    entries: dict[str, Entry] = {}
    for line, text in source.entries():
        tag = text.partition("|")[0].split(" ", 1)[0]
        if tag in entries or tag in elements:
            source.note(line, "the segment or composite stands here a second time", tag)
        entries[tag] = Entry(line, text)
    return entries


def read_piece(source: Source, entry: Entry, known: Known) -> Segment | Composite:
    """``TAG NAME | ELEMENT ... [| CONDITION ...]``; composites before their use."""
    line = entry.line
    head, _, rest = entry.text.partition("|")
    listed, _, conditions = rest.partition("|")
    parts = _HEAD.fullmatch(head.strip())
    tag, name = parts.groups() if parts else (head.split(" ", 1)[0], "")
    if parts is None or not listed.strip():
        source.note(line, "a segment is TAG NAME | ELEMENT ...", entry.text)
    uses = _uses(source, line, listed.split(), known)
    conditioned = _conditions(source, line, conditions.split(), len(uses))
    if len(tag) > 3:
        return Composite(number=tag, name=name, uses=uses, conditions=conditioned)
    return Segment(tag=tag, name=name, uses=uses, conditions=conditioned)


def group_of(source: Source) -> str:
    """The functional group of a set's file, empty for the envelope."""
    _, head = next(source.lines(), (0, ""))
    parts = _SET.fullmatch(head)
    return "" if parts is None or parts[2] == "-" else parts[2]


def _uses(
    source: Source, line: int, words: list[str], known: Known
) -> tuple[ElementUse, ...]:
    """The elements of a segment; an unknown one keeps its place."""
    uses: list[ElementUse] = []
    for word in words:
        parts = _USE.fullmatch(word)
        number, bang, repeat = parts.groups() if parts else (word, "", None)
        element = known(number, line)
        if parts is None:
            source.note(line, "an element in a segment is NUMBER, ! and *n", word)
        elif element is None:
            source.note(line, "the element is not in elements.txt", word)
        uses.append(
            ElementUse(
                element=element or _UNKNOWN,
                mandatory=bool(bang),
                repeat=_limit(repeat or "1"),
            )
        )
    return tuple(uses)


def _conditions(
    source: Source, line: int, words: list[str], count: int
) -> tuple[Condition, ...]:
    """``P0304``: a letter and at least two positions that the segment has."""
    conditions: list[Condition] = []
    for word in words:
        parts = _CONDITION.fullmatch(word)
        if parts is None:
            source.note(line, "a condition is P, R, E, C or L and positions", word)
            continue
        digits = parts[2]
        places = tuple(int(digits[i : i + 2]) for i in range(0, len(digits), 2))
        if not all(0 < place <= count for place in places):
            source.note(line, "a condition names a position beyond the last", word)
        elif len(set(places)) < len(places):
            source.note(line, "a condition names a position twice", word)
        conditions.append(Condition(kind=parts[1], elements=places))
    return tuple(conditions)


def read_defined(source: Source) -> frozenset[str]:
    """Tags of two or three characters, any number in a line."""
    tags: set[str] = set()
    for line, body in source.lines():
        for tag in body.split():
            if not _TAG.fullmatch(tag):
                source.note(line, "a tag is a letter and one or two more", tag)
            tags.add(tag)
    return frozenset(tags)


@dataclass(slots=True)
class _Open:
    """A loop, or the set itself, whose nodes are being read."""

    line: int
    name: str
    mandatory: bool
    max: int
    nodes: list[SegmentUse | Loop]


class SetReader:
    """Reads one set's file, whose indentation nests its loops."""

    def __init__(self, source: Source, segments: Mapping[str, Segment]) -> None:
        self._source = source
        self._segments = segments
        self._open = [_Open(0, "", True, 1, [])]

    def read(self, version: str, tags: frozenset[str]) -> MessageSchema | None:
        """The schema, or None where the file does not even say which set it is."""
        lines = self._source.lines()
        line, head = next(lines, (0, ""))
        parts = _SET.fullmatch(head)
        if parts is None:
            self._source.note(line, "a file starts with: set TYPE GROUP NAME", head)
            return None
        if not self._source.path.endswith(f"/{parts[1]}.txt"):
            self._source.note(line, "the file is not named after its set", parts[1])
        for number, body in lines:
            self._line(number, body)
        self._close(1)
        nodes = tuple(self._open[0].nodes)
        if not nodes:
            self._source.note(line, "the set has no segments", head)
        used = {use.segment.tag: use.segment for use in segment_uses(nodes)}
        return MessageSchema(
            standard="X12" if version.isdigit() else "EDIFACT",
            version=version,
            type=parts[1],
            functional_id="" if parts[2] == "-" else parts[2],
            name=parts[3],
            nodes=nodes,
            segments=MappingProxyType(used),
            defined_tags=tags,
        )

    def _line(self, number: int, body: str) -> None:
        text = body.lstrip(" ")
        depth, odd = divmod(len(body) - len(text), 2)
        if odd or depth >= len(self._open):
            self._source.note(number, "the indentation fits no open loop", body)
            depth = min(depth, len(self._open) - 1)
        self._close(depth + 1)
        if loop := _LOOP.fullmatch(text):
            self._open.append(
                _Open(number, loop[1], bool(loop[2]), _limit(loop[3]), [])
            )
        elif text.startswith("loop "):
            self._source.note(number, "a loop is loop NAME MAX", text)
            self._open.append(_Open(number, "", True, 1, []))
        elif node := _NODE.fullmatch(text):
            self._segment(number, node)
        else:
            self._source.note(number, "a segment in a set is TAG MAX", text)

    def _segment(self, number: int, node: re.Match[str]) -> None:
        segment = self._segments.get(node[1])
        if segment is None:
            self._source.note(number, "the segment is not in segments.txt", node[1])
            segment = Segment(tag=node[1], name="", uses=(), conditions=())
        self._open[-1].nodes.append(
            SegmentUse(segment=segment, mandatory=bool(node[2]), max=_limit(node[3]))
        )

    def _close(self, keep: int) -> None:
        """Finish the loops inside the first ``keep`` open ones."""
        while len(self._open) > keep:
            done = self._open.pop()
            first = done.nodes[0] if done.nodes else None
            if not isinstance(first, SegmentUse):
                what = "the loop has no segment to start it"
                self._source.note(done.line, what, done.name)
            elif not first.mandatory or first.max != 1:
                what = "the segment that starts a loop is mandatory and stands once"
                self._source.note(done.line, what, done.name)
            self._open[-1].nodes.append(
                Loop(
                    name=done.name,
                    mandatory=done.mandatory,
                    max=done.max,
                    nodes=tuple(done.nodes),
                )
            )


def _limit(text: str) -> int:
    """A number of times; 0, no limit, for ``*``."""
    return 0 if text == "*" else int(text)
