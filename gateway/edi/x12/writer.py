"""Write X12 interchanges: one group of finished messages, any separators."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from gateway.edi.events import GroupBegun, InterchangeBegun, Separators
from gateway.edi.numbers import Numbers, following

Value = str | tuple[str, ...]
"""An element, or the components of a composite."""
Row = tuple[Value, ...]
"""A segment: its tag and its elements."""


_COMMON = Separators(suffix="\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Everything in ISA and GS that is no number, date or time.

    ``interchange_version`` is ISA12, ``version`` is GS08. ``encoding`` is a Python
    codec name; a character it lacks is written as ``?``.
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
    separators: Separators = _COMMON
    encoding: str = "ascii"

    @property
    def series(self) -> str:
        """The control number series: one per pair of identities."""
        ours = f"{self.sender_qualifier}:{self.sender_id}"
        return f"{ours}>{self.receiver_qualifier}:{self.receiver_id}"


def answering(interchange: InterchangeBegun, group: GroupBegun) -> Envelope:
    """The envelope of an answer: identities swapped, the rest as received.

    The acknowledgement request is not returned, and the separators are the inbound
    ones (facts of X12 997: usage letter and versions follow the group answered).
    """
    return Envelope(
        sender_qualifier=interchange[7],
        sender_id=interchange[8],
        receiver_qualifier=interchange[5],
        receiver_id=interchange[6],
        gs_sender=group[3] or interchange[8],
        gs_receiver=group[2] or interchange[6],
        version=group.version,
        interchange_version=interchange[12],
        usage=interchange[15] or "P",
        agency=group[7] or "X",
        separators=interchange.separators,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An interchange of one group that lacks its control numbers and its time.

    ``messages`` are pairs of ST01 and the segments between ST and SE.
    """

    kind: str
    functional_id: str
    envelope: Envelope
    messages: tuple[tuple[str, tuple[Row, ...]], ...]

    @property
    def message_count(self) -> int:
        """How many ST02 numbers it takes."""
        return len(self.messages)

    def finish(self, numbers: Numbers, now: datetime) -> bytes:
        """The interchange as bytes, with control numbers and date filled in."""
        envelope, separators = self.envelope, self.envelope.separators
        end = separators.terminator + separators.suffix
        clean = _cleaner(separators)
        lines = [_isa(envelope, numbers, now)]
        lines += (_segment(row, separators, clean) for row in self._rows(numbers, now))
        text = end.join(lines) + end
        return text.encode(envelope.encoding, "replace")

    def _rows(self, numbers: Numbers, now: datetime) -> Iterator[Row]:
        envelope = self.envelope
        group = str(numbers.group)
        yield (
            "GS",
            self.functional_id,
            envelope.gs_sender,
            envelope.gs_receiver,
            f"{now:%Y%m%d}" if envelope.version >= "004010" else f"{now:%y%m%d}",
            f"{now:%H%M}",
            group,
            envelope.agency,
            envelope.version,
        )
        number = numbers.message
        for set_id, body in self.messages:
            control = f"{number:04d}"
            yield ("ST", set_id, control)
            yield from body
            yield ("SE", str(len(body) + 2), control)
            number = following(number)
        yield ("GE", str(len(self.messages)), group)
        yield ("IEA", "1", f"{numbers.interchange:09d}")


def _isa(envelope: Envelope, numbers: Numbers, now: datetime) -> str:
    separators = envelope.separators
    repetition = separators.repetition or "U"
    return separators.element.join(
        (
            "ISA",
            "00",
            " " * 10,
            "00",
            " " * 10,
            f"{envelope.sender_qualifier:2.2}",
            f"{envelope.sender_id:15.15}",
            f"{envelope.receiver_qualifier:2.2}",
            f"{envelope.receiver_id:15.15}",
            f"{now:%y%m%d}",
            f"{now:%H%M}",
            repetition if envelope.interchange_version >= "00402" else "U",
            envelope.interchange_version,
            f"{numbers.interchange:09d}",
            envelope.ack_requested,
            envelope.usage,
            separators.component,
        )
    )


def _cleaner(separators: Separators) -> dict[int, str]:
    """Blanks for the separators and for control characters (X12.6: no escape)."""
    bad = set(separators.all) | set(map(chr, range(32))) | {"\x7f"}
    return {ord(character): " " for character in bad}


def _segment(row: Row, separators: Separators, clean: dict[int, str]) -> str:
    elements = [
        value.translate(clean)
        if isinstance(value, str)
        else _components(value, separators, clean)
        for value in row
    ]
    while len(elements) > 1 and not elements[-1]:
        elements.pop()
    return separators.element.join(elements)


def _components(
    values: Iterable[str], separators: Separators, clean: dict[int, str]
) -> str:
    joined = separators.component.join(value.translate(clean) for value in values)
    return joined.rstrip(separators.component)
