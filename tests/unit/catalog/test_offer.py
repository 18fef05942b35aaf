"""An item as it is offered: prices of a day, the unit and quantity to begin with."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.catalog.model import ItemState
from gateway.catalog.offer import is_sold, least, prices_on, usual_unit
from tests.unit.catalog.parts import item, price

DAY = date(2026, 6, 1)
BEFORE, AFTER = DAY - timedelta(days=1), DAY + timedelta(days=1)


def test_prices_are_those_of_the_day_from_the_lowest_quantity_on():
    its = item(
        prices=(
            price("9", "10"),
            price("10"),
            price("8", valid_to=BEFORE),
            price("7", valid_from=AFTER),
        )
    )
    told = [(p.unit, p.from_qty, p.amount) for p in prices_on(its, DAY)]
    assert told[:2] == [
        ("EA", Decimal(0), Decimal(10)),
        ("EA", Decimal(10), Decimal(9)),
    ]


def test_of_two_prices_the_newer_one_counts():
    its = item(prices=(price("10"), price("11", valid_from=BEFORE)))
    assert prices_on(its, DAY)[0].amount == Decimal(11)


@pytest.mark.parametrize(
    ("limits", "quantity"),
    [
        ({}, "1"),
        ({"min_qty": Decimal(5)}, "5"),
        ({"min_qty": Decimal(5), "increment": Decimal(4)}, "8"),
    ],
)
def test_the_form_begins_with_the_smallest_quantity(
    limits: dict[str, Any], quantity: str
):
    its = item(**limits)
    assert least(its, usual_unit(its)) == Decimal(quantity)


def test_a_unit_with_a_price_is_offered_before_one_without():
    assert usual_unit(item()).unit == "EA"
    assert usual_unit(item(prices=(price("200", unit="CA"),))).unit == "CA"
    assert usual_unit(item(prices=())).unit == "EA"


def test_a_discontinued_item_is_not_sold():
    assert is_sold(item())
    assert not is_sold(item(state=ItemState.DISCONTINUED))
