"""A message taken apart, a part of it at a time: its segments with names, or XML.

However long a message is, a part of it is short.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from gateway.edi.annotate import AnnotatedSegment, annotate, annotate_segment
from gateway.edi.edifact.directories import key_of
from gateway.edi.edifact.events import EdifactMessage, UnbRead
from gateway.edi.edifact.reader import EdifactReader
from gateway.edi.events import (
    AcknowledgementRead,
    GroupBegun,
    InterchangeBegun,
    MessageRead,
    Separators,
)
from gateway.edi.plan import MessagePlan
from gateway.edi.x12 import charset
from gateway.edi.x12.reader import X12Reader
from gateway.findings import Finding
from gateway.pipeline.rules import Rules
from gateway.safexml import Element, Xml, local_name, path_of, read

__all__ = ["PART", "Apart", "Whence", "XmlLine", "framed", "taken_apart", "unplaced"]


T = TypeVar("T")
PART = 60
"""How many segments or elements one part has at most."""
_MOST = 20_000  # characters of a part, unless its first segment has more
_FRAME = 60  # characters around a value
_FOUND = 500  # and those of a finding
_ISA = 106  # bytes, its terminator with them
_TEXT = 400  # characters of an element of XML that are shown
_ATTRIBUTE = 100
_ATTRIBUTES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Whence:
    """What a message stood in: how its transmission begins, and its own version.

    ``head`` is empty for a whole interchange. ``type`` is a message type such as
    x12_850.
    """

    type: str
    partner_id: str
    version: str = ""
    head: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class XmlLine:
    """An element of XML, ``depth`` below the root, with its own text."""

    depth: int
    name: str
    attributes: tuple[tuple[str, str], ...]
    text: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """A part of a message, from ``first`` of ``total`` on, counted from 0.

    One of ``segments`` and ``lines`` is there; neither, where it is no such text.
    """

    segments: tuple[AnnotatedSegment, ...] = ()
    lines: tuple[XmlLine, ...] = ()
    first: int = 0
    total: int = 0
    shown: int = 0
    """How many of them are in this part."""


def framed(content: bytes, whence: Whence) -> bytes:
    """A message that stands alone with as much around it as a reader needs."""
    head = whence.head
    if whence.type.startswith("x12_") and head[:3] == b"ISA" and len(head) >= _ISA:
        mark, end = head[3:4], head[_ISA - 1 : _ISA]
        group = [b"GS", b"ZZ", b"1", b"2", b"20000101", b"0000", b"1", b"X"]
        version = whence.version.encode("latin-1", "replace")
        return head[:_ISA] + mark.join([*group, version]) + end + content
    if whence.type.startswith("edifact_"):
        first = head.find(b"UNH")
        return head[: first if first >= 0 else 0] + content
    return content


def taken_apart(
    content: bytes,
    whence: Whence,
    rules: Rules,
    findings: Sequence[Finding] = (),
    first: int = 0,
) -> Apart:
    """A part of a message with names and with what was found; never raises."""
    if content.lstrip()[:1] == b"<" or content[:3] == b"\xef\xbb\xbf":
        return _of_xml(content, rules, findings, first)
    if charset.EBCDIC_MARK in (content[:3], whence.head[:3]):
        content = charset.from_ebcdic(content)
    whole = framed(content, whence)
    if whence.type.startswith("edifact_") or whole[:3] in (b"UNA", b"UNB"):
        pairs = _edifact(whole, whence, rules)
    else:
        pairs = _x12(whole, whence, rules)
    return _cut(pairs, findings, first)


_Pairs = Iterator[tuple[MessageRead | AnnotatedSegment, MessagePlan | None]]


def _cut(pairs: _Pairs, findings: Sequence[Finding], first: int) -> Apart:
    total, out = 0, list[AnnotatedSegment]()
    for one, plan in pairs:
        if isinstance(one, AnnotatedSegment):
            if first <= total < first + PART:
                out.append(one)
            total += 1
            continue
        count = len(one.segments)
        start = first - total + 1
        wanted = range(max(start, 1), start + PART)
        if wanted and wanted.start <= count and wanted.stop > 1:
            out += annotate(one, plan, findings, within=wanted)
        total += count
    here = _fitting(out, _length)
    # One that is missing takes no place of its own.
    shown = sum(one.present for one in here)
    return Apart(segments=tuple(here), first=first, total=total, shown=shown or 1)


def _length(segment: AnnotatedSegment) -> int:
    each = [sub for one in segment.elements for sub in (one, *one.parts)]
    values = sum(len(one.value) + _FRAME for one in each)
    return values + _FRAME + _FOUND * len(segment.all_findings)


def _fitting(every: Sequence[T], length: Callable[[T], int]) -> list[T]:
    """The first of them, as many as a part holds; one at least."""
    here: list[T] = []
    left = _MOST
    for one in every:
        left -= length(one)
        if here and left < 0:
            break
        here.append(one)
    return here


def _x12(data: bytes, whence: Whence, rules: Rules) -> _Pairs:
    profile = rules.directory.profiles.get(whence.partner_id)
    reader = X12Reader(rules.limits)
    version, marks = whence.version, Separators()
    for event in (*reader.receive(data), *reader.finish()):
        if isinstance(event, InterchangeBegun):
            marks = event.separators
        elif isinstance(event, GroupBegun):
            version = event.version
        elif isinstance(event, AcknowledgementRead):
            table = rules.tables.segment(max(rules.tables.versions, default=""), "TA1")
            text = marks.element.join(("TA1", *event.ta1))
            yield annotate_segment(text, marks, table), None
        elif isinstance(event, MessageRead):
            validator = rules.validator(profile, version, event.type)
            yield event, validator.plan if validator else None


def _edifact(data: bytes, whence: Whence, rules: Rules) -> _Pairs:
    profile = rules.directory.profiles.get(whence.partner_id)
    reader = EdifactReader(rules.limits, rules.edifact_encoding)
    begun = False
    for event in (*reader.receive(data), *reader.finish()):
        begun = begun or isinstance(event, UnbRead)
        if isinstance(event, EdifactMessage) and begun:
            validator = rules.edifact_validator(profile, key_of(event))
            yield event, validator.plan if validator else None


# XML.


def _of_xml(
    content: bytes, rules: Rules, findings: Sequence[Finding], first: int
) -> Apart:
    document = read(content)
    if not isinstance(document, Xml):
        return Apart()
    every = list(_below(document.root, 0))
    there: dict[str, list[Finding]] = {}
    for finding in findings:
        there.setdefault(finding.where.path, []).append(finding)
    part = every[first : first + PART]
    lines = [_line(element, depth, there) for element, depth in part]
    here = tuple(_fitting(lines, _width))
    return Apart(lines=here, first=first, total=len(every), shown=len(here))


def _width(line: XmlLine) -> int:
    values = sum(len(value) + _FRAME for _, value in line.attributes)
    return len(line.text) + values + _FRAME + _FOUND * len(line.findings)


def _below(element: Element, depth: int) -> Iterator[tuple[Element, int]]:
    yield element, depth
    for child in element:
        if isinstance(child.tag, str):
            yield from _below(child, depth + 1)


def _line(element: Element, depth: int, there: dict[str, list[Finding]]) -> XmlLine:
    every = islice(element.attrib.items(), _ATTRIBUTES)
    names = ((_bare(str(name)), _short(str(v), _ATTRIBUTE)) for name, v in every)
    return XmlLine(
        depth=depth,
        name=local_name(element),
        attributes=tuple(names),
        text=_short((element.text or "").strip(), _TEXT),
        findings=tuple(there.pop(path_of(element), ())) if there else (),
    )


def _bare(name: str) -> str:
    """The name of an attribute without its namespace."""
    return name.rpartition("}")[2]


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def unplaced(findings: Iterable[Finding], apart: Apart) -> tuple[Finding, ...]:
    """The findings that stand at nothing of this part."""
    shown = {id(f) for one in apart.segments for f in one.all_findings}
    shown |= {id(f) for one in apart.lines for f in one.findings}
    return tuple(one for one in findings if id(one) not in shown)
