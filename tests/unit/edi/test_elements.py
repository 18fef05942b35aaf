"""What is wrong with the elements of one segment."""

from __future__ import annotations

import pytest

from gateway.edi.elements import element_faults
from tests.unit.edi.parts import plan_850

HEADING = {node.tag: node.segment for node in plan_850().nodes}
LINE = next(node for node in plan_850().nodes if node.tag == "PO1")
SEGMENTS = HEADING | {node.tag: node.segment for node in LINE.nodes}


def told(text: str) -> list[str]:
    elements = text.split("*")
    found = element_faults(SEGMENTS[elements[0]], elements, ">")
    return [
        f"{f.code} {f.element}" + (f".{f.component}" if f.component else "")
        for f in found
    ]


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("REF*DP*1", []),
        ("REF*DP", ["SYN-202 2"]),
        ("REF", ["SYN-201 1", "SYN-202 2"]),
        ("REF*DP*1*", ["SYN-220 3"]),
        ("REF*DP*1**", ["SYN-220 4"]),
        ("REF*DP*1***X", ["SYN-203 5"]),
        ("REF*DP*1***X*Y", ["SYN-203 5"]),
        ("DTM*002", ["SYN-202 2"]),
        ("DTM**20260101", ["SYN-201 1"]),
        ("DTM*002*20260101***D8", ["SYN-202 6"]),
        ("PO1*1*1*EA***VP", ["SYN-202 7"]),
        ("PO1*1*1*EA****W-1", ["SYN-202 6"]),
        ("PO1*1*1*EA**PE", ["SYN-202 4"]),
        ("SAC*A*C310***1*6", ["SYN-202 7"]),
        ("SAC*A*C310***1****EA**5", ["SYN-202 10"]),
        ("SAC*A", ["SYN-202 2"]),
        ("MEA***1*EA", []),
        ("MEA***1*>2", ["SYN-201 4.1"]),
        ("MEA***1*EA>", ["SYN-220 4"]),
        ("MEA***1*EA>x", ["SYN-206 4.2"]),
        ("MEA***1*" + "EA" + ">" * 15 + "EA", ["SYN-213 4.16"]),
        ("QTY*01*1", []),
        ("QTY*01", ["SYN-202 2"]),
        ("QTY*01*1**X", ["SYN-210 4"]),
    ],
)
def test_one_cause_is_one_fault(text, faults):
    assert told(text) == faults


def test_the_sentence_names_the_element_and_the_value():
    (fault,) = element_faults(SEGMENTS["PO1"], ["PO1", "1", "12,5", "EA"], ">")
    assert "PO1-02" in fault.what
    assert "'12,5' is not a number" in fault.what
    assert fault.value == "12,5"


def test_without_a_component_separator_a_composite_is_one_component():
    assert list(element_faults(SEGMENTS["MEA"], ["MEA", "", "", "1", "EA"], "")) == []


def test_an_element_that_the_guide_does_not_use_is_told_once():
    plan = plan_850().nodes[3].segment
    plan.elements[1].forbidden = True
    (fault,) = element_faults(plan, ["REF", "DP", "x" * 99], ">")
    assert fault.code == "IMP-210"
