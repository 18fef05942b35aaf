"""Explain an acknowledgement: what the partner rejects, held against what was sent.

Each entry becomes a diagnosis: the original segment and element with its data, the
cause in words, what to do. What does not fit the original is a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gateway.edi.annotate import AnnotatedElement, AnnotatedSegment
from gateway.edi.diagnosed import (
    NOWHERE,
    UNKNOWN,
    Diagnosed,
    Diagnosis,
    OriginalMessage,
    Spot,
)
from gateway.edi.events import GroupBegun, InterchangeBegun
from gateway.edi.x12 import meanings
from gateway.edi.x12.acks import (
    Ack,
    ElementEntry,
    GroupAck,
    InterchangeAck,
    SegmentEntry,
    SetAck,
)
from gateway.edi.x12.meanings import meaning
from gateway.findings import Findings, Severity, Where

_ERROR, _WARNING = Severity.ERROR, Severity.WARNING
_MISSING = ("3", "I6", "I7", "I8")
"""Codes of DE 720 and 620 for a segment that is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalGroup:
    """One group as it was sent."""

    group: GroupBegun
    messages: tuple[OriginalMessage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalInterchange:
    """One interchange as it was sent."""

    begun: InterchangeBegun
    groups: tuple[OriginalGroup, ...]


def diagnose(
    acks: Sequence[Ack], originals: Sequence[OriginalInterchange]
) -> tuple[Diagnosed[Ack], ...]:
    """Each acknowledgement held against the originals; without any its meaning only."""
    return tuple(_Diagnosing(ack, originals).run() for ack in acks)


class _Diagnosing:
    def __init__(self, ack: Ack, originals: Sequence[OriginalInterchange]) -> None:
        self.ack = ack
        self.originals = originals
        self.found = Findings(ack.findings)
        self.version = ""
        self.kind = "AK"

    def run(self) -> Diagnosed[Ack]:
        if isinstance(self.ack, InterchangeAck):
            matched = self._match_interchange(self.ack)
            diagnoses = tuple(self._interchange(self.ack))
        else:
            self.kind = "IK" if self.ack.kind == "999" else "AK"
            group = self._match_group(self.ack)
            self.version = group.group.version if group else self.ack.version
            matched = group is not None
            diagnoses = tuple(self._group(self.ack, group))
        return Diagnosed(
            ack=self.ack,
            matched=matched,
            diagnoses=diagnoses,
            findings=self.found.done(),
        )

    # TA1.

    def _match_interchange(self, ack: InterchangeAck) -> bool:
        if not (self.originals and ack.control_number.strip().isdigit()):
            return False  # a number that is none is told already, ENV-101
        where = Where(segment_tag="TA1", element=1, byte_offset=ack.byte_offset)
        for original in self.originals:
            isa = original.begun
            if _same_number(isa.control_number, ack.control_number):
                if (isa[9], isa[10]) != (ack.date, ack.time):
                    what = (
                        f"TA102 and TA103 are {ack.date} {ack.time}, "
                        f"ISA09 and ISA10 were {isa[9]} {isa[10]}"
                    )
                    self._add("ENV-117", what, where, ack.date, _WARNING)
                return True
        what = f"interchange {ack.control_number} is not the one that was given"
        self._add("ENV-111", what, where, ack.control_number, _ERROR)
        return False

    def _interchange(self, ack: InterchangeAck) -> Iterator[Diagnosis]:
        subject = ack.control_number
        yield self._said("interchange", subject, "TA104", meanings.ANSWER, ack.answer)
        if ack.code and ack.code != "000":
            code = meanings.INTERCHANGE
            yield self._said("interchange", subject, "TA105", code, ack.code)

    # 997 and 999.

    def _match_group(self, ack: GroupAck) -> OriginalGroup | None:
        if not self.originals:
            return None
        for original in self.originals:
            for group in original.groups:
                its = group.group
                if its.functional_id == ack.functional_id and _same_number(
                    its.control_number, ack.control_number
                ):
                    self._compare_counts(ack, group)
                    return group
        where = Where(segment_tag="AK1", element=2, byte_offset=ack.byte_offset)
        what = f"group {ack.functional_id} {ack.control_number} was not given"
        self._add("ENV-112", what, where, ack.control_number, _ERROR)
        return None

    def _compare_counts(self, ack: GroupAck, group: OriginalGroup) -> None:
        sent = len(group.messages)
        if ack.received not in (-1, sent):
            where = Where(
                segment_tag="AK9",
                segment_position=ack.position,
                element=3,
                byte_offset=ack.byte_offset,
            )
            what = f"AK903 counts {ack.received} messages, {sent} were sent"
            self._add("ENV-117", what, where, str(ack.received), _WARNING)

    def _group(self, ack: GroupAck, group: OriginalGroup | None) -> Iterator[Diagnosis]:
        subject = f"{ack.functional_id} {ack.control_number}"
        yield self._said("group", subject, "AK901", meanings.ANSWER, ack.answer)
        for number, code in enumerate(ack.codes, 5):
            yield self._said("group", subject, f"AK9{number:02d}", meanings.GROUP, code)
        for one in ack.sets:
            yield from self._set(one, group)

    def _set(self, ack: SetAck, group: OriginalGroup | None) -> Iterator[Diagnosis]:
        message = self._match_set(ack, group) if group else None
        subject = f"{ack.type} {ack.control_number}"
        five = f"{self.kind}5"
        yield self._said("message", subject, f"{five}01", meanings.ANSWER, ack.answer)
        for number, code in enumerate(ack.codes, 2):
            yield self._said(
                "message", subject, f"{five}{number:02d}", meanings.SET, code
            )
        for entry in ack.segments:
            yield from self._segment(entry, subject, message)

    def _match_set(self, ack: SetAck, group: OriginalGroup) -> OriginalMessage | None:
        near = None
        for message in group.messages:
            if message.type == ack.type:
                if message.control_number == ack.control_number:
                    return message
                if _same_number(message.control_number, ack.control_number):
                    near = message
        where = Where(
            segment_tag="AK2",
            segment_position=ack.position,
            element=2,
            byte_offset=self.ack.byte_offset,
        )
        if near is None:
            what = f"message {ack.type} {ack.control_number} is not in the group"
            self._add("ENV-113", what, where, ack.control_number, _ERROR)
            return None
        what = f"AK202 is {ack.control_number}, ST02 was {near.control_number}"
        self._add("ENV-113", what, where, ack.control_number, _WARNING)
        return near

    def _segment(
        self, entry: SegmentEntry, subject: str, message: OriginalMessage | None
    ) -> Iterator[Diagnosis]:
        spot = Spot(name=_place(entry), contexts=entry.contexts)
        if message is not None:
            spot = self._original(entry, spot, message)
        if not (entry.code in ("", "8") and entry.elements):  # they tell it better
            at = f"{self.kind}304"
            code = entry.code
            yield self._said("segment", subject, at, meanings.SEGMENT, code, spot)
        for element in entry.elements:
            yield self._element(element, entry, subject, spot.segment)

    def _original(
        self, entry: SegmentEntry, spot: Spot, message: OriginalMessage
    ) -> Spot:
        """What stands at the position that the partner names."""
        present = {s.position: s for s in message.segments if s.present}
        missing = entry.code in _MISSING
        at, last = entry.segment_position, len(present)
        segment = present.get(at)
        ours = tuple(
            finding
            for one in message.segments
            for finding in one.all_findings
            if one.position == at and one.tag == entry.segment_tag
        )
        if missing and at <= last + 1:
            # some name the segment in front instead of the one behind (X12 RFI 41)
            return replace(spot, segment=segment, before=present.get(at - 1), ours=ours)
        if segment is None:
            what = f"segment {at} is named, {message.subject} has {last}"
            self._off("ENV-114", what, entry.position, 2, str(at))
        elif segment.tag != entry.segment_tag:
            what = f"segment {at} is {segment.tag}, not {entry.segment_tag}"
            self._off("ENV-114", what, entry.position, 1, entry.segment_tag)
        return replace(spot, segment=segment, ours=ours)

    def _element(
        self,
        entry: ElementEntry,
        of: SegmentEntry,
        subject: str,
        segment: AnnotatedSegment | None,
    ) -> Diagnosis:
        whole = None
        meant = segment is not None and segment.tag == of.segment_tag
        if segment is not None and meant:
            whole = segment.element(entry.place.element)
        element = _part(whole, entry)
        sent = element.value if element else ""
        if meant and entry.value and not _same_copy(entry.value, sent):
            what = f"{entry.value!r} is given as sent, it was {sent!r}"
            self._off("ENV-115", what, entry.position, 4, entry.value)
        spot = Spot(
            name=_place(of, entry),
            segment=segment,
            element=element,
            copy=entry.value,
            contexts=(*of.contexts, *entry.contexts),
            ours=whole.findings if whole else (),
        )
        at, code = f"{self.kind}403", entry.code
        return self._said("element", subject, at, meanings.ELEMENT, code, spot)

    def _said(
        self,
        level: str,
        subject: str,
        at: str,
        column: str,
        code: str,
        spot: Spot = NOWHERE,
    ) -> Diagnosis:
        means = meaning(column, code, self.version)
        told = column == meanings.ANSWER or not code  # by who read it, ENV-101
        if means is UNKNOWN and not told:
            where = Where(byte_offset=self.ack.byte_offset)
            what = f"{code!r} is no code for {at}"
            self.found.add("ENV-116", what, where, code, severity=_WARNING)
        return Diagnosis(
            level=level, subject=subject, at=at, code=code, meaning=means, spot=spot
        )

    def _off(
        self, code: str, what: str, position: int, element: int, value: str
    ) -> None:
        """A segment, element or copy that does not fit the original."""
        tag = f"{self.kind}{4 if element == 4 else 3}"
        where = Where(
            segment_tag=tag,
            segment_position=position,
            element=element,
            byte_offset=self.ack.byte_offset,
        )
        self.found.add(code, what, where, value, severity=_WARNING)

    def _add(
        self, code: str, what: str, where: Where, value: str, severity: Severity
    ) -> None:
        self.found.add(code, what, where, value, severity=severity)


def _place(segment: SegmentEntry, element: ElementEntry | None = None) -> str:
    """``PO1-02 (segment 9)``, as findings have it."""
    place = element.place if element else None
    return str(
        Where(
            segment_tag=segment.segment_tag or "?",
            segment_position=segment.segment_position,
            element=place.element if place else 0,
            component=place.component if place else 0,
        )
    )


def _part(
    whole: AnnotatedElement | None, entry: ElementEntry
) -> AnnotatedElement | None:
    """The repetition and component that is meant, as far as the element has them."""
    found = whole
    for number in (entry.place.repetition, entry.place.component):
        if found is None or not number or not found.parts:
            continue
        found = next((p for p in found.parts if p.number == number), found)
    return found


def _same_number(one: str, other: str) -> bool:
    """Control numbers as numbers: partners pad them or do not."""
    return one.strip().lstrip("0") == other.strip().lstrip("0")


def _same_copy(copy: str, sent: str) -> bool:
    """Whether a copy is what was sent: the whole element or a part of it.

    Copies are cut, and separators and uncommon characters become blanks (DE 724).
    """
    plain, whole = (re.sub(r"[^A-Za-z0-9]", "", text) for text in (copy, sent))
    return plain in whole if plain else copy.strip() in sent or not sent.isalnum()
