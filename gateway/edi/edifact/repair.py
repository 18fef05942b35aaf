"""Write a transmission again with everything mended that has one possible meaning.

What the bytes said stays with the bytes that came; this is a second object. What
nobody can mend is written as it was read, and told by its finding.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from gateway.edi.edifact import envelope
from gateway.edi.edifact.events import (
    EdifactEvent,
    EdifactMessage,
    Row,
    UnbRead,
    UngRead,
)
from gateway.edi.edifact.marks import table
from gateway.edi.edifact.reader import EdifactReader
from gateway.edi.events import (
    Fault,
    GroupEnded,
    InterchangeEnded,
    Separators,
    counted,
)
from gateway.edi.letters import writable
from gateway.edi.limits import Limits

__all__ = ["repaired"]

_NOT_KEPT = frozenset(("WIRE-002", "WIRE-003"))
_UNENDED, _SLIP = "ENV-013", "ENV-311"
_DATE = 4
_NEVER = re.compile(r"(?!)")


def repaired(
    chunks: Iterable[bytes],
    now: datetime,
    limits: Limits | None = None,
    encoding: Callable[[UnbRead], str] | None = None,
) -> Iterator[bytes]:
    """The transmission as the level ``repair`` reads it, piece by piece.

    ``now`` is the moment of receipt, for dates that are none. ``limits`` and
    ``encoding`` are the reader's. A message over the limits is left out. Never raises
    for any bytes.
    """
    reader, repair = EdifactReader(limits, encoding), _Repair(now)
    for chunk in chunks:
        yield from map(repair.take, reader.receive(chunk))
    yield from map(repair.take, reader.finish())


class _Repair:
    def __init__(self, now: datetime) -> None:
        self._now = now
        self._unb: UnbRead | None = None
        self._group: UngRead | None = None
        self._groups = self._messages = self._grouped = 0
        self._head: list[Row | str] = []
        """What waits for the first message, which shows how segments are laid out."""
        self._unended: Row | None = None
        """The UNE that a group had not: written when something follows it."""
        self._use(Separators(), "", "")

    def take(self, event: EdifactEvent) -> bytes:
        """What to write for one event."""
        match event:
            case UnbRead():
                self._begin(event)
                return b""
            case UngRead():
                self._group, self._grouped = event, 0
                self._groups += 1
                return self._later(_dated(event.ung, self._syntax, self._now))
            case EdifactMessage():
                return self._message(event)
            case GroupEnded():
                return self._end_group(event)
            case InterchangeEnded():
                return self._end_interchange(event)
            case Fault():
                return b""

    def _begin(self, begun: UnbRead) -> None:
        self._unb = begun
        self._groups = self._messages = self._grouped = 0
        self._head, self._unended = [], None
        self._use(begun.separators, begun.encoding, "")
        its = begun.separators
        if begun.has_una:
            five = its.component + its.element + (its.decimal or ".")
            una = five + (its.release or " ") + (its.repetition or " ")
            self._head.append(f"UNA{una}")
        if len(begun.unb) > 1:
            self._head.append(_dated(begun.unb, begun.syntax, self._now))

    @property
    def _syntax(self) -> int:
        return self._unb.syntax if self._unb else 3

    def _use(self, its: Separators, codec: str, suffix: str) -> None:
        """Write with these service characters from now on."""
        self._its, self._codec = its, codec or "utf-8"
        self._end = its.terminator + suffix
        inner = re.escape(its.component)
        ends = re.escape(its.element + its.repetition)
        self._trailing = re.compile(f"{inner}+(?=[{ends}]|\\Z)") if inner else _NEVER
        self._released = {ord(c): its.release + c for c in its.all if its.release}

    def _message(self, message: EdifactMessage) -> bytes:
        codes = {fault.code for fault in message.faults}
        if codes & _NOT_KEPT:
            return b""
        self._messages += 1
        self._grouped += 1
        assert self._unb is not None
        if self._messages == 1:
            self._use(self._its, self._unb.encoding, _suffix(message))
        back = table(message.marks, message.separators)
        release = self._its.release
        released = {mark: release + character for mark, character in back.items()}
        segments = [self._bare(one).translate(released) for one in message.segments]
        if _SLIP in codes:
            segments[0] = self._text(_meant(message.unh))
        if _UNENDED not in codes:
            count = str(len(segments))
            segments[-1] = self._text((("UNT",), (count,), (message.control_number,)))
        return self._flushed() + self._lines(segments)

    def _end_group(self, ended: GroupEnded) -> bytes:
        number = self._group.control_number if self._group else ""
        une = (("UNE",), (counted(self._grouped, ended.trailer),), (number,))
        self._group = None
        if ended.trailer is not None:
            return self._flushed() + self._lines([self._text(une)])
        self._unended = une
        return b""

    def _end_interchange(self, ended: InterchangeEnded) -> bytes:
        if ended.trailer is None:
            self._unended = None
            return self._flushed()
        number = self._unb.control_number if self._unb else ""
        count = counted(self._groups or self._messages, ended.trailer)
        unz = (("UNZ",), (count,), (number,))
        return self._flushed() + self._lines([self._text(unz)])

    def _later(self, row: Row) -> bytes:
        """A header: with the others in front of the first message, or at once."""
        if self._messages:
            return self._flushed() + self._lines([self._text(row)])
        self._head.append(row)
        return b""

    def _flushed(self) -> bytes:
        """What waited to be written."""
        head, self._head = self._head, []
        if self._unended is not None:
            head.append(self._unended)
            self._unended = None
        lines = [one if isinstance(one, str) else self._text(one) for one in head]
        return self._lines(lines)

    def _text(self, row: Row) -> str:
        """A segment of its parts, service characters among the data released."""
        its = self._its
        elements = (
            its.component.join(part.translate(self._released) for part in parts)
            for parts in row
        )
        return self._bare(its.element.join(elements))

    def _bare(self, segment: str) -> str:
        """A segment without empty components and elements at its end."""
        if self._trailing.search(segment):
            segment = self._trailing.sub("", segment)
        return segment.rstrip(self._its.element)

    def _lines(self, segments: Iterable[str]) -> bytes:
        text = "".join(segment + self._end for segment in segments)
        try:
            return text.encode(self._codec)
        except UnicodeEncodeError:
            return "".join(map(self._letter, text)).encode(self._codec)

    def _letter(self, letter: str) -> str:
        """A letter that the set has; what stands for another one may be released."""
        instead = writable(letter, self._codec, lost=".")
        return letter if instead == letter else instead.translate(self._released)


def _suffix(message: EdifactMessage) -> str:
    """The line break behind the terminators, where all segments have one."""
    for suffix in ("\r\n", "\n", "\r"):
        pair = message.end + suffix.encode("ascii")
        if message.raw.count(pair) >= len(message.segments) - 1:
            return suffix
    return ""


def _meant(unh: Row) -> Row:
    """UNH with the message identifier as it was meant: ``D:96A`` of ``0: 96A``."""
    parts = [part.strip() for part in unh[2]]
    if parts[1:2] == ["0"]:
        parts[1] = "D"
    return (*unh[:2], tuple(parts), *unh[3:])


def _dated(row: Row, syntax: int, now: datetime) -> Row:
    """UNB or UNG with a date and a time as its syntax version has them."""
    if len(row) <= _DATE or not any(row[_DATE]):
        return row
    date, time = (*row[_DATE], "")[:2]
    date = envelope.date_meant(date, syntax)
    date = date or envelope.date_meant(f"{now:%Y%m%d}", syntax)
    time = time if envelope.is_time(time) else f"{now:%H%M}"
    return (*row[:_DATE], (date, time), *row[_DATE + 1 :])
