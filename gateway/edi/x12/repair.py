"""Write a transmission again with everything mended that has one possible meaning.

What the bytes said stays with the bytes that came; this is a second object. What
nobody can mend is written as it was read, and told by its finding.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from gateway.edi.events import (
    AcknowledgementRead,
    Event,
    GroupBegun,
    GroupEnded,
    InterchangeBegun,
    InterchangeEnded,
    MessageRead,
    counted,
)
from gateway.edi.limits import Limits
from gateway.edi.x12.envelope import isa_findings
from gateway.edi.x12.layout import Layout
from gateway.edi.x12.reader import X12Reader

__all__ = ["repaired"]

_WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
"""Of ISA01 to ISA16."""
_MENDED = {
    "ENV-025": (1, "00"),
    "ENV-027": (3, "00"),
    "ENV-029": (9, "%y%m%d"),
    "ENV-030": (10, "%H%M"),
    "ENV-031": (11, "U"),
    "ENV-034": (14, "0"),
    "ENV-042": (11, "U"),
}
"""What stands in an ISA element instead, by the finding; a form of the time is filled
with the moment of receipt."""
_NOT_KEPT = frozenset(("WIRE-002", "WIRE-003"))
_UNENDED = "ENV-013"


def repaired(
    chunks: Iterable[bytes],
    now: datetime,
    limits: Limits | None = None,
    encoding: str | Callable[[InterchangeBegun], str] = "utf-8",
) -> Iterator[bytes]:
    """The transmission as the level ``repair`` reads it, piece by piece.

    ``now`` is the moment of receipt, for dates that are none. ``limits`` and
    ``encoding`` are the reader's; text is written in the encoding agreed. A message
    over the limits is left out. Never raises for any bytes.
    """
    reader, repair = X12Reader(limits, encoding), _Repair(now, encoding)
    for chunk in chunks:
        yield from map(repair.take, reader.receive(chunk))
    yield from map(repair.take, reader.finish())


class _Repair:
    def __init__(
        self, now: datetime, encoding: str | Callable[[InterchangeBegun], str]
    ) -> None:
        self._now = now
        self._encoding = encoding
        self._number = ""
        self._group: GroupBegun | None = None
        self._groups = 0
        self._messages = 0
        self._late = b""
        """ISA, or the GE that a group had not: written when something follows it."""

    def take(self, event: Event) -> bytes:
        """What to write for one event."""
        match event:
            case InterchangeBegun():
                self._late = self._begin(event)
            case GroupBegun():
                self._group, self._messages = event, 0
                self._groups += 1
                return self._late_and(self._row(("GS", *event.gs)))
            case MessageRead():
                return self._message(event)
            case GroupEnded():
                return self._end_group(event)
            case AcknowledgementRead():
                return self._late_and(self._row(("TA1", *event.ta1)))
            case InterchangeEnded():
                return self._end_interchange(event)
            case _:
                pass
        return b""

    def _begin(self, begun: InterchangeBegun) -> bytes:
        separators, encoding = begun.separators, self._encoding
        name = encoding if isinstance(encoding, str) else encoding(begun)
        self._codec = Layout.of(separators, name).encoding
        self._element = separators.element
        self._end = separators.terminator + separators.suffix
        component = re.escape(separators.component)
        trailing = f"{component}+(?={re.escape(separators.element)}|\\Z)"
        self._trailing = re.compile(trailing if component else r"(?!)")
        self._number, self._groups = begun.control_number, 0
        values = [begun[n] for n in range(1, 16)] + [separators.component]
        for finding in isa_findings(begun):
            if finding.code in _MENDED:
                element, value = _MENDED[finding.code]
                values[element - 1] = self._now.strftime(value)
        padded = map(str.ljust, values, _WIDTHS)
        return self._line(separators.element.join(("ISA", *padded)))

    def _message(self, message: MessageRead) -> bytes:
        codes = {fault.code for fault in message.faults}
        if codes & _NOT_KEPT:
            return b""
        self._messages += 1
        segments = [self._bare(segment) for segment in message.each_segment()]
        if _UNENDED not in codes:
            ending = ("SE", str(len(segments)), message.control_number)
            segments[-1] = self._element.join(ending)
        return self._line(self._end.join(segments))

    def _end_group(self, ended: GroupEnded) -> bytes:
        number = self._group.control_number if self._group else ""
        count = counted(self._messages, ended.trailer)
        ge = self._row(("GE", count, number))
        if ended.trailer is not None:
            return ge
        self._late = ge
        return b""

    def _end_interchange(self, ended: InterchangeEnded) -> bytes:
        if ended.trailer is None:
            self._late = b""
            return b""
        count = counted(self._groups, ended.trailer)
        return self._late_and(self._row(("IEA", count, self._number)))

    def _late_and(self, line: bytes) -> bytes:
        late, self._late = self._late, b""
        return late + line

    def _row(self, elements: Iterable[str]) -> bytes:
        return self._line(self._bare(self._element.join(elements)))

    def _bare(self, segment: str) -> str:
        """A segment without empty components and elements at its end."""
        if self._trailing.search(segment):
            segment = self._trailing.sub("", segment)
        return segment.rstrip(self._element)

    def _line(self, text: str) -> bytes:
        return (text + self._end).encode(self._codec, "replace")
