"""Changes of orders through the whole gateway, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gateway.engine.releasing import release_order
from gateway.order import Order, from_json
from gateway.pipeline.release import As, Released
from gateway.store import changes, queries
from gateway.store.rows import OrderDetail
from tests.starters import ROOT
from tests.unit.engine.house import House

Build = Callable[..., House]
X12 = ROOT / "samples" / "x12"


@pytest.fixture
def build(settings: Any) -> Iterator[Build]:
    made: list[House] = []

    def one(**policy: Any) -> House:
        made.append(House(settings, policy, {}))
        return made[-1]

    yield one
    for house in made:
        house.close()


@pytest.fixture
def house(build: Build) -> House:
    return build()


def came(house: House, *samples: str) -> None:
    """One transmission after the other, each answered before the next."""
    for sample in samples:
        house.send((X12 / sample).read_bytes())
        house.work()


def the_order(house: House) -> OrderDetail:
    (one,) = house.orders()
    return one


def states(house: House) -> list[str]:
    """What became of the order's changes, in the order in which they came."""
    with house.gateway.db.read() as tx:
        every = changes.of_order(tx, the_order(house).order.id)
    return [row.state for row in every]


def decided(house: House, as_: As) -> tuple[str, ...]:
    """The codes that speak against deciding the order's oldest held change."""
    order_id = the_order(house).order.id
    wanted = Released(as_=as_, by="desk")
    found = release_order(
        house.gateway.db, house.gateway.engine.rules, order_id, wanted, house.now
    )
    house.work()
    return tuple(one.code for one in found)


def sent(house: House) -> list[str]:
    """The kinds of messages that left, oldest first."""
    with house.gateway.db.read() as tx:
        rows = queries.messages(tx, direction="out").items
    return [row.type for row in reversed(rows)]


def quantity(house: House) -> str:
    order = from_json(the_order(house).body)
    assert isinstance(order, Order)
    return f"{order.lines[0].quantity.value:f}"


def test_a_change_makes_the_next_version_and_is_answered_by_an_865(house: House):
    came(house, "order.edi", "change.edi")
    assert (the_order(house).order.version, quantity(house)) == (2, "20")
    assert states(house) == ["applied"]


def test_the_same_change_in_one_batch_with_its_order_is_applied(house: House):
    house.send((X12 / "order.edi").read_bytes())
    house.send((X12 / "change.edi").read_bytes())
    house.work()
    assert (the_order(house).order.version, quantity(house)) == (2, "20")


def test_a_change_waits_for_its_order(house: House):
    came(house, "change.edi")
    assert house.orders() == []
    came(house, "order.edi")
    assert (states(house), quantity(house)) == (["applied"], "20")


def test_a_change_that_comes_again_changes_nothing(house: House):
    came(house, "order.edi", "change.edi")
    again = (X12 / "change.edi").read_text().replace("000007031", "000007099")
    house.send(again.encode())
    house.work()
    assert states(house) == ["applied", "unchanged"]
    assert the_order(house).order.version == 2


def test_a_gap_waits_and_is_told_when_it_lasts(house: House):
    came(house, "order.edi", "change-third.edi")
    assert states(house) == ["waiting"]
    house.later(hours=5)
    house.work()
    assert states(house) == ["held"]


def test_a_held_change_is_carried_out_when_it_is_accepted(house: House):
    came(house, "order.edi", "change-cancels.edi")
    assert (states(house), the_order(house).order.state) == (["held"], "confirmed")
    assert decided(house, "accept") == ()
    assert (states(house), the_order(house).order.state) == (["applied"], "cancelled")


def test_a_held_change_leaves_the_order_when_it_is_rejected(house: House):
    came(house, "order.edi", "change-cancels.edi")
    assert decided(house, "reject") == ()
    assert (states(house), the_order(house).order.state) == (["refused"], "confirmed")
    assert the_order(house).order.version == 1


def test_what_waits_behind_a_held_change_follows_it(house: House):
    came(house, "order.edi", "change-cancels.edi")
    behind = (X12 / "change.edi").read_text().replace("**1*2026", "**2*2026")
    house.send(behind.encode())
    house.work()
    assert states(house) == ["held", "waiting"]
    assert decided(house, "reject") == ()
    assert (states(house), quantity(house)) == (["refused", "applied"], "20")


def test_a_change_is_accepted_or_rejected_as_a_whole(house: House):
    came(house, "order.edi", "change-cancels.edi")
    assert decided(house, "change") == ("CHG-002",)


def test_a_change_of_what_the_erp_confirmed_waits(build: Build):
    house = build(ack="on_erp", ack_timeout="send_ours", ack_within_h="1")
    came(house, "order.edi")
    house.later(hours=2)
    house.work()
    came(house, "change.edi")
    assert (states(house), quantity(house)) == (["held"], "12")


def test_every_order_and_change_gets_its_answer(house: House):
    came(house, "order.edi", "change.edi")
    kinds = sent(house)
    assert kinds.count("x12_997") == 2
    assert [kind for kind in kinds if kind != "x12_997"] == ["x12_855", "x12_865"]


def test_nothing_goes_below_what_has_shipped(house: House):
    came(house, "order.edi")
    order = the_order(house).order
    row = {"shipment": "S1", "order_id": order.id, "line_no": "1", "quantity": "10"}
    row["ship_date"] = "2026-11-24"
    house.csv("shipments.csv", row)
    lower = (X12 / "change.edi").read_text().replace("*QI*20*20*", "*QD*6*6*")
    house.send(lower.encode())
    house.work()
    assert (states(house), quantity(house)) == (["refused"], "12")
