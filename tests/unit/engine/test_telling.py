"""Stock told to a partner by hand, through a whole gateway."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.config import Settings
from gateway.engine.telling import tell_stock
from tests.unit.engine.house import House, segments


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    made = House(settings, {}, {})
    sends = {"message": "x12_846", "version": "004010", "channel": "drop"}
    made.facts["sends"] = [*made.facts["sends"], sends]
    made.profile()
    yield made
    made.close()


def told(house: House) -> list[str]:
    """The 846s that lie in the partner's folder."""
    out = house.home / "partners" / "acme" / "out"
    return [path.read_text() for path in sorted(out.glob("x12_846_*"))]


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
