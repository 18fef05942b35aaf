"""Another process is faster: what it did is seen before anything is booked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gateway.bootstrap import Gateway
from gateway.config import Settings
from gateway.store import queries
from tests.unit.engine.house import SAMPLES, House


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    made = House(settings.model_copy(update={"process_batch": 1}), {}, {})
    yield made
    made.close()


def test_an_order_that_another_booked_meanwhile_is_booked_once(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    data = (SAMPLES / "good-small.edi").read_bytes()
    receipts = {house.send(data, "first"), house.send(data, "again")}
    other = Gateway(house.settings, clock=lambda: house.now)
    engine = house.gateway.engine
    work_out = engine._work_out

    def slowly(*args: Any) -> Any:
        ready = work_out(*args)
        monkeypatch.setattr(engine, "_work_out", work_out)
        assert other.engine.process() == 1
        return ready

    monkeypatch.setattr(engine, "_work_out", slowly)
    assert engine.process() == 1
    other.close()

    assert len(house.orders()) == 1
    with house.gateway.db.read() as tx:
        sent = queries.messages(tx, direction="out").items
    assert sorted(one.type for one in sent) == ["x12_855", "x12_997", "x12_997"]
    assert {one.receipt_id for one in sent if one.type == "x12_997"} == receipts
