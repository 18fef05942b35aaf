"""A confirmation is about the order as the ERP saw it, and the last word holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.config import Settings
from tests.unit.engine.house import House, houses, segments

X12 = Path(__file__).parents[3] / "samples/x12"
Build = Callable[..., House]


@pytest.fixture
def build(settings: Settings) -> Iterator[Build]:
    def one(**policy: Any) -> House:
        policy = {"ack": "on_erp", "ack_within_h": "4"} | policy
        return House(settings, policy, {"orders": ["csv"]})

    with houses(one) as build:
        yield build


@pytest.fixture
def house(build: Build) -> House:
    """The ERP has the order, and did not answer yet."""
    house = build()
    came(house, "order.edi")
    return house


def came(house: House, *names: str) -> None:
    for name in names:
        house.send((X12 / name).read_bytes())
        house.work()


def told(house: House, **row: object) -> None:
    """A file of the ERP with one row about the order."""
    house.later(minutes=1)
    named = {"order_id": house.orders()[0].order.id, "decision": "accept"}
    house.csv(f"c{house.now:%d%H%M}.csv", named | row)


def state(house: House) -> tuple[str, int]:
    order = house.orders()[0].order
    return str(order.state), order.version


def codes(house: House) -> list[str]:
    return [row["code"] for row in house.report()]


def test_a_word_about_the_version_that_the_erp_has_confirms_it(house: House):
    told(house, version=1)
    assert state(house) == ("confirmed", 2)


def test_one_about_the_version_before_a_change_confirms_nothing(house: House):
    came(house, "change.edi")
    before = state(house)
    told(house, version=1)
    assert (codes(house), state(house)) == (["ERP-026"], before)
    told(house, version=before[1])
    assert state(house) == ("confirmed", before[1] + 1)


def test_nor_does_one_that_names_none_while_the_erp_has_both(house: House):
    came(house, "change.edi")
    before = state(house)
    told(house)
    assert (codes(house), state(house)) == (["ERP-026"], before)


def test_nor_one_that_was_said_before_the_change_came(house: House):
    came(house, "change.edi")
    before = state(house)
    told(house, as_of="2026-11-21T09:00:30Z")
    assert (codes(house), state(house)) == (["ERP-026"], before)


def test_there_is_no_version_to_come(house: House):
    told(house, version=2)
    assert (codes(house), state(house)) == (["ERP-026"], ("received", 1))


def test_a_later_word_may_name_the_version_that_the_erp_has(house: House):
    told(house, version=1)
    told(house, version=1, line_no=1, decision="change", date="2027-01-15")
    assert state(house) == ("changed", 3)
    assert len(house.answers()) == 2


def test_a_mended_file_takes_nothing_back_that_was_said_since(house: House):
    order = house.orders()[0]
    first, *_ = (line.line_no for line in order.lines)
    told(house)
    row = {"line_no": first, "decision": "change", "date": "2027-01-15"}
    told(house, **row, quantity="ten")
    (copy,) = (p for p in house.files("failed") if "report" not in p.name)
    told(house, **row | {"date": "2027-02-01"})
    said, name = copy.read_text().replace("ten", "10"), copy.name
    for path in house.files("failed"):
        path.unlink()
    house.later(minutes=1)
    before = state(house)
    house.put(name, said)
    assert (codes(house), state(house)) == (["ERP-026"], before)
    assert segments(house.answers()[-1], "ACK")[0].endswith("20270201")


def test_it_holds_where_nothing_was_said_since(house: House):
    told(house)
    told(house, line_no=1, decision="change", date="2027-01-15", price="ten")
    (copy,) = (p for p in house.files("failed") if "report" not in p.name)
    house.later(minutes=1)
    house.put(copy.name, copy.read_text().replace("ten", ""))
    assert state(house) == ("changed", 3)


def test_a_day_to_come_counts_as_the_arrival(house: House):
    told(house, as_of="2099-01-01T00:00:00Z")
    told(house, line_no=1, decision="change", date="2027-01-15")
    assert state(house) == ("changed", 3)


def test_rows_of_one_order_name_one_version(house: House):
    named = {"order_id": house.orders()[0].order.id, "decision": "accept"}
    rows = [named | {"line_no": 1, "version": 1}, named | {"line_no": 2, "version": 2}]
    house.csv("two.csv", *rows)
    assert codes(house) == ["ERP-011"]
