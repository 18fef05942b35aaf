"""Several workers at one database: nothing skipped, nothing twice, nothing at once."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.config import Settings
from gateway.engine import Engine
from gateway.engine.steps import nothing
from gateway.pipeline.ports import Failed, Inbound, InMemory, Outbound, Sent, Transport
from gateway.store import queries
from gateway.store.database import Database
from gateway.store.shared_time import utc_now
from gateway.store.tables import interchange, orders, outbox
from tests.databases import POSTGRESQL
from tests.unit.engine.test_engine import ToyEngine

WORKERS = 8
INTERCHANGES = 240
PATIENCE_S = 120.0
HOLDER = """
import sys, time
from datetime import UTC, datetime
from gateway.config import Settings
from gateway.store import claim
from gateway.store.claim import Bounds
from gateway.store.database import Database
from gateway.store.leases import Presence

db = Database.open(Settings(home=sys.argv[1], database_url=sys.argv[2]))
now = datetime.now(UTC)
owner = Presence(db).keep(now)
with db.begin() as tx:
    assert claim.claim(tx, now, Bounds(), owner)
print("held", flush=True)
time.sleep(600)
"""


@dataclass
class Partner:
    """Notes every message, and which of them were under way at once."""

    came: Counter[str] = field(default_factory=Counter)
    at_once: list[str] = field(default_factory=list)
    _under_way: set[str] = field(default_factory=set)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def send(self, outbound: Outbound) -> Sent | Failed:
        with self._turn:
            if outbound.id in self._under_way:
                self.at_once.append(outbound.id)
            self._under_way.add(outbound.id)
            self.came[outbound.id] += 1
        time.sleep(0.001)
        with self._turn:
            self._under_way.discard(outbound.id)
        return Sent("250 ok")


@contextmanager
def engine_at(
    settings: Settings, partner: Transport, step: Any = nothing
) -> Iterator[Engine]:
    """An engine with a database of its own, as another process would have it."""
    db = Database.open(settings)
    rules: Any = None
    engine = ToyEngine(db, rules, settings, {"folder": partner}, step=step)
    try:
        yield engine
    finally:
        engine.close()
        db.close()


def accept(engine: Engine, text: str) -> None:
    engine.accept(
        Inbound(
            blob=InMemory.of(text.encode()),
            channel="folder",
            peer="",
            partner_id="",
            transport_id="",
            received_at=utc_now(),
        )
    )


def work_until_done(engine: Engine, until: float) -> None:
    while engine.process() + engine.deliver() or unfinished(engine.db) != (0, 0):
        assert time.monotonic() < until


def unfinished(db: Database) -> tuple[int, int]:
    with db.read() as tx:
        return queries.unfinished(tx)


def transmissions() -> Iterator[str]:
    """Orders of three partners; some interchanges and some orders come again."""
    for n in range(INTERCHANGES):
        partner = ("acme", "bolt", "cask")[n % 3]
        number = n - 3 if n % 5 == 4 else n  # a resent interchange
        order = number - 6 if number % 7 == 6 else number  # in two interchanges
        yield f"{partner} {number:09d} {order}"


def series_of(numbers: list[int]) -> bool:
    """Whether these are 1, 2, 3 ... without a gap or a repeat."""
    return sorted(numbers) == list(range(1, len(numbers) + 1))


@pytest.fixture
def small(settings: Settings) -> Settings:
    """Small batches, so that many transactions meet."""
    return settings.model_copy(
        update={"process_batch": 7, "deliver_batch": 5, "database_connections": 4}
    )


@pytest.mark.parametrize("kind", [POSTGRESQL])
def test_eight_workers_skip_double_and_mix_nothing(small: Settings):
    partner = Partner()
    texts = list(transmissions())
    with ExitStack() as stack:
        engines = [
            stack.enter_context(engine_at(small, partner)) for _ in range(WORKERS)
        ]
        for text in texts:
            accept(engines[0], text)
        until = time.monotonic() + PATIENCE_S
        threads = [
            threading.Thread(target=work_until_done, args=(engine, until))
            for engine in engines
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with engines[0].db.read() as tx:
            sent = tx.execute(sa.select(outbox)).all()
            booked = tx.execute(sa.select(orders.c.partner_id, orders.c.po_number))
            po_numbers = Counter(tuple(row) for row in booked)
            read = tx.execute(
                sa.select(interchange.c.partner_id, interchange.c.control_number)
            )
            control_numbers = Counter(tuple(row) for row in read)

    words = [text.split() for text in texts]
    assert set(po_numbers) == {(who, po) for who, _, po in words}
    assert set(control_numbers) == {(who, number) for who, number, _ in words}
    assert {*po_numbers.values(), *control_numbers.values()} == {1}
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for row in sent:
        if not row.replay_of:
            numbers[row.partner_id].append(row.interchange_number)
    assert len(numbers) == 3
    assert all(series_of(each) for each in numbers.values())
    answered = Counter(row.order_id for row in sent if row.kind == "x12_855")
    assert len(answered) == len(po_numbers)
    assert set(answered.values()) == {1}
    assert partner.at_once == []
    assert partner.came == Counter(row.id for row in sent)


def test_a_living_peer_takes_over_from_a_killed_one(settings: Settings):
    stop, committed = threading.Event(), threading.Event()

    def watch(name: str) -> None:
        if name == "process.committed":
            committed.set()

    command = [sys.executable, "-c", HOLDER]
    command += [str(settings.home), settings.database_url]
    with engine_at(settings, Partner(), watch) as engine:
        accept(engine, "acme 000000001 4711")
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            thread = threading.Thread(target=engine.run, args=(stop,))
            thread.start()
            assert not committed.wait(0.3)

            holder.kill()
            holder.wait()
            begun = time.monotonic()
            assert committed.wait(PATIENCE_S)
            took_s = time.monotonic() - begun

        stop.set()
        thread.join(PATIENCE_S)
    assert took_s < 5  # the lease has 60 s; measured: 0.04 to 0.18


@pytest.mark.parametrize("kind", [POSTGRESQL])
def test_numbers_of_one_series_rise_with_the_messages(small: Settings):
    with engine_at(small, Partner()) as first, engine_at(small, Partner()) as second:
        for n in range(20):
            accept(first, f"acme {n:09d} {n}")
        while first.process() + second.process():
            pass
        with first.db.read() as tx:
            query = sa.select(outbox.c.interchange_number).order_by(outbox.c.id)
            numbers = tx.execute(query).scalars().all()

    assert all(a < b for a, b in pairwise(numbers))
