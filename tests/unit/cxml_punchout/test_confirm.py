"""The rules of confirmations that no DTD tells."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.cxml_punchout.confirm import (
    Confirmation,
    ConfirmedItem,
    ConfirmedPart,
    HeaderType,
    confirmation_request,
)
from gateway.safexml.markup import markup
from tests.unit.cxml_punchout.confirmation_rules import ALLOWED, broken_rules
from tests.unit.cxml_punchout.examples import CONFIRMED

PART = CONFIRMED.items[0].parts[0]
ITEM = CONFIRMED.items[0]
TYPES = ("accept", "allDetail", "detail", "backordered", "reject", "unknown")


def of(part: ConfirmedPart, header: HeaderType = "detail") -> Confirmation:
    item = replace(ITEM, quantity=part.quantity, parts=(part,))
    return replace(CONFIRMED, type=header, items=(item,))


def test_a_rich_confirmation_has_no_fault():
    assert broken_rules(CONFIRMED) == []


@pytest.mark.parametrize("header", sorted(ALLOWED))
@pytest.mark.parametrize("part", TYPES)
def test_a_status_goes_with_its_header_or_is_a_fault(header, part):
    said = broken_rules(of(replace(PART, type=part), header))
    expected = [] if part in ALLOWED[header] else [f"{part} does not go with {header}"]
    assert said == expected


def test_a_detail_says_what_differs():
    bare = ConfirmedPart(type="detail", quantity=Decimal(1), uom="EA")
    assert broken_rules(of(bare)) == ["detail says nothing that differs"]


def test_parts_sum_to_the_line_and_a_line_is_there_once():
    short = replace(ITEM, quantity=Decimal(11))
    assert broken_rules(replace(CONFIRMED, items=(short,))) == [
        "the parts do not sum to the line"
    ]
    assert (
        broken_rules(replace(CONFIRMED, items=(ITEM, ITEM)))
        == ["the line occurs twice"] * 2
    )


def test_an_update_names_what_it_replaces_and_a_detail_its_lines():
    assert broken_rules(replace(CONFIRMED, replaces="", items=())) == [
        "detail says nothing of any line",
        "an update names no confirmation",
    ]


def test_an_item_with_a_parent_says_so():
    item = ConfirmedItem(
        line_no="2",
        quantity=Decimal(1),
        uom="EA",
        parent_line="1",
        item_type="item",
        parts=(replace(PART, quantity=Decimal(1)),),
    )
    text = markup(confirmation_request(replace(CONFIRMED, items=(item,))))
    assert 'lineNumber="2" quantity="1" parentLineNumber="1" itemType="item"' in text
