"""The interchange acknowledgement TA1, written from findings alone (X12.5 TA1).

It speaks of ISA, IEA and how the groups are nested, of nothing inside a group.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.edi.events import GroupBegun, InterchangeBegun
from gateway.edi.numbers import Numbers
from gateway.edi.x12.writer import Envelope, Pen, Row, answering
from gateway.findings import CODES, Finding, Severity
from gateway.findings.model import Verdict, verdict
from gateway.values import swift

KIND = "x12_ta1"

_ANSWER = {
    Verdict.ACCEPTED: "A",
    Verdict.WITH_ERRORS: "E",
    Verdict.REJECTED: "R",
}
_NO_ERROR = "000"
_CONTENT = "024"
"""The code of a rejection that the standard has no code for."""
_LATER = {"ENV-042": "032"}
"""Codes above 031, by finding; the versions before take the one of the code table."""
_LATER_FROM = "00504"
_NUMBER = re.compile("[0-9]{1,9}")


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a TA1 says: TA104 and TA105. One TA1 has one code."""

    verdict: Verdict
    code: str

    @property
    def letter(self) -> str:
        """TA104: A, E or R."""
        return _ANSWER[self.verdict]


def answer(interchange: InterchangeBegun, findings: Iterable[Finding]) -> Answer:
    """The verdict, and the first cause of it in the order of the interchange.

    ``findings`` are those of the interchange, not of its groups and messages. Of
    findings that weigh less than the verdict none is named. R is told with 024 when
    the cause has no code of its own.
    """
    told = [f for f in findings if _code(f, interchange[12])]
    outcome = verdict(told)
    if outcome is Verdict.ACCEPTED:
        return Answer(verdict=outcome, code=_NO_ERROR)
    rejecting = outcome is Verdict.REJECTED
    weight = Severity.REJECT if rejecting else Severity.ERROR
    first = min((f for f in told if f.severity is weight), key=_order)
    return Answer(verdict=outcome, code=_code(first, interchange[12]))


def is_due(
    interchange: InterchangeBegun,
    findings: Iterable[Finding],
    *,
    only_ta1: bool = False,
    when_rejecting: bool = False,
) -> bool:
    """Whether a TA1 is to be sent (X12 DE I13).

    ISA14 asks for it: 1 always, 2 when rejecting, 3 when there are errors.
    ``when_rejecting`` is the partner's setting: a rejection is told even unasked.
    ``only_ta1`` says that the interchange holds TA1 and no group: a TA1 is never
    answered. Without a number to name there is nothing to answer.
    """
    if only_ta1 or not interchange.control_number:
        return False
    outcome = answer(interchange, findings).verdict
    match interchange[14]:
        case "1":
            return True
        case "3" if outcome is not Verdict.ACCEPTED:
            return True
        case "2" if outcome is Verdict.REJECTED:
            return True
        case _:
            return when_rejecting and outcome is Verdict.REJECTED


def stops_997(interchange: InterchangeBegun, findings: Iterable[Finding]) -> bool:
    """Whether the interchange as a whole is rejected: none of its groups is answered.

    So it is whether or not the TA1 is sent.
    """
    return answer(interchange, findings).verdict is Verdict.REJECTED


def envelope(interchange: InterchangeBegun) -> Envelope:
    """The envelope of the answer: identities swapped, the rest as received.

    What cannot be repeated is put right: a version that is none, a usage that is not
    in the list, separators that cannot be told apart.
    """
    return answering(interchange, GroupBegun((), interchange.byte_offset))


def draft(
    interchange: InterchangeBegun, findings: Iterable[Finding], envelope: Envelope
) -> TA1Draft:
    """The TA1 that answers ``interchange``, in an interchange of its own.

    ``envelope`` is ``envelope(interchange)``, dressed as the partner wants it.
    """
    said = answer(interchange, findings)
    number = interchange.control_number
    if _NUMBER.fullmatch(number):
        number = number.zfill(9)  # I12 has nine digits even where ISA13 was not padded
    row = ("TA1", number, interchange[9], interchange[10], said.letter, said.code)
    return TA1Draft(envelope=replace(envelope, ack_requested="0"), row=row)


@dataclass(frozen=True, slots=True, kw_only=True)
class TA1Draft:
    """An interchange of one TA1 and no group that lacks its number and its time."""

    envelope: Envelope
    row: Row

    @property
    def kind(self) -> str:
        """``x12_ta1``."""
        return KIND

    @property
    def message_count(self) -> int:
        """None: there is no group, so neither GS06 nor ST02 is used up."""
        return 0

    def finish(self, numbers: Numbers, now: datetime) -> bytes:
        """The interchange as bytes. IEA01 is 0: it counts groups (X12.5)."""
        separators = self.envelope.separators
        pen = Pen(self.envelope)
        end = separators.terminator + separators.suffix
        trailer: Row = ("IEA", "0", f"{numbers.interchange:09d}")
        lines = (pen.isa(numbers, now), pen.segment(self.row), pen.segment(trailer))
        return "".join(line + end for line in lines).encode(pen.encoding)


def _code(finding: Finding, version: str) -> str:
    """The TA105 code of a finding for this ISA12, empty when a TA1 is silent on it."""
    if finding.severity not in (Severity.REJECT, Severity.ERROR):
        return ""
    code = CODES[finding.code].ta105
    if code and version >= _LATER_FROM:
        code = _LATER.get(finding.code, code)
    if not code and finding.severity is Severity.REJECT:
        return _CONTENT
    return code


def _order(finding: Finding) -> tuple[int, int, str]:
    """By place in the interchange: ISA element by element, then what follows."""
    where = finding.where
    offset = where.byte_offset if where.byte_offset >= 0 else sys.maxsize
    return offset, where.element, finding.code
