"""What is said of EDIFACT messages before anybody looks at what they want."""

from __future__ import annotations

import pytest

from gateway.bootstrap import edifact, tables
from gateway.findings import Finding
from gateway.partner import Directory
from gateway.pipeline.inbound import read
from gateway.pipeline.rules import Rules
from tests.starters import ROOT, starter_profile

ORDER = (ROOT / "samples/edifact/order.edi").read_bytes()
LATER = ORDER.replace(b"ORDERS:D:01B:UN:EAN010", b"ORDERS:D:02A:UN:EAN010")


def rules(version: str = "D01B", message: str = "edifact_orders") -> Rules:
    agreed = [{"message": message, "version": version}]
    marlow = starter_profile("marlow-grocers", receives=agreed)
    return Rules(tables(), Directory.of([marlow]), directories=edifact())


def found(data: bytes, by: Rules) -> tuple[Finding, ...]:
    (interchange,) = read([data], by, receipt_id="rcp_1", door="folder").interchanges
    (group,) = interchange.groups
    (message,) = group.messages
    return message.findings


def test_any_number_of_blank_lines_hides_no_order():
    assert found(b"\n" * 40_000 + ORDER, rules()) == ()


def test_an_agreed_directory_without_tables_is_judged_by_the_nearest():
    assert LATER != ORDER
    (told,) = found(LATER, rules("D02A"))
    assert (told.code, str(told.where)) == ("ENV-313", "UNH-02 (segment 1)")
    assert "D01B" in told.what


def test_a_message_of_its_own_tables_says_nothing_of_it():
    assert found(ORDER, rules()) == ()


def test_the_nearest_directory_judges_as_strictly():
    short = LATER.replace(b"BGM+220", b"BGM+22012345")
    codes = [finding.code for finding in found(short, rules("D02A"))]
    assert codes == ["SYN-205", "ENV-313"]


def test_a_directory_that_is_not_agreed_is_refused_all_the_same():
    assert [finding.code for finding in found(LATER, rules())] == ["ENV-012"]


@pytest.mark.parametrize("message", ["edifact_orders", "edifact_ordchg"])
def test_a_partner_may_send_a_directory_without_tables(message: str):
    by = rules("D02A", message)
    whose = by.directory.profiles["marlow-grocers"]
    assert by.guide_findings(whose) == ()


def test_we_write_by_the_tables_of_the_directory_itself_alone():
    sends = [{"message": "edifact_ordrsp", "version": "D02A"}]
    marlow = starter_profile("marlow-grocers", sends=sends)
    (finding,) = rules().guide_findings(marlow)
    assert (finding.code, finding.value) == ("CFG-007", "edifact_ordrsp")
