from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
import sqlalchemy as sa

from gateway.config import Settings
from gateway.engine import Engine
from gateway.engine.steps import ROUND, nothing
from gateway.partner import Directory
from gateway.pipeline.ports import Failed, Inbound, InMemory, Outbound, Sent, Trouble
from gateway.store import queries
from gateway.store.database import Database, Unavailable
from gateway.store.receipts import Receipt
from gateway.store.rows import MessageRow, ReceiptRow
from tests.unit.engine import toy


@dataclass
class Clock:
    """A clock that stands still until it is set."""

    now: datetime = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@dataclass
class Peer:
    """A partner who answers as told, and remembers what came."""

    outcomes: list[Sent | Failed | Exception] = field(default_factory=list)
    came: list[tuple[str, bytes]] = field(default_factory=list)

    def send(self, outbound: Outbound) -> Sent | Failed:
        self.came.append((outbound.file_name, b"".join(outbound.blob.chunks())))
        outcome = self.outcomes.pop(0) if self.outcomes else Sent("250 ok")
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


class ToyEngine(Engine):
    """The engine with the two small functions in place of the pipeline."""

    draw = staticmethod(max)  # the longest pause

    def use(self, rules: Any) -> None:
        """Read one line as one order."""
        self.rules = cast("Any", SimpleNamespace(directory=Directory.of([])))
        self._read = toy.read_one


@dataclass
class House:
    """An engine with its database, its clock and one partner."""

    db: Database
    settings: Settings
    clock: Clock = field(default_factory=Clock)
    peer: Peer = field(default_factory=Peer)
    engines: list[Engine] = field(default_factory=list)

    def engine(self, step: Any = nothing, **transports: Any) -> Engine:
        rules: Any = None
        made = ToyEngine(
            self.db,
            rules,
            self.settings,
            transports or {"folder": self.peer},
            clock=self.clock,
            step=step,
        )
        self.engines.append(made)
        return made

    def accept(self, text: str, partner_id: str = "acme") -> Receipt:
        inbound = Inbound(
            blob=InMemory.of(text.encode()),
            channel="folder",
            peer="",
            partner_id=partner_id,
            transport_id="",
            received_at=self.clock.now,
        )
        return self.engines[0].accept(inbound)

    def receipts(self) -> list[ReceiptRow]:
        with self.db.read() as tx:
            return list(reversed(queries.interchanges(tx).items))

    def outbox(self) -> list[MessageRow]:
        with self.db.read() as tx:
            return list(reversed(queries.messages(tx, direction="out").items))

    def codes(self, receipt_id: str) -> list[str]:
        with self.db.read() as tx:
            found = queries.interchange(tx, receipt_id)
        assert found is not None
        return [noted.finding.code for noted in found.findings]

    def po_numbers(self) -> list[str]:
        with self.db.read() as tx:
            return sorted(row.po_number for row in queries.orders(tx).items)


@pytest.fixture
def house(db: Database, settings: Settings) -> Iterator[House]:
    built = House(db, settings)
    built.engine()
    yield built
    for engine in built.engines:
        engine.close()


# --- processing


def test_an_order_is_received_answered_and_delivered(house: House):
    engine = house.engines[0]
    house.accept("acme 000000001 4711")

    assert (engine.process(), engine.deliver()) == (1, 2)

    assert [row.delivery for row in house.outbox()] == ["delivered"] * 2
    assert [row.last_said for row in house.outbox()] == ["250 ok"] * 2
    assert house.po_numbers() == ["4711"]


def test_with_nothing_due_nothing_happens(house: House):
    assert (house.engines[0].process(), house.engines[0].deliver()) == (0, 0)


def test_the_steps_of_a_round_come_in_their_order(house: House):
    told: list[str] = []
    engine = house.engine(step=told.append)
    house.engines.reverse()
    house.accept("acme 000000001 4711")

    engine.process()
    engine.deliver()

    assert tuple(dict.fromkeys(told)) == ROUND


def test_two_receipts_of_a_batch_see_each_other(house: House):
    house.accept("acme 000000001 4711")
    house.accept("acme 000000001 4711")
    house.accept("acme 000000002 4711")

    assert house.engines[0].process() == 3

    assert house.po_numbers() == ["4711"]
    kinds = [(row.type, bool(row.replay_of)) for row in house.outbox()]
    assert kinds.count(("x12_997", True)) == 1
    assert kinds.count(("x12_997", False)) == 2
    assert kinds.count(("x12_855", False)) == 1


@pytest.mark.parametrize("poison", ["broken", "acme 000000009 poison"])
def test_a_poison_receipt_stops_no_other(house: House, poison: str):
    house.accept("acme 000000001 4711")
    bad = house.accept(poison)
    house.accept("acme 000000002 4712")

    house.engines[0].process()

    assert house.po_numbers() == ["4711", "4712"]
    states = {row.id: row.state for row in house.receipts()}
    assert states[bad.id] == "todo"


def test_a_poison_receipt_goes_into_quarantine_after_the_last_attempt(house: House):
    bad = house.accept("broken")

    for _ in range(house.settings.max_attempts):
        assert house.engines[0].process() == 1
        house.clock.forward(hours=1)

    assert [row.state for row in house.receipts()] == ["quarantined"]
    assert house.codes(bad.id) == ["MAP-001"]
    assert house.engines[0].process() == 0


def test_a_poison_receipt_rests_between_attempts(house: House):
    house.accept("broken")
    house.engines[0].process()

    assert house.engines[0].process() == 0
    house.clock.forward(seconds=house.settings.process_retry_s)
    assert house.engines[0].process() == 1


def test_a_failure_of_the_database_is_no_attempt_of_the_receipt(house: House):
    def fail(name: str) -> None:
        if name == "process.held":
            raise sa.exc.OperationalError("planted", {}, Exception("disk full"))

    house.accept("acme 000000001 4711")

    with pytest.raises(Unavailable):
        house.engine(step=fail).process()

    assert [row.attempts for row in house.receipts()] == [0]
    assert house.engines[0].process() == 1
    assert house.po_numbers() == ["4711"]


def test_what_comes_through_a_partners_door_must_be_that_partners(house: House):
    foreign = house.accept("acme 000000001 4711", partner_id="other")

    house.engines[0].process()

    assert house.codes(foreign.id) == ["ENV-083"]
    assert [row.state for row in house.receipts()] == ["quarantined"]
    assert (house.po_numbers(), house.outbox()) == ([], [])


def test_a_door_without_a_partner_takes_in_everybodys(house: House):
    house.accept("acme 000000001 4711", partner_id="")

    house.engines[0].process()

    assert house.po_numbers() == ["4711"]


def test_a_large_transmission_is_answered_in_parts(house: House):
    house.accept("acme 000000001 4711 3")

    assert [house.engines[0].process() for _ in range(4)] == [1, 1, 1, 0]

    assert [(row.state, row.attempts) for row in house.receipts()] == [("done", 1)]
    assert house.po_numbers() == ["4711"]


# --- delivery


def test_a_failed_delivery_is_tried_again_with_growing_pauses(house: House):
    house.accept("acme 000000001 4711")
    house.engines[0].process()
    house.peer.outcomes = [Failed("refused")] * 4

    tried = []
    for seconds in (0, 14, 1, 29, 1, 60, 120):
        house.clock.forward(seconds=seconds)
        tried.append(house.engines[0].deliver())

    assert tried == [1, 0, 1, 0, 1, 1, 1]  # the third and later ones try for all
    house.engines[0].deliver()
    assert [row.delivery for row in house.outbox()] == ["delivered"] * 2


def test_every_attempt_brings_the_same_name_and_bytes(house: House):
    house.accept("acme 000000001 4711")
    house.engines[0].process()
    house.peer.outcomes = [Failed("refused")] * 2
    for _ in range(3):
        house.engines[0].deliver()
        house.clock.forward(minutes=1)

    assert len(house.peer.came) == 4
    assert len(set(map(str, house.peer.came[:3]))) == 1


def test_the_peers_own_time_for_a_retry_counts(house: House):
    house.accept("acme 000000001 4711")
    house.engines[0].process()
    at = house.clock.now + timedelta(hours=2)
    house.peer.outcomes = [Failed("busy", at, Trouble.THROTTLED), Sent(), Sent()]
    house.engines[0].deliver()

    house.clock.forward(hours=1)
    assert house.engines[0].deliver() == 0
    house.clock.forward(hours=1)
    assert house.engines[0].deliver() == 2


def test_what_can_never_arrive_fails_at_once_with_a_finding(house: House):
    receipt = house.accept("acme 000000001 4711")
    house.engines[0].process()
    house.peer.outcomes = [Failed("no such mailbox", trouble=Trouble.REFUSED)]

    house.engines[0].deliver()

    assert [row.delivery for row in house.outbox()] == ["failed", "delivered"]
    assert house.codes(receipt.id) == ["WIRE-020"]


def test_a_delivery_is_given_up_after_the_last_attempt(house: House):
    house.accept("acme 000000001 4711")
    house.engines[0].process()
    attempts = house.settings.deliver_max_attempts
    house.peer.outcomes = [Failed("refused") for _ in range(2 * attempts)]

    for _ in range(2 * attempts):
        house.engines[0].deliver()
        house.clock.forward(hours=2)

    assert [row.delivery for row in house.outbox()] == ["failed"] * 2
    assert house.engines[0].deliver() == 0


def test_a_transport_that_breaks_is_a_failed_attempt(house: House):
    house.accept("acme 000000001 4711")
    house.engines[0].process()
    house.peer.outcomes = [OSError("line dropped")]

    house.engines[0].deliver()

    assert house.outbox()[0].last_said == "OSError: line dropped"
    assert [row.delivery for row in house.outbox()] == ["queued"] * 2
    house.clock.forward(seconds=15)
    house.engines[0].deliver()
    assert [row.delivery for row in house.outbox()] == ["delivered"] * 2


def test_a_channel_without_a_transport_waits_for_one(house: House):
    house.accept("acme 000000001 4711")
    house.engines[0].process()

    house.engine(other=house.peer).deliver()

    assert [row.delivery for row in house.outbox()] == ["queued"] * 2


def test_nobody_else_sends_what_is_leased(house: House):
    second = house.engine()
    counts: list[int] = []

    def meanwhile(name: str) -> None:
        if name == "deliver.leased":
            counts.append(second.deliver())

    house.accept("acme 000000001 4711")
    house.engines[0].process()
    house.engine(step=meanwhile).deliver()

    assert counts == [0]


def test_who_comes_back_after_his_lease_settles_nothing(house: House):
    second = house.engine()

    def overslept(name: str) -> None:
        if name == "deliver.sent" and house.outbox()[0].attempts == 1:
            house.clock.forward(seconds=house.settings.lease_s)
            second.deliver()

    house.accept("acme 000000001 4711")
    house.engines[0].process()
    house.peer.outcomes = [Failed("slow", trouble=Trouble.REFUSED)]
    first = house.engine(step=overslept)
    first.deliver()

    assert first.drain(10.0)
    assert second.drain(10.0)
    assert [row.delivery for row in house.outbox()] == ["delivered"] * 2


def test_what_a_slow_peer_left_no_time_for_is_given_back(house: House):
    def slow(name: str) -> None:
        if name == "deliver.sent":
            house.clock.forward(seconds=house.settings.lease_s)

    house.accept("acme 000000001 4711")
    house.engines[0].process()

    assert house.engine(step=slow).deliver() == 1

    waiting = house.outbox()[1]
    assert (waiting.delivery, waiting.attempts) == ("queued", 0)
    assert house.engines[0].deliver() == 1


# --- the loop


def test_the_loop_works_until_it_is_told_to_stop(house: House):
    stop = threading.Event()
    done = threading.Event()

    def watch(name: str) -> None:
        if name == "deliver.settled":
            done.set()

    engine = house.engine(step=watch)
    house.engines.reverse()
    thread = threading.Thread(target=engine.run, args=(stop,))
    thread.start()
    house.accept("acme 000000001 4711")
    assert done.wait(5)
    stop.set()
    thread.join(2)

    assert not thread.is_alive()
    assert [row.delivery for row in house.outbox()] == ["delivered"] * 2


def test_the_loop_outlives_a_database_that_is_gone_for_a_while(house: House):
    stop = threading.Event()
    failures: list[str] = []

    def fail_once(name: str) -> None:
        if name == "process.held" and not failures:
            failures.append(name)
            raise sa.exc.OperationalError("planted", {}, Exception("gone"))
        if name == "deliver.settled":
            stop.set()

    engine = house.engine(step=fail_once)
    house.accept("acme 000000001 4711")
    thread = threading.Thread(target=engine.run, args=(stop,))
    thread.start()
    thread.join(5)

    assert not thread.is_alive()
    assert house.po_numbers() == ["4711"]
