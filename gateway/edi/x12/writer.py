"""Write X12 interchanges: one group of finished messages, any separators."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import chain

from gateway.edi.events import GroupBegun, InterchangeBegun, Separators
from gateway.edi.letters import writable
from gateway.edi.numbers import Numbers, following
from gateway.findings import Finding
from gateway.values import swift

Value = str | tuple[str, ...]
"""An element, or the components of a composite."""
Row = tuple[Value, ...]
"""A segment: its tag and its elements."""


COMMON = Separators(suffix="\n")
"""The usual ones, and a line for each segment."""


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Everything in ISA and GS that is no number, date or time.

    ``interchange_version`` is ISA12, ``version`` is GS08. ``encoding`` is a Python
    codec name; a character it lacks is written in other letters, or as ``?``.
    Separators that are not ASCII are written in Latin-1, and so is all the rest then.
    """

    sender_qualifier: str
    sender_id: str
    receiver_qualifier: str
    receiver_id: str
    gs_sender: str
    gs_receiver: str
    version: str
    interchange_version: str = "00401"
    usage: str = "P"
    ack_requested: str = "0"
    agency: str = "X"
    separators: Separators = COMMON
    encoding: str = "ascii"

    @property
    def codec(self) -> str:
        """The encoding that is written, whatever the separators."""
        return self.encoding if self.separators.all.isascii() else "latin-1"

    @property
    def series(self) -> str:
        """The control number series: one per pair of identities."""
        ours = f"{self.sender_qualifier}:{self.sender_id}"
        return f"{ours}>{self.receiver_qualifier}:{self.receiver_id}"


@lru_cache(maxsize=16)
def moment(now: datetime) -> tuple[str, str]:
    """CCYYMMDD and HHMM; what is answered together is answered at one moment."""
    return f"{now:%Y%m%d}", f"{now:%H%M}"


_VERSION = re.compile("[0-9]{5}")


def answering(interchange: InterchangeBegun, group: GroupBegun) -> Envelope:
    """The envelope of an answer: identities swapped, the rest as received.

    The acknowledgement request is not returned, and the separators are the inbound
    ones (facts of X12 997: usage letter and versions follow the group answered). A
    version or usage that is none is not repeated, nor a separator that cannot be used.
    """
    isa = interchange.isa
    return _answering(
        isa[4:8],
        (isa[11], isa[14]),
        (group[2], group[3], group[7], group.version),
        interchange.separators,
    )


@lru_cache(maxsize=512)
def _answering(
    identities: tuple[str, ...],
    form: tuple[str, str],
    group: tuple[str, str, str, str],
    separators: Separators,
) -> Envelope:
    """ISA05 to ISA08, ISA12 and ISA15, and GS02, GS03, GS07 and GS08: a partner's
    are the same in all that he sends.
    """
    sender_qualifier, sender_id, qualifier, own_id = (s.strip(" ") for s in identities)
    version, usage = (s.strip(" ") for s in form)
    sender, receiver, agency, release = group
    return Envelope(
        sender_qualifier=qualifier,
        sender_id=own_id,
        receiver_qualifier=sender_qualifier,
        receiver_id=sender_id,
        gs_sender=receiver.strip() or own_id,
        gs_receiver=sender.strip() or sender_id,
        version=release,
        interchange_version=version if _VERSION.fullmatch(version) else "00401",
        usage=usage if usage in ("P", "T", "I") else "P",
        agency=agency or "X",
        separators=separators.mended(),
    )


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An interchange of one group that lacks its control numbers and its time.

    ``messages`` are pairs of ST01 and the segments between ST and SE. ``reference``
    is their ST03; empty leaves it out. ``findings`` say what did not fit into it.
    """

    kind: str
    functional_id: str
    envelope: Envelope
    messages: tuple[tuple[str, tuple[Row, ...]], ...]
    reference: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def series(self) -> str:
        """The control number series that it takes its numbers from."""
        return self.envelope.series

    @property
    def message_count(self) -> int:
        """How many ST02 numbers it takes."""
        return len(self.messages)

    def finish(self, numbers: Numbers, now: datetime) -> bytes:
        """The interchange as bytes, with control numbers and date filled in."""
        separators = self.envelope.separators
        end = separators.terminator + separators.suffix
        pen = Pen(self.envelope)
        lines = [pen.isa(numbers, now)]
        lines += pen.segments(list(self._rows(numbers, now)))
        return (end.join(lines) + end).encode(pen.encoding)

    def _rows(self, numbers: Numbers, now: datetime) -> Iterator[Row]:
        envelope = self.envelope
        group = str(numbers.group)
        day, minute = moment(now)
        yield (
            "GS",
            self.functional_id,
            envelope.gs_sender,
            envelope.gs_receiver,
            day if envelope.version >= "004010" else day[2:],
            minute,
            group,
            envelope.agency,
            envelope.version,
        )
        number = numbers.message
        for set_id, body in self.messages:
            control = f"{number:04d}"
            yield ("ST", set_id, control, self.reference)
            yield from body
            yield ("SE", str(len(body) + 2), control)
            number = following(number)
        yield ("GE", str(len(self.messages)), group)
        yield ("IEA", "1", f"{numbers.interchange:09d}")


@lru_cache(maxsize=64)
def _blanks(separators: str) -> Mapping[int, str]:
    """No escape: blanks for separators and control characters (X12.6)."""
    bad = set(separators) | set(map(chr, range(32))) | {"\x7f"}
    return {ord(character): " " for character in bad}


def _cleaned(value: str, separators: str, encoding: str) -> str:
    """A value that can be sent; blanks at its end mean nothing (X12.6)."""
    value = writable(value, encoding)
    return value.translate(_blanks(separators)).rstrip(" ")


@lru_cache(maxsize=1024)
def _padded(value: str, size: int, separators: str, encoding: str) -> str:
    """A value of one byte per character in an element of fixed length."""
    value = _cleaned(writable(value, "ascii"), separators, encoding)
    return f"{value:{size}.{size}}"


class Pen:
    """Writes segments with one envelope's separators and encoding."""

    def __init__(self, envelope: Envelope) -> None:
        separators = envelope.separators
        self._envelope = envelope
        self._separators = separators
        self.encoding = envelope.codec
        self._blanks = _blanks(separators.all)

    def segments(self, rows: Sequence[Row]) -> Iterable[str]:
        """The segments of many rows; those of plain text alone are judged at once."""
        try:
            text = "".join(chain.from_iterable(rows))  # type: ignore[arg-type]  # as below
        except TypeError:
            return map(self.segment, rows)
        if not self._can_be_sent(text):
            return map(self.segment, rows)
        element = self._separators.element
        lines = [element.join(row).rstrip(element) for row in rows]  # type: ignore[arg-type]  # as below
        if " " in text and f" {element}" in element.join((*lines, "")):
            return map(self.segment, rows)  # blanks at an element's end
        return lines

    def _can_be_sent(self, text: str) -> bool:
        """Whether it can be sent as it is, blanks at the end of elements aside."""
        return text.isascii() and text.translate(self._blanks) == text

    def segment(self, row: Row) -> str:
        """A segment without its terminator and without empty elements at its end."""
        try:
            text = "".join(row)  # type: ignore[arg-type]  # composites: see below
        except TypeError:
            return self._segment(row)
        if " " in text or not self._can_be_sent(text):
            return self._segment(row)
        element = self._separators.element
        return element.join(row).rstrip(element)  # type: ignore[arg-type]

    def _segment(self, row: Row) -> str:
        """Element by element: what cannot be sent as it is, and composites."""
        elements = [
            self._clean(value) if isinstance(value, str) else self._composite(value)
            for value in row
        ]
        while len(elements) > 1 and not elements[-1]:
            elements.pop()
        return self._separators.element.join(elements)

    def _clean(self, value: str) -> str:
        return _cleaned(value, self._separators.all, self.encoding)

    def _composite(self, values: Iterable[str]) -> str:
        component = self._separators.component
        return component.join(map(self._clean, values)).rstrip(component)

    def isa(self, numbers: Numbers, now: datetime) -> str:
        """The interchange header, every element padded to its length."""
        envelope, separators = self._envelope, self._separators
        symbol = (
            separators.repetition if envelope.interchange_version >= "00402" else ""
        )
        day, minute = moment(now)
        values = (
            ("00", 2),
            ("", 10),
            ("00", 2),
            ("", 10),
            (envelope.sender_qualifier, 2),
            (envelope.sender_id, 15),
            (envelope.receiver_qualifier, 2),
            (envelope.receiver_id, 15),
            (day[2:], 6),
            (minute, 4),
        )
        marks = separators.all
        fixed = [_padded(value, size, marks, self.encoding) for value, size in values]
        ends = (
            symbol or "U",
            envelope.interchange_version,
            f"{numbers.interchange:09d}",
            envelope.ack_requested,
            envelope.usage,
            separators.component,
        )
        return separators.element.join(("ISA", *fixed, *ends))
