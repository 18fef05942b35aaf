"""Another process is faster: what it did is seen before anything is booked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.bootstrap import Gateway
from gateway.config import Settings
from gateway.store import changes, commit, queries
from tests.databases import POSTGRESQL
from tests.starters import ROOT
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


ORDER, CHANGE, SECOND = "order.edi", "change.edi", "change-second.edi"


def x12(name: str) -> bytes:
    """A sample; the second change is one of another quantity."""
    if name == SECOND:
        text = (ROOT / "samples" / "x12" / CHANGE).read_text()
        text = text.replace("**1*2026", "**2*2026").replace("000007031", "000007032")
        return text.replace("*20*", "*25*").encode()
    return (ROOT / "samples" / "x12" / name).read_bytes()


@pytest.mark.parametrize("kind", [POSTGRESQL])
@pytest.mark.parametrize(
    ("there", "first", "meanwhile"),
    [
        ((), ORDER, CHANGE),
        ((), CHANGE, ORDER),
        ((ORDER,), CHANGE, SECOND),
        ((ORDER,), SECOND, CHANGE),
    ],
)
def test_what_is_about_one_order_does_not_miss_each_other(
    house: House,
    monkeypatch: pytest.MonkeyPatch,
    there: tuple[str, ...],
    first: str,
    meanwhile: str,
):
    for name in (*there, first, meanwhile):
        house.send(x12(name))
        if name in there:
            house.work()
    other = Gateway(house.settings, clock=lambda: house.now)
    second = threading.Thread(target=other.engine.process)
    engine = house.gateway.engine
    write = commit.write

    def slowly(*args: Any) -> None:
        monkeypatch.setattr(commit, "write", write)
        second.start()
        second.join(0.3)  # it waits for us, or has seen nothing of ours
        write(*args)

    monkeypatch.setattr(commit, "write", slowly)
    assert engine.process() == 1
    second.join()
    other.close()
    house.work()

    (order,) = house.orders()
    with house.gateway.db.read() as tx:
        became = {row.state for row in changes.of_order(tx, order.order.id)}
    assert became == {"applied"}
    assert order.order.version == 1 + [*there, first, meanwhile].count(CHANGE) + (
        SECOND in (first, meanwhile)
    )
