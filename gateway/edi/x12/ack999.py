"""The implementation acknowledgement 999, written from findings alone (X12 999).

It is the 997 of release 005010 and later with codes for what a guide asks (DE 618, 620,
621) and with the context of a finding (CTX): which element called for the one that is
missing, and which order or line it is about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby

from gateway.edi.events import GroupBegun, InterchangeBegun, MessageRead
from gateway.edi.schema import Composite, Condition, MessageSchema, Segment
from gateway.edi.x12 import ack_rows
from gateway.edi.x12.ack_rows import Context, GroupOutcome, SetOutcome, by_place
from gateway.edi.x12.writer import Draft, Envelope, Row, Value
from gateway.findings import CODES, Finding, Where

__all__ = [
    "KIND",
    "TRIGGER",
    "Context",
    "GroupOutcome",
    "SetOutcome",
    "contexts",
    "drafts",
    "is_for",
    "rows",
]

KIND = "x12_999"
TRIGGER = "SITUATIONAL TRIGGER"
"""CTX01-01 of a context that says which element called for another."""

_MOST_CONTEXTS = 10
_LONGEST_VALUE = 35
"""Characters of CTX01-02 (DE 9998)."""
_IK304: Mapping[str, str] = {
    "IMP-103": "I8",
    "IMP-106": "I4",
    "IMP-113": "I6",
    "IMP-116": "I9",
    "IMP-117": "I7",
}
"""DE 620, where the guide has codes of its own."""
_IK403: Mapping[str, str] = {
    "IMP-201": "I9",
    "IMP-202": "I9",
    "IMP-207": "I6",
    "IMP-210": "I10",
    "IMP-213": "I13",
}
"""DE 621, where the guide has codes of its own."""
_IK502: Mapping[str, str] = {"ENV-017": "I6"}
_CONDITIONAL = frozenset({"SYN-202", "SYN-210"})
_Unit = tuple[str, int]
_UNITS: Mapping[str, tuple[_Unit, _Unit | None]] = {
    "850": (("BEG", 3), ("PO1", 1)),
    "855": (("BAK", 3), ("PO1", 1)),
    "860": (("BCH", 3), ("POC", 1)),
    "865": (("BCA", 3), ("POC", 1)),
    "856": (("BSN", 2), ("HL", 1)),
    "810": (("BIG", 2), ("IT1", 1)),
}
"""By set: the element that names the document, and the one that names a line of it."""
_PASS = re.compile(r"([A-Z0-9]+)\[([0-9]+)\]")


def is_for(group: GroupBegun) -> bool:
    """Whether a group can be answered by a 999: those of 005010 and later."""
    return ack_rows.is_version(group.version) and group.version >= "005010"


def drafts(
    interchange: InterchangeBegun,
    outcomes: Iterable[GroupOutcome],
    *,
    dress: Callable[[Envelope], Envelope] = lambda envelope: envelope,
    missing_at_last: bool = False,
    reference: str = "",
) -> tuple[Draft, ...]:
    """One 999 per group that it can answer, in one interchange per envelope needed.

    The other groups want a 997. ``reference`` is ST03 of the 999 where the partner
    asks for one. ``dress`` and ``missing_at_last`` are those of the 997.
    """
    made: list[tuple[Envelope, tuple[Row, ...]]] = []
    for outcome in outcomes:
        if outcome.answerable and is_for(outcome.group):
            its = ack_rows.envelope_of(interchange, outcome.group, dress)
            made.append((its, rows(outcome, its, missing_at_last=missing_at_last)))
    return ack_rows.in_interchanges(KIND, made, reference)


def rows(
    outcome: GroupOutcome, envelope: Envelope, *, missing_at_last: bool = False
) -> tuple[Row, ...]:
    """The segments between ST and SE."""
    group = outcome.group
    out: list[Row] = [("AK1", group.functional_id, group.control_number, group.version)]
    if not outcome.refused:
        for set_ in outcome.sets:
            out += _set(set_, envelope, missing_at_last)
    out.append(ack_rows.ak9(outcome))
    return tuple(out)


def _set(outcome: SetOutcome, envelope: Envelope, missing_at_last: bool) -> list[Row]:
    head: Row = ("AK2", outcome.type, outcome.control_number, outcome.reference)
    out = [head]
    for _, found in groupby(outcome.reported, key=by_place):
        out += _segment(list(found), envelope, missing_at_last, outcome.contexts)

    def code_of(finding: Finding) -> str:
        return _ik502(finding, envelope.version)

    codes = ack_rows.set_codes(outcome.findings, code_of)
    out.append(("IK5", ack_rows.ANSWERS[outcome.verdict], *codes))
    return out


def _ik502(finding: Finding, version: str) -> str:
    """I5 came with 005030; before, only the guide X231 knows it (X12 DE 618)."""
    code = _IK502.get(finding.code) or CODES[finding.code].ak502
    knows_i5 = version >= "005030" or version.startswith("005010X231")
    of_guide = code == ack_rows.IN_ERROR and finding.code[:3] == "IMP"
    return "I5" if of_guide and knows_i5 else code


def _segment(
    found: Sequence[Finding],
    envelope: Envelope,
    missing_at_last: bool,
    contexts: Sequence[Context],
) -> list[Row]:
    """One IK3 with its contexts, and with IK4 where elements are at fault."""
    out: list[Row] = []
    where, ak304 = found[0].where, CODES[found[0].code].ak304
    position = where.segment_position
    about = [c for c in contexts if c.at.segment_position == position]
    if ak304 == "3" and missing_at_last:
        position -= 1
    whole = [c for c in about if not c.at.element and _is_same_segment(c.at, where)]
    for finding in found[:1] if ak304 == "8" else found:
        code = _IK304.get(finding.code, ak304)
        out.append(("IK3", where.segment_tag, str(position), "", code))
        out += [_ctx(c, envelope) for c in whole[:_MOST_CONTEXTS]]
    if ak304 == "8":
        for finding in found[: ack_rows.MOST_ELEMENTS]:
            out.append(_element(finding, envelope))
            called = [c for c in about if _is_same_place(c.at, finding.where)]
            out += [_ctx(c, envelope) for c in called[:_MOST_CONTEXTS]]
    return out


def _is_same_segment(one: Where, other: Where) -> bool:
    """A segment that is missing may have the position of one in another loop.

    What called for a segment names its tag; a business unit is that of all of them.
    """
    return one.loop == other.loop and one.segment_tag in ("", other.segment_tag)


def _is_same_place(one: Where, other: Where) -> bool:
    return one.element > 0 and (
        (one.element, one.component) == (other.element, other.component)
    )


def _element(finding: Finding, envelope: Envelope) -> Row:
    where = finding.where
    code = _IK403.get(finding.code) or CODES[finding.code].ak403
    place, number = ack_rows.place(where), ack_rows.data_element(where)
    return ("IK4", place, number, code, ack_rows.copied(finding.value, envelope))


def _ctx(context: Context, envelope: Envelope) -> Row:
    where = context.trigger
    name: Value = context.name
    if context.value:
        name = (
            context.name,
            ack_rows.copied(context.value, envelope)[:_LONGEST_VALUE],
        )
    if not where.segment_tag:
        return ("CTX", name)
    place = (where.segment_tag, str(where.segment_position), "")
    if not where.element:
        return ("CTX", name, *place)
    number = ack_rows.data_element(where)
    return ("CTX", name, *place, ack_rows.place(where), number)


def contexts(
    message: MessageRead, schema: MessageSchema, findings: Iterable[Finding]
) -> tuple[Context, ...]:
    """What the CTX segments of a 999 say of these findings of a message.

    A condition between elements names the element that called for the one that is
    missing, or that came first of two that exclude each other; a rule of the guide
    that holds in some cases names what met it. Every segment at fault names the line
    it belongs to, in the heading the document.
    """
    rows = _Rows(message, schema)
    out: dict[object, Context] = {}
    named: set[tuple[str, int, str]] = set()
    for finding in findings:
        if not (ack_rows.weighs(finding) and ack_rows.is_reportable(finding)):
            continue
        if finding.trigger.segment_tag:
            trigger = Context(at=finding.where, name=TRIGGER, trigger=finding.trigger)
            out[trigger] = trigger
        elif finding.code in _CONDITIONAL:
            called = rows.called(finding.where)
            if called is not None:
                out[called] = called
        where = finding.where
        segment = where.segment_tag, where.segment_position, where.loop
        unit = None if segment in named else rows.unit(where)
        named.add(segment)
        if unit is not None:
            out[where.segment_position, where.loop, unit.name, unit.value] = unit
    return tuple(out.values())


class _Rows:
    """The segments of one message, looked up by what findings say of them."""

    def __init__(self, message: MessageRead, schema: MessageSchema) -> None:
        self._message = message
        self._schema = schema
        mark = message.separators.element
        self._tags = [s.partition(mark)[0] for s in message.segments]
        self._places: dict[str, list[int]] = {}
        self._values: dict[tuple[str, int, int], str] = {}
        for position, tag in enumerate(self._tags, 1):
            self._places.setdefault(tag, []).append(position)

    def unit(self, where: Where) -> Context | None:
        """The business unit that a segment belongs to."""
        document, line = _UNITS.get(self._schema.type, (None, None))
        if document is None:
            return None
        name, position = document, self._nth(document[0], 1)
        outer = _PASS.match(where.loop)
        if line and where.segment_tag == line[0]:
            name, position = line, where.segment_position
        elif line and outer and outer[1] == line[0]:
            name, position = line, self._nth(line[0], int(outer[2]))
        value = self._value(*name, position)
        if not value:
            return None
        at = Where(segment_position=where.segment_position, loop=where.loop)
        return Context(at=at, name=f"{name[0]}{name[1]:02d}", value=value)

    def _nth(self, tag: str, number: int) -> int:
        """Where the ``number``th segment of a tag stands; 0 is nowhere."""
        places = self._places.get(tag, ())
        return places[number - 1] if 0 < number <= len(places) else 0

    def _value(self, tag: str, element: int, position: int) -> str:
        """An element of the segment in a position, if that is of this tag."""
        key = tag, element, position
        value = self._values.get(key)
        if value is None:
            value = self._values[key] = self._read(tag, element, position)
        return value

    def _read(self, tag: str, element: int, position: int) -> str:
        if not 0 < position <= len(self._tags) or self._tags[position - 1] != tag:
            return ""
        row = self._message.elements(position)
        return row[element] if element < len(row) else ""

    def called(self, where: Where) -> Context | None:
        """The element whose presence broke the condition."""
        segment = self._schema.segments.get(where.segment_tag)
        if segment is None or not 0 < where.segment_position <= len(self._tags):
            return None
        row = self._message.elements(where.segment_position)
        if where.component:
            return self._component(where, segment, row)
        present = {n for n, value in enumerate(row) if n and value}
        caller = _caller(segment.conditions, present, where.element)
        if not caller:
            return None
        use = segment.use(caller)
        number = use.element.number if use else ""
        return _trigger(where, caller, 0, number)

    def _component(
        self, where: Where, segment: Segment, row: Sequence[str]
    ) -> Context | None:
        use = segment.use(where.element)
        separator = self._message.separators.component
        if use is None or not isinstance(use.element, Composite) or not separator:
            return None
        value = row[where.element] if where.element < len(row) else ""
        parts = enumerate(value.split(separator), 1)
        present = {n for n, part in parts if part}
        composite = use.element
        caller = _caller(composite.conditions, present, where.component)
        if not caller:
            return None
        number = composite.uses[caller - 1].element.number
        return _trigger(where, where.element, caller, number)


def _caller(conditions: Iterable[Condition], present: set[int], missing: int) -> int:
    """Which of the present positions makes a condition break at ``missing``; 0: none.

    Where at least one of several has to be there, nothing called for it.
    """
    for condition in conditions:
        if missing in condition.broken(present):
            others = (n for n in condition.elements if n in present and n != missing)
            return next(others, 0)
    return 0


def _trigger(where: Where, element: int, component: int, number: str) -> Context:
    trigger = Where(
        segment_tag=where.segment_tag,
        segment_position=where.segment_position,
        element=element,
        component=component,
        data_element=number,
    )
    return Context(at=where, name=TRIGGER, trigger=trigger)
