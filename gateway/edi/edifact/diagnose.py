"""Explain a CONTRL: what the partner rejects, held against what was sent.

Each code becomes a diagnosis: the segment and element as they were sent, the cause in
words, what to do. What does not fit the original is a finding.
"""

from __future__ import annotations

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
from gateway.edi.edifact import meanings
from gateway.edi.edifact.contrl_read import Blamed, ContrlAck, Entry, MessageAck
from gateway.edi.edifact.events import UnbRead
from gateway.findings import Findings, Severity, Where

__all__ = ["OriginalEdifact", "diagnose"]

_ERROR, _WARNING = Severity.ERROR, Severity.WARNING
_MISSING = "13"


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalEdifact:
    """One interchange as it was sent; ``service`` are UNB, UNG, UNE and UNZ of it."""

    begun: UnbRead
    messages: tuple[OriginalMessage, ...]
    service: tuple[AnnotatedSegment, ...] = ()


def diagnose(
    acks: Sequence[ContrlAck], originals: Sequence[OriginalEdifact]
) -> tuple[Diagnosed[ContrlAck], ...]:
    """Each CONTRL held against the originals; without any its meaning only."""
    return tuple(_Diagnosing(ack, originals).run() for ack in acks)


class _Diagnosing:
    """One CONTRL."""

    def __init__(self, ack: ContrlAck, originals: Sequence[OriginalEdifact]) -> None:
        self.ack = ack
        self.found = Findings(ack.findings)
        self.given = bool(originals)
        self.original = next((one for one in originals if self._answers(one)), None)

    def _answers(self, one: OriginalEdifact) -> bool:
        """By 0020, as text; the parties may be written in another way."""
        return one.begun.control_number == self.ack.control_number

    def run(self) -> Diagnosed[ContrlAck]:
        """All of it, explained."""
        ack = self.ack
        if self.given and self.original is None:
            what = f"interchange {ack.control_number} is not the one that was given"
            where = Where(segment_tag="UCI", element=1, byte_offset=ack.byte_offset)
            self.found.add("ENV-111", what, where, ack.control_number, severity=_ERROR)
        diagnoses = tuple(self._said())
        return Diagnosed(
            ack=ack,
            matched=self.original is not None,
            diagnoses=diagnoses,
            findings=self.found.done(),
        )

    def _said(self) -> Iterator[Diagnosis]:
        ack, service = self.ack, self.original.service if self.original else ()
        number = ack.control_number
        yield self._verdict("interchange", number, "UCI", ack.answer)
        if ack.code:
            spot = _service(ack.blamed, service)
            yield self._coded("interchange", number, "UCI", ack.code, spot)
        for group in ack.groups:
            number = group.control_number
            yield self._verdict("group", number, "UCF", group.answer)
            if group.code:
                spot = _service(group.blamed, service)
                yield self._coded("group", number, "UCF", group.code, spot)
        for message in ack.messages:
            yield from self._message(message)

    def _message(self, said: MessageAck) -> Iterator[Diagnosis]:
        sent = self._match(said) if self.original else None
        segments = sent.segments if sent else ()
        subject = f"{said.type} {said.control_number}"
        yield self._verdict("message", subject, "UCM", said.answer)
        if said.code:
            spot = _service(said.blamed, segments)
            yield self._coded("message", subject, "UCM", said.code, spot)
        for entry in said.entries:
            carrier = "UCD" if entry.element else "UCS"
            level = "element" if entry.element else "segment"
            spot = self._spot(entry, sent)
            yield self._coded(level, subject, carrier, entry.code, spot)

    def _match(self, said: MessageAck) -> OriginalMessage | None:
        """The message of this number and type, else the only one of the number."""
        assert self.original is not None
        every = [
            one
            for one in self.original.messages
            if one.control_number == said.control_number
        ]
        for one in every:
            if one.type == said.type:
                return one
        what = f"message {said.type} {said.control_number} is not in the interchange"
        where = Where(segment_tag="UCM", element=1, byte_offset=self.ack.byte_offset)
        severity = _WARNING if every else _ERROR
        number = said.control_number
        self.found.add("ENV-113", what, where, number, severity=severity)
        return next(iter(every), None)

    def _spot(self, entry: Entry, sent: OriginalMessage | None) -> Spot:
        """What stands at the position that the partner names.

        Of what is missing that is the last segment in front of the gap.
        """
        present = {s.position: s for s in sent.segments if s.present} if sent else {}
        gap = entry.code == _MISSING and not entry.element
        segment = present.get(entry.position)
        tag = segment.tag if segment else "?"
        name = _name(tag, entry.position, entry.element, entry.component)
        spot = Spot(name=name)
        if sent is None:
            return spot
        at = entry.position + 1 if gap else entry.position
        ours = tuple(
            finding
            for one in sent.segments
            if one.position == at
            for finding in one.all_findings
            if finding.where.element in (0, entry.element)
        )
        if gap:
            behind = present.get(at)
            return replace(spot, segment=behind, before=segment, ours=ours)
        if segment is None:
            what = f"segment {entry.position} is named, {sent.subject} has"
            where = Where(segment_tag="UCS", byte_offset=self.ack.byte_offset)
            text = f"{what} {len(present)}"
            number = str(entry.position)
            self.found.add("ENV-114", text, where, number, severity=_WARNING)
            return spot
        element = _part(segment, entry.element, entry.component)
        return replace(spot, segment=segment, element=element, ours=ours)

    def _verdict(self, level: str, subject: str, at: str, code: str) -> Diagnosis:
        means = meanings.answer(code)
        return Diagnosis(level=level, subject=subject, at=at, code=code, meaning=means)

    def _coded(
        self, level: str, subject: str, at: str, code: str, spot: Spot
    ) -> Diagnosis:
        means = meanings.meaning(at, code)
        if means is UNKNOWN:
            where = Where(segment_tag=at, byte_offset=self.ack.byte_offset)
            what = f"{code!r} is no code of 0085"
            self.found.add("ENV-116", what, where, code, severity=_WARNING)
        return Diagnosis(
            level=level, subject=subject, at=at, code=code, meaning=means, spot=spot
        )


def _service(blamed: Blamed, segments: Sequence[AnnotatedSegment]) -> Spot:
    """The service segment that is named (0013), as it was sent."""
    if not blamed.tag:
        return NOWHERE
    segment = next((one for one in segments if one.tag == blamed.tag), None)
    return Spot(
        name=_name(blamed.tag, 0, blamed.element, blamed.component),
        segment=segment,
        element=_part(segment, blamed.element, blamed.component),
    )


def _part(
    segment: AnnotatedSegment | None, element: int, component: int
) -> AnnotatedElement | None:
    """The element that is meant, or its component where it has that."""
    whole = segment.element(element) if segment and element else None
    if whole is None or not component:
        return whole
    return next((one for one in whole.parts if one.number == component), whole)


def _name(tag: str, position: int, element: int, component: int) -> str:
    """``QTY-01-02 (segment 9)``, as findings have it."""
    return str(
        Where(
            segment_tag=tag,
            segment_position=position,
            element=element,
            component=component,
        )
    )
