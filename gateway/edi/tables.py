"""The reader of the message tables: our compact text form to schemas.

A version is a folder: ``elements.txt``, ``segments.txt`` and ``defined.txt`` hold its
dictionary, every other file one set. Each file's head says how its lines are made.
Blank lines and lines that start with ``#`` mean nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

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
from gateway.findings import Finding, Findings, Where

__all__ = ["Tables", "Version", "read_tables"]

_STANDARD = "X12"
_DICTIONARY = ("elements.txt", "segments.txt", "defined.txt")

_ELEMENT = re.compile(
    r"(\S+) (ID|AN|N[0-9]|R|DT|TM|B) ([0-9]{1,6}) ([0-9]{1,6}) (\S.*)"
)
_HEAD = re.compile(r"([A-Z][A-Z0-9]{1,3}) (\S.*)")
_USE = re.compile(r"([A-Z]?[0-9]+)(!?)(?:\*(\*|[1-9][0-9]{0,5}))?")
_CONDITION = re.compile(r"([PRECL])((?:[0-9]{2}){2,})")
_SET = re.compile(r"set (\S+) (-|[A-Z0-9]{2}) (\S.*)")
_LOOP = re.compile(r"loop (\S+?)(!?) (\*|[1-9][0-9]{0,8})")
_TAG = re.compile(r"[A-Z][A-Z0-9]{1,2}")
_NODE = re.compile(r"([A-Z][A-Z0-9]{1,2})(!?) (\*|[1-9][0-9]{0,8})")
_UNKNOWN = Element(number="", name="", type="AN", min=0, max=0, codes=frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What one version's folder holds: segments and sets by tag and by type."""

    segments: Mapping[str, Segment]
    schemas: Mapping[str, MessageSchema]


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables that were read, by version.

    A version is matched by its first six characters, so that the ``004010VICS`` of
    GS08 finds ``004010``.
    """

    by_version: Mapping[str, Version]

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions that have tables, in order."""
        return tuple(sorted(self.by_version))

    def types(self, version: str) -> tuple[str, ...]:
        """The sets of a version, in order; its envelope is none of them."""
        found = self.by_version.get(version[:6])
        schemas = found.schemas.values() if found else ()
        return tuple(sorted(s.type for s in schemas if s.functional_id))

    def schema(self, version: str, type: str) -> MessageSchema | None:
        """The shape of a set; of the envelope for the type ``envelope``."""
        found = self.by_version.get(version[:6])
        return found.schemas.get(type) if found else None

    def segment(self, version: str, tag: str) -> Segment | None:
        """A segment of a version's dictionary."""
        found = self.by_version.get(version[:6])
        return found.segments.get(tag) if found else None

    def with_sets_of(self, more: Tables) -> Tables:
        """These tables and those of ``more``, whose sets go before ours of a version.

        A set brings its own segments and elements; a tag counts as defined where
        either has it.
        """
        both = dict(self.by_version)
        for version, added in more.by_version.items():
            ours = both.get(version)
            both[version] = _joined(ours, added) if ours else added
        return Tables(MappingProxyType(both))


def _joined(ours: Version, added: Version) -> Version:
    """One version out of two; what is in both is taken of the second."""
    schemas = {**ours.schemas, **added.schemas}
    defined = frozenset(t for s in schemas.values() for t in s.defined_tags)
    return Version(
        segments=MappingProxyType({**ours.segments, **added.segments}),
        schemas=MappingProxyType(
            {t: replace(s, defined_tags=defined) for t, s in schemas.items()}
        ),
    )


def read_tables(texts: Mapping[str, str]) -> Tables | tuple[Finding, ...]:
    """The tables in the texts, or every line that is not understood (CFG-010).

    ``texts`` maps ``004010/850.txt`` to that file's text.
    """
    found = Findings()
    folders: dict[str, dict[str, str]] = {}
    for path in sorted(texts):
        version, slash, name = path.partition("/")
        if not slash or "/" in name or not name.endswith(".txt") or len(version) != 6:
            _note(found, path, 0, "a table's path is a version, / and a .txt file")
            continue
        folders.setdefault(version, {})[name] = texts[path]
    versions = {v: _read_version(v, files, found) for v, files in folders.items()}
    return found.done() or Tables(MappingProxyType(versions))


def _read_version(version: str, files: Mapping[str, str], found: Findings) -> Version:
    """One folder: first its dictionary, then its sets."""
    missing = [name for name in _DICTIONARY if name not in files]
    if missing:
        for name in missing:
            _note(found, f"{version}/{name}", 0, "the dictionary file is missing")
        return Version(segments={}, schemas={})
    sources = {
        name: _Source(f"{version}/{name}", text, found) for name, text in files.items()
    }
    elements = _read_elements(sources["elements.txt"])
    segments = _read_segments(sources["segments.txt"], elements)
    tags = _read_defined(sources["defined.txt"]).union(segments)
    schemas: dict[str, MessageSchema] = {}
    for name in files:
        if name not in _DICTIONARY:
            schema = _SetReader(sources[name], segments).read(version, tags)
            if schema is not None:
                schemas[schema.type] = schema
    return Version(
        segments=MappingProxyType(segments), schemas=MappingProxyType(schemas)
    )


def _note(found: Findings, path: str, line: int, what: str, value: str = "") -> None:
    """One finding at a line; at the file as a whole for line 0."""
    found.add("CFG-010", what, Where(path=f"{path}:{line}" if line else path), value)


@dataclass(frozen=True, slots=True)
class _Source:
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


def _read_elements(source: _Source) -> dict[str, Element]:
    """``NUMBER TYPE MIN MAX NAME [| CODE ...]``; a bad one still keeps its number."""
    elements: dict[str, Element] = {}
    for line, entry in source.entries():
        head, _, codes = entry.partition("|")
        number = head.split(" ", 1)[0]
        if number in elements:
            source.note(line, "the element stands here a second time", number)
        elements[number] = _element(source, line, head.strip(), codes.split())
    return elements


def _element(source: _Source, line: int, head: str, codes: list[str]) -> Element:
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
    if not element.min <= element.max:
        source.note(line, "the shortest length is above the longest", head)
    elif codes and not (
        element.min <= len(min(codes, key=len))
        and len(max(codes, key=len)) <= element.max
    ):
        odd = [c for c in codes if not element.min <= len(c) <= element.max]
        source.note(line, "a code does not fit the lengths", " ".join(odd))
    elif len(element.codes) < len(codes):
        source.note(line, "a code stands here twice", number)
    return element


def _read_segments(
    source: _Source, elements: Mapping[str, Element]
) -> dict[str, Segment]:
    """``TAG NAME | ELEMENT ... [| CONDITION ...]``; composites before their use."""
    known: dict[str, Element | Composite] = dict(elements)
    segments: dict[str, Segment] = {}
    for line, entry in source.entries():
        head, _, rest = entry.partition("|")
        listed, _, conditions = rest.partition("|")
        parts = _HEAD.fullmatch(head.strip())
        tag, name = parts.groups() if parts else (head.split(" ", 1)[0], "")
        if parts is None or not listed.strip():
            source.note(line, "a segment is TAG NAME | ELEMENT ...", entry)
        elif tag in segments or tag in known:
            source.note(line, "the segment or composite stands here a second time", tag)
        uses = _uses(source, line, listed.split(), known)
        conditioned = _conditions(source, line, conditions.split(), len(uses))
        if len(tag) > 3:
            known[tag] = Composite(
                number=tag, name=name, uses=uses, conditions=conditioned
            )
        else:
            segments[tag] = Segment(
                tag=tag, name=name, uses=uses, conditions=conditioned
            )
    return segments


def _uses(
    source: _Source,
    line: int,
    words: list[str],
    known: Mapping[str, Element | Composite],
) -> tuple[ElementUse, ...]:
    """The elements of a segment; an unknown one keeps its place."""
    uses: list[ElementUse] = []
    for word in words:
        parts = _USE.fullmatch(word)
        number, bang, repeat = parts.groups() if parts else (word, "", None)
        element = known.get(number)
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
    source: _Source, line: int, words: list[str], count: int
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


def _read_defined(source: _Source) -> frozenset[str]:
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


class _SetReader:
    """Reads one set's file, whose indentation nests its loops."""

    def __init__(self, source: _Source, segments: Mapping[str, Segment]) -> None:
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
            standard=_STANDARD,
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
