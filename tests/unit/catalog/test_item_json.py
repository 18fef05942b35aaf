"""An item as the store keeps it."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

from gateway.catalog import ItemState, UnitFactor, item_from_json, item_to_json
from tests.unit.catalog.parts import d, item, price


def test_an_item_with_every_field_comes_back_the_same():
    full = item(
        description="Hammer, 16 oz, “fibreglass”",
        cross_refs=("X",),
        gtins=("012345678905",),
        mfr_part="M",
        mfr="Acme",
        state=ItemState.DISCONTINUED,
        successor="W-2",
        units=(
            UnitFactor("EA", Fraction(1), "EA"),
            UnitFactor("FT", Fraction(1, 7), "EA"),
        ),
        prices=(
            price(
                "0.50",
                "1E+2",
                basis_qty=d("1000"),
                valid_from=dt.date(2026, 1, 1),
                valid_to=dt.date(2026, 12, 31),
            ),
        ),
        min_qty=d("1"),
        increment=d("0.5"),
        max_qty=d("100"),
        lead_time_days=3,
    )
    assert item_from_json(item_to_json(full)) == full


def test_a_small_item_comes_back_the_same_and_leaves_empty_fields_out():
    body = item_to_json(item(buyer_parts=()))
    assert item_from_json(body) == item(buyer_parts=())
    assert "description" not in body
