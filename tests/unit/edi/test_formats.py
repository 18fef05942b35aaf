"""What values have to look like, on both paths (X12.6)."""

from __future__ import annotations

import re

import pytest

from gateway.edi.checks import value_check
from gateway.edi.elements import value_fault
from gateway.edi.formats import value_pattern
from gateway.edi.plan import ElementPlan
from gateway.edi.schema import Element, ElementUse


def element(kind: str, least: int, most: int, *codes: str) -> Element:
    return Element(
        number="1", name="x", type=kind, min=least, max=most, codes=frozenset(codes)
    )


CASES = [
    ("DT", 8, 8, "20240229", ""),
    ("DT", 8, 8, "20230229", "SYN-208"),
    ("DT", 8, 8, "21000229", "SYN-208"),
    ("DT", 8, 8, "20000229", ""),
    ("DT", 8, 8, "20261301", "SYN-208"),
    ("DT", 8, 8, "20260431", "SYN-208"),
    ("DT", 8, 8, "260115", "SYN-208"),
    ("DT", 6, 6, "260115", ""),
    ("DT", 6, 6, "240229", ""),
    ("DT", 6, 6, "230229", "SYN-208"),
    ("DT", 6, 8, "20260115", ""),
    ("TM", 4, 8, "0000", ""),
    ("TM", 4, 8, "2359", ""),
    ("TM", 4, 8, "2400", "SYN-209"),
    ("TM", 4, 8, "235959", ""),
    ("TM", 4, 8, "23595999", ""),
    ("TM", 4, 8, "2359599", ""),
    ("TM", 4, 8, "23595", "SYN-209"),
    ("TM", 4, 4, "235959", "SYN-209"),
    ("R", 1, 5, "1", ""),
    ("R", 1, 5, "-1.5", ""),
    ("R", 1, 5, "1.", ""),
    ("R", 1, 5, ".5", ""),
    ("R", 1, 5, ".", "SYN-206"),
    ("R", 1, 5, "1.2.3", "SYN-206"),
    ("R", 1, 5, "+1", "SYN-206"),
    ("R", 1, 5, "1E3", "SYN-206"),
    ("R", 1, 5, "1,5", "SYN-206"),
    ("R", 1, 5, "-123.45", ""),
    ("R", 1, 5, "1234.56", "SYN-205"),
    ("R", 3, 5, "1.5", "SYN-204"),
    ("R", 1, 5, "\u0661", "SYN-206"),
    ("N2", 1, 5, "-12345", ""),
    ("N2", 1, 5, "123456", "SYN-205"),
    ("N2", 1, 5, "1.5", "SYN-206"),
    ("N0", 2, 5, "1", "SYN-204"),
    ("AN", 2, 4, "A", "SYN-204"),
    ("AN", 2, 4, "ABCDE", "SYN-205"),
    ("AN", 2, 4, " B C", ""),
    ("AN", 2, 4, "\u00e9\u00e9", ""),
    ("B", 1, 4, "ABC", ""),
]


@pytest.mark.parametrize(("kind", "least", "most", "value", "code"), CASES)
def test_both_paths_agree_on_a_value(kind, least, most, value, code):
    its = element(kind, least, most)
    plan = ElementPlan.of(ElementUse(element=its, mandatory=False))
    fault = value_fault(plan, its, value)
    assert (fault[0] if fault else "") == code
    assert bool(value_check(plan, ">")(value)) == (not code)
    pattern = value_pattern(its, least, most, "*") + r"\Z"
    assert bool(re.match(pattern, value)) == (not code)


@pytest.mark.parametrize(
    ("value", "code"), [("AB", ""), ("XX", "SYN-207"), ("X", "SYN-204")]
)
def test_a_code_that_is_too_short_is_too_short(value, code):
    its = element("ID", 2, 2, "AB")
    plan = ElementPlan.of(ElementUse(element=its, mandatory=False))
    fault = value_fault(plan, its, value)
    assert (fault[0] if fault else "") == code


def test_a_control_character_is_no_text():
    its = element("AN", 1, 9)
    plan = ElementPlan.of(ElementUse(element=its, mandatory=False))
    what = "'a\\x07' has a character that is no text"
    assert value_fault(plan, its, "a\x07") == ("SYN-206", what)
    assert value_fault(plan, its, "a\x1f", "\x1f") is None
