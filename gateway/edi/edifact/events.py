"""What the EDIFACT reader says: header, group header and message in EDIFACT's terms.

Trailers and faults are the events of ``gateway.edi.events``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from gateway.edi.edifact.marks import table
from gateway.edi.events import (
    BLANK,
    Fault,
    GroupEnded,
    InterchangeEnded,
    MessageRead,
    Separators,
)
from gateway.values import swift

__all__ = ["EdifactEvent", "EdifactMessage", "Row", "UnbRead", "UngRead", "segment_of"]

Row = tuple[tuple[str, ...], ...]
"""A segment: its elements in order, each with its components; the tag is the first."""


def segment_of(segment: str, separators: Separators, marks: str = "") -> Row:
    """A segment taken apart, released characters put back."""
    element, component = separators.element, separators.component
    back = table(marks, separators)
    return tuple(
        tuple(part.translate(back) for part in value.split(component))
        for value in segment.split(element)
    )


def _part(row: Row, element: int, component: int) -> str:
    if element < len(row) and component <= len(row[element]):
        return row[element][component - 1]
    return ""


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class UnbRead:
    """UNB was read. ``unb`` is the segment; its tag alone where UNB was not sent.

    ``encoding`` is the codec that texts are read by unless their bytes say otherwise.
    """

    unb: Row
    separators: Separators
    byte_offset: int
    encoding: str
    has_una: bool = False

    def part(self, element: int, component: int = 1) -> str:
        """A component of UNB, both counted from 1; empty when it was not sent."""
        return _part(self.unb, element, component)

    @property
    def syntax_identifier(self) -> str:
        """0001, such as ``UNOC``."""
        return self.part(1)

    @property
    def syntax(self) -> int:
        """0002 as a number, 1 to 4; 3 where it is none of them."""
        version = self.part(1, 2)
        return int(version) if version in ("1", "2", "3", "4") else 3

    @property
    def sender(self) -> tuple[str, str]:
        """Whose it is: 0007 and 0004."""
        return self.part(2, 2), self.part(2)

    @property
    def receiver(self) -> tuple[str, str]:
        """For whom it is: 0007 and 0010."""
        return self.part(3, 2), self.part(3)

    @property
    def control_number(self) -> str:
        """0020, exactly as sent."""
        return self.part(5)

    @property
    def application(self) -> str:
        """0026, the application reference, often a message type."""
        return self.part(7)

    @property
    def ack_request(self) -> str:
        """0031: ``1`` asks for an acknowledgement, in syntax 4 ``2`` for a receipt."""
        return self.part(9)

    @property
    def test_indicator(self) -> str:
        """0035: empty for production."""
        return self.part(11)


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class UngRead:
    """UNG was read; ``ung`` is the segment."""

    ung: Row
    byte_offset: int

    def part(self, element: int, component: int = 1) -> str:
        """A component of UNG, both counted from 1; empty when it was not sent."""
        return _part(self.ung, element, component)

    @property
    def message_type(self) -> str:
        """0038: the type of its messages."""
        return self.part(1)

    @property
    def control_number(self) -> str:
        """0048, exactly as sent."""
        return self.part(5)


@dataclass(slots=True, eq=False)
class EdifactMessage(MessageRead):
    """One message, UNH to UNT; ``elements`` and ``segments`` have marks in them.

    ``marks`` stand for released characters (``gateway.edi.edifact.marks``); ``row``
    and ``plain`` have them put back.
    """

    marks: str = ""
    syntax: int = 3
    end: bytes = b"'"
    """The bytes that end a segment in ``raw``."""
    _back: Mapping[int, str] | None = field(default=None, repr=False)
    _unh: Row | None = field(default=None, repr=False)

    def plain(self, value: str) -> str:
        """A value with its released characters put back."""
        if not self.marks:
            return value
        if self._back is None:
            self._back = table(self.marks, self.separators)
        return value.translate(self._back)

    def row(self, position: int) -> Row:
        """Segment ``position`` (UNH is 1) taken apart."""
        segment = self.separators.element.join(self.elements(position))
        return segment_of(segment, self.separators, self.marks)

    @property
    def unh(self) -> Row:
        """The message header."""
        if self._unh is None:
            self._unh = self.row(1)
        return self._unh

    @property
    def identifier(self) -> tuple[str, ...]:
        """S009 as sent: type, version, release, agency, association code, ..."""
        return self.unh[2] if len(self.unh) > 2 else ("",)

    @property
    def type(self) -> str:
        """0065, such as ``ORDERS``."""
        return self.identifier[0].strip()

    @property
    def directory(self) -> str:
        """0052 and 0054, such as ``D96A``, without blanks."""
        return "".join(part.strip() for part in self.identifier[1:3])

    @property
    def association(self) -> str:
        """0057: the subset that the message keeps to, such as ``EAN008``."""
        return _part(self.unh, 2, 5)

    @property
    def control_number(self) -> str:
        """0062, exactly as sent."""
        return _part(self.unh, 1, 1)

    def _starts(self) -> Iterator[int]:
        pattern = _pieces(self.end, self.separators.release)
        return (match.start() for match in pattern.finditer(self.raw))


@lru_cache(maxsize=32)
def _pieces(end: bytes, release: str) -> re.Pattern[bytes]:
    """A segment in the bytes, from its tag up to its terminator."""
    stop, free = re.escape(end), re.escape(release.encode("latin-1"))
    blank = re.escape(bytes(b for b in BLANK.encode("ascii") if b not in end))
    one = b"(?!" + stop + b")[^" + blank + free + b"]"
    inside = b"(?:(?!" + stop + b")[^" + free + b"])" if len(end) > 1 else b""
    inside = inside or b"[^" + stop + free + b"]"
    pair = free + b"." if free else b"(?!)"
    pattern = (
        b"(?:" + one + b"|" + pair + b")" + inside + b"*+(?:" + pair + inside + b"*+)*+"
    )
    return re.compile(pattern, re.DOTALL)


EdifactEvent = (
    UnbRead | UngRead | EdifactMessage | GroupEnded | InterchangeEnded | Fault
)
