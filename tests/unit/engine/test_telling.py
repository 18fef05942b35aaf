"""Stock, prices and the state of orders told by hand, through a whole gateway."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.config import Settings
from gateway.engine import telling
from gateway.engine.telling import tell_prices, tell_status, tell_stock
from gateway.findings import Finding
from tests.unit.engine.house import House, segments


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """What is queued is tested on every database elsewhere."""
    return str(request.param)


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    made = House(settings, {}, {})
    made.facts["sends"] += [
        {"message": message, "version": "004010", "channel": "drop"}
        for message in ("x12_846", "x12_832")
    ]
    made.profile()
    yield made
    made.close()


def told(house: House, kind: str = "x12_846") -> list[str]:
    """The messages of a kind that lie in the partner's folder."""
    out = house.home / "partners" / "acme" / "out"
    return [path.read_text() for path in sorted(out.glob(f"{kind}_*"))]


def test_the_latest_count_is_told(house: House):
    engine = house.gateway.engine
    house.csv("a.csv", {"sku": "BB-1001", "available": "40"})
    house.csv("b.csv", {"sku": "BB-1001", "available": "25"})
    assert tell_stock(engine.db, engine.rules, "acme", house.now) is None
    house.work()
    (message,) = told(house)
    assert segments(message, "QTY") == ["QTY*33*25*EA"]
    assert segments(message, "LIN")[0].startswith("LIN**VP*BB-1001*BP*77-1001")


def test_items_of_no_contract_are_not_told(house: House):
    engine = house.gateway.engine
    house.csv("a.csv", {"sku": "SECRET-1", "available": "40"})
    against = tell_stock(engine.db, engine.rules, "acme", house.now)
    house.work()
    assert against is not None
    assert against.code == "API-011"
    assert told(house) == []


def test_an_unknown_partner_is_told_nothing(house: House):
    engine = house.gateway.engine
    against = tell_stock(engine.db, engine.rules, "nobody", house.now)
    assert against is not None
    assert against.code == "API-011"


def test_all_items_of_a_contract_are_told_in_messages_of_bounded_size(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(telling, "ITEMS_AT_ONCE", 4)
    engine = house.gateway.engine
    count = tell_prices(engine.db, engine.rules, "acme", house.now)
    house.work()
    every = told(house, "x12_832")
    items = [segments(message, "LIN") for message in every]
    assert len(every) == count
    assert max(map(len, items)) <= 4
    assert len({line for part in items for line in part}) == 7
    parts = [segments(message, "BCT")[0].split("*")[4] for message in every]
    assert sorted(parts) == [str(n) for n in range(1, len(every) + 1)]


def test_a_partner_without_prices_is_told_none(house: House):
    engine = house.gateway.engine
    later = house.now.replace(year=2050)
    against = tell_prices(engine.db, engine.rules, "acme", later)
    nobody = tell_prices(engine.db, engine.rules, "nobody", house.now)
    assert isinstance(against, Finding)
    assert isinstance(nobody, Finding)
    assert (against.code, nobody.code) == ("API-011", "API-011")


def test_the_state_of_an_order_is_told_as_it_is_now(house: House):
    order, engine = house.order().order, house.gateway.engine
    shipped = {"shipment": "S-1", "order_id": order.id, "ship_date": "2026-12-10"}
    house.csv("s.csv", shipped | {"line_no": "2", "quantity": "8"})
    assert tell_status(engine.db, engine.rules, order.id, house.now) is None
    house.work()
    (message,) = told(house, "x12_870")
    assert segments(message, "QTY") == ["QTY*01*12*EA", "QTY*39*8*EA", "QTY*01*12*EA"]


def test_the_state_of_no_order_is_not_told(house: House):
    engine = house.gateway.engine
    against = tell_status(engine.db, engine.rules, "ord_1", house.now)
    assert against is not None
    assert against.code == "API-011"
