"""Clocks that jump: work neither waits for the clock nor is done twice."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

import pytest

from gateway.config import Settings
from gateway.pipeline.ports import Outbound, Sent
from gateway.store import ids
from tests.unit.engine.house import SAMPLES, House


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    made = House(settings, {}, {})
    yield made
    made.close()


def test_what_came_before_the_clock_was_put_back_does_not_wait_for_it(house: House):
    house.send(sample().encode())
    house.later(hours=-6)
    house.work()
    (order,) = house.orders()
    assert order.order.state == "confirmed"
    assert len(house.answers()) == 1


def test_answers_that_were_queued_before_are_sent_after_the_clock_was_put_back(
    house: House,
):
    house.send(sample().encode())
    house.gateway.engine.process()
    house.later(hours=-6)
    house.work()
    assert len(house.answers()) == 1


def test_a_jump_forward_during_a_send_repeats_the_same_bytes_and_settles_once(
    house: House,
):
    house.send(sample().encode())
    engine = house.gateway.engine
    engine.process()
    sent: list[tuple[str, str]] = []

    class Peer:
        """A partner; while it takes the first message the clock jumps."""

        def send(self, outbound: Outbound) -> Sent:
            sent.append((outbound.file_name, outbound.blob.sha256))
            if len(sent) == 1:
                house.later(hours=24 * 365)
                engine.deliver()  # another sender, who thinks that the lease is over
            return Sent("there")

    engine._transports = dict.fromkeys(engine._transports, Peer())
    house.work()
    assert len(sent) == 3  # who was away so long sends no more
    assert len(set(sent)) == 2
    with house.gateway.db.read() as tx:
        events = list(
            tx.exec_driver_sql(
                "SELECT ref FROM event WHERE name = 'message.delivered'"
            ).scalars()
        )
    assert len(events) == len(set(events)) == 2


def test_ids_of_a_process_keep_their_order_when_the_clock_is_put_back():
    first = ids.new("rcp")
    with patch("gateway.store.ids.time.time_ns", return_value=1_000_000_000):
        later = [ids.new("rcp") for _ in range(100)]
    assert [first, *later] == sorted({first, *later})


def sample() -> str:
    return (SAMPLES / "good-small.edi").read_text()
