"""Levels of tolerance: what deviations of envelope and wire weigh."""

from __future__ import annotations

import pytest

from gateway.findings import CODES, Finding, Severity, Where
from gateway.findings.model import Verdict, verdict
from gateway.partner.guide import Guide
from gateway.pipeline.tolerance import DEVIATIONS, Level, weighed, weights
from tests.starters import ROOT
from tests.unit.edi.parts import BODY, GS, ISA, faults, interchange, joined, read

ORDER = [Severity.NOTE, Severity.WARNING, Severity.ERROR, Severity.REJECT]
NOT_TO_BE_MOVED = (
    *("WIRE-001", "WIRE-002", "WIRE-003", "WIRE-012", "WIRE-013"),
    *("ENV-001", "ENV-008", "ENV-009", "ENV-013", "ENV-014", "ENV-015"),
    *("ENV-018", "ENV-020", "ENV-024", "ENV-033", "ENV-035"),
)


def found(raw: bytes, level: Level, guide: Guide | None = None) -> dict[str, str]:
    told = weighed(faults(read(raw)), level, guide)
    return {finding.code: str(finding.severity) for finding in told}


def test_the_tolerant_level_is_what_the_code_table_says():
    assert weights(Level.TOLERANT) == {c: CODES[c].severity for c in DEVIATIONS}


@pytest.mark.parametrize("code", DEVIATIONS)
def test_no_level_is_harder_than_the_one_before(code: str):
    deviation = DEVIATIONS[code]
    heavy = [ORDER.index(deviation.at(level)) for level in Level]
    assert heavy == sorted(heavy, reverse=True)


@pytest.mark.parametrize("code", NOT_TO_BE_MOVED)
def test_what_cannot_be_read_otherwise_has_no_levels(code: str):
    finding = Finding.of(code, "so it is")
    assert weighed([finding], Level.REPAIR) == (finding,)


def test_a_strict_partner_is_refused_a_message_that_is_wrapped():
    raw = interchange(BODY).replace(b"MAIN STREET", b"MAIN \nSTREET")
    assert found(raw, Level.STRICT) == {"WIRE-007": "reject"}


def test_a_tolerant_partner_has_it_noted():
    raw = interchange(BODY).replace(b"MAIN STREET", b"MAIN \nSTREET")
    assert found(raw, Level.TOLERANT) == {"WIRE-007": "note"}


def test_repair_counts_the_segments_itself():
    raw = interchange(BODY).replace(b"SE*22*", b"SE*21*")
    told = weighed(faults(read(raw)), Level.REPAIR)
    assert [f.code for f in told] == ["ENV-011"]
    assert verdict(told) is Verdict.WITH_ERRORS


def test_a_wrong_segment_count_rejects_a_tolerant_partner():
    raw = interchange(BODY).replace(b"SE*22*", b"SE*21*")
    assert found(raw, Level.TOLERANT) == {"ENV-011": "reject"}


def test_a_group_count_is_refused_strictly_and_mended_by_repair():
    raw = interchange(BODY).replace(b"GE*1*", b"GE*4*")
    assert found(raw, Level.STRICT) == {"ENV-064": "reject"}
    assert found(raw, Level.REPAIR) == {"ENV-064": "warning"}


def test_an_isa_of_another_width_is_refused_strictly():
    raw = joined(
        [ISA.replace("ACME           ", "ACME"), GS, "GE*0*7", "IEA*1*000000101"]
    )
    assert found(raw, Level.STRICT) == {"WIRE-006": "reject"}


def test_the_guide_beats_the_level():
    rule = {"code": "ENV-011", "severity": "warning"}
    raw = interchange(BODY).replace(b"SE*22*", b"SE*21*")
    guide = Guide.model_validate({"severity": [rule]})
    assert found(raw, Level.STRICT, guide) == {"ENV-011": "warning"}


def test_a_rule_for_a_place_beats_one_for_all():
    guide = Guide.model_validate(
        {
            "severity": [{"code": "ENV-029", "severity": "reject"}],
            "tolerate": [{"code": "ENV-029", "at": "ISA-09", "severity": "note"}],
        }
    )
    finding = Finding.of("ENV-029", "no date", Where(segment_tag="ISA", element=9))
    (told,) = weighed([finding], Level.TOLERANT, guide)
    assert told.severity is Severity.NOTE


def test_a_rule_about_another_message_does_not_count():
    rule = {"code": "ENV-011", "severity": "warning", "message": "x12_860"}
    guide = Guide.model_validate({"severity": [rule]})
    finding = Finding.of("ENV-011", "miscounted")
    (told,) = weighed([finding], Level.TOLERANT, guide, message="x12_850")
    assert told.severity is Severity.REJECT


def test_findings_of_elements_were_weighed_by_their_plan():
    finding = Finding.of("SYN-220", "empty", severity=Severity.ERROR)
    assert weighed([finding], Level.REPAIR) == (finding,)


@pytest.mark.parametrize("level", Level)
def test_no_level_makes_a_separator_of_two_bytes_readable(level: Level):
    raw = interchange(BODY).decode().replace("~", "§").encode()
    tolerated = Guide.model_validate(
        {"severity": [{"code": "ENV-005", "severity": "note"}]}
    )
    assert found(raw, level, tolerated) == {"ENV-005": "reject"}


def test_the_page_on_x12_has_every_deviation_as_it_is():
    page = (ROOT / "docs" / "x12.md").read_text("utf-8")
    rows = {
        f"| {code} | {CODES[code].title} | {d.strict} | {d.tolerant} | {d.repair} "
        f"| {d.mended} |"
        for code, d in DEVIATIONS.items()
    }
    told = {line for line in page.splitlines() if line.count("|") == 7}
    assert rows <= told
    assert len(rows) + 2 == len(told)
