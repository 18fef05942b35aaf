"""What the 997 and the 999 share: outcomes of groups and sets, and parts of rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import groupby

from gateway.edi.events import GroupBegun, InterchangeBegun
from gateway.edi.x12.writer import Draft, Envelope, Row, Value, answering
from gateway.findings import CODES, Finding, Severity, Where
from gateway.findings.model import NOWHERE, Verdict, verdict
from gateway.values import swift

MOST_CODES = 5
"""Codes that AK5, IK5 and AK9 have room for."""
MOST_ELEMENTS = 99
"""AK4 or IK4 below one AK3 or IK3."""
ANSWERS = {
    Verdict.ACCEPTED: "A",
    Verdict.WITH_ERRORS: "E",
    Verdict.REJECTED: "R",
}
"""DE 717 and 715."""
IN_ERROR = "5"
"""DE 718: one or more segments in error."""

_COPY = 99
"""Characters of the bad data that AK404 may repeat (DE 724)."""
_OUTSIDE = re.compile(r"[^A-Za-z0-9 !\"&'()*+,\-./:;?=%@\[\]_{}\\|<>~^`#$]")
_GROUP_NUMBER = re.compile("[0-9]{1,9}").fullmatch
_COUNT = re.compile("[0-9]{1,6}").fullmatch
_TAG = re.compile(r"[A-Z][A-Z0-9]{1,2}")
_VERSION = re.compile(r"00[1-9]0[0-9]{2}[A-Za-z0-9]{0,6}")
_WIRE = ("WIRE-", "ENV-", "SYN-", "IMP-")
"""The findings that an acknowledgement speaks of; business findings never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One CTX. ``at`` is the place it belongs to, without an element the segment.

    ``name`` is ``SITUATIONAL TRIGGER``, or the element that names a business unit
    (``BEG03``) with ``value`` as sent. ``trigger`` is what called for ``at``.
    """

    at: Where
    name: str
    value: str = ""
    trigger: Where = NOWHERE


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class SetOutcome:
    """What became of one set: ST01 and ST02 as received, and its findings.

    ``reference`` is ST03 as received; it and ``contexts`` are told in a 999 alone.
    """

    type: str
    control_number: str
    findings: tuple[Finding, ...] = ()
    reference: str = ""
    contexts: tuple[Context, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Accepted, accepted with errors or rejected."""
        return verdict(self.findings)

    @property
    def reported(self) -> list[Finding]:
        """The findings that get an AK3 or IK3, by their place."""
        told = (f for f in self.findings if weighs(f) and is_reportable(f))
        return sorted(told, key=by_place)


@swift
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
        named = all([s.control_number for s in self.sets])
        return named and is_named(self.group)


def is_named(group: GroupBegun) -> bool:
    """Whether a group has a number and is no acknowledgement itself."""
    numbered = _GROUP_NUMBER(group.control_number) is not None
    return numbered and group.functional_id != "FA"


def in_interchanges(
    kind: str,
    made: Iterable[tuple[Envelope, tuple[Row, ...]]],
    reference: str = "",
) -> tuple[Draft, ...]:
    """Acknowledgements side by side in as few interchanges as their envelopes allow.

    ``kind`` is ``x12_997`` or ``x12_999``, ``reference`` their ST03.
    """
    return tuple(
        Draft(
            kind=kind,
            functional_id="FA",
            envelope=envelope,
            messages=tuple((kind[-3:], body) for _, body in bodies),
            reference=reference,
        )
        for envelope, bodies in groupby(made, key=lambda pair: pair[0])
    )


def envelope_of(
    interchange: InterchangeBegun,
    group: GroupBegun,
    dress: Callable[[Envelope], Envelope],
) -> Envelope:
    """The envelope of the answer; a GS08 that is no version is not repeated."""
    its = answering(interchange, group)
    return dress(its if is_version(its.version) else replace(its, version="004010"))


def is_version(text: str) -> bool:
    """Whether GS08 names a release of X12."""
    return _VERSION.fullmatch(text) is not None


def ak9(outcome: GroupOutcome) -> Row:
    """The verdict on the group, with the counts of its sets (X12 DE 715, 716)."""
    received = len(outcome.sets)
    verdicts = [s.verdict for s in outcome.sets]
    rejected = verdicts.count(Verdict.REJECTED)
    with_errors = Verdict.WITH_ERRORS in verdicts
    if outcome.refused or (received and rejected == received):
        answer, accepted = "R", 0
    elif rejected:
        answer, accepted = "P", received - rejected
    else:
        noted = with_errors or verdict(outcome.findings) is not Verdict.ACCEPTED
        answer, accepted = ("E" if noted else "A"), received
    stated = outcome.stated
    if not _COUNT(stated):
        stated = str(received)
    counts = (str(int(stated)), str(received), str(accepted))
    return ("AK9", answer, *counts, *_group_codes(outcome))


def _group_codes(outcome: GroupOutcome) -> list[str]:
    codes = [CODES[f.code].ak905 for f in outcome.findings if weighs(f)]
    if outcome.group.version < "004050":  # 19 is a security code there
        codes = ["6" if code == "19" else code for code in codes]
    return list(dict.fromkeys(filter(None, codes)))[:MOST_CODES]


def set_codes(
    findings: Iterable[Finding], code_of: Callable[[Finding], str]
) -> list[str]:
    """AK502 or IK502 onwards, each code once.

    ``code_of`` tells a finding's code. What has none is an error in a segment: a set
    that is not simply accepted always says why.
    """
    told = [f for f in findings if weighs(f) and f.code.startswith(_WIRE)]
    codes = dict.fromkeys(code_of(finding) or IN_ERROR for finding in told)
    return list(codes)[:MOST_CODES]


def weighs(finding: Finding) -> bool:
    """Whether it rejects or is an error: warnings and notes are not told."""
    return finding.severity in (Severity.REJECT, Severity.ERROR)


def is_reportable(finding: Finding) -> bool:
    """AK301 takes only tags that X12 defines (X12 RFI 1257)."""
    code, where = CODES[finding.code], finding.where
    if code.ak304 == "8" and not where.element:
        return False  # 8 announces an AK4
    tagged = _TAG.fullmatch(where.segment_tag) is not None
    return tagged and where.segment_position > 0 and code.ak304 not in ("", "1")


def by_place(finding: Finding) -> tuple[int, bool, str, str]:
    """By place; what is wrong with a segment as a whole before its elements."""
    where, ak304 = finding.where, CODES[finding.code].ak304
    return where.segment_position, ak304 == "8", where.segment_tag, ak304


def place(where: Where) -> Value:
    """Element, component and repetition, as far as they are needed (X12 C030)."""
    parts = [where.element, where.component, where.repetition]
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    text = tuple(str(part) if part else "" for part in parts)
    return text if len(text) > 1 else text[0]


def data_element(where: Where) -> str:
    """The element's number; composites have none that is a number (N0, DE 725)."""
    return where.data_element if where.data_element.isdigit() else ""


def copied(value: str, envelope: Envelope) -> str:
    """The bad data without separators and uncommon characters (DE 724)."""
    separators = envelope.separators.all
    text = _OUTSIDE.sub(" ", value)
    text = "".join(" " if character in separators else character for character in text)
    return text[:_COPY].rstrip()
