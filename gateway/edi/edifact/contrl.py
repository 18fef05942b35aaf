"""The acknowledgement CONTRL, written from findings alone (ISO 9735-4).

It speaks of syntax only: an unknown article or a wrong price never comes into it. What
it says and where is fact of the finding; which codes may be said is the ``Form``'s.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Literal

from gateway.edi.edifact.events import Row, UnbRead, UngRead
from gateway.findings import CODES, Finding, Severity
from gateway.findings.model import Verdict, verdict

__all__ = [
    "KIND",
    "ContrlRow",
    "Form",
    "GroupSaid",
    "InterchangeSaid",
    "MessageSaid",
    "rows",
]

KIND = "edifact_contrl"

Codes = Literal["v3", "v3.1", "v4", "eancom97", "eancom2002"]
"""Which list of 0085 is kept to."""
ContrlRow = tuple[str | tuple[str, ...], ...]
"""A segment: its tag, then its elements, composites as their components."""

_REJECTED, _ACCEPTED, _RECEIVED = "4", "7", "8"
"""0083: this level and all below, this level, no statement yet."""
_MOST_SEGMENTS = 999
_MOST_ELEMENTS = 99
_WIRE = ("WIRE-", "ENV-", "SYN-", "IMP-")
"""The findings that an acknowledgement speaks of; business findings never."""
_SERVICE = frozenset(
    ("UNA", "UNB", "UNG", "UNH", "UNT", "UNE", "UNZ", "UNS", "UNO", "UNP", "UGH", "UGT")
)
_ANSWERS = frozenset(("CONTRL", "APERAK"))
"""Messages that are answers themselves."""
_MISSING = "13"
_SURPLUS = "16"
_UNSPECIFIED = "18"


def _set(text: str) -> frozenset[str]:
    """Numbers and ranges of numbers, ``12-18 21``, as codes."""
    codes: set[str] = set()
    for word in text.split():
        first, _, last = word.partition("-")
        codes.update(map(str, range(int(first), int(last or first) + 1)))
    return frozenset(codes)


_ALL = _set("1-48")
_LISTS = {
    "v3": _set("1-43"),
    "v3.1": _set("2 7 12-43"),
    "v4": _set("2 7 12-18 20-26 28-30 32 33 35-37 39 40 45-48"),
    "eancom97": _set("2 7 12-43"),
    "eancom2002": _set("2 3 7 12-43"),
}
_CARRIED = {
    "UCI": _set("1 2 4 5 7 11-18 20-30 32 33 37 39-43 45-47"),
    "UCF": _set("4 5 11-18 21 22 24-29 31 32 37 39 40 45 47"),
    "UCM": _set("3-5 12-18 21 22 25-29 32 34 37 39 40 45 47"),
    "UCS": _set("6 13 15 16 18 21 22 27 34-36 45 48"),
    "UCD": _set("8-10 12-16 18 19 21 22 27 34 35 37-40 45 48"),
}
"""The codes that each segment may carry."""
_NARROWED = {
    "UCM": _set("12-18 21-23 25-31 34 37 39 40"),
    "UCS": _set("12-16 18 21 22 27 34-36"),
    "UCD": _set("12-16 18 19 21 22 27 34 37-40"),
}
"""What the guides of EANCOM leave of them; that of 2002 has 3 in UCM besides."""
_INSTEAD = {
    "1": "20",
    "3": "14",
    "4": "13",
    "5": "29",
    "6": "15",
    "8": "16",
    "9": "13",
    "10": "12",
    "19": "37",
    "38": "37",
    "35": "15",
    "36": "15",
    "43": "7",
    "45": "16",
    "46": "2",
    "47": "17",
    "48": "12",
}
"""What is said where a list or a segment does not have a code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a partner wants it.

    ``identifier`` is S009 of the answer, ``codes`` the list of 0085. With ``every``
    good messages are named, too; with ``received`` nothing is said of content yet.
    """

    identifier: tuple[str, ...] = ("CONTRL", "D", "3", "UN")
    codes: Codes = "v3.1"
    every: bool = False
    received: bool = False

    @classmethod
    def of_syntax(cls, syntax: int, *, every: bool = False) -> Form:
        """The form that goes with a syntax version, 1 to 4, where nothing is agreed."""
        if syntax == 4:
            return cls(identifier=("CONTRL", "4", "1", "UN"), codes="v4", every=every)
        return cls(every=every)

    def may(self, carrier: str) -> Collection[str]:
        """The codes that a segment may carry in this form."""
        return _may(self.codes, carrier)


def _may(codes: Codes, carrier: str) -> frozenset[str]:
    may = _CARRIED[carrier] & _LISTS[codes]
    if codes.startswith("eancom"):
        may &= _NARROWED.get(carrier, _ALL)
        if codes == "eancom2002" and carrier == "UCM":
            may |= {"3"}
    return may


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSaid:
    """What became of one message; ``unh`` is its header as received."""

    unh: Row
    findings: tuple[Finding, ...] = ()

    @property
    def type(self) -> str:
        """0065."""
        return self.unh[2][0].strip() if len(self.unh) > 2 else ""

    @property
    def nameable(self) -> bool:
        """Whether UCM can name it: by 0062, and by 0065, 0052, 0054 and 0051."""
        named = (*_composite(self.unh, 2), "", "", "", "")[:4]
        return bool(_first(self.unh, 1) and all(named))

    @property
    def refused(self) -> bool:
        """Whether it is rejected."""
        return verdict(self.findings) is Verdict.REJECTED


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSaid:
    """What became of one group and its messages; ``findings`` are its envelope's."""

    ung: UngRead
    messages: tuple[MessageSaid, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def nameable(self) -> bool:
        """Whether UCF can name it: by 0048 and both parties."""
        ung = self.ung
        return bool(ung.control_number and ung.part(2) and ung.part(3))

    @property
    def refused(self) -> bool:
        """Whether all of it is rejected, whatever its messages are like."""
        return verdict(self.findings) is Verdict.REJECTED


@dataclass(frozen=True, slots=True, kw_only=True)
class InterchangeSaid:
    """What became of an interchange; it has groups or bare messages, never both."""

    unb: UnbRead
    messages: tuple[MessageSaid, ...] = ()
    groups: tuple[GroupSaid, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether all of it is rejected."""
        return verdict(self.findings) is Verdict.REJECTED

    def answerable(self, *, aperak: bool = False) -> bool:
        """Whether CONTRL may answer it: never where it only answers us itself.

        With ``aperak`` those are answered, too. UCI repeats 0020 and both parties,
        which must have been sent.
        """
        every = [*self.messages, *(m for group in self.groups for m in group.messages)]
        never = _ANSWERS - {"APERAK"} if aperak else _ANSWERS
        if every and all(message.type in never for message in every):
            return False
        named = self.unb.control_number and self.unb.part(2) and self.unb.part(3)
        return bool(named)

    @property
    def flawed(self) -> bool:
        """Whether anything of it is rejected."""
        return (
            self.refused
            or any(message.refused for message in self.messages)
            or any(
                group.refused or any(m.refused for m in group.messages)
                for group in self.groups
            )
        )


def rows(said: InterchangeSaid, form: Form) -> tuple[ContrlRow, ...]:
    """The segments between UNH and UNT."""
    unb = said.unb.unb
    head = ("UCI", said.unb.control_number, _composite(unb, 2), _composite(unb, 3))
    if said.refused:
        return (_cut((*head, _REJECTED, *_blamed(said.findings, "UCI", form))),)
    if form.received:
        return ((*head, _RECEIVED),)
    out: list[ContrlRow] = [(*head, _ACCEPTED)]
    for group in said.groups:
        out += _group(group, form)
    for message in said.messages:
        out += _message(message, form)
    return tuple(out)


def _group(said: GroupSaid, form: Form) -> Iterator[ContrlRow]:
    """UCF and what stands below it; nothing where nothing is to be said."""
    ung = said.ung.ung
    head = ("UCF", said.ung.control_number, _composite(ung, 2), _composite(ung, 3))
    if said.refused:
        yield _cut((*head, _REJECTED, *_blamed(said.findings, "UCF", form)))
        return
    below = [row for message in said.messages for row in _message(message, form)]
    if (below or form.every) and said.nameable:
        yield (*head, _ACCEPTED)
        yield from below


def _message(said: MessageSaid, form: Form) -> Iterator[ContrlRow]:
    """UCM with its UCS and UCD, where the message is rejected or is to be named."""
    head = ("UCM", _first(said.unh, 1), _composite(said.unh, 2))
    if not said.refused:
        if form.every and said.nameable:
            yield (*head, _ACCEPTED)
        return
    told = [finding for finding in said.findings if _weighs(finding)]
    inside = [finding for finding in told if _is_inside(finding)]
    own = [finding for finding in told if not _is_inside(finding)]
    blamed = _blamed(own, "UCM", form) if own or not inside else ()
    yield _cut((*head, _REJECTED, *blamed))
    for _, at in islice(
        groupby(sorted(inside, key=_by_place), key=_by_place), _MOST_SEGMENTS
    ):
        yield from _segment(list(at), form)


def _segment(found: Sequence[Finding], form: Form) -> Iterator[ContrlRow]:
    """UCS for what is wrong with a segment, or UCS and UCD for its elements."""
    where = found[0].where
    if not where.element:
        for code in dict.fromkeys(_code(finding, "UCS", form) for finding in found):
            yield ("UCS", str(_position(found[0])), code)
        return
    yield ("UCS", str(where.segment_position))
    told = dict.fromkeys(_element(finding, form) for finding in found)
    yield from islice(told, _MOST_ELEMENTS)


def _element(finding: Finding, form: Form) -> ContrlRow:
    where = finding.where
    surplus = CODES[finding.code].e0085 == _SURPLUS  # the composite is at fault
    place = [str(where.element + 1), "" if surplus else str(where.component or "")]
    if form.codes == "v4" and where.repetition > 1:
        place.append(str(where.repetition))
    while not place[-1]:
        place.pop()
    return ("UCD", _code(finding, "UCD", form), tuple(place))


def _position(finding: Finding) -> int:
    """0096: of what is missing, the last segment before the gap."""
    position = finding.where.segment_position
    gap = CODES[finding.code].e0085 == _MISSING
    return max(position - 1, 1) if gap else position


def _blamed(
    findings: Iterable[Finding], carrier: str, form: Form
) -> Iterator[str | tuple[str, ...]]:
    """0085, 0013 and S011 of the worst that is wrong at a level."""
    told = [finding for finding in findings if _weighs(finding)]
    worst = min(
        told, key=lambda finding: finding.severity is not Severity.REJECT, default=None
    )
    if worst is None:
        yield _UNSPECIFIED
        return
    yield _code(worst, carrier, form)
    where = worst.where
    if where.segment_tag in _SERVICE:
        yield where.segment_tag
        if where.element:
            place = (str(where.element + 1), str(where.component or ""))
            yield place if place[1] else place[:1]


def _code(finding: Finding, carrier: str, form: Form) -> str:
    """0085 as the segment may carry it in this form; 18 where nothing fits."""
    may = form.may(carrier)
    code = CODES[finding.code].e0085 or _UNSPECIFIED
    for _ in range(3):
        if code in may:
            return code
        code = _INSTEAD.get(code, _UNSPECIFIED)
    return _UNSPECIFIED


def _weighs(finding: Finding) -> bool:
    """Whether it is told: warnings and notes are not, nor what is business."""
    heavy = finding.severity in (Severity.REJECT, Severity.ERROR)
    return heavy and finding.code.startswith(_WIRE)


def _is_inside(finding: Finding) -> bool:
    """Whether it is told with a segment of the message, and not with the message."""
    where = finding.where
    return where.segment_position > 0 and where.segment_tag not in ("UNH", "UNT")


def _by_place(finding: Finding) -> tuple[int, bool]:
    """By place; what is wrong with a segment as a whole before its elements."""
    where = finding.where
    return (where.segment_position if where.element else _position(finding)), bool(
        where.element
    )


def _composite(row: Row, element: int) -> tuple[str, ...]:
    """A composite as received, without what is empty at its end."""
    parts = list(row[element]) if element < len(row) else [""]
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return tuple(parts)


def _first(row: Row, element: int) -> str:
    return row[element][0] if element < len(row) else ""


def _cut(row: ContrlRow) -> ContrlRow:
    """A row without empty elements at its end."""
    cut = list(row)
    while cut and cut[-1] in ("", ("",)):
        cut.pop()
    return tuple(cut)
