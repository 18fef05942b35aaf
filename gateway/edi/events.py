"""What a reader says of a transmission: one event per envelope part and message."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from gateway.findings import Finding
from gateway.values import swift

_SPARE = "|':<!%^;"
"""Separators to take where the usual one is in use; more than can be."""
_MOST_SPLIT = 256
"""Segments of a message that are remembered as elements: ten times its bytes."""
BLANK = "\r\n\t \x00"
"""Characters that may stand between segments and carry no data."""


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Separators:
    """The separators of one interchange, one character each.

    ``terminator`` may be CR LF as a pair. ``repetition`` is empty where the
    standard's version has none. ``suffix`` are the line ends that followed the
    first terminator; it carries no data. X12 has neither ``release`` nor ``decimal``,
    the marks that EDIFACT's UNA names; an empty ``decimal`` takes point and comma.
    """

    element: str = "*"
    component: str = ">"
    repetition: str = ""
    terminator: str = "~"
    suffix: str = ""
    release: str = ""
    decimal: str = ""

    @property
    def text(self) -> str:
        """All of them in one text; ``of`` takes it back."""
        repetition = self.repetition or " "
        fixed = f"{self.element}{self.component or ' '}{repetition}"
        pair = len(self.terminator) == 2  # CR LF
        return fixed + self.terminator + ("" if pair else self.suffix)

    @classmethod
    def of(cls, text: str) -> Separators:
        """The separators that ``text`` names."""
        element, component, repetition, rest = text[0], text[1], text[2], text[3:]
        end = 2 if rest == "\r\n" else 1
        return cls(
            element=element,
            component=component.strip(" "),
            repetition=repetition.strip(" "),
            terminator=rest[:end],
            suffix=rest[end:],
        )

    @property
    def all(self) -> str:
        """The characters that data must not contain."""
        marks = self.element + self.component + self.repetition + self.terminator
        return marks + self.release

    @property
    def _are_good(self) -> bool:
        """Whether each is one character that can be used, and they differ."""
        if not (self.element and self.component and len(self.terminator) == 1):
            return False
        own = self.all
        return len(own) == len(set(own)) and not any(map(str.isalnum, own))

    def mended(self) -> Separators:
        """These for writing: another in place of one that cannot be used.

        That is one that is missing, a letter or digit, or used twice (X12.6).
        """
        if self._are_good:
            return self
        taken: list[str] = []
        for own, usual in (
            (self.element, "*"),
            (self.terminator, "~"),
            (self.component, ">"),
            (self.repetition, "^"),
        ):
            good = own and not own.isalnum() and own not in taken
            used = self.all + "".join(taken)
            free = (mark for mark in usual + _SPARE if mark not in used)
            taken.append(own if good else next(free))
        element, terminator, component, repetition = taken
        return Separators(
            element=element,
            component=component,
            repetition=repetition if self.repetition else "",
            terminator=terminator,
            suffix=self.suffix if terminator == self.terminator else "\n",
        )


@swift
@dataclass(frozen=True, slots=True)
class InterchangeBegun:
    """ISA was read. ``isa`` holds ISA01 to ISA16 as sent, padding included."""

    isa: tuple[str, ...]
    separators: Separators
    byte_offset: int

    def __getitem__(self, element: int) -> str:
        """ISA01 to ISA16 by its number, without padding."""
        return self.isa[element - 1].strip(" ")

    @property
    def control_number(self) -> str:
        """ISA13."""
        return self[13]


@swift
@dataclass(frozen=True, slots=True)
class GroupBegun:
    """GS was read. ``gs`` holds GS01 onwards."""

    gs: tuple[str, ...]
    byte_offset: int

    def __getitem__(self, element: int) -> str:
        """GS01 to GS08 by its number; empty when not sent."""
        return self.gs[element - 1] if element <= len(self.gs) else ""

    @property
    def functional_id(self) -> str:
        """GS01."""
        return self[1]

    @property
    def control_number(self) -> str:
        """GS06."""
        return self[6]

    @property
    def version(self) -> str:
        """GS08."""
        return self[8]


@dataclass(slots=True, eq=False)
class MessageRead:
    """One message, ST to SE: its text, with segments split when they are asked for.

    ``text`` has no line breaks that are not data and no terminator at its end.
    ``byte_offset`` is the first byte of ST in the transmission. ``faults`` are the
    envelope findings of this message (a missing SE, counts, numbers).
    """

    text: str
    separators: Separators
    byte_offset: int
    raw: bytes
    faults: tuple[Finding, ...] = ()
    _segments: list[str] | None = field(default=None, repr=False)
    _offsets: list[int] | None = field(default=None, repr=False)
    _first: list[str] | None = field(default=None, repr=False)
    _split: list[list[str]] | None = field(default=None, repr=False)
    placed: tuple[object, object] | None = field(default=None, repr=False)
    """Its tree of loops, once ``Validator`` made it, and by which walk."""

    @property
    def segments(self) -> list[str]:
        """The segments as sent, tag first; treat as read-only."""
        if self._segments is None:
            self._segments = self.text.split(self.separators.terminator[-1])
        return self._segments

    def split(self) -> Iterable[list[str]]:
        """The segments, split into elements, tag first; treat as read-only.

        Those of a short message are remembered until its tree is made.
        """
        if self._split is not None:
            return self._split
        element, segments = self.separators.element, self.segments
        if len(segments) > _MOST_SPLIT:
            return (segment.split(element) for segment in segments)
        self._split = [segment.split(element) for segment in segments]
        return self._split

    def take_split(self) -> list[list[str]]:
        """The segments, split, for one who keeps them himself."""
        split = self.split()
        self._split = None
        return split if isinstance(split, list) else list(split)

    @property
    def offsets(self) -> list[int]:
        """Where each segment starts in the transmission, counted in bytes."""
        if self._offsets is None:
            self._offsets = [self.byte_offset + start for start in self._starts()]
        return self._offsets

    def _starts(self) -> Iterator[int]:
        """Where the segments start in ``raw``."""
        return _segment_starts(self.raw, self.separators)

    def each_segment(self) -> Iterator[str]:
        """The segments one after the other, for who need not keep them all."""
        end, start = self.separators.terminator[-1], 0
        while (stop := self.text.find(end, start)) >= 0:
            yield self.text[start:stop]
            start = stop + 1
        yield self.text[start:]

    def offsets_of(self, positions: Collection[int]) -> dict[int, int]:
        """Where the segments in these positions start; only they are remembered."""
        most = range(1, max(positions, default=0) + 1)
        first = zip(most, self._starts(), strict=False)
        return {n: self.byte_offset + start for n, start in first if n in positions}

    def elements(self, position: int) -> list[str]:
        """Segment ``position`` (ST is 1), split; index 0 is the tag."""
        if position == 1:  # it is asked for again and again
            if self._first is None:
                first = next(self.each_segment())
                self._first = first.split(self.separators.element)
            return self._first
        return self.segments[position - 1].split(self.separators.element)

    @property
    def type(self) -> str:
        """ST01, such as ``850``."""
        st = self.elements(1)
        return st[1] if len(st) > 1 else ""

    @property
    def control_number(self) -> str:
        """ST02 exactly as sent."""
        st = self.elements(1)
        return st[2] if len(st) > 2 else ""


def _segment_starts(raw: bytes, separators: Separators) -> Iterator[int]:
    """Where the segments start in ``raw``; pieces of blanks only are none."""
    terminator = separators.terminator
    ends = "\r\n" if terminator in ("\n", "\r", "\r\n") else terminator
    data = separators.element + separators.component
    blank = "".join(character for character in BLANK if character not in data)
    inside, first = re.escape(ends), re.escape(ends + blank)
    pattern = f"[^{first}][^{inside}]*+".encode("latin-1")
    return (match.start() for match in re.finditer(pattern, raw))


def counted(parts: int, trailer: Sequence[str] | None) -> str:
    """What a mended trailer counts: what came.

    Where nothing came of what it counts, that was lost: the count stands as proof.
    """
    return str(parts) if parts or not trailer else trailer[0]


@swift
@dataclass(frozen=True, slots=True)
class GroupEnded:
    """GE or UNE was read, or was missing. ``messages`` counts those that were seen.

    ``trailer`` has its elements, the tag left out.
    """

    trailer: tuple[str, ...] | None
    messages: int
    faults: tuple[Finding, ...] = ()


@swift
@dataclass(frozen=True, slots=True)
class AcknowledgementRead:
    """TA1 was read; it answers one of our interchanges."""

    ta1: tuple[str, ...]
    byte_offset: int


@swift
@dataclass(frozen=True, slots=True)
class InterchangeEnded:
    """IEA or UNZ was read, or was missing; ``trailer`` has its elements.

    ``sha256`` is of the bytes of the interchange, header and trailer included.
    """

    trailer: tuple[str, ...] | None
    byte_offset: int
    sha256: str
    faults: tuple[Finding, ...] = ()


@swift
@dataclass(frozen=True, slots=True)
class Fault:
    """Something in the transmission that is no part of any message."""

    finding: Finding


Event = (
    InterchangeBegun
    | GroupBegun
    | MessageRead
    | GroupEnded
    | AcknowledgementRead
    | InterchangeEnded
    | Fault
)
