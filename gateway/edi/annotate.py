"""A message with names: every segment and element with what was found in it.

Names are the tables', in the reader's language; codes are shown as codes, their
meanings are the standard's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.edi.align import align
from gateway.edi.events import MessageRead, Separators
from gateway.edi.plan import MessagePlan
from gateway.edi.schema import Composite, Element, ElementUse, Segment
from gateway.edi.walk import Walk
from gateway.findings import CODES, Finding
from gateway.findings.language import SEVERITIES, Language
from gateway.findings.marking import marked as _

_NO_BREAK = "\u00a0"
"""The blank in front of a French colon: it is printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatedElement:
    """One element, or one component or repetition of it.

    ``number`` counts from 1, the tag not counted. ``data_element`` is its number in
    the standard's dictionary, ``name`` the table's; both are empty where the table
    has no such element. ``is_code``: its values are listed. ``parts`` are the
    repetitions of a repeated element, else the components of a composite.
    """

    number: int
    value: str
    name: str = ""
    data_element: str = ""
    is_code: bool = False
    parts: tuple[AnnotatedElement, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatedSegment:
    """One segment. ``position`` counts ST as 1; 0 is a segment of the envelope.

    ``present`` is false for a segment that is missing: it stands where it was to be,
    with the position of the segment that stands there instead. ``byte_offset`` is -1
    where unknown. ``findings`` are those of the segment as a whole.
    """

    position: int
    tag: str
    name: str = ""
    loop: str = ""
    byte_offset: int = -1
    elements: tuple[AnnotatedElement, ...] = ()
    findings: tuple[Finding, ...] = ()
    present: bool = True

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """Those of the segment and of its elements."""
        return self.findings + tuple(f for e in self.elements for f in e.findings)

    def element(self, number: int) -> AnnotatedElement | None:
        """The element of this number; None where it was not sent."""
        return next((e for e in self.elements if e.number == number), None)


def annotate(
    message: MessageRead,
    plan: MessagePlan | None,
    findings: Iterable[Finding] = (),
    *,
    walk: Walk | None = None,
    within: range | None = None,
) -> tuple[AnnotatedSegment, ...]:
    """The segments of a message with names, places and findings, in their order.

    ``within`` are the positions that are wanted; without it, all.

    Without a plan only tags and numbers are told. Findings that name no segment
    stand at ST. ``walk`` is the plan's, for who annotates many messages.
    """
    walk = walk or (Walk(plan) if plan else None)
    by_place = _by_position(findings, message)
    separators = message.separators
    out: list[AnnotatedSegment] = []
    offsets = message.offsets
    for place in _places(message, plan, walk):
        at, row = place.position, message.segments[place.position - 1]
        if within is not None and at not in within:
            continue
        missing, here = _split(by_place.pop(at, ()), row.split(separators.element)[0])
        out += _missing(missing, at, plan)
        offset = offsets[at - 1] if at <= len(offsets) else -1
        segment = annotate_segment(
            row, separators, place.segment, offset, here, place=(at, place.loop)
        )
        out.append(segment)
    for at in sorted(by_place):
        if within is not None and at not in within and at <= len(message.segments):
            continue
        out += _missing(by_place[at], at, plan)
    return tuple(out)


def annotate_segment(
    text: str,
    separators: Separators,
    table: Segment | None,
    byte_offset: int = -1,
    findings: Iterable[Finding] = (),
    *,
    place: tuple[int, str] = (0, ""),
) -> AnnotatedSegment:
    """One segment as sent; ``table`` is what the standard has of it.

    ``place`` is its position in the message and the path of its loop.
    """
    tag, *values = text.split(separators.element)
    found = tuple(findings)
    of_elements: dict[int, tuple[Finding, ...]] = {}
    for finding in found:
        number = finding.where.element
        of_elements[number] = (*of_elements.get(number, ()), finding)
    last = max((len(values), *of_elements))
    elements = []
    for number in range(1, last + 1):
        value = values[number - 1] if number <= len(values) else ""
        its = of_elements.get(number, ())
        if value or its:
            use = table.use(number) if table else None
            whole = tag == "ISA"  # its ISA11 and ISA16 are the separators themselves
            element = _element(number, value, use, separators, its, whole=whole)
            elements.append(element)
    return AnnotatedSegment(
        position=place[0],
        tag=tag,
        name=table.name if table else "",
        loop=place[1],
        byte_offset=byte_offset,
        elements=tuple(elements),
        findings=of_elements.get(0, ()),
    )


@dataclass(frozen=True, slots=True)
class _Place:
    position: int
    loop: str
    segment: Segment | None


def _places(
    message: MessageRead, plan: MessagePlan | None, walk: Walk | None
) -> Iterator[_Place]:
    """Where each segment stands; as many as there are segments."""
    count = len(message.segments)
    if plan is None or walk is None:
        yield from (_Place(n, "", None) for n in range(1, count + 1))
        return
    element, table = message.separators.element, plan.schema.segments
    tags = [segment.partition(element)[0] for segment in message.segments]
    for step in align(walk, tags):
        path = step.path if step.move else ""
        yield _Place(step.position, path, table.get(tags[step.position - 1]))


def _by_position(
    findings: Iterable[Finding], message: MessageRead
) -> dict[int, tuple[Finding, ...]]:
    """The findings by the position they stand at; what has none stands at ST."""
    end = len(message.segments) + 1
    out: dict[int, tuple[Finding, ...]] = {}
    for finding in findings:
        at = finding.where.segment_position
        if not at:
            at = end if _is_missing(finding) else 1
        out[at] = (*out.get(at, ()), finding)
    return out


def _is_missing(finding: Finding) -> bool:
    row = CODES.get(finding.code)
    return finding.code == "ENV-013" or (row is not None and row.ak304 == "3")


def _split(
    findings: Sequence[Finding], tag: str
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Those of a segment missing in front of this one, and those of this one."""
    missing = tuple(f for f in findings if _is_missing(f))
    return missing, tuple(f for f in findings if not _is_missing(f))


def _missing(
    findings: Sequence[Finding], position: int, plan: MessagePlan | None
) -> Iterator[AnnotatedSegment]:
    for finding in findings:
        tag = finding.where.segment_tag
        table = plan.schema.segments.get(tag) if plan else None
        yield AnnotatedSegment(
            position=position,
            tag=tag,
            name=table.name if table else "",
            loop=finding.where.loop,
            byte_offset=finding.where.byte_offset,
            findings=(finding,),
            present=False,
        )


def _element(
    number: int,
    value: str,
    use: ElementUse | None,
    separators: Separators,
    findings: tuple[Finding, ...] = (),
    *,
    whole: bool = False,
) -> AnnotatedElement:
    element = use.element if use else None
    parts: tuple[AnnotatedElement, ...] = ()
    repeated = separators.repetition and separators.repetition in value
    if repeated and use and use.repeat != 1 and not whole:
        pieces = value.split(separators.repetition)
        once = replace(use, repeat=1)
        parts = tuple(
            _element(n, piece, once, separators) for n, piece in enumerate(pieces, 1)
        )
    elif isinstance(element, Composite) and value and separators.component:
        parts = _components(element, value.split(separators.component), separators)
    return AnnotatedElement(
        number=number,
        value=value,
        name=element.name if element else "",
        data_element=element.number if element else "",
        is_code=isinstance(element, Element) and bool(element.codes),
        parts=parts,
        findings=findings,
    )


def _components(
    composite: Composite, values: Sequence[str], separators: Separators
) -> tuple[AnnotatedElement, ...]:
    uses: list[ElementUse | None] = [*composite.uses]
    uses += [None] * (len(values) - len(uses))
    simple = replace(separators, component="", repetition="")
    return tuple(
        _element(n, value, uses[n - 1], simple)
        for n, value in enumerate(values, 1)
        if value
    )


# As JSON.


def as_json(
    segments: Iterable[AnnotatedSegment], language: Language
) -> list[dict[str, Any]]:
    """The segments as JSON values; what is unknown or empty is left out."""
    return [_segment_json(segment, language) for segment in segments]


def _segment_json(segment: AnnotatedSegment, language: Language) -> dict[str, Any]:
    body: dict[str, Any] = {"tag": segment.tag}
    if segment.position:
        body["position"] = segment.position
    if segment.byte_offset >= 0:
        body["byte_offset"] = segment.byte_offset
    if not segment.present:
        body["missing"] = True
    body |= _known(name=language(segment.name), loop=segment.loop)
    if segment.elements:
        body["elements"] = [_element_json(e, language) for e in segment.elements]
    if segment.findings:
        body["findings"] = [language.json(f) for f in segment.findings]
    return body


def _element_json(element: AnnotatedElement, language: Language) -> dict[str, Any]:
    body: dict[str, Any] = {"number": element.number, "value": element.value}
    name = language(element.name)
    body |= _known(name=name, data_element=element.data_element)
    if element.is_code:
        body["is_code"] = True
    if element.parts:
        body["parts"] = [_element_json(part, language) for part in element.parts]
    if element.findings:
        body["findings"] = [language.json(f) for f in element.findings]
    return body


def _known(**texts: str) -> Mapping[str, str]:
    return {name: text for name, text in texts.items() if text}


# As text.


def as_lines(segments: Iterable[AnnotatedSegment], language: Language) -> Iterator[str]:
    """The segments for a terminal: one line a segment, one an element."""
    for segment in segments:
        yield _head(segment, language)
        yield from (f"        ! {_told(f, language)}" for f in segment.findings)
        for element in segment.elements:
            yield from _element_lines(element, language, f"{segment.tag}-")


def _head(segment: AnnotatedSegment, language: Language) -> str:
    number = str(segment.position) if segment.position and segment.present else ""
    parts = [f"{number:>6}  {segment.tag:3}  {language(segment.name) or '-'}"]
    if not segment.present:
        parts.append(language(_("missing here")))
    if segment.loop:
        parts.append(segment.loop)
    if segment.byte_offset >= 0:
        parts.append(language(_("byte {offset}"), offset=segment.byte_offset))
    return "  |  ".join(parts)


def _element_lines(
    element: AnnotatedElement, language: Language, before: str
) -> Iterator[str]:
    place = f"{before}{element.number:02d}"
    name = language(element.name or _("not in the table"))
    value = printable(element.value)
    yield f"          {place:9} {name:32.32} {value}".rstrip()
    for part in element.parts:
        yield from _element_lines(part, language, f"{place}-")
    yield from (f"        ! {_told(f, language)}" for f in element.findings)


def _told(finding: Finding, language: Language) -> str:
    severity = language(SEVERITIES[finding.severity])
    return f"{severity} {printable(language.finding(finding))}"


def printable(text: str) -> str:
    """Partner data that cannot steer a terminal: control characters as escapes."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or c == _NO_BREAK else _escaped(c) for c in text
    )


def _escaped(character: str) -> str:
    return repr(character)[1:-1]
