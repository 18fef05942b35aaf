"""A standard's table with a guide laid over it."""

from __future__ import annotations

from gateway.edi.plan import plan
from gateway.findings import Severity
from gateway.partner.guide import Guide
from tests.unit.edi.parts import BODY, explained, guided, plan_850, put, schema

LONG = put(BODY, 4, "REF*DP*" + "1" * 35, out=1)


def test_without_a_guide_it_is_the_table():
    laid = plan_850()
    assert [node.tag for node in laid.nodes[:3]] == ["ST", "BEG", "CUR"]
    assert laid.findings == ()


def test_a_rule_for_a_place_that_does_not_exist_is_a_finding():
    guide = Guide.model_validate({"forbid": [{"at": "QQQ-01"}, {"at": "REF-09"}]})
    found = plan(schema(), guide, message="x12_850").findings
    assert [finding.code for finding in found] == ["CFG-005", "CFG-005"]


def test_a_rule_for_another_message_is_left_out():
    judge = guided(forbid=[{"at": "REF", "message": "x12_860"}])
    assert explained(BODY, judge) == []


def test_an_element_can_be_required():
    judge = guided(require=[{"at": "PO1-09"}])
    assert explained(BODY, judge) == [f"IMP-201 PO1-09 {n}" for n in (12, 15, 18)]


def test_a_code_of_the_standard_can_be_left_out():
    judge = guided(narrow=[{"at": "BEG-02", "values": ["NE"]}])
    assert explained(BODY, judge) == ["IMP-207 BEG-02 2"]


def test_a_code_can_be_added():
    body = ["BEG*00*QQX*4500001**20260115", *BODY[1:]]
    assert explained(body, guided(widen=[{"at": "BEG-02", "values": ["QQX"]}])) == []


def test_lengths_can_be_widened_and_narrowed():
    assert explained(LONG, guided(widen=[{"at": "REF-02", "max": 40}])) == []
    judge = guided(widen=[{"at": "REF-02", "max": 2}])
    assert explained(BODY, judge) == ["IMP-205 REF-02 4"]


def test_a_finding_can_be_tolerated_in_its_place():
    judge = guided(tolerate=[{"code": "SYN-205", "at": "REF-02"}])
    laid = judge.plan
    assert laid.severity("SYN-205", (), "REF", 2, 0) is Severity.WARNING
    assert laid.severity("SYN-205", (), "REF", 3, 0) is Severity.REJECT
    assert laid.severity("SYN-205", ("PO1",), "REF", 2, 0) is Severity.REJECT


def test_a_severity_for_one_place_goes_before_the_one_for_all():
    judge = guided(
        severity=[
            {"code": "SYN-205", "severity": "note"},
            {"code": "SYN-205", "severity": "error", "at": "REF-02"},
        ]
    )
    assert judge.plan.severity("SYN-205", (), "REF", 2, 0) is Severity.ERROR
    assert judge.plan.severity("SYN-205", (), "N1", 2, 0) is Severity.NOTE


def test_a_value_that_no_mapper_reads_does_not_reject():
    laid = plan(schema(), reads=frozenset({"REF-02"}))
    assert laid.severity("SYN-207", (), "REF", 2, 0) is Severity.REJECT
    assert laid.severity("SYN-207", (), "REF", 3, 0) is Severity.ERROR
    assert laid.severity("SYN-220", (), "REF", 3, 0) is Severity.WARNING
    assert laid.severity("SYN-107", (), "REF", 0, 0) is Severity.REJECT


def test_a_place_is_told_with_its_loops():
    line = next(node for node in plan_850().nodes if node.tag == "PO1")
    address = next(node for node in line.nodes if node.tag == "N1")
    assert address.nodes[1].segment.place == "PO1/N1/N2"


def test_codes_and_lengths_are_those_of_components():
    guide = Guide.model_validate(
        {
            "narrow": [
                {"at": "PO1/SLN-05", "values": ["EA"]},
                {"at": "PO1/SLN-05-01", "values": ["EA"]},
                {"at": "PO1/SLN-05-99", "values": ["EA"]},
                {"at": "BEG-02-01", "values": ["NE"]},
            ]
        }
    )
    found = plan(schema(), guide, message="x12_850").findings
    assert [finding.value for finding in found] == [
        "PO1/SLN-05",
        "PO1/SLN-05-99",
        "BEG-02-01",
    ]


SLN = put(BODY, 13, "SLN*1**I*1*EA>2*5")


def test_a_component_can_be_narrowed_required_and_forbidden():
    assert explained(SLN) == []
    narrow = guided(narrow=[{"at": "PO1/SLN-05-01", "values": ["CA"]}])
    assert explained(SLN, narrow) == ["IMP-207 SLN-05-01 13"]
    require = guided(require=[{"at": "PO1/SLN-05-03"}])
    assert explained(SLN, require) == ["IMP-201 SLN-05-03 13"]
    forbid = guided(forbid=[{"at": "PO1/SLN-05-02"}])
    assert explained(SLN, forbid) == ["IMP-210 SLN-05-02 13"]
