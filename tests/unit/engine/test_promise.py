"""Answers that promise no more than our stock has, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.config import Settings
from gateway.order.read import ack_from_json
from gateway.store.rows import OrderDetail
from gateway.store.tables import promise, promised
from tests.unit.engine.house import SAMPLES, House, houses, segments

Build = Callable[..., House]
ITEM, OTHER = "BB-1001", "BB-1002"


@pytest.fixture
def build(settings: Settings) -> Iterator[Build]:

    def one(**policy: Any) -> House:
        return House(settings, {"promise": "stock"} | policy, {})

    with houses(one) as build:
        yield build


@pytest.fixture
def house(build: Build) -> House:
    """Fifteen drills and three hundred bits."""
    made = build()
    count(made, 15)
    return made


def count(house: House, drills: int, **more: object) -> None:
    """A stock file of this moment."""
    as_of = house.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    rows = (
        {"sku": ITEM, "available": drills, "as_of": as_of, **more},
        {"sku": OTHER, "available": 300, "as_of": as_of},
    )
    house.csv(f"stock-{as_of.replace(':', '')}.csv", *rows)


def ordered(house: House, po: str, drills: int = 12) -> OrderDetail:
    """The order of so many drills, answered."""
    changes = {"PO1*1*12*": f"PO1*1*{drills}*", "4500001201": po, "000001040": po[-9:]}
    return house.order(**changes)


def statuses(order: OrderDetail, line: int = 0) -> list[tuple[str, str, str]]:
    """Kind, quantity and day of each part of a line."""
    ack: Any = ack_from_json(order.ack)
    return [
        (one.kind, f"{one.quantity:f}", str(one.date or ""))
        for one in ack.lines[line].statuses
    ]


def given(house: House, sku: str = ITEM) -> int:
    """How much of an item is promised, as the sum and as its parts have it."""
    with house.gateway.db.read() as tx:
        total = tx.scalar(sa.select(promised.c.quantity).where(promised.c.sku == sku))
        parts = tx.scalars(sa.select(promise.c.quantity).where(promise.c.sku == sku))
        assert sum(map(Fraction, parts)) == Fraction(total or 0)
    return int(Fraction(total or 0))


def test_what_is_in_stock_is_promised_as_asked_and_no_more_is_left(house: House):
    order = ordered(house, "4500001301")
    assert (order.order.state, statuses(order)) == ("confirmed", [("accept", "12", "")])
    assert (given(house), given(house, OTHER)) == (12, 20)


def test_what_is_missing_is_backordered_and_the_855_says_so(house: House):
    ordered(house, "4500001301")
    order = ordered(house, "4500001302")
    assert statuses(order) == [("accept", "3", ""), ("backorder", "9", "")]
    assert "CAT-370" in [one.finding.code for one in order.findings]
    assert [one.split("*")[1:4] for one in segments(house.answers()[1], "ACK")][:2] == [
        ["IA", "3", "EA"],
        ["IB", "9", "EA"],
    ]
    assert given(house) == 15


def test_the_day_more_comes_stands_in_the_answer(build: Build):
    house = build()
    count(house, 5, next_date="2026-12-20", next_quantity=4)
    order = ordered(house, "4500001301")
    assert statuses(order) == [
        ("accept", "5", ""),
        ("backorder", "4", "2026-12-20"),
        ("backorder", "3", ""),
    ]
    assert given(house) == 9
    again = ordered(house, "4500001302")
    assert statuses(again) == [("backorder", "12", "")]


def test_what_was_expected_before_today_and_not_counted_is_not_there(build: Build):
    house = build()
    count(house, 5, next_date="2026-11-30", next_quantity=100)
    house.later(hours=24 * 10)
    order = ordered(house, "4500001301")
    assert statuses(order) == [("accept", "5", ""), ("backorder", "7", "")]


def test_an_item_that_nobody_counted_is_not_there(build: Build):
    order = ordered(build(), "4500001301")
    assert statuses(order) == [("backorder", "12", "")]


def test_by_default_what_is_asked_is_promised(settings: Settings):
    house = House(settings, {}, {})
    order = ordered(house, "4500001301")
    total = given(house)
    house.close()
    assert (statuses(order), total) == ([("accept", "12", "")], 0)


def test_a_later_count_knows_what_was_promised_before(house: House):
    ordered(house, "4500001301")
    house.later(hours=1)
    count(house, 20)
    assert given(house) == 0
    order = ordered(house, "4500001302", 20)
    assert statuses(order) == [("accept", "20", "")]


def test_a_count_of_before_does_not_know_what_was_promised_since(house: House):
    order = ordered(house, "4500001301")
    house.now -= timedelta(seconds=1)
    count(house, 20)
    house.later(hours=1)
    assert given(house) == 12
    order = ordered(house, "4500001302", 20)
    assert statuses(order) == [("accept", "8", ""), ("backorder", "12", "")]


@pytest.mark.parametrize("action", ["hold", "reject_line"])
def test_the_policy_may_hold_or_reject_what_is_short(build: Build, action: str):
    house = build(short_stock=action)
    count(house, 5)
    order = ordered(house, "4500001301")
    (kind, _, _), *rest = statuses(order)
    assert (kind, rest) == ({"hold": "hold", "reject_line": "reject"}[action], [])
    assert given(house) == 0


def test_a_held_order_keeps_what_was_proposed_until_it_is_decided(house: House):
    held = house.order("case-ship-to-unknown.edi")
    before = given(house) + given(house, OTHER)
    assert held.order.state == "held"
    assert before > 0
    house.gateway.release(held.order.id, as_="reject", lines=(), reason="no", by="x")
    assert given(house) + given(house, OTHER) == 0


def test_a_line_that_was_held_is_changed_to_what_is_left(build: Build):
    house = build(short_stock="hold")
    count(house, 5)
    order = ordered(house, "4500001301")
    against = house.gateway.release(
        order.order.id, as_="change", lines=(), reason="ours", by="x"
    )
    (changed,) = house.orders()
    assert against == ()
    assert statuses(changed) == [("accept", "5", ""), ("backorder", "7", "")]
    assert given(house) == 5


def test_an_operators_yes_counts_whole(build: Build):
    house = build(short_stock="hold")
    count(house, 5)
    order = ordered(house, "4500001301")
    house.gateway.release(order.order.id, as_="accept", lines=(), reason="", by="x")
    assert given(house) == 12
    assert statuses(ordered(house, "4500001302", 10))[0][0] == "hold"


def test_a_test_takes_nothing(house: House):
    house.order(**{"*0*P*>": "*0*T*>"})
    assert given(house) == 0


def test_trying_without_a_trace_takes_nothing(house: House):
    body = house.gateway.check((SAMPLES / "good-small.edi").read_bytes(), "acme")
    assert body["verdict"] == "accepted"
    assert given(house) == 0
