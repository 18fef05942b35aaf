"""The functional acknowledgement 997, written from findings alone (X12 997).

Only findings that reject or note an error are reported; business findings never are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from gateway.edi.events import GroupBegun, InterchangeBegun
from gateway.edi.x12.writer import Draft, Envelope, Row, answering
from gateway.findings import CODES, Finding, Severity
from gateway.findings.model import Verdict, verdict

KIND = "x12_997"

_MOST_CODES = 5
_MOST_ELEMENTS = 99
_COPY = 99
"""Characters of the bad data that AK404 may repeat (DE 724)."""
_OUTSIDE = re.compile(r"[^A-Za-z0-9 !\"&'()*+,\-./:;?=%@\[\]_{}\\|<>~^`#$]")
_TAG = re.compile(r"[A-Z][A-Z0-9]{1,2}")
_VERSION = re.compile(r"00[1-9]0[0-9]{2}[A-Za-z0-9]{0,6}")
_BEFORE_4050 = {"18": "1", "19": "5"}
_ANSWER = {
    Verdict.ACCEPTED: "A",
    Verdict.WITH_ERRORS: "E",
    Verdict.REJECTED: "R",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOutcome:
    """What became of one set: ST01 and ST02 as received, and its findings."""

    type: str
    control_number: str
    findings: tuple[Finding, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Accepted, accepted with errors or rejected."""
        return verdict(self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupOutcome:
    """What became of one group. ``stated`` is GE01 as sent, empty without GE."""

    group: GroupBegun
    sets: tuple[SetOutcome, ...]
    stated: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether the group as a whole is rejected."""
        return verdict(self.findings) is Verdict.REJECTED

    @property
    def answerable(self) -> bool:
        """Whether a 997 can be written: never for acknowledgements or bad numbers."""
        number = self.group.control_number
        return (
            self.group.functional_id != "FA"
            and re.fullmatch("[0-9]{1,9}", number) is not None
            and all(s.control_number for s in self.sets)
        )


def drafts(
    interchange: InterchangeBegun,
    outcomes: Iterable[GroupOutcome],
    *,
    dress: Callable[[Envelope], Envelope] = lambda envelope: envelope,
    missing_at_last: bool = False,
) -> tuple[Draft, ...]:
    """One 997 per answerable group, in one interchange per envelope needed.

    ``dress`` puts the partner's separators and encoding on an envelope.
    ``missing_at_last`` puts a missing segment at the last segment read instead of
    behind it.
    """
    made: list[tuple[Envelope, tuple[Row, ...]]] = []
    for outcome in outcomes:
        if outcome.answerable:
            its = dress(_envelope(interchange, outcome.group))
            made.append((its, rows(outcome, its, missing_at_last=missing_at_last)))
    out = []
    for its, bodies in groupby(made, key=lambda pair: pair[0]):
        messages = tuple(("997", body) for _, body in bodies)
        out.append(
            Draft(kind=KIND, functional_id="FA", envelope=its, messages=messages)
        )
    return tuple(out)


def _envelope(interchange: InterchangeBegun, group: GroupBegun) -> Envelope:
    its = answering(interchange, group)
    return its if _VERSION.fullmatch(its.version) else replace(its, version="004010")


def rows(
    outcome: GroupOutcome, envelope: Envelope, *, missing_at_last: bool = False
) -> tuple[Row, ...]:
    """The segments between ST and SE."""
    group = outcome.group
    out: list[Row] = [("AK1", group.functional_id, group.control_number)]
    if not outcome.refused:
        for set_ in outcome.sets:
            out += _set(set_, group.version, envelope, missing_at_last)
    out.append(_ak9(outcome))
    return tuple(out)


def _ak9(outcome: GroupOutcome) -> Row:
    received = len(outcome.sets)
    rejected = sum(s.verdict is Verdict.REJECTED for s in outcome.sets)
    with_errors = any(s.verdict is Verdict.WITH_ERRORS for s in outcome.sets)
    if outcome.refused or (received and rejected == received):
        answer, accepted = "R", 0
    elif rejected:
        answer, accepted = "P", received - rejected
    else:
        noted = with_errors or verdict(outcome.findings) is not Verdict.ACCEPTED
        answer, accepted = ("E" if noted else "A"), received
    codes = _group_codes(outcome)
    stated = outcome.stated
    if not re.fullmatch("[0-9]{1,6}", stated):
        stated = str(received)
    counts = (str(int(stated)), str(received), str(accepted))
    return ("AK9", answer, *counts, *codes)


def _group_codes(outcome: GroupOutcome) -> list[str]:
    codes = _codes(outcome.findings, "ak905")
    if outcome.group.version < "004050":  # 19 is a security code there
        codes = ["6" if code == "19" else code for code in codes]
    return list(dict.fromkeys(codes))[:_MOST_CODES]


def _set(
    outcome: SetOutcome, version: str, envelope: Envelope, missing_at_last: bool
) -> list[Row]:
    out: list[Row] = [("AK2", outcome.type, outcome.control_number)]
    reported = [f for f in outcome.findings if _weighs(f) and _reportable(f)]
    key = _segment_key
    for _, found in groupby(sorted(reported, key=key), key=key):
        out += _segment(list(found), version, envelope, missing_at_last)
    codes = _codes(outcome.findings, "ak502")
    if version < "004050":  # 18 and 19 came with 004050
        codes = [_BEFORE_4050.get(code, code) for code in codes]
    kept = list(dict.fromkeys(codes))[:_MOST_CODES]
    out.append(("AK5", _ANSWER[outcome.verdict], *kept))
    return out


def _weighs(finding: Finding) -> bool:
    return finding.severity in (Severity.REJECT, Severity.ERROR)


def _codes(findings: Iterable[Finding], column: str) -> list[str]:
    codes = (getattr(CODES[f.code], column) for f in findings if _weighs(f))
    return [code for code in codes if code]


def _reportable(finding: Finding) -> bool:
    """AK301 takes only tags that X12 defines (X12 RFI 1257)."""
    code = CODES[finding.code]
    tag = finding.where.segment_tag
    return bool(code.ak304) and code.ak304 != "1" and _TAG.fullmatch(tag) is not None


def _segment_key(finding: Finding) -> tuple[int, bool, str, str]:
    """By place; what is wrong with a segment as a whole before its elements."""
    where, ak304 = finding.where, CODES[finding.code].ak304
    return where.segment_position, ak304 == "8", where.segment_tag, ak304


def _segment(
    found: Sequence[Finding],
    version: str,
    envelope: Envelope,
    missing_at_last: bool,
) -> list[Row]:
    """One AK3, with its AK4 where elements are at fault."""
    where, ak304 = found[0].where, CODES[found[0].code].ak304
    position = where.segment_position
    if ak304 == "3" and missing_at_last:
        position -= 1
    head: Row = ("AK3", where.segment_tag, str(position), "", ak304)
    if ak304 != "8":
        return [head] * len(found)
    return [head, *(_element(f, version, envelope) for f in found[:_MOST_ELEMENTS])]


def _element(finding: Finding, version: str, envelope: Envelope) -> Row:
    where, code = finding.where, CODES[finding.code].ak403
    if version < "004030" and code in ("12", "13"):  # both came with 004030
        code = "3"
    place: str | tuple[str, ...] = str(where.element)
    repetition = str(where.repetition or "") if version >= "004030" else ""
    if repetition:
        place = (str(where.element), str(where.component or ""), repetition)
    elif where.component:
        place = (str(where.element), str(where.component))
    number = where.data_element if where.data_element.isdigit() else ""  # N0, DE 725
    return ("AK4", place, number, code, _copy(finding.value, envelope))


def _copy(value: str, envelope: Envelope) -> str:
    """The bad data without separators and uncommon characters (DE 724)."""
    separators = envelope.separators.all
    text = _OUTSIDE.sub(" ", value)
    text = "".join(" " if character in separators else character for character in text)
    return text[:_COPY].rstrip()
