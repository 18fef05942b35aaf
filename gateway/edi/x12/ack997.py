"""The functional acknowledgement 997, written from findings alone (X12 997).

Only findings that reject or note an error are reported; business findings never are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from gateway.edi.events import InterchangeBegun
from gateway.edi.x12 import ack_rows
from gateway.edi.x12.ack_rows import GroupOutcome, SetOutcome, by_place
from gateway.edi.x12.writer import Draft, Envelope, Row
from gateway.findings import CODES, Finding

__all__ = ["KIND", "GroupOutcome", "SetOutcome", "drafts", "rows"]

KIND = "x12_997"

_BEFORE_4050 = {"18": "1", "19": "5"}


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
            its = ack_rows.envelope_of(interchange, outcome.group, dress)
            made.append((its, rows(outcome, its, missing_at_last=missing_at_last)))
    return ack_rows.in_interchanges(KIND, made)


def rows(
    outcome: GroupOutcome, envelope: Envelope, *, missing_at_last: bool = False
) -> tuple[Row, ...]:
    """The segments between ST and SE."""
    group = outcome.group
    out: list[Row] = [("AK1", group.functional_id, group.control_number)]
    if not outcome.refused:
        for set_ in outcome.sets:
            out += _set(set_, group.version, envelope, missing_at_last)
    out.append(ack_rows.ak9(outcome))
    return tuple(out)


def _set(
    outcome: SetOutcome, version: str, envelope: Envelope, missing_at_last: bool
) -> list[Row]:
    out: list[Row] = [("AK2", outcome.type, outcome.control_number)]
    for _, found in groupby(outcome.reported, key=by_place):
        out += _segment(list(found), version, envelope, missing_at_last)

    def code_of(finding: Finding) -> str:
        code = CODES[finding.code].ak502
        # 18 and 19 came with 004050
        return _BEFORE_4050.get(code, code) if version < "004050" else code

    codes = ack_rows.set_codes(outcome.findings, code_of)
    out.append(("AK5", ack_rows.ANSWERS[outcome.verdict], *codes))
    return out


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
    told = found[: ack_rows.MOST_ELEMENTS]
    return [head, *(_element(f, version, envelope) for f in told)]


def _element(finding: Finding, version: str, envelope: Envelope) -> Row:
    where, code = finding.where, CODES[finding.code].ak403
    if version < "004030":  # DE 723 12 and 13 came with it, and so did repetitions
        code = "3" if code in ("12", "13") else code
        where = replace(where, repetition=0)
    number, value = ack_rows.data_element(where), finding.value
    place = ack_rows.place(where)
    return ("AK4", place, number, code, ack_rows.copied(value, envelope))
