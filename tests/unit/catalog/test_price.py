"""The price in force: breaks, validity, units, basis, and the trace of why."""

from __future__ import annotations

import datetime as dt
import json
from fractions import Fraction

import pytest

from gateway.catalog import Priced, UnitFactor, price_in_force
from gateway.catalog.price import half_up
from gateway.findings import Finding
from tests.unit.catalog.parts import contract, d, item, price

DAY = dt.date(2026, 11, 20)
EA = UnitFactor("EA", Fraction(1), "EA")


def priced(qty="10", unit="EA", on=DAY, mine=None, **changes) -> Priced:
    found = price_in_force(item(**changes), d(qty), unit, on, mine or contract())
    assert isinstance(found, Priced)
    return found


def refused(qty="10", unit="EA", on=DAY, **changes) -> str:
    found = price_in_force(item(**changes), d(qty), unit, on, contract())
    assert isinstance(found, Finding)
    return found.code


@pytest.mark.parametrize(
    ("qty", "amount"),
    [("1", "12.50"), ("9.99", "12.50"), ("10", "12.00"), ("100", "11.25")],
)
def test_the_highest_break_that_the_quantity_reaches_counts(qty, amount):
    assert priced(qty).chosen.amount == d(amount)


def test_a_quantity_below_the_first_break_has_no_price():
    assert refused("4", prices=(price("12.00", "5"),)) == "CAT-303"


def test_a_unit_that_the_item_lacks_has_no_price():
    assert refused(unit="BX") == "CAT-320"


def test_a_price_counts_on_its_first_and_on_its_last_day():
    one_day = (price("9.00", valid_from=DAY, valid_to=DAY),)
    assert priced(prices=one_day).chosen.amount == d("9.00")
    assert refused(on=DAY - dt.timedelta(1), prices=one_day) == "CAT-303"
    assert refused(on=DAY + dt.timedelta(1), prices=one_day) == "CAT-303"


def test_of_two_prices_in_force_the_newer_one_counts():
    old, new = price("9.00"), price("8.00", valid_from=dt.date(2026, 6, 1))
    assert priced(prices=(old, new)).chosen == new


def test_no_price_outside_of_the_contracts_own_validity():
    assert refused(on=dt.date(2030, 1, 1)) == "CAT-303"


def test_a_price_in_the_unit_ordered_goes_before_a_converted_one():
    prices = (price("12.50"), price("290.00", unit="CA"))
    assert priced("5", "CA", prices=prices).chosen.unit == "CA"
    assert priced("48", "EA", prices=prices).chosen.unit == "EA"


def test_breaks_of_another_unit_are_reached_by_the_exact_factor():
    case = (price("290.00", "2", unit="CA"),)
    assert priced("48", prices=case).chosen.unit == "CA"
    assert refused("47", prices=case) == "CAT-303"


def test_a_price_in_a_unit_without_a_factor_is_no_candidate():
    assert refused(prices=(price("1.00", unit="GA"),)) == "CAT-303"


def test_a_price_per_hundred_is_put_into_each_exactly():
    bulk = priced(prices=(price("12.345", basis_qty=d("100")),))
    assert bulk.per_base_unit() == Fraction(12345, 100000)
    assert bulk.in_terms(d("1"), EA).amount == d("0.12345")


def test_a_case_of_seven_is_an_exact_seventh():
    units = (EA, UnitFactor("CA", Fraction(7), "EA"))
    seven = priced(units=units, prices=(price("100.00", unit="CA"),))
    expected = seven.in_terms(d("1"), EA)
    assert (expected.exact, expected.amount) == (Fraction(100, 7), d("14.29"))


def test_the_contracts_decimals_go_before_those_written():
    mine = contract(price_decimals=4)
    assert priced(mine=mine).in_terms(d("1"), EA).amount == d("12.0000")


def test_a_currency_without_minor_unit_has_prices_without_decimals():
    yen = contract(currency="JPY")
    cheap = priced(mine=yen, prices=(price("1250"),))
    assert str(cheap.in_terms(d("1"), EA).amount) == "1250"


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [
        (Fraction(5, 1000), "0.01"),
        (Fraction(-5, 1000), "-0.01"),
        (Fraction(4, 1000), "0.00"),
    ],
)
def test_half_up_rounds_away_from_zero(exact, rounded):
    assert half_up(exact, 2) == d(rounded)


def test_the_trace_is_one_line_with_the_contract_the_date_and_the_break():
    line = priced("5", "CA").in_terms(d("1"), EA).trace.line()
    assert "\n" not in line
    assert "contract C-1" in line
    assert "2026-11-20" in line
    assert "5 CA" in line
    assert "11.25 per 1 EA" in line
    assert "1 CA = 24 EA" in line


def test_the_trace_says_why_other_prices_were_not_taken():
    gone = price("9.00", valid_to=dt.date(2026, 1, 31))
    soon = price("9.10", valid_from=dt.date(2027, 1, 1))
    trace = priced(prices=(gone, soon, price("12.00"), price("11.00", "50"))).trace
    assert [why for _, why in trace.rejected] == [
        "expired",
        "not in force yet",
        "quantity not reached",
    ]


def test_the_trace_is_json_with_decimals_as_texts():
    body = priced().in_terms(d("100"), EA).trace.as_json()
    assert json.loads(json.dumps(body))["expected"] == {
        "amount": "1200.00",
        "exact": "1200",
        "currency": "USD",
        "basis_qty": "100",
        "unit": "EA",
        "rounding": "half up",
        "decimals": 2,
    }
