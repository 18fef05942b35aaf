"""A standard while a file is read: gathered in any order, then made into tables.

What is wrong becomes a finding at the file's own line. Segments and elements that no
set uses are not looked at further.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from gateway.edi.importers.standard import Standard
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
from gateway.edi.tables import Tables, Version
from gateway.findings import Finding, Findings, Where

__all__ = ["COMPOSITE", "CONDITION", "NUMBER", "TAG", "Draft", "Node", "Use"]

TAG = re.compile(r"[A-Z][A-Z0-9]{1,2}")
COMPOSITE = re.compile(r"[A-Z][0-9]{3}")
NUMBER = re.compile(r"[A-Z]?[0-9]{1,4}")
CONDITION = re.compile(r"([PRECL])((?:[0-9]{2}){2,})")

_TYPES = {"X12": re.compile(r"ID|AN|N[0-9]?|R|DT|TM|B"), "EDIFACT": re.compile("an?|n")}
_VERSIONS = {
    "X12": (re.compile(r"[0-9]{6}"), "six digits, 004010"),
    "EDIFACT": (re.compile(r"D[0-9]{2}[A-Z]"), "D and a directory, D96A"),
}
_SET = re.compile(r"[A-Z0-9]{3,6}")
_GROUP = re.compile(r"[A-Z0-9]{2}")
_LOOP = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_CODE = re.compile(r"[^\s|]+")
_SERVICE = frozenset(("UNH", "UGH", "UGT", "UNS", "UNT"))
"""Segments that an EDIFACT message has, and its directory leaves to the syntax."""
_LONGEST_VALUE = 999_999
_LONGEST_NAME = 60
_MOST_FINDINGS = 200
_UNKNOWN = Element(number="", name="", type="AN", min=0, max=0, codes=frozenset())


@dataclass(frozen=True, slots=True)
class Use:
    """An element or composite in its place. ``repeat`` 0 means no limit."""

    number: str
    mandatory: bool
    repeat: int
    line: int


@dataclass(slots=True)
class Node:
    """A segment in a set, or with ``nodes`` a loop. ``max`` 0 means no limit."""

    name: str
    mandatory: bool
    max: int
    line: int
    nodes: list[Node] | None = None


@dataclass(frozen=True, slots=True)
class _Piece:
    """A segment or composite as the file has it."""

    name: str
    uses: tuple[Use, ...]
    conditions: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class _Set:
    """A set as the file has it."""

    group: str
    name: str
    nodes: tuple[Node, ...]
    line: int


@dataclass(slots=True)
class Draft:
    """What was read of one file so far.

    ``groups`` and ``names`` stand in for what the file does not say of a set, a
    segment or an element. ``standard`` is X12 or EDIFACT, whose sets have no group.
    """

    path: str
    groups: Mapping[str, str]
    names: Mapping[str, str]
    standard: str = "X12"
    elements: dict[str, Element] = field(default_factory=dict)
    found: Findings = field(default_factory=Findings)
    notes: Findings = field(default_factory=Findings)
    _pieces: dict[str, _Piece] = field(default_factory=dict)
    _sets: dict[str, _Set] = field(default_factory=dict)
    _made: dict[str, Segment | Composite] = field(default_factory=dict)
    _unsaid: int = 0

    def wrong(self, line: int, what: str, value: str = "") -> None:
        """One fault at a line (CFG-010), at the file as a whole for line 0."""
        if len(self.found) >= _MOST_FINDINGS:
            self._unsaid += 1
            return
        self.found.add("CFG-010", _said(what, value), self._where(line), value[:200])

    def left_out(self, line: int, what: str, value: str = "") -> None:
        """One thing that is not taken over (CFG-011)."""
        if len(self.notes) < _MOST_FINDINGS:
            self.notes.add(
                "CFG-011", _said(what, value), self._where(line), value[:200]
            )

    def _where(self, line: int) -> Where:
        return Where(path=f"{self.path}:{line}" if line else self.path)

    def element(
        self,
        line: int,
        number: str,
        *,
        form: tuple[str, int, int],
        name: str = "",
        codes: Iterable[str] = (),
    ) -> None:
        """A data element; ``form`` is type, shortest and longest."""
        kind, low, high = form
        if not NUMBER.fullmatch(number) or COMPOSITE.fullmatch(number):
            self.wrong(line, "a data element's number is one to four digits", number)
        elif number in self.elements:
            self.wrong(line, "the element stands here a second time", number)
        elif not _TYPES[self.standard].fullmatch(kind):
            what = "a type is ID, AN, N, N0 to N9, R, DT, TM or B"
            self.wrong(line, what, f"{number} {kind}")
        elif not 0 <= low <= high <= _LONGEST_VALUE or not high:
            what = "the lengths are not shortest, longest"
            self.wrong(line, what, f"{number} {low} {high}")
        else:
            self.elements[number] = Element(
                number=number,
                name=_name(name, self.names.get(number, f"Element {number}")),
                type="N0" if kind == "N" else kind,
                min=low,
                max=high,
                codes=self._codes(line, number, frozenset(codes), low, high),
            )

    def _codes(
        self, line: int, number: str, codes: frozenset[str], low: int, high: int
    ) -> frozenset[str]:
        good = {c for c in codes if low <= len(c) <= high and _CODE.fullmatch(c)}
        if len(good) < len(codes):
            odd = " ".join(sorted(codes - good))
            what = f"codes of element {number} that do not fit its lengths"
            self.left_out(line, what, odd)
        return frozenset(good)

    def piece(
        self,
        line: int,
        tag: str,
        *,
        name: str = "",
        uses: Iterable[Use],
        conditions: Iterable[str] = (),
    ) -> None:
        """A segment, or a composite by its tag of a letter and three digits."""
        if not TAG.fullmatch(tag) and not COMPOSITE.fullmatch(tag):
            self.wrong(line, "a segment's tag is a letter and one or two more", tag)
        elif tag in self._pieces:
            self.wrong(line, "the segment or composite stands here twice", tag)
        else:
            called = "Composite" if COMPOSITE.fullmatch(tag) else "Segment"
            self._pieces[tag] = _Piece(
                _name(name, self.names.get(tag, f"{called} {tag}")),
                tuple(uses),
                tuple(conditions),
                line,
            )

    def set(
        self,
        line: int,
        type_: str,
        *,
        group: str = "",
        name: str = "",
        nodes: Iterable[Node],
    ) -> None:
        """A set; its group is looked up where the file does not name one."""
        group = group or self.groups.get(type_, "")
        if not _SET.fullmatch(type_):
            self.wrong(line, "a set's type is three capitals or digits or more", type_)
        elif type_ in self._sets:
            self.wrong(line, "the set stands here a second time", type_)
        elif self.standard == "X12" and not _GROUP.fullmatch(group):
            what = "the functional group of the set is not known; name it"
            self.wrong(line, what, type_)
        else:
            self._sets[type_] = _Set(
                group, _name(name, f"Set {type_}"), tuple(nodes), line
            )

    def done(self, version: str) -> Standard | tuple[Finding, ...]:
        """The tables, or everything that is wrong with the file."""
        form, said = _VERSIONS[self.standard]
        if not form.fullmatch(version):
            self.wrong(0, f"a version is {said}; the file names none", version)
        if not self._sets and not self.found:
            self.wrong(0, "the file describes no set")
        defined = frozenset(t for t in self._pieces if TAG.fullmatch(t))
        schemas = {
            type_: self._schema(version, type_, one, defined)
            for type_, one in self._sets.items()
        }
        if self.found:
            if self._unsaid:
                what = f"{self._unsaid} more lines are not understood"
                self.found.add("CFG-010", what, self._where(0))
            return self.found.done()
        segments = {
            tag: made
            for tag, made in self._made.items()
            if isinstance(made, Segment) and made.uses
        }
        held = Version(
            segments=MappingProxyType(segments), schemas=MappingProxyType(schemas)
        )
        return Standard(Tables(MappingProxyType({version: held})), self.notes.done())

    def _schema(
        self, version: str, type_: str, one: _Set, defined: frozenset[str]
    ) -> MessageSchema:
        nodes = tuple(self._node(node) for node in one.nodes)
        if not nodes:
            self.wrong(one.line, "the set has no segments", type_)
        return MessageSchema(
            standard=self.standard,
            version=version,
            type=type_,
            functional_id=one.group,
            name=one.name,
            nodes=nodes,
            segments=MappingProxyType(
                {use.segment.tag: use.segment for use in segment_uses(nodes)}
            ),
            defined_tags=defined,
        )

    def _node(self, node: Node) -> SegmentUse | Loop:
        if node.nodes is None:
            made = self._segment(node.name, node.line)
            return SegmentUse(segment=made, mandatory=node.mandatory, max=node.max)
        first = node.nodes[0] if node.nodes else None
        if first is None or first.nodes is not None:
            what = "a loop has no segment to start it"
            self.wrong(node.line, what, node.name)
        elif not first.mandatory or first.max != 1:
            what = "the segment that starts a loop is mandatory and stands once"
            self.wrong(first.line, what, first.name)
        if not _LOOP.fullmatch(node.name):
            self.wrong(node.line, "a loop's name is letters and digits", node.name)
        return Loop(
            name=node.name,
            mandatory=node.mandatory,
            max=node.max,
            nodes=tuple(self._node(inner) for inner in node.nodes),
        )

    def _segment(self, tag: str, line: int) -> Segment:
        made = self._made.get(tag)
        if made is None:
            made = self._made[tag] = self._make(tag, line)
        assert isinstance(made, Segment)
        return made

    def _make(self, tag: str, line: int) -> Segment:
        piece = self._pieces.get(tag)
        if piece is None and self.standard == "EDIFACT" and tag in _SERVICE:
            return Segment(tag=tag, name=tag, uses=(), conditions=())
        if piece is None:
            self.wrong(line, "the segment is not described in the file", tag)
            return Segment(tag=tag, name=tag, uses=(), conditions=())
        if not piece.uses:
            self.wrong(piece.line, "the segment has no elements", tag)
        return Segment(
            tag=tag,
            name=piece.name,
            uses=tuple(self._use(use) for use in piece.uses),
            conditions=self._conditions(piece, tag),
        )

    def _use(self, use: Use) -> ElementUse:
        """An element in a segment, whose composites are made on first sight."""
        if COMPOSITE.fullmatch(use.number):
            return ElementUse(
                element=self._composite(use),
                mandatory=use.mandatory,
                repeat=use.repeat,
            )
        return self._plain(use)

    def _plain(self, use: Use) -> ElementUse:
        element = self.elements.get(use.number)
        if element is None:
            self.wrong(use.line, "the element is not described in the file", use.number)
        return ElementUse(
            element=element or _UNKNOWN, mandatory=use.mandatory, repeat=use.repeat
        )

    def _composite(self, use: Use) -> Composite:
        made = self._made.get(use.number)
        if made is None:
            made = self._made[use.number] = self._make_composite(use)
        assert isinstance(made, Composite)
        return made

    def _make_composite(self, use: Use) -> Composite:
        piece = self._pieces.get(use.number)
        if piece is None or not piece.uses:
            self.wrong(use.line, "the composite is not described", use.number)
            piece = _Piece(use.number, (), (), use.line)
        return Composite(
            number=use.number,
            name=piece.name,
            uses=tuple(self._plain(inner) for inner in piece.uses),
            conditions=self._conditions(piece, use.number),
        )

    def _conditions(self, piece: _Piece, tag: str) -> tuple[Condition, ...]:
        made = []
        for text in dict.fromkeys(piece.conditions):
            parts = CONDITION.fullmatch(text)
            digits = parts[2] if parts else ""
            places = tuple(int(digits[i : i + 2]) for i in range(0, len(digits), 2))
            if (
                parts is None
                or len(set(places)) < len(places)
                or not all(0 < place <= len(piece.uses) for place in places)
            ):
                what = "a condition is P, R, E, C or L and two positions or more"
                self.wrong(piece.line, what, f"{tag} {text}")
                continue
            made.append(Condition(kind=parts[1], elements=places))
        return tuple(made)


def _said(what: str, value: str) -> str:
    """The sentence with the beginning of what it is about."""
    return f"{what}: {value[:_LONGEST_NAME]}" if value else what


def _name(text: str, otherwise: str) -> str:
    """A name on one line, of at most 60 characters, without our separator."""
    return (
        " ".join(text.replace("|", "/").split())[:_LONGEST_NAME].rstrip() or otherwise
    )
