"""Read an inbound CONTRL as values: what became of an interchange of ours.

Nothing here knows what was sent; who compares it with that is elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from gateway.edi.edifact.events import EdifactMessage, Row, UnbRead
from gateway.findings import Finding, Severity, Where

__all__ = ["Blamed", "ContrlAck", "Entry", "GroupAck", "MessageAck", "read_contrl"]

_ANSWERS = {
    "1": "accepted",
    "2": "accepted",
    "3": "accepted",
    "4": "rejected",
    "5": "accepted",
    "6": "rejected",
    "7": "accepted",
}
"""0083 as the status of an acknowledgement; those of old lists by what they mean."""
_MOST = 10_000
"""Segments read of one CONTRL; what stands behind them is not kept."""


@dataclass(frozen=True, slots=True)
class Entry:
    """UCS or UCD: a fault in a message of ours.

    ``position`` is 0096, UNH being 1; ``element`` and ``component`` are counted as
    findings count them, 0 for the segment as a whole. ``code`` is 0085.
    """

    position: int
    code: str
    element: int = 0
    component: int = 0


@dataclass(frozen=True, slots=True)
class Blamed:
    """The service segment at fault: 0013, and the place in it (S011)."""

    tag: str = ""
    element: int = 0
    component: int = 0


@dataclass(frozen=True, slots=True)
class GroupAck:
    """UCF: what became of one group. ``control_number`` is 0048."""

    control_number: str
    answer: str
    code: str = ""
    blamed: Blamed = Blamed()


@dataclass(frozen=True, slots=True)
class MessageAck:
    """UCM: what became of one message. ``control_number`` is 0062, ``type`` 0065."""

    control_number: str
    type: str
    answer: str
    code: str = ""
    blamed: Blamed = Blamed()
    entries: tuple[Entry, ...] = ()

    @property
    def acknowledgement(self) -> str:
        """The answer as our status; empty where 0083 says nothing we know."""
        return _ANSWERS.get(self.answer, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContrlAck:
    """One CONTRL: what became of one interchange of ours, and of its messages.

    ``interchange`` is the envelope that it came in, so its receiver is us.
    ``control_number`` is 0020 of ours, ``answer`` 0083 and ``code`` 0085 of UCI.
    """

    interchange: UnbRead
    byte_offset: int
    control_number: str
    answer: str
    code: str = ""
    blamed: Blamed = Blamed()
    groups: tuple[GroupAck, ...] = ()
    messages: tuple[MessageAck, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def acknowledgement(self) -> str:
        """The answer as our status; empty where it says nothing of the content (8)."""
        return _ANSWERS.get(self.answer, "")

    @property
    def overall(self) -> str:
        """The answer with those about groups and messages taken together."""
        below = [one.answer for one in self.groups]
        below += [one.answer for one in self.messages]
        refused = any(_ANSWERS.get(answer) == "rejected" for answer in below)
        refused = refused and self.acknowledgement != "rejected"
        return "partly_accepted" if refused else self.acknowledgement

    @property
    def refused_group(self) -> bool:
        """Whether a group of it is rejected as a whole."""
        return any(_ANSWERS.get(one.answer) == "rejected" for one in self.groups)


@dataclass(slots=True)
class _Open:
    """What is being read."""

    groups: list[GroupAck] = field(default_factory=list)
    messages: list[MessageAck] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    position: int = 0
    """0096 of the last UCS."""

    def close(self) -> None:
        """Give the open message its entries."""
        if self.messages and self.entries:
            last = self.messages[-1]
            self.messages[-1] = replace(last, entries=(*self.entries,))
        self.entries = []


def read_contrl(unb: UnbRead, message: EdifactMessage) -> ContrlAck | None:
    """What a CONTRL says; None where it has no UCI. Never raises."""
    uci: Row | None = None
    open_ = _Open()
    for position in range(1, min(len(message.segments), _MOST) + 1):
        row = message.row(position)
        match row[0][0]:
            case "UCI" if uci is None:
                uci = row
            case "UCF":
                open_.close()
                told = _at(row, 1), _at(row, 4), _at(row, 5)
                open_.groups.append(GroupAck(*told, _blamed(row, 6)))
            case "UCM":
                open_.close()
                said = _at(row, 1), _at(row, 2), _at(row, 3), _at(row, 4)
                open_.messages.append(MessageAck(*said, _blamed(row, 5)))
            case "UCS":
                open_.position = _whole(_at(row, 1))
                if code := _at(row, 2):
                    open_.entries.append(Entry(open_.position, code))
            case "UCD":
                place = _place(row, 2)
                open_.entries.append(Entry(open_.position, _at(row, 1), *place))
            case _:
                pass
    open_.close()
    if uci is None:
        return None
    return ContrlAck(
        interchange=unb,
        byte_offset=message.byte_offset,
        control_number=_at(uci, 1),
        answer=_at(uci, 4),
        code=_at(uci, 5),
        blamed=_blamed(uci, 6),
        groups=tuple(open_.groups),
        messages=tuple(open_.messages),
        findings=_faults(uci, message.byte_offset),
    )


def _faults(uci: Row, byte_offset: int) -> tuple[Finding, ...]:
    """What is wrong with the acknowledgement itself."""
    answer = _at(uci, 4)
    if answer in _ANSWERS or answer == "8":
        return ()
    where = Where(segment_tag="UCI", element=4, byte_offset=byte_offset)
    what = f"0083 is {answer!r}"
    return (Finding.of("ENV-101", what, where, answer, severity=Severity.ERROR),)


def _blamed(row: Row, element: int) -> Blamed:
    """0013, and behind it S011."""
    return Blamed(_at(row, element), *_place(row, element + 1))


def _place(row: Row, element: int) -> tuple[int, int]:
    """S011 as element and component: 0098 counts the tag, we do not."""
    return max(_whole(_at(row, element)) - 1, 0), _whole(_at(row, element, 2))


def _at(row: Row, element: int, component: int = 1) -> str:
    if element < len(row) and component <= len(row[element]):
        return row[element][component - 1].strip()
    return ""


def _whole(text: str) -> int:
    good = text.isascii() and text.isdigit() and len(text) <= 9
    return int(text) if good else 0
