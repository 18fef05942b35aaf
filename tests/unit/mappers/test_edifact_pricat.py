"""PRICAT written: each rule, and that every directory and dialect takes it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from gateway.catalog.listed import PriceListPart
from gateway.catalog.model import Contract, Item, PriceBreak, UnitFactor
from gateway.edi.edifact.writer import Draft
from gateway.mappers.edifact_pricat import from_prices
from tests.unit.mappers.edifact_out import DIALECTS, ENVELOPE, buyer, segments, wrong

CONTRACT = Contract(
    id="c",
    number="GROCER-2026",
    currency="EUR",
    valid_from=dt.date(2026, 1, 1),
    valid_to=dt.date(2026, 12, 31),
)


def price(amount: str, from_qty: str = "1", **more: Any) -> PriceBreak:
    known: dict[str, Any] = {
        "unit": "PCE",
        "valid_from": CONTRACT.valid_from,
        "valid_to": CONTRACT.valid_to,
    }
    return PriceBreak(
        from_qty=Decimal(from_qty), amount=Decimal(amount), **{**known, **more}
    )


def item(*prices: PriceBreak, **more: Any) -> Item:
    known: dict[str, Any] = {
        "contract_id": "c",
        "sku": "SA-1",
        "base_unit": "PCE",
        "units": (UnitFactor("PCE", Fraction(1), "PCE"),),
        "prices": prices or (price("0.89"),),
        "description": "Juice",
        "gtins": ("4000001000104",),
        "buyer_parts": ("B-1",),
    }
    return Item(**{**known, **more})


def written(
    *items: Item, dialect: str = "un", contract: Contract = CONTRACT, number: int = 1
) -> Draft:
    part = PriceListPart(
        contract=contract,
        version=3,
        number=number,
        items=items,
        told_on=dt.date(2026, 11, 22),
    )
    draft = from_prices(part, ENVELOPE, buyer("edifact_pricat", dialect))
    assert wrong(draft) == []
    return draft


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_directory_and_subset_takes_all_that_is_written(dialect: str):
    later = price("0.80", valid_from=dt.date(2026, 7, 1), valid_to=None)
    limits = {"min_qty": Decimal(6), "max_qty": Decimal(600), "increment": Decimal(6)}
    draft = written(item(price("0.89"), later, **limits), item(), dialect=dialect)
    assert draft.findings == ()


def test_the_heading_names_the_list_the_contract_and_both_sides():
    rows = segments(written(item(), dialect="eancom97"))
    assert rows[2:10] == [
        "BGM+9+GROCER-2026-3-1+9",
        "DTM+137:20261122:102",
        "DTM+273:20260101-20261231:718",
        "RFF+CT:GROCER-2026",
        "NAD+SU+4000001000005::9",
        "NAD+BY+5412345000013::9",
        "CUX+2:EUR:8",
        "PGI+2",
    ]


def test_a_further_part_adds_to_the_list():
    assert segments(written(item(), number=2), "BGM") == ["BGM+9+GROCER-2026-3-2+2"]
    eancom94 = written(item(), dialect="eancom94")
    assert segments(eancom94, "BGM") == ["BGM+9+GROCER-2026-3-1"]


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ("un", ["LIN+1+1+4000001000104:EN", "PIA+1+SA-1:SA+B-1:IN"]),
        ("eancom2002", ["LIN+1+1+4000001000104:SRV", "PIA+1+SA-1:SA+B-1:IN"]),
        ("un93", ["PIT+1+1", "PIA+5+4000001000104:EN+SA-1:SA+B-1:IN"]),
        ("eancom94", ["PIT+1+1", "PIA+5+4000001000104:EN+SA-1:SA+B-1:IN"]),
    ],
)
def test_an_item_goes_by_all_its_numbers(dialect: str, expected: list[str]):
    rows = segments(written(item(), dialect=dialect), "LIN", "PIT", "PIA", "IMD")
    assert rows == [*expected, "IMD+F++:::Juice"]


def test_each_break_says_from_how_many_it_holds():
    draft = written(item(price("0.89"), price("0.80", "100"), price("0.75", "1000")))
    assert segments(draft, "PRI", "RNG") == [
        "PRI+AAA:0.89:CT::1:PCE",
        "PRI+AAA:0.8:CT::1:PCE",
        "RNG+4+PCE:100",
        "PRI+AAA:0.75:CT::1:PCE",
        "RNG+4+PCE:1000",
    ]


def test_eancom_94_has_no_breaks_and_what_is_left_out_is_told():
    draft = written(item(price("0.89"), price("0.80", "100")), dialect="eancom94")
    assert segments(draft, "PRI", "RNG") == ["PRI+AAA:0.89:CT::1:PCE"]
    assert [(f.code, f.value) for f in draft.findings] == [
        ("MAP-014", "0.80 from 100 PCE")
    ]


def test_a_price_with_days_of_its_own_says_them():
    later = price("0.80", valid_from=dt.date(2026, 7, 1), valid_to=None)
    assert segments(written(item(later)), "PRI", "DTM")[2:] == [
        "PRI+AAA:0.8:CT::1:PCE",
        "DTM+157:20260701:102",
    ]
    eancom94 = written(item(later), dialect="eancom94")
    assert segments(eancom94, "DTM")[-1] == "DTM+194:20260701:102"


def test_a_pack_has_the_price_of_what_is_in_it():
    units = (
        UnitFactor("PCE", Fraction(1), "PCE"),
        UnitFactor("CT", Fraction(12), "PCE"),
    )
    assert segments(written(item(units=units)), "PRI") == [
        "PRI+AAA:0.89:CT::1:PCE",
        "PRI+AAA:10.68:CT::1:CT",
    ]


def test_how_many_may_be_ordered_counts_in_the_base_unit():
    limits = {"min_qty": Decimal(6), "max_qty": Decimal(600), "increment": Decimal(6)}
    rows = ["QTY+53:6:PCE", "QTY+54:600:PCE", "QTY+164:6:PCE"]
    assert segments(written(item(**limits)), "QTY") == rows
    assert segments(written(item(**limits), dialect="eancom94"), "QTY") == rows[:2]
