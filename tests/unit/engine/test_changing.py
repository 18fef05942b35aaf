"""Changes of orders through the whole gateway, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event

from gateway.engine.releasing import release_order
from gateway.order import Order, from_json
from gateway.pipeline.release import As, Released
from gateway.store import change_page, changes, order_page, queries
from gateway.store.rows import ChangeDetail, OrderDetail
from tests.starters import ROOT
from tests.unit.engine.house import House, houses, segments

Build = Callable[..., House]
X12 = ROOT / "samples" / "x12"


@pytest.fixture
def build(settings: Any) -> Iterator[Build]:

    def one(**policy: Any) -> House:
        return House(settings, policy, {})

    with houses(one) as build:
        yield build


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


def test_that_the_erp_is_asked_is_not_told_to_the_buyer(build: Build):
    by_policy = {"change_after_erp": "accept"}
    house = build(ack="on_erp", ack_timeout="send_ours", decisions=by_policy)
    came(house, "order.edi")
    house.later(hours=25)
    house.work()
    came(house, "change.edi")
    out = house.home / "partners" / "acme" / "out"
    (answer,) = (file.read_text() for file in out.glob("x12_865_*"))
    assert (states(house), quantity(house)) == (["applied"], "20")
    assert segments(answer, "N9") == []


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


def the_change(house: House) -> ChangeDetail:
    """The change that came last."""
    with house.gateway.db.read() as tx:
        found = change_page.change(tx, change_page.changes(tx).items[0].id)
    assert found is not None
    return found


def released(house: House, as_: As) -> tuple[str, ...]:
    """The codes that speak against deciding the change that came last, by its id."""
    id_ = the_change(house).change.id
    found = house.gateway.release(id_, as_=as_, lines=(), reason="so", by="desk")
    house.work()
    return tuple(one.code for one in found)


def test_a_change_is_shown_line_by_line_beside_its_order(house: House):
    came(house, "order.edi", "change.edi")
    (row,) = the_order(house).changes
    (line,) = row.lines
    assert (row.kind, row.state, row.version, row.sequence) == (
        "change",
        "applied",
        2,
        "1",
    )
    assert [tuple(one) for one in line.differs] == [("quantity", "12 EA", "20 EA")]
    assert (line.action, line.decision) == ("change", "accept")


def test_a_change_that_is_refused_is_shown_against_the_order_as_it_was(house: House):
    came(house, "order.edi", "change-cancels.edi")
    decided(house, "reject")
    came(house, "change-third.edi")
    first, third = the_order(house).changes
    assert (first.kind, first.state) == ("cancel", "refused")
    assert [one.differs[1].after for one in first.lines] == [""]
    assert third.state == "waiting"


def test_a_change_that_waits_for_one_before_it_is_carried_out_by_its_id(house: House):
    came(house, "order.edi", "change-third.edi")
    assert released(house, "accept") == ()
    detail = the_change(house)
    assert (detail.change.state, the_order(house).order.version) == ("applied", 2)
    assert [one.type for one in detail.answers] == ["x12_865"]


def test_a_change_whose_order_has_not_come_can_only_be_rejected(house: House):
    came(house, "change.edi")
    assert released(house, "accept") == ("CHG-101",)
    assert released(house, "reject") == ()
    assert the_change(house).change.state == "refused"
    assert sent(house)[-1] == "x12_865"
    assert released(house, "reject") == ("CHG-001",)
    came(house, "order.edi")
    assert quantity(house) == "12"


def test_all_about_an_order_is_one_query(house: House):
    came(house, "order.edi", "change.edi")
    order_id, asked = the_order(house).order.id, []
    with house.gateway.db.read() as tx:
        event.listen(tx, "before_cursor_execute", lambda *told: asked.append(told[2]))
        found = order_page.order(tx, order_id)
    assert (found is not None, len(asked)) == (True, 1)
