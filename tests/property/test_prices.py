"""Laws of prices: basis, units, breaks, tolerances, and texts that never raise."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.catalog import (
    Contract,
    Item,
    PriceBreak,
    Priced,
    UnitFactor,
    item_from_json,
    item_to_json,
    price_in_force,
)
from gateway.catalog.compare import Match, compare
from gateway.catalog.importing import read_csv, read_json
from gateway.catalog.keys import check_digit, gtin14, has_good_check_digit, normalise
from gateway.catalog.price import half_up
from gateway.catalog.quantity import is_usable, within_limits
from gateway.partner.policy import Tolerance

DAY = dt.date(2026, 11, 20)
CONTRACT = Contract(
    id="C-1", number="C-1", currency="USD", valid_from=dt.date(2026, 1, 1)
)
EACH = UnitFactor("EA", Fraction(1), "EA")

amounts = st.decimals(0, 10**9, places=4)
quantities = st.decimals("0.001", 10**6, places=3)
bases = st.sampled_from([Decimal(10) ** n for n in range(4)])
factors = st.fractions(Fraction(1, 1000), 1000, max_denominator=1000)
starts = st.lists(st.decimals(0, 10**5, places=1), min_size=1, max_size=6, unique=True)
steps = st.decimals(0, 100, places=4)
percents = st.none() | st.decimals(0, 200, places=2)


def priced(quantity: Decimal, *prices: PriceBreak, factor: Fraction = Fraction(24)):
    item = Item(
        contract_id="C-1",
        sku="W-1",
        base_unit="EA",
        units=(EACH, UnitFactor("CA", factor, "EA")),
        prices=prices,
    )
    return price_in_force(item, quantity, "EA", DAY, CONTRACT)


def price(amount: Decimal, **changes: Any) -> PriceBreak:
    facts: dict[str, Any] = {"from_qty": Decimal(0), "amount": amount, "unit": "EA"}
    return PriceBreak(**(facts | changes))


@given(amounts, bases, bases)
def test_a_price_per_many_is_that_many_times_the_price_of_one(amount, listed, sent):
    found = priced(Decimal(1), price(amount, basis_qty=listed))
    assert isinstance(found, Priced)
    assert found.in_terms(sent, EACH).exact == Fraction(amount) * Fraction(
        sent
    ) / Fraction(listed)


@given(amounts, factors)
def test_converting_a_price_to_another_unit_and_back_is_the_same_price(amount, factor):
    case = UnitFactor("CA", factor, "EA")
    there = priced(Decimal(1), price(amount), factor=factor)
    assert isinstance(there, Priced)
    exact = there.in_terms(Decimal(1), case).exact
    assert exact / factor == there.in_terms(Decimal(1), EACH).exact


@given(starts, quantities, quantities)
def test_a_larger_quantity_never_gets_a_lower_break(breaks, one, other):
    prices = [price(Decimal(1), from_qty=start) for start in (Decimal(0), *breaks)]
    small, large = (priced(each, *prices) for each in sorted((one, other)))
    assert isinstance(small, Priced)
    assert isinstance(large, Priced)
    assert small.chosen.from_qty <= large.chosen.from_qty <= max(one, other)


@given(starts, quantities)
def test_of_the_breaks_that_are_reached_the_highest_is_chosen(breaks, quantity):
    found = priced(quantity, *[price(Decimal(1), from_qty=start) for start in breaks])
    reached = [start for start in breaks if start <= quantity]
    chosen = found.chosen.from_qty if isinstance(found, Priced) else None
    assert chosen == max(reached, default=None)


def judged(sent: Decimal, ours: Decimal, quantity: Decimal, tolerance: Tolerance):
    found = priced(quantity, price(ours))
    assert isinstance(found, Priced)
    expected = found.in_terms(Decimal(1), EACH)
    return compare(sent, expected, Fraction(quantity), tolerance)


@given(amounts, quantities, percents, percents)
def test_our_own_price_is_equal_whatever_the_tolerance(ours, quantity, up, down):
    tolerance = Tolerance(up_pct=up, down_pct=down)
    assert judged(ours, ours, quantity, tolerance) is Match.EQUAL


@given(amounts, amounts, quantities, st.decimals(0, 100, places=2), st.data())
def test_a_wider_percentage_never_refuses_what_a_narrower_one_allows(
    sent, ours, quantity, narrow, data
):
    wide = narrow + data.draw(st.decimals(0, 100, places=2))
    first = judged(sent, ours, quantity, Tolerance(up_pct=narrow, down_pct=narrow))
    second = judged(sent, ours, quantity, Tolerance(up_pct=wide, down_pct=wide))
    assert first is Match.BEYOND or second is first


@given(
    amounts, quantities, st.decimals(0, 100, places=4), st.decimals(0, 100, places=4)
)
def test_a_price_nearer_to_ours_is_never_judged_worse(ours, quantity, near, far):
    near, far = sorted((near, far))
    tolerance = Tolerance(up_pct=Decimal(5), up_abs=Decimal(50))
    order = [Match.EQUAL, Match.WITHIN, Match.BEYOND]
    closer = judged(ours + near, ours, quantity, tolerance)
    further = judged(ours + far, ours, quantity, tolerance)
    assert order.index(closer) <= order.index(further)


@given(st.fractions(), st.integers(0, 8))
def test_rounding_moves_a_number_by_half_a_unit_at_most(exact, decimals):
    moved = abs(Fraction(half_up(exact, decimals)) - exact)
    assert moved * 2 * 10**decimals <= 1


@given(
    quantities,
    st.none() | st.integers(1, 50).map(Decimal),
    st.none() | st.integers(1, 50).map(Decimal),
    st.none() | st.integers(1, 500).map(Decimal),
)
def test_the_quantity_that_is_proposed_may_be_ordered(quantity, low, step, high):
    item = Item(
        contract_id="C-1",
        sku="W-1",
        base_unit="EA",
        units=(EACH,),
        min_qty=low,
        increment=step,
        max_qty=high,
    )
    _, proposed = within_limits(quantity, EACH, item, Fraction(quantity))
    if proposed is not None:
        assert within_limits(proposed, EACH, item, Fraction(proposed)) == (None, None)


@given(st.from_regex(r"\A[0-9]{13}\Z"))
def test_a_computed_check_digit_is_a_good_one(digits):
    assert has_good_check_digit(digits + check_digit(digits))


@given(st.text(max_size=20))
def test_normalising_twice_changes_nothing(number):
    assert normalise(normalise(number)) == normalise(number)
    assert gtin14(gtin14(number)) == gtin14(number)


@given(st.decimals())
def test_any_decimal_is_usable_or_not_and_never_raises(number):
    if is_usable(number):
        assert abs(number) < 10**18


@given(amounts, bases, factors, st.lists(st.text(max_size=8), max_size=3))
def test_an_item_comes_back_from_its_json(amount, basis, factor, numbers):
    item = Item(
        contract_id="C-1",
        sku="W-1",
        base_unit="EA",
        units=(EACH, UnitFactor("CA", factor, "EA")),
        prices=(price(amount, basis_qty=basis, valid_from=DAY),),
        buyer_parts=tuple(numbers),
    )
    assert item_from_json(item_to_json(item)) == item


HEADER = "contract,currency,contract_from,item,unit,price\n"


@given(st.text(max_size=200), st.booleans())
def test_no_text_raises_when_read_as_csv(text, has_header):
    read_csv((HEADER if has_header else "") + text, "any.csv")


_texts = st.sampled_from(["contract", "items", "prices", "unit", "1", "x"]) | st.text(
    max_size=4
)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _texts,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=4)
    ),
    max_leaves=12,
)


@given(_json)
def test_no_value_raises_when_read_as_json(value):
    read_json(json.dumps({"schema": "catalog/1", "contracts": value}), "any.json")
    read_json(
        json.dumps({"schema": "catalog/1", "contracts": [{"items": value}]}), "any.json"
    )


@given(st.text(max_size=100))
def test_no_text_raises_when_read_as_json(text):
    read_json(text, "any.json")
