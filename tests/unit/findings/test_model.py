"""Findings as values, and what several of them say together."""

from __future__ import annotations

import pytest

from gateway.findings import CODES, Finding, Findings, Severity, Where
from gateway.findings.model import NOWHERE, Verdict, verdict


@pytest.mark.parametrize(
    ("where", "text"),
    [
        (Where(), ""),
        (Where(path="/a/b"), "/a/b"),
        (Where(segment_tag="PO1"), "PO1"),
        (Where(segment_tag="PO1", element=4, segment_position=4), "PO1-04 (segment 4)"),
        (Where(segment_tag="MEA", element=4, component=1), "MEA-04-01"),
    ],
)
def test_a_place_as_text(where, text):
    assert str(where) == text


def test_a_finding_has_its_codes_severity_and_fix():
    found = Finding.of("SYN-206", "what")
    assert (found.severity, found.where) == (Severity.REJECT, NOWHERE)
    assert found.fix == CODES["SYN-206"].fix


def test_a_severity_can_be_given():
    assert Finding.of("SYN-206", "", severity=Severity.NOTE).severity is Severity.NOTE


def test_findings_are_collected_in_order():
    found = Findings([Finding.of("SYN-101", "")])
    found.add("SYN-102", "what", value="v")
    found.extend([Finding.of("SYN-103", "")])
    assert [f.code for f in found] == ["SYN-101", "SYN-102", "SYN-103"]
    assert len(found) == 3
    assert found.done()[1].value == "v"
    assert not Findings()


@pytest.mark.parametrize(
    ("codes", "outcome"),
    [
        ([], Verdict.ACCEPTED),
        (["WIRE-005", "WIRE-004"], Verdict.ACCEPTED),
        (["ENV-064", "WIRE-004"], Verdict.WITH_ERRORS),
        (["ENV-064", "SYN-101"], Verdict.REJECTED),
    ],
)
def test_the_worst_finding_decides(codes, outcome):
    assert verdict(Finding.of(code, "") for code in codes) is outcome
