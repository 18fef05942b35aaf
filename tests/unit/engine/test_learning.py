"""What is said once: cross-references, and the held orders that go on by them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.catalog.learned import Kind
from gateway.engine.learning import go_on, learn
from gateway.findings import Finding
from gateway.store import cross_references, tables
from gateway.store.cross_references import CrossReference
from tests.databases import BOTH
from tests.unit.engine.house import House, houses, segments

Build = Callable[..., House]
HOLD = {"unknown_item": "hold", "decisions": {"unit_not_allowed": "hold"}}


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """Where the database matters a test says so."""
    return str(request.param)


@pytest.fixture
def build(settings: Any) -> Iterator[Build]:

    def one(**policy: Any) -> House:
        return House(settings, HOLD | policy, {"orders": ["json"]})

    with houses(one) as build:
        yield build


@pytest.fixture
def house(build: Build) -> House:
    return build()


def said(
    house: House, theirs: str, ours: str, kind: Kind = "item", **more: Any
) -> CrossReference | Finding:
    facts: dict[str, Any] = {"about": "", "valid_from": house.now.date()} | more
    one = CrossReference(
        id="",
        partner_id="acme",
        kind=kind,
        theirs=theirs,
        ours=ours,
        by="desk",
        reason="asked them",
        created_at=house.now,
        state="",
        **facts,
    )
    gateway = house.gateway
    return learn(gateway.db, gateway.rules, one, house.now)


def made(outcome: CrossReference | Finding) -> CrossReference:
    assert isinstance(outcome, CrossReference), outcome
    return outcome


def rows(house: House, *names: str) -> list[tuple[Any, ...]]:
    own = tables.waiting.c
    with house.gateway.db.read() as tx:
        query = sa.select(*(own[name] for name in names)).order_by(own.order_id, own.n)
        return [tuple(row) for row in tx.execute(query)]


def again(house: House, n: int) -> None:
    """One more order with the unknown item."""
    changed = {"4500001220": f"45000013{n:02}", "000001058": f"0000020{n:02}"}
    house.order("case-unknown-item.edi", **changed)


def test_a_held_order_waits_for_what_is_unknown_with_its_money(house: House):
    house.order("case-unknown-item.edi")
    found = rows(house, "cause", "code", "line_no", "key", "theirs", "stake")
    assert found == [("item", "CAT-310", "2", "779999", "77-9999", 3600)]


@pytest.mark.parametrize("kind", BOTH, indirect=True)
def test_a_mapped_item_is_looked_for_in_every_order_that_waits_for_it(house: House):
    again(house, 1)
    again(house, 2)
    one = made(said(house, "77-9999", "BB-1002"))
    house.work()
    assert (one.state, one.released, one.held) == ("done", 0, 2)
    assert rows(house, "cause", "code") == [("price", "CAT-301")] * 2


def test_what_is_then_as_agreed_on_is_confirmed_and_answered(house: House):
    house.order("case-unknown-item.edi", **{"3*EA*12*": "3*EA*24.95*"})
    one = made(said(house, "77-9999", "BB-1002"))
    house.work()
    assert [each.state for each in one.orders] == ["confirmed"]
    (order,) = house.orders()
    assert order.order.state == "confirmed"
    assert rows(house, "cause") == []
    (answer,) = house.answers()
    assert [each[:7] for each in segments(answer, "ACK")] == ["ACK*IA*", "ACK*IA*"]
    assert len(house.files("out")) == 1


def test_orders_that_come_later_know_it(house: House):
    made(said(house, "77-9999", "BB-1002"))
    order = house.order("case-unknown-item.edi", **{"3*EA*12*": "3*EA*24.95*"})
    assert order.order.state == "confirmed"


def test_a_mapped_ship_to_is_known(house: House):
    house.order("case-ship-to-unknown.edi")
    assert rows(house, "cause", "line_no", "theirs") == [("ship_to", "", "PLANT9")]
    made(said(house, "PLANT9", "PLANT7", "ship_to"))
    assert house.orders()[0].order.state == "confirmed"


def test_a_mapped_unit_of_an_item_is_understood(house: House):
    house.order("case-wrong-unit.edi")
    assert rows(house, "cause", "theirs") == [("unit", "CA")]
    made(said(house, "CA", "EA", "unit", about="BB-1001"))
    assert "unit" not in [cause for (cause,) in rows(house, "cause")]


def test_the_last_word_counts_and_may_be_nothing(house: House):
    made(said(house, "77-9999", "BB-1002"))
    made(said(house, "77-9999", ""))
    order = house.order("case-unknown-item.edi")
    assert order.order.state == "held"
    with house.gateway.db.read() as tx:
        assert len(cross_references.every(tx, partner="acme").items) == 2
        assert cross_references.every(tx, partner="other").items == ()


def test_from_a_later_day_on_nothing_happens_before_it(house: House):
    house.order("case-unknown-item.edi", **{"3*EA*12*": "3*EA*24.95*"})
    tomorrow = house.now.date() + timedelta(days=1)
    one = made(said(house, "77-9999", "BB-1002", valid_from=tomorrow))
    assert (one.state, house.orders()[0].order.state) == ("working", "held")
    house.later(hours=24)
    house.work()
    assert house.orders()[0].order.state == "confirmed"


def test_lines_that_were_decided_stay_so(house: House):
    held = house.order("case-unknown-item.edi", **{"12*EA*84*": "12*EA*80*"})
    gateway = house.gateway
    against = gateway.release(
        held.order.id, as_="reject", lines=["1"], reason="no", by="desk"
    )
    assert against == ()
    made(said(house, "77-9999", "BB-1002"))
    assert [one.decision for one in house.orders()[0].lines] == ["bad_price", "hold"]


@pytest.mark.parametrize(
    ("theirs", "ours", "of", "about"),
    [
        ("77-9999", "BB-NONE", "item", ""),
        (" - ", "BB-1002", "item", ""),
        ("PLANT9", "NOWHERE", "ship_to", ""),
        ("CA", "PL", "unit", "BB-1001"),
        ("CA", "EA", "unit", "BB-NONE"),
    ],
)
def test_what_is_mapped_to_has_to_be_known(
    house: House, theirs: str, ours: str, of: Kind, about: str
):
    against = said(house, theirs, ours, of, about=about)
    assert isinstance(against, Finding)
    assert against.code == "API-030"


def test_where_the_erp_has_the_word_it_gets_the_order_and_the_buyer_waits(
    build: Build,
):
    house = build(ack="on_erp")
    house.order("case-unknown-item.edi", **{"3*EA*12*": "3*EA*24.95*"})
    made(said(house, "77-9999", "BB-1002"))
    house.work()
    assert house.orders()[0].order.state == "received"
    assert house.answers() == []
    assert len(house.files("out")) == 1


def test_many_orders_go_on_behind_the_first_ones(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("gateway.engine.learning.AT_ONCE", 1)
    again(house, 1)
    again(house, 2)
    one = made(said(house, "77-9999", "BB-1002"))
    assert (one.state, one.held) == ("working", 1)
    gateway = house.gateway
    assert go_on(gateway.db, gateway.rules, house.now, 100) == 1
    with gateway.db.read() as tx:
        after = cross_references.find(tx, one.id)
    assert after is not None
    assert (after.state, after.held) == ("done", 2)
    assert after.valid_from == date(2026, 11, 21)
