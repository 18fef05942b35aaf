"""Quick checks: which elements may stand together, and composites."""

from __future__ import annotations

from itertools import product

import pytest

from gateway.edi.checks import (
    Composites,
    SegmentCheck,
    allowed,
    composite_check,
    presence_of,
)
from gateway.edi.plan import ElementPlan, SegmentPlan
from gateway.edi.schema import Composite, Condition, Element, ElementUse

TEXT = Element(number="1", name="x", type="AN", min=1, max=3, codes=frozenset())
CODE = Element(number="2", name="y", type="ID", min=1, max=2, codes=frozenset({"A"}))


def segment(*conditions: Condition, mandatory: tuple[int, ...] = ()) -> SegmentPlan:
    plans = [
        ElementPlan.of(ElementUse(element=TEXT, mandatory=n in mandatory))
        for n in range(1, 5)
    ]
    return SegmentPlan("X", "", (), plans, conditions)


@pytest.mark.parametrize("kind", ["P", "R", "E", "C", "L"])
@pytest.mark.parametrize("there", list(product((False, True), repeat=4)))
def test_conditions_hold_as_the_schema_says(kind, there):
    condition = Condition(kind=kind, elements=(3, 1, 4))
    present = {n for n, sent in enumerate(there, 1) if sent}
    check = allowed(segment(condition))
    assert check(bytes((1, *there))) == (not condition.broken(present))


def test_mandatory_forbidden_and_surplus_elements():
    plan = segment(mandatory=(2,))
    plan.elements[2].forbidden = True
    check = allowed(plan)
    assert check(presence_of(["X", "", "a"]))
    assert not check(presence_of(["X", "a"]))
    assert not check(presence_of(["X", "", "a", "b"]))
    assert not check(presence_of(["X", "", "a", "", "", "c"]))
    assert check(presence_of(["X", "", "a", "", "", ""]))


def test_a_segment_is_good_or_not():
    check = SegmentCheck(segment(), ">")
    assert check.good(["X", "abc"], presence_of(["X", "abc"]))
    assert not check.good(["X", "abcd"], presence_of(["X", "abcd"]))
    assert not check.good(["X", "a", ""], presence_of(["X", "a", ""]))


@pytest.mark.parametrize(
    ("value", "good"),
    [
        ("A", True),
        ("A>abc", True),
        ("A>", False),
        (">abc", False),
        ("B", False),
        ("A>abcd", False),
        ("A>a>a", False),
        ("A>>", False),
    ],
)
def test_a_composite_is_good_or_not(value, good):
    uses = (
        ElementUse(element=CODE, mandatory=True),
        ElementUse(element=TEXT, mandatory=False),
    )
    composite = Composite(number="C1", name="", uses=uses, conditions=())
    plan = ElementPlan.of(ElementUse(element=composite, mandatory=False))
    assert composite_check(plan, ">")(value) is good
    assert (value in Composites(composite_check(plan, ">"))) is good


def test_good_composites_are_kept_up_to_a_number():
    asked: list[str] = []

    def check(value: str) -> bool:
        asked.append(value)
        return True

    known = Composites(check)
    assert all(str(n) in known for n in range(600))
    assert "1" in known
    assert "599" in known
    assert asked[600:] == ["599"]
    assert 5 not in known
