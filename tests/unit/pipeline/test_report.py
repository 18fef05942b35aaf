"""What is kept of a decision is short; what is told of it is all there was."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from gateway.catalog import Contract, Item, PriceBreak, Prices, UnitFactor, check
from gateway.catalog.checked import Checked
from gateway.order import Order
from gateway.order.model import Item as Ordered
from gateway.order.model import LineQuantity, OrderLine, Price, Source
from gateway.pipeline.decide import Decision, decide
from gateway.pipeline.report import told
from tests.unit.pipeline.parts import NOW, profile

EACH = UnitFactor("EA", Fraction(1), "EA")
DOZEN = UnitFactor("DZ", Fraction(12), "EA")
WHOSE = profile()


def cost(amount: str, start: str = "1") -> PriceBreak:
    return PriceBreak(from_qty=Decimal(start), amount=Decimal(amount), unit="EA")


def item(sku: str, units: tuple[UnitFactor, ...], *prices: PriceBreak) -> Item:
    return Item(contract_id="C", sku=sku, base_unit="EA", units=units, prices=prices)


ITEMS = (
    item("W-1", (EACH,), cost("12.50")),
    item("W-2", (EACH, DOZEN), cost("3.00"), cost("2.75", "100")),
    item("W-3", (EACH,), cost("7.00", "5")),
)


def judged(
    currency: str, *lines: tuple[str, str, str, str]
) -> tuple[Checked, Decision]:
    """Lines of an item, a quantity, a unit and a price, held against the contract."""
    contract = Contract(
        id="C",
        number="C-2026",
        currency=currency,
        valid_from=dt.date(2026, 1, 1),
        valid_to=None,
    )
    order = Order(
        po_number="4711",
        currency=currency,
        source=Source(standard="x12"),
        lines=tuple(
            OrderLine(
                line_no=str(number),
                item=Ordered(supplier_sku=sku),
                quantity=LineQuantity(value=Decimal(quantity), uom_sent=unit),
                price=Price(amount=Decimal(price), currency=currency),
            )
            for number, (sku, quantity, unit, price) in enumerate(lines, 1)
        ),
    )
    checked = check(order, Prices.of([contract], ITEMS), WHOSE, NOW)
    return checked, decide(order, (), checked, WHOSE.policy, NOW)


def kept_lines(decision: Decision) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = json.loads(decision.report)["lines"]
    return lines


@pytest.mark.parametrize(("currency", "nothing"), [("USD", "0.00"), ("JPY", "0")])
def test_of_a_line_at_our_price_only_what_it_asked_for_is_kept(currency, nothing):
    checked, decision = judged(currency, ("W-1", "4", "EA", "12.50"))
    trace = {"quantity": "4", "unit": "EA"}
    short = {"line": "1", "item": "W-1", "sent_price": "12.50", "trace": trace}
    assert kept_lines(decision) == [short]
    (line,), price = told(decision.report)["lines"], checked.lines[0].price
    assert line.pop("why").startswith("contract C-2026; ")
    assert price is not None
    assert line == {
        **short,
        "decision": ["accept"],
        "findings": [],
        "expected_price": "12.50",
        "at_stake": nothing,
        "trace": price.trace.as_json(),
    }


def test_a_break_that_begins_later_is_kept_with_its_beginning():
    checked, decision = judged("USD", ("W-3", "6", "EA", "7.00"))
    (line,), price = told(decision.report)["lines"], checked.lines[0].price
    assert kept_lines(decision)[0]["trace"]["from_qty"] == "5"
    assert price is not None
    assert line["trace"] == price.trace.as_json()


@pytest.mark.parametrize(
    "line", [("W-2", "120", "EA", "2.75"), ("W-2", "2", "DZ", "36.00")]
)
def test_a_price_that_was_chosen_or_converted_is_kept_whole(line):
    checked, decision = judged("USD", ("W-1", "4", "EA", "12.50"), line)
    price = checked.lines[1].price
    assert price is not None
    assert kept_lines(decision)[1]["trace"] == price.trace.as_json()
    assert told(decision.report)["lines"][1]["trace"] == price.trace.as_json()


def test_another_price_than_ours_is_kept_beside_it():
    _, decision = judged("USD", ("W-1", "4", "EA", "12.00"))
    (short,), (line,) = kept_lines(decision), told(decision.report)["lines"]
    assert (short["expected_price"], short["at_stake"]) == ("12.50", "-2.00")
    assert line["trace"]["expected"]["amount"] == "12.50"
    assert line["trace"]["break"]["amount"] == "12.50"
    assert [found["code"] for found in line["findings"]] == ["CAT-301"]
