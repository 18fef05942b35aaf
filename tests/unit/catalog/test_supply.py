"""How lines are served from our stock: earliest first, in whole units of the line."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest

from gateway.catalog import Checked, Item, LineChecked, Supply, UnitFactor, serve
from gateway.findings import Finding
from gateway.order import Order
from gateway.order.model import Item as Named
from gateway.order.model import LineQuantity, OrderLine
from gateway.order.terms import Delivery

SOON, LATER = dt.date(2026, 1, 20), dt.date(2026, 2, 3)
CASE = UnitFactor("CA", Fraction(12), "EA")
DRILL = Item(contract_id="C", sku="W-1", base_unit="EA", units=(CASE,))


def line(quantity: str, unit: str = "EA", **more: object) -> OrderLine:
    value = LineQuantity(value=Decimal(quantity), uom_sent=unit)
    item = Named(supplier_sku="W-1")
    return OrderLine(line_no="1", item=item, quantity=value, **more)  # type: ignore[arg-type]


def known(quantity: str, factor: int = 1, **more: object) -> LineChecked:
    base = Fraction(quantity) * factor
    return LineChecked(line_no="1", index=0, item=DRILL, base_qty=base, **more)  # type: ignore[arg-type]


def supply(*parts: tuple[dt.date | None, int], unit: str = "") -> Supply:
    return Supply(unit, tuple((day, Fraction(n)) for day, n in parts))


def served(
    there: Supply, *lines: tuple[OrderLine, LineChecked], wanted: dt.date | None = None
) -> tuple[LineChecked, ...]:
    order = Order(
        po_number="1",
        lines=tuple(one for one, _ in lines),
        delivery=Delivery(requested=wanted),
    )
    checked = Checked(lines=tuple(one for _, one in lines))
    return serve(order, checked, {"W-1": there}.get).lines  # type: ignore[arg-type]


def parts(one: LineChecked) -> list[tuple[dt.date | None, str]]:
    assert one.served is not None
    return [(day, f"{quantity:f}") for day, quantity in one.served.parts]


def codes(one: LineChecked) -> list[str]:
    return [found.code for found in one.findings]


def test_what_is_there_serves_the_line():
    (one,) = served(supply((None, 100)), (line("100"), known("100")))
    assert (parts(one), codes(one)) == ([(None, "100")], [])


def test_what_is_missing_comes_on_its_day_and_the_rest_on_none():
    there = supply((None, 60), (LATER, 30))
    (one,) = served(there, (line("100"), known("100")))
    assert (parts(one), codes(one)) == ([(None, "60"), (LATER, "30")], ["CAT-370"])
    (found,) = one.findings
    assert (found.where.path, found.value) == ("/lines/0/quantity", "100")


def test_what_comes_by_the_day_that_was_asked_for_is_in_time():
    there = supply((None, 60), (SOON, 40))
    (one,) = served(there, (line("100"), known("100")), wanted=SOON)
    assert codes(one) == []


def test_lines_of_one_item_share_what_is_there():
    there = supply((None, 60))
    first, second = served(there, (line("40"), known("40")), (line("40"), known("40")))
    assert (parts(first), codes(first)) == ([(None, "40")], [])
    assert (parts(second), codes(second)) == ([(None, "20")], ["CAT-370"])


def test_cases_are_served_whole_from_pieces():
    there = supply((None, 30), (LATER, 7))
    (one,) = served(there, (line("3", "CA"), known("3", 12)))
    assert parts(one) == [(None, "2"), (LATER, "1")]


@pytest.mark.parametrize("unit", ["CA", "CS"])
def test_pieces_are_served_from_counted_cases(unit: str):
    (one,) = served(supply((None, 2), unit=unit), (line("30"), known("30")))
    assert (parts(one), codes(one)) == ([(None, "24")], ["CAT-370"])


def test_a_count_in_a_unit_of_nobody_serves_nothing():
    (one,) = served(supply((None, 99), unit="XYZ"), (line("1"), known("1")))
    assert (parts(one), codes(one)) == ([], ["CAT-370"])


def test_broken_quantities_keep_their_decimals():
    (one,) = served(supply((None, 1)), (line("2.50"), known("2.50")))
    assert parts(one) == [(None, "1.00")]


def test_lines_that_are_not_understood_are_left_alone():
    gone = Finding.of("CAT-313", "no longer made")
    odd = (
        LineChecked(line_no="1", index=0),
        LineChecked(line_no="1", index=0, item=DRILL),
        known("5", findings=(gone,)),
    )
    found = served(supply(), *((line("5"), one) for one in odd))
    assert found == odd


def test_taking_off_begins_with_the_earliest():
    there = supply((None, 60), (LATER, 40))
    assert there.less(Fraction(70)) == supply((LATER, 30))
    assert there.less(Fraction(1000)) == supply()
    assert there.less(Fraction(0)) == there
