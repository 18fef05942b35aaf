"""Read inbound acknowledgements: 997, 999 and TA1 as values.

Nothing here knows what was sent; who compares it with that is elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from gateway.edi.diagnosed import Context, ElementPlace
from gateway.edi.events import (
    AcknowledgementRead,
    Event,
    GroupBegun,
    GroupEnded,
    InterchangeBegun,
    MessageRead,
)
from gateway.findings import Finding, Findings, Severity, Where

KINDS = ("997", "999")
"""The sets that acknowledge groups (ST01)."""

_ANSWERS = {
    "A": "accepted",
    "E": "accepted_with_errors",
    "P": "partly_accepted",
    "R": "rejected",
    "M": "rejected",
    "W": "rejected",
    "X": "rejected",
}
"""DE 715, 717 and I17 as the statuses of an acknowledgement."""
MOST_SETS = 100_000
"""Sets read of one acknowledgement; with more it has no verdict of its own."""
MOST_ENTRIES = 10_000
"""AK3, AK4 and CTX read of one 997 or 999; what stands behind them is not kept."""
MOST_GROUPS = 100
"""AK1 read in one 997 or 999: the standard has one."""
_MOST_FINDINGS = 100
_LONGEST = 10
_COPY = 99
"""Characters told of what cannot be read."""
_ENTRIES = frozenset(("AK3", "AK4", "CTX"))
_OF_SETS = _ENTRIES | {"AK2", "AK5"}
_ORDER = {"AK3": "AK2", "AK4": "AK3", "AK5": "AK2", "CTX": "AK3"}
"""What must be open for a segment; IK3, IK4 and IK5 count as AK3, AK4 and AK5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementEntry:
    """AK4 or IK4: one element at fault. ``code`` is DE 723 or 621, ``value`` a copy."""

    place: ElementPlace
    code: str
    data_element: str = ""
    value: str = ""
    contexts: tuple[Context, ...] = ()
    position: int = 0
    """Which segment of the acknowledgement it is; ST is 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentEntry:
    """AK3 or IK3: one segment at fault. ``code`` is DE 720 or 620.

    ``segment_position`` counts ST of the set answered as 1; 0 is unreadable.
    """

    segment_tag: str
    segment_position: int
    code: str
    loop: str = ""
    elements: tuple[ElementEntry, ...] = ()
    contexts: tuple[Context, ...] = ()
    position: int = 0
    """Which segment of the acknowledgement it is; ST is 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAck:
    """AK2 to AK5: what became of one set. ``answer`` is AK501, ``codes`` AK502-06."""

    type: str
    control_number: str
    answer: str
    codes: tuple[str, ...] = ()
    implementation: str = ""
    segments: tuple[SegmentEntry, ...] = ()
    position: int = 0
    """Which segment of the acknowledgement AK2 is; ST is 1."""

    @property
    def acknowledgement(self) -> str:
        """The answer as our status; empty where AK501 says nothing we know."""
        return _ANSWERS.get(self.answer, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAck:
    """One 997 or 999: what became of one group of ours, and of its sets.

    ``kind`` is 997 or 999. ``functional_id`` is AK101, ``control_number`` AK102,
    ``version`` AK103. ``answer`` is AK901 and ``codes`` AK905-09; the counts are
    AK902-04, -1 where unreadable. Without ``sets`` it speaks for the whole group.
    ``interchange`` and ``group`` are the envelope that it came in, so their receiver
    is us. ``findings`` say what is wrong with the acknowledgement itself.
    """

    kind: str
    interchange: InterchangeBegun
    group: GroupBegun | None
    message_number: str
    byte_offset: int
    functional_id: str
    control_number: str
    answer: str
    version: str = ""
    codes: tuple[str, ...] = ()
    stated: int = -1
    received: int = -1
    accepted: int = -1
    sets: tuple[SetAck, ...] = ()
    position: int = 0
    """Which segment of the acknowledgement AK9 is; ST is 1."""
    findings: tuple[Finding, ...] = ()

    @property
    def acknowledgement(self) -> str:
        """The answer as our status; empty where AK901 says nothing we know."""
        return _ANSWERS.get(self.answer, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class InterchangeAck:
    """One TA1: what became of one interchange of ours.

    ``control_number`` is TA101 (our ISA13), ``date`` and ``time`` are our ISA09 and
    ISA10, ``answer`` is TA104 and ``code`` TA105.
    """

    interchange: InterchangeBegun
    byte_offset: int
    control_number: str
    date: str
    time: str
    answer: str
    code: str
    findings: tuple[Finding, ...] = ()

    @property
    def acknowledgement(self) -> str:
        """The answer as our status; empty where TA104 says nothing we know."""
        return _ANSWERS.get(self.answer, "") if self.answer in ("A", "E", "R") else ""


Ack = GroupAck | InterchangeAck


def read_acks(events: Iterable[Event]) -> tuple[Ack, ...]:
    """The acknowledgements among a reader's events, in their order.

    Never raises: what cannot be read is an ENV-101 finding of its acknowledgement.
    """
    out: list[Ack] = []
    interchange: InterchangeBegun | None = None
    group: GroupBegun | None = None
    for event in events:
        if isinstance(event, InterchangeBegun):
            interchange, group = event, None
        elif isinstance(event, GroupBegun):
            group = event
        elif isinstance(event, GroupEnded):
            group = None
        elif interchange is None:
            continue
        elif isinstance(event, AcknowledgementRead):
            out.append(_interchange_ack(interchange, event))
        elif isinstance(event, MessageRead) and event.type in KINDS:
            out += _Reading(interchange, group, event).read()
    return tuple(out)


def _interchange_ack(
    interchange: InterchangeBegun, event: AcknowledgementRead
) -> InterchangeAck:
    number, date, time, answer, code = (*event.ta1, "", "", "", "", "")[:5]
    found = Findings()
    where = Where(segment_tag="TA1", byte_offset=event.byte_offset)
    if not (number.isascii() and number.isdigit()):
        found.add("ENV-101", f"TA101 is {number!r}", where, number, severity=_ERROR)
    if answer not in ("A", "E", "R"):
        found.add("ENV-101", f"TA104 is {answer!r}", where, answer, severity=_ERROR)
    return InterchangeAck(
        interchange=interchange,
        byte_offset=event.byte_offset,
        control_number=number,
        date=date,
        time=time,
        answer=answer,
        code=code,
        findings=found.done(),
    )


_ERROR = Severity.ERROR


@dataclass(slots=True)
class _Open:
    """The entries that are being read; each goes into the one above when it ends."""

    set: tuple[int, list[str]] | None = None
    segment: tuple[int, list[str]] | None = None
    element: tuple[int, list[str]] | None = None
    segments: list[SegmentEntry] = field(default_factory=list)
    elements: list[ElementEntry] = field(default_factory=list)
    contexts: list[Context] = field(default_factory=list)
    """Those of the element where one is open, else those of the segment."""
    of_segment: list[Context] = field(default_factory=list)


class _Reading:
    """One 997 or 999, from ST to SE."""

    def __init__(
        self,
        interchange: InterchangeBegun,
        group: GroupBegun | None,
        message: MessageRead,
    ) -> None:
        self.interchange = interchange
        self.group = group
        self.message = message
        self.component = message.separators.component
        self.repetition = message.separators.repetition
        self.found = list(message.faults)
        self.notes = 0
        self.entries = 0
        self.cut = False
        """More sets than are read: the group's verdict would be that of unread ones."""
        self.open = _Open()
        self.sets: list[SetAck] = []
        self.out: list[GroupAck] = []
        self.head: tuple[int, list[str]] | None = None

    def read(self) -> list[GroupAck]:
        """Usually one; a second AK1 in the set starts a second one."""
        element = self.message.separators.element
        position = 0
        for position, segment in enumerate(self.message.each_segment(), 1):
            if len(self.out) >= MOST_GROUPS:
                break
            row = segment.split(element)
            tag = row[0].replace("IK", "AK") if row[0][:2] == "IK" else row[0]
            if self.cut and tag in _OF_SETS:
                continue
            if tag in _ENTRIES and self._one_too_many(position, row[0]):
                continue
            self._row(tag, position, row)
        if self.head is not None:
            self._note("AK9 is missing", position + 1, "AK9")
            self._finish(0, ["AK9"])
        if not self.out:
            self._note("AK1 is missing", 2, "AK1")
            self.head = (0, ["AK1"])
            self._finish(0, ["AK9"])
        return self._placed()

    def _one_too_many(self, position: int, tag: str) -> bool:
        """Count an entry; those behind the last one that is kept are left out."""
        self.entries += 1
        if self.entries == MOST_ENTRIES + 1:
            self._note(
                f"more than {MOST_ENTRIES} entries; the rest is left", position, tag
            )
        return self.entries > MOST_ENTRIES

    def _placed(self) -> list[GroupAck]:
        """What was read, with the byte of each finding: looked up once for all."""
        at = {f.where.segment_position for ack in self.out for f in ack.findings}
        offsets = self.message.offsets_of(at - {0}) if at else {}

        def placed(finding: Finding) -> Finding:
            offset = offsets.get(finding.where.segment_position)
            if offset is None or finding.code != "ENV-101":
                return finding
            return replace(finding, where=replace(finding.where, byte_offset=offset))

        return [replace(a, findings=tuple(map(placed, a.findings))) for a in self.out]

    def _row(self, tag: str, position: int, row: list[str]) -> None:
        needs = _ORDER.get(tag)
        if needs and not self._is_open(needs):
            self._note(f"{row[0]} stands without {needs}", position, row[0])
            return
        match tag:
            case "AK1":
                if self.head is not None:
                    self._note("AK9 is missing", position, "AK9")
                    self._finish(0, ["AK9"])
                self.head = (position, row)
            case "AK2":
                self._close_set(None)
                self.open.set = (position, row)
            case "AK3":
                self._close_segment()
                self.open.segment = (position, row)
            case "AK4":
                self._close_element()
                self.open.element = (position, row)
            case "CTX":
                self.open.contexts.append(self._context(row, position))
            case "AK5":
                self._close_set((position, row))
            case "AK9":
                self._finish(position, row)
            case _:
                pass  # ST, SE, and what does not belong into an acknowledgement

    def _is_open(self, tag: str) -> bool:
        return (self.open.set if tag == "AK2" else self.open.segment) is not None

    def _close_element(self) -> None:
        its, contexts = self.open.element, tuple(self.open.contexts)
        self.open.contexts = []
        if its is None:
            self.open.of_segment += contexts
            return
        position, row = its
        self.open.element = None
        entry = ElementEntry(
            place=self._place(_at(row, 1), position, row[0]),
            data_element=_at(row, 2),
            code=_at(row, 3),
            value=_at(row, 4),
            contexts=contexts,
            position=position,
        )
        self.open.elements.append(entry)

    def _close_segment(self) -> None:
        self._close_element()
        if self.open.segment is not None:
            position, row = self.open.segment
            entry = SegmentEntry(
                segment_tag=_at(row, 1),
                segment_position=self._number(_at(row, 2), position, row[0]),
                loop=_at(row, 3),
                code=_at(row, 4),
                elements=tuple(self.open.elements),
                contexts=tuple(self.open.of_segment),
                position=position,
            )
            self.open.segments.append(entry)
        self.open.segment = None
        self.open.elements, self.open.of_segment = [], []

    def _close_set(self, end: tuple[int, list[str]] | None) -> None:
        self._close_segment()
        if self.open.set is None:
            return
        position, row = self.open.set
        if end is None:
            self._note(f"AK5 of set {_at(row, 2)} is missing", position, "AK5")
        answer = end[1] if end else []
        if end and not _ANSWERS.get(_at(answer, 1)):
            self._note(f"{answer[0]}01 is {_at(answer, 1)!r}", end[0], answer[0], 1)
        its = SetAck(
            type=_at(row, 1),
            control_number=_at(row, 2),
            implementation=_at(row, 3),
            answer=_at(answer, 1),
            codes=tuple(filter(None, answer[2:7])),
            segments=tuple(self.open.segments),
            position=position,
        )
        self.open = _Open()
        if len(self.sets) < MOST_SETS:
            self.sets.append(its)
        elif not self.cut:
            self.cut = True
            self._note(f"more than {MOST_SETS} sets; AK9 is left", position, "AK2")

    def _finish(self, position: int, row: list[str]) -> None:
        self._close_set(None)
        if self.head is None:
            self._note("AK9 stands without AK1", position, "AK9")
            return
        head = self.head[1]
        if position and not _ANSWERS.get(_at(row, 1)):
            self._note(f"AK901 is {_at(row, 1)!r}", position, "AK9", 1)
        if not _at(head, 1) or not _at(head, 2).isdigit():
            what = f"AK1 names group {_at(head, 1)!r} {_at(head, 2)!r}"
            self._note(what, self.head[0] or 2, "AK1", 2)
        stated, received, accepted = (
            self._number(_at(row, n), position, "AK9", none=-1) for n in (2, 3, 4)
        )
        self.out.append(
            GroupAck(
                kind=self.message.type,
                interchange=self.interchange,
                group=self.group,
                message_number=self.message.control_number,
                byte_offset=self.message.byte_offset,
                functional_id=_at(head, 1),
                control_number=_at(head, 2),
                version=_at(head, 3),
                answer="" if self.cut else _at(row, 1),
                codes=tuple(filter(None, row[5:10])),
                stated=stated,
                received=received,
                accepted=accepted,
                sets=tuple(self.sets),
                position=position,
                findings=tuple(self.found),
            )
        )
        self.head, self.sets, self.found, self.cut = None, [], [], False

    def _context(self, row: list[str], position: int) -> Context:
        """CTX01 may repeat; the first one names the context, as guides have it."""
        first = _at(row, 1)
        if self.repetition:
            first = first.split(self.repetition)[0]
        parts = first.split(self.component, 1) if self.component else [first]
        name, value = (*parts, "")[:2]
        return Context(
            name=name,
            value=value,
            segment_tag=_at(row, 2),
            segment_position=self._number(_at(row, 3), position, "CTX"),
            loop=_at(row, 4),
            place=self._place(_at(row, 5), position, "CTX"),
        )

    def _place(self, text: str, position: int, tag: str) -> ElementPlace:
        parts = text.split(self.component) if self.component else [text]
        numbers = [self._number(part, position, tag) for part in (*parts, "", "")]
        return ElementPlace(
            element=numbers[0], component=numbers[1], repetition=numbers[2]
        )

    def _number(self, text: str, position: int, tag: str, none: int = 0) -> int:
        """A count or position; ``none`` where it was not sent or is no number."""
        text = text.strip()
        if not text:
            return none
        if text.isascii() and text.isdigit() and len(text) <= _LONGEST:
            return int(text)
        what = f"{text[:_COPY]!r} in {tag} is no number"
        self._note(what, position, tag, value=text)
        return none

    def _note(
        self, what: str, position: int, tag: str, element: int = 0, *, value: str = ""
    ) -> None:
        self.notes += 1
        if self.notes > _MOST_FINDINGS:
            return
        where = Where(
            segment_tag=tag,
            segment_position=position,
            element=element,
            byte_offset=self.message.byte_offset,
        )
        self.found.append(
            Finding.of("ENV-101", what, where, value[:_COPY], severity=_ERROR)
        )


def _at(row: Sequence[str], element: int) -> str:
    """Element ``element`` of a segment that was split; empty when not sent."""
    return row[element] if element < len(row) else ""
