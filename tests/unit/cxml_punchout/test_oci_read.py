"""An OCI form as the buyer's system reads it, and what it drops."""

from __future__ import annotations

import pytest

from gateway.cxml_punchout.oci_read import form_faults, read_items

GOOD = {
    "DESCRIPTION": "Bolt",
    "QUANTITY": "2.5",
    "UNIT": "EA",
    "PRICE": "50",
    "CURRENCY": "EUR",
}


def faults(held: dict[str, str]) -> list[str]:
    return [one.code for one in form_faults({1: held})]


def test_fields_are_told_apart_by_line():
    pairs = [
        ("~caller", "CTLG"),
        ("NEW_ITEM-Description[1]", "Bolt"),
        ("NEW_ITEM-LONGTEXT_2:132[]", "A nut."),
        ("NEW_ITEM-UNIT[2]", "EA"),
    ]
    assert read_items(pairs) == {
        1: {"DESCRIPTION": "Bolt"},
        2: {"LONGTEXT": "A nut.", "UNIT": "EA"},
    }


def test_a_good_line_has_no_faults():
    assert faults(GOOD) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"DESCRIPTION": ""}, "OCI-003"),
        ({"MATNR": "4711"}, "OCI-003"),
        ({"UNIT": ""}, "OCI-003"),
        ({"CURRENCY": ""}, "OCI-003"),
        ({"UNIT": "BOXES"}, "OCI-004"),
        ({"QUANTITY": ""}, "OCI-005"),
        ({"QUANTITY": "1,5"}, "OCI-005"),
        ({"PRICE": "1.2345"}, "OCI-005"),
        ({"PRICE": "-1"}, "OCI-005"),
        ({"PRICEUNIT": "1.5"}, "OCI-005"),
    ],
)
def test_what_the_system_drops_is_told(change: dict[str, str], code: str):
    assert faults({**GOOD, **change}) == [code]


def test_lines_are_counted_and_numbered_from_one():
    assert [one.code for one in form_faults({2: GOOD})] == ["OCI-005"]
    many = {n: GOOD for n in range(1, 20)}
    assert [one.code for one in form_faults(many)] == ["OCI-008"]
