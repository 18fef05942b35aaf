"""Nodes whose clocks are ten minutes off, at one PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from gateway.config import Settings
from gateway.engine import Engine
from gateway.store import claim
from gateway.store.claim import Bounds
from gateway.store.database import Database
from gateway.store.shared_time import SharedTime, utc_now
from tests.databases import POSTGRESQL
from tests.unit.engine.test_engine import ToyEngine
from tests.unit.engine.test_workers import Partner, accept, unfinished

TEN = timedelta(minutes=10)
LEASE_S = 0.5

pytestmark = [
    pytest.mark.parametrize("kind", [POSTGRESQL]),
    pytest.mark.parametrize("off", [TEN, -TEN], ids=["fast", "slow"]),
]


@contextmanager
def node(
    settings: Settings, off: timedelta, partner: Partner | None = None
) -> Iterator[Engine]:
    """An engine on a machine whose clock is off."""
    db = Database.open(settings.model_copy(update={"lease_s": LEASE_S}))
    db.time = SharedTime(lambda: utc_now() + off)
    rules: Any = None
    ways = {"folder": partner or Partner()}
    engine = ToyEngine(db, rules, settings, ways, clock=db.time)
    try:
        engine.look()  # as its threads do from the first moment on
        yield engine
    finally:
        engine.close()
        db.close()


def take(engine: Engine) -> None:
    """Lease the receipt that is due, as a node does that then hangs."""
    owner = engine._presence.owner
    with engine.db.begin() as tx:
        assert claim.claim(tx, engine._clock(), Bounds(lease_s=LEASE_S), owner)


def test_a_lease_that_lives_is_not_stolen(settings: Settings, off: timedelta) -> None:
    with node(settings, timedelta()) as holder, node(settings, off) as other:
        accept(holder, "acme 1 PO-1")
        take(holder)
        assert other.process() == 0


def test_a_lease_that_has_ended_is_taken_over(
    settings: Settings, off: timedelta
) -> None:
    with node(settings, timedelta()) as holder, node(settings, off) as other:
        accept(holder, "acme 1 PO-1")
        take(holder)
        time.sleep(LEASE_S)
        assert other.process() == 1


def test_what_a_node_with_a_wrong_clock_holds_is_held_no_longer_than_meant(
    settings: Settings, off: timedelta
) -> None:
    with node(settings, off) as holder, node(settings, -off) as other:
        accept(other, "acme 1 PO-1")
        take(holder)
        assert other.process() == 0
        time.sleep(LEASE_S)
        assert other.process() == 1


def test_a_message_is_due_for_others_when_it_was_made(
    settings: Settings, off: timedelta
) -> None:
    partner = Partner()
    with node(settings, off) as maker, node(settings, -off, partner) as sender:
        accept(maker, "acme 1 PO-1")
        maker.process()
        while sender.deliver():
            pass
        assert (len(partner.came), unfinished(sender.db)) == (2, (0, 0))


def test_without_the_servers_time_a_fast_node_steals_and_a_slow_one_waits(
    settings: Settings, off: timedelta
) -> None:
    with node(settings, timedelta()) as holder, node(settings, off) as other:
        other._clock = lambda: utc_now() + off  # what is prevented
        accept(holder, "acme 1 PO-1")
        take(holder)
        stolen = other.process()
        time.sleep(LEASE_S)
        assert (stolen, other.process()) == ((1, 0) if off > timedelta() else (0, 0))
