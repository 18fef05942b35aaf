"""A finding as text and as JSON."""

from __future__ import annotations

import json

from gateway.findings import CODES, Finding, Severity, Where
from gateway.findings.render import as_json, as_text, as_texts, where_json

PRICE = Where(
    segment_tag="PO1",
    segment_position=4,
    loop="/PO1[1]",
    element=4,
    data_element="212",
    byte_offset=310,
    path="/lines/0/price",
)


def test_text_is_code_place_cause_and_fix():
    finding = Finding.of("SYN-206", "'9,99' is not a number", PRICE, "9,99")
    fix = CODES["SYN-206"].fix
    assert as_text(finding) == (
        f"SYN-206 PO1-04 (segment 4): '9,99' is not a number. {fix}"
    )


def test_a_place_that_is_only_a_byte_is_told_as_one():
    finding = Finding.of("WIRE-004", "5 bytes", Where(byte_offset=106))
    assert as_text(finding).startswith("WIRE-004 byte 106: 5 bytes. ")


def test_the_first_byte_is_a_place_too():
    finding = Finding.of("WIRE-001", "no ISA", Where(byte_offset=0))
    assert as_text(finding).startswith("WIRE-001 byte 0: ")


def test_a_finding_without_a_place_has_none_in_its_text():
    assert as_text(Finding.of("CHG-002", "nothing")).startswith("CHG-002: nothing. ")


def test_a_place_in_a_file_is_its_path():
    finding = Finding.of("CFG-020", "no price", Where(path="prices.csv:7"))
    assert as_text(finding).startswith("CFG-020 prices.csv:7: no price. ")


def test_json_has_what_is_known_and_nothing_else():
    finding = Finding.of("SYN-206", "'9,99' is not a number", PRICE, "9,99")
    assert as_json(finding) == {
        "code": "SYN-206",
        "severity": "reject",
        "what": "'9,99' is not a number",
        "fix": CODES["SYN-206"].fix,
        "value": "9,99",
        "where": {
            "at": "PO1-04 (segment 4)",
            "segment_tag": "PO1",
            "segment_position": 4,
            "loop": "/PO1[1]",
            "element": 4,
            "data_element": "212",
            "byte_offset": 310,
            "path": "/lines/0/price",
        },
    }


def test_json_of_a_finding_without_place_and_value_has_neither():
    finding = Finding.of("CHG-002", "nothing", severity=Severity.NOTE)
    assert set(as_json(finding)) == {"code", "severity", "what", "fix"}
    assert as_json(finding)["severity"] == "note"


def test_json_can_be_dumped():
    assert json.dumps(as_json(Finding.of("SYN-206", "no number", PRICE)))


def test_component_and_repetition_are_told():
    where = Where(segment_tag="CTP", element=5, component=1, repetition=2)
    body = where_json(where)
    assert (body["component"], body["repetition"]) == (1, 2)
    assert body["at"] == "CTP-05-01"


def test_what_is_the_same_in_several_segments_is_said_once_with_all_of_them():
    def price(segment: int, what: str = "'NTP' is not in the list") -> Finding:
        where = Where(segment_tag="PRI", segment_position=segment, element=1)
        return Finding.of("SYN-207", what, where)

    other = price(14, "'X' is not in the list")
    told = list(as_texts([price(7), other, *map(price, range(13, 130, 6))]))
    assert [first for first, _ in told] == [price(7), other]
    assert told[0][1].startswith("SYN-207 PRI-01 (segment 7)")
    assert told[0][1].endswith(
        "20 more like it (segments 13, 19, 25, 31, 37, 43, 49, 55, ...)."
    )
    assert "more like it" not in told[1][1]
