"""Orders that the partner was to be answered by now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.config import Settings
from gateway.store.tables import alert, event, sla
from tests.databases import SQLITE
from tests.unit.engine.house import House
from tests.unit.engine.test_alerting import Ear, opened, tell

pytestmark = pytest.mark.parametrize("kind", [SQLITE])
LATE = "SLA-005"
HELD = "case-ship-to-unknown.edi"


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    made = opened(settings)
    yield made
    made.close()


@pytest.fixture
def ear() -> Ear:
    return Ear()


def late(house: House) -> list[tuple[str, str]]:
    """Kind and reference of each alert that an answer is late."""
    query = sa.select(alert.c.kind, alert.c.ref).where(alert.c.code == LATE)
    with house.gateway.db.read() as tx:
        return [tuple(row) for row in tx.execute(query)]


def clocks(house: House) -> list[str]:
    """The outcomes of clocks that were told; empty: it runs."""
    with house.gateway.db.read() as tx:
        return list(tx.execute(sa.select(sla.c.outcome)).scalars())


def test_a_held_order_without_an_answer_in_time_is_told_once(house: House):
    order = house.order(HELD)
    house.later(hours=23.9)
    house.work()
    assert late(house) == []
    house.later(hours=0.2)
    house.work()
    house.work()
    assert late(house) == [("overdue", order.order.id)]
    with house.gateway.db.read() as tx:
        names = tx.execute(sa.select(event.c.name).where(event.c.ref == order.order.id))
        assert {"sla.warn", "sla.overdue"} <= set(names.scalars())
    assert LATE in [one.finding.code for one in house.orders()[0].findings]


@pytest.mark.parametrize("timeout", ["hold", "send_ours"])
def test_an_order_that_waits_for_the_erp_is_late_unless_our_answer_leaves(
    settings: Settings, timeout: str
):
    policy: dict[str, Any] = {"ack": "on_erp", "ack_within_h": "4"}
    house = House(settings, policy | {"ack_timeout": timeout}, {})
    order = house.order()
    for hours in (5, 20):
        house.later(hours=hours)
        house.work()
    found = late(house)
    house.close()
    expected = [("overdue", order.order.id)] if timeout == "hold" else []
    assert found == expected


def test_a_profile_without_hours_has_no_clock(house: House):
    for sends in house.facts["sends"]:
        sends.pop("within_h", None)
    house.profile()
    house.order(HELD)
    house.later(hours=100)
    house.work()
    assert clocks(house) == []


def test_who_wants_to_know_later_is_told_only_of_what_still_waits(
    house: House, ear: Ear
):
    house.profile_alerts({"on": "overdue", "to": "ops", "after_h": "4"})
    order = house.order(HELD)
    house.later(hours=25)
    house.work()
    tell(house, ear)
    house.gateway.release(order.order.id, as_="accept", lines=(), reason="", by="x")
    house.work()
    house.later(hours=5)
    house.work()
    assert tell(house, ear) == []


def test_what_still_waits_is_told_as_overdue(house: House, ear: Ear):
    house.order(HELD)
    house.later(hours=25)
    house.work()
    tell(house, ear)
    house.later(hours=1)
    heard = [one["type"] for one in tell(house, ear)]
    assert heard.count("ack.overdue") == 1
