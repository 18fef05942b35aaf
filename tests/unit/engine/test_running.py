"""What is begun is finished at the end, within bounds."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa

from gateway.config import Settings
from gateway.engine.running import evenly
from gateway.pipeline.ports import Failed, Outbound, Sent
from gateway.store.database import Database
from tests.databases import SQLITE
from tests.unit.engine.test_engine import House

PATIENCE_S = 20.0


@dataclass
class SlowPartner:
    """A partner who keeps each message until told."""

    may_go_on: threading.Event = field(default_factory=threading.Event)
    has_one: threading.Event = field(default_factory=threading.Event)
    came: list[str] = field(default_factory=list)

    def send(self, outbound: Outbound) -> Sent | Failed:
        self.came.append(outbound.id)
        self.has_one.set()
        self.may_go_on.wait(PATIENCE_S)
        return Sent("250 ok")


@pytest.fixture
def kind() -> str:
    return SQLITE


@pytest.fixture
def house(db: Database, settings: Settings) -> Iterator[House]:
    built = House(db, settings.model_copy(update={"drain_s": 0.5}))
    yield built
    for engine in built.engines:
        engine.close()


def test_the_message_under_way_is_finished_and_the_others_are_given_back(house: House):
    partner, stop = SlowPartner(), threading.Event()
    engine = house.engine(folder=partner)
    house.accept("acme 000000001 4711")
    thread = threading.Thread(target=engine.run, args=(stop,))
    thread.start()
    assert partner.has_one.wait(PATIENCE_S)

    stop.set()
    assert engine.stopping.wait(PATIENCE_S)
    partner.may_go_on.set()
    thread.join(PATIENCE_S)

    assert not thread.is_alive()
    assert len(partner.came) == 1
    assert sorted(row.delivery for row in house.outbox()) == ["delivered", "queued"]


def test_a_partner_who_keeps_a_message_too_long_is_left_behind(house: House):
    partner, stop = SlowPartner(), threading.Event()
    engine = house.engine(folder=partner)
    house.accept("acme 000000001 4711")
    thread = threading.Thread(target=engine.run, args=(stop,))
    thread.start()
    assert partner.has_one.wait(PATIENCE_S)

    begun = time.monotonic()
    stop.set()
    thread.join(PATIENCE_S)

    assert time.monotonic() - begun < 10
    assert {row.delivery for row in house.outbox()} == {"sending"}
    partner.may_go_on.set()


def test_what_was_sent_while_the_database_was_away_is_noted_when_it_is_back(
    house: House,
):
    failures: list[str] = []

    def fail_twice(name: str) -> None:
        if name == "deliver.settling" and len(failures) < 2:
            failures.append(name)
            raise sa.exc.OperationalError("planted", {}, Exception("gone"))

    engine = house.engine(step=fail_twice)
    house.accept("acme 000000001 4711")
    engine.process()

    assert engine.deliver() == 2

    assert len(failures) == 2
    assert {row.delivery for row in house.outbox()} == {"delivered"}
    assert len(house.peer.came) == 2


@pytest.mark.parametrize(
    ("a_second", "waiting"), [(1200, (300, 700)), (90, (300, 500)), (20, (80, 120))]
)
def test_work_is_taken_up_in_even_parts(a_second: float, waiting: tuple[float, float]):
    rests, rest_s, parts = evenly(500, 0.05, 5.0), 5.0, []
    for _ in range(40):
        came = int(a_second * rest_s)
        parts.append(came)
        rest_s = rests(came)

    least, most = waiting
    assert all(least <= one <= most for one in parts[5:]), parts


def test_after_a_rush_the_next_look_is_not_long_after_and_later_it_is():
    rests = evenly(500, 0.05, 5.0)

    assert [rests(2000), rests(2000), rests(2000)] == [1.25, 0.3125, 0.078125]
    assert rests(0) == 5.0
