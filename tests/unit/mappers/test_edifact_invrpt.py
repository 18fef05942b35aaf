"""INVRPT written: each rule, and that every directory and dialect takes it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from gateway.edi.edifact.writer import Draft
from gateway.mappers.edifact_invrpt import from_stock
from gateway.mappers.edifact_invrpt.mapper import LINES
from gateway.order.item import Item
from gateway.order.stock import StockExpected, StockLevel, StockReport
from tests.unit.mappers.edifact_out import (
    DIALECTS,
    ENVELOPE,
    NOW,
    buyer,
    segments,
    wrong,
)

ITEM = Item(gtin="4000001000104", supplier_sku="SA-1", buyer_part="B-1")
COMING = StockExpected(date=dt.date(2026, 12, 1), quantity=Decimal(48))


def level(sku: str = "SA-1", place: str = "", *coming: StockExpected) -> StockLevel:
    return StockLevel(
        sku=sku, available=Decimal(40), uom="PCE", place=place, expected=coming
    )


def written(*levels: StockLevel, dialect: str = "un", item: Item = ITEM) -> Draft:
    report = StockReport(as_of=NOW, levels=levels)
    items = {"SA-1": item}
    draft = from_stock(report, items, ENVELOPE, buyer("edifact_invrpt", dialect))
    assert not draft.messages or wrong(draft) == []
    return draft


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_directory_and_subset_takes_all_that_is_written(dialect: str):
    draft = written(level("SA-1", "NORTH", COMING), level("SA-1"), dialect=dialect)
    assert "QTY+145:40:PCE" in segments(draft)


def test_the_heading_says_when_it_was_counted():
    assert segments(written(level(), dialect="eancom97"), "BGM", "DTM", "NAD") == [
        "BGM+35+20261122090000-1+9",
        "DTM+137:202611220900:203",
        "DTM+366:202611220900:203",
        "NAD+SU+4000001000005::9",
        "NAD+BY+5412345000013::9",
    ]
    assert segments(written(level(), dialect="eancom94"), "BGM", "DTM") == [
        "BGM+280+20261122090000-1",
        "DTM+137:20261122:102",
    ]


def test_each_place_has_its_own_count():
    rows = segments(written(level("SA-1", "NORTH"), level("SA-1", "SOUTH")))
    assert rows[7:-2] == [
        "LIN+1++4000001000104:EN",
        "PIA+1+SA-1:SA+B-1:IN",
        "QTY+145:40:PCE",
        "LOC+18+NORTH",
        "QTY+145:40:PCE",
        "LOC+18+SOUTH",
    ]


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ("un", ["QTY+145:40:PCE", "QTY+113:48:PCE", "DTM+17:20261201:102"]),
        ("eancom97", ["QTY+145:40:PCE", "QTY+198:48:PCE", "DTM+194:20261201:102"]),
        (
            "un97",
            [
                *("INV++1", "QTY+145:40:PCE"),
                *("INV++1", "QTY+113:48:PCE", "DTM+17:20261201:102"),
            ],
        ),
    ],
)
def test_what_comes_is_told_with_its_day(dialect: str, expected: list[str]):
    rows = segments(written(level("SA-1", "", COMING), dialect=dialect))
    assert rows[rows.index("PIA+1+SA-1:SA+B-1:IN") + 1 : -2] == expected


def test_eancom_94_has_no_word_for_what_comes():
    draft = written(level("SA-1", "", COMING), dialect="eancom94")
    assert segments(draft, "QTY") == ["QTY+145:40:PCE"]
    assert [f.code for f in draft.findings] == ["MAP-014"]


def test_in_the_oldest_directory_a_line_has_one_number():
    bare = Item(supplier_sku="SA-1")
    assert segments(written(level(), dialect="un93"), "LIN", "PIA") == [
        "LIN+1++4000001000104:EN"
    ]
    assert segments(written(level(), dialect="un93", item=bare), "LIN", "PIA") == [
        "LIN+1++SA-1:SA"
    ]


def test_eancom_94_names_items_by_gtin_alone():
    draft = written(level(), dialect="eancom94", item=Item(supplier_sku="SA-1"))
    assert draft.messages == ()
    assert [(f.code, f.value) for f in draft.findings] == [("MAP-014", "SA-1")]


def test_what_is_none_of_theirs_is_not_told():
    draft = written(level("OTHER"), level())
    assert len(segments(draft, "LIN")) == 1


def test_more_lines_than_a_message_takes_make_another():
    levels = tuple(level(f"SA-{n}") for n in range(LINES + 1))
    items = dict.fromkeys((one.sku for one in levels), ITEM)
    report = StockReport(as_of=NOW, levels=levels)
    draft = from_stock(report, items, ENVELOPE, buyer("edifact_invrpt", "un"))
    assert [body[0][2] for _, body in draft.messages] == [
        "20261122090000-1",
        "20261122090000-2",
    ]
