"""Check digits of GLN and GTIN weigh what the partner's policy says."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from gateway.catalog import check
from gateway.catalog.keys import has_good_gln
from gateway.findings import Finding
from gateway.order.item import Item, LineQuantity, Schedule
from gateway.order.model import Order, OrderLine
from gateway.order.party import Party
from tests.starters import starter_prices, starter_profile

NOW = dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC)
GOOD, WRONG = "5012345001029", "5012345001020"


def party(number: str, role: Any = "bill_to", scheme: str = "gln") -> Party:
    return Party(role=role, id=number, id_scheme=scheme)


def found(
    *parties: Party, gtin: str = "4009988101002", policy: Any = None, **line: Any
) -> list[Finding]:
    """What is found about an order of one line, but for its missing price."""
    one = OrderLine(
        line_no="1",
        item=Item(gtin=gtin, supplier_sku="MG-100"),
        quantity=LineQuantity(value=Decimal(1), uom_rec20="C62"),
        **line,
    )
    order = Order(po_number="1", currency="EUR", parties=parties, lines=(one,))
    profile = starter_profile("marlow-grocers", policy)
    checked = check(order, starter_prices("marlow-grocers"), profile, NOW)
    every = (*checked.findings, *checked.lines[0].findings)
    return [one for one in every if one.code != "CAT-304"]


def told(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(one.code, one.where.path) for one in findings]


@pytest.mark.parametrize(
    ("number", "good"),
    [(GOOD, True), (WRONG, False), ("501234500102", False), ("ABCDEFGHIJKLM", False)],
)
def test_a_gln_has_thirteen_digits_and_the_last_one_is_right(number: str, good: bool):
    assert has_good_gln(number) is good


def test_a_wrong_gln_is_a_warning_in_its_place():
    findings = found(party(GOOD), party(WRONG))
    assert told(findings) == [("CAT-111", "/parties/1")]
    assert (findings[0].severity, findings[0].value) == ("warning", WRONG)


def test_numbers_of_other_schemes_have_no_check_digit():
    assert found(party("W1", scheme="assigned_by_buyer"), party("")) == []


def test_glns_of_a_line_and_of_its_parts_are_told_once_each():
    part = Schedule(qty=Decimal(1), ship_to=party(WRONG, "mark_for"))
    findings = found(parties=(party(WRONG), party(GOOD)), schedules=(part,))
    assert told(findings) == [
        ("CAT-110", "/lines/0/schedules/0/ship_to"),
        ("CAT-111", "/lines/0/parties/0"),
    ]


def test_a_place_that_nobody_knows_is_told_for_that_alone():
    assert told(found(party(WRONG, "ship_to"))) == [("CAT-110", "/parties/0")]


def test_a_number_that_the_profile_has_just_so_is_agreed_on():
    profile = starter_profile("marlow-grocers", identities={"gln": WRONG})
    order = Order(po_number="1", currency="EUR", parties=(party(WRONG, "buyer"),))
    prices = starter_prices("marlow-grocers")
    assert check(order, prices, profile, NOW).findings == ()


@pytest.mark.parametrize("weight", ["note", "warning", "error"])
def test_the_policy_says_what_a_wrong_check_digit_weighs(weight: str):
    findings = found(
        party(WRONG), gtin="4009988101003", policy={"check_digits": weight}
    )
    assert told(findings) == [("CAT-111", "/parties/0"), ("CAT-315", "/lines/0/item")]
    assert {one.severity for one in findings} == {weight}


def test_a_policy_may_ignore_check_digits():
    policy = {"check_digits": "ignore"}
    assert found(party(WRONG), gtin="4009988101003", policy=policy) == []
