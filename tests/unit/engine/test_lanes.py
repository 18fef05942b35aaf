"""Lanes: in order, so many at once, and none in the way of another."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import yaml
from pydantic import ValidationError

from gateway.config import Settings
from gateway.engine import Engine
from gateway.engine.lanes import known_lanes, opens_at, way_of
from gateway.partner import Profile, load
from gateway.partner.profile import Delivery, FolderChannel
from gateway.pipeline.ports import Failed, Outbound, Sent, Trouble
from gateway.store import lanes, settling
from gateway.store import outbox as box
from gateway.store.database import Database
from gateway.store.settling import BackOff
from gateway.store.tables import lane, outbox
from tests.databases import POSTGRESQL
from tests.starters import FOLDER, texts
from tests.unit.engine.test_engine import Clock, ToyEngine
from tests.unit.engine.test_workers import accept, engine_at

PATIENCE_S = 60.0
WORKERS = 8
HOLDER = """
import sys, time
from datetime import UTC, datetime
from gateway.config import Settings
from gateway.store import outbox
from gateway.store.database import Database
from gateway.store.leases import Presence

db = Database.open(Settings(home=sys.argv[1], database_url=sys.argv[2]))
now = datetime.now(UTC)
owner = Presence(db).keep(now)
with db.begin() as tx:
    assert outbox.lease(tx, owner, now, db.payloads, limit=3, lease_s=600)
print("held", flush=True)
time.sleep(600)
"""


@dataclass
class Partners:
    """Note what came in which order, and how many were under way in a lane."""

    dead: str = ""
    slow: str = ""
    came: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    most: Counter[str] = field(default_factory=Counter)
    _under_way: Counter[str] = field(default_factory=Counter)
    let_go: threading.Event = field(default_factory=threading.Event)
    """Until it is set the slow one does not answer."""
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def send(self, outbound: Outbound) -> Sent | Failed:
        whose = outbound.partner_id
        with self._turn:
            self.came[whose].append(outbound.id)
            self._under_way[whose] += 1
            self.most[whose] = max(self.most[whose], self._under_way[whose])
        if whose == self.slow:
            assert self.let_go.wait(PATIENCE_S)
        time.sleep(0.002)
        with self._turn:
            self._under_way[whose] -= 1
        return Failed("nobody there") if whose == self.dead else Sent()


def at(db: Database, settings: Settings, peer: Any, clock: Clock) -> Engine:
    rules: Any = None
    return ToyEngine(db, rules, settings, {"folder": peer}, clock)


def in_order(engine: Engine) -> dict[str, list[str]]:
    """The messages of each partner by their place."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    with engine.db.read() as tx:
        query = sa.select(outbox.c.partner_id, outbox.c.id).order_by(outbox.c.seq)
        for row in tx.execute(query):
            found[row.partner_id].append(row.id)
    return dict(found)


def unsent(engine: Engine) -> int:
    with engine.db.read() as tx:
        todo = outbox.c.delivery.in_(("queued", "sending"))
        query = sa.select(sa.func.count()).select_from(outbox).where(todo)
        return int(tx.execute(query).scalar_one())


@pytest.mark.parametrize("between", ["nothing", "sent", "skipped", "one more"])
def test_a_lease_goes_by_what_is_so_and_not_by_what_was_seen(
    settings: Settings, between: str
):
    with ExitStack() as stack:
        peer = Partners()
        one, other = (stack.enter_context(engine_at(settings, peer)) for _ in "ab")
        for n in range(3):
            accept(one, f"acme {n:09d} {n}")
        one.process()
        queued = in_order(one)["acme"]
        now, kept = datetime.now(UTC), one.db.payloads
        with one.db.read() as tx:
            seen = box.waiting(
                tx, now, kept, limit=9, ways=box.in_order, most_lanes=9, alerting=False
            )
        assert seen is not None
        assert [row.id for row in seen.lanes.messages] == []  # a lane nobody had
        if between != "nothing":
            other.deliver()  # the lane is known now
            assert unsent(one) == 0
            for n in range(3, 6):
                accept(one, f"acme {n:09d} {n}")
            one.process()
            queued = in_order(one)["acme"][len(queued) :]
            now = datetime.now(UTC)
            with one.db.read() as tx:
                seen = box.waiting(
                    tx,
                    now,
                    kept,
                    limit=9,
                    ways=box.in_order,
                    most_lanes=9,
                    alerting=False,
                )
            assert seen is not None
            assert [row.id for row in seen.lanes.messages] == queued
        expected = queued
        if between == "sent":
            other.deliver()
            expected = []
        if between == "skipped":
            with one.db.begin() as tx:
                assert box.skip(tx, queued[0], now) == "cancelled"
            expected = queued[1:]
        if between == "one more":
            accept(one, "acme 000000009 9")
            one.process()
        with one.db.begin() as tx:
            leased = box.lease(
                tx, "me", now, kept, limit=9, lease_s=60, seen=seen, most_lanes=9
            )

        assert [each.outbound.id for each in leased] == expected
        assert all(each.outbound.blob.size for each in leased)


@pytest.mark.parametrize("kind", [POSTGRESQL])
@pytest.mark.parametrize("killed", [False, True])
def test_eight_workers_never_reorder_a_lane(settings: Settings, killed: bool):
    settings = settings.model_copy(
        update={"process_batch": 5, "deliver_batch": 6, "database_connections": 4}
    )
    peer = Partners()
    command = [sys.executable, "-c", HOLDER, str(settings.home), settings.database_url]
    with ExitStack() as stack:
        engines = [stack.enter_context(engine_at(settings, peer)) for _ in range(8)]
        for n in range(60):
            accept(engines[0], f"{('acme', 'bolt', 'core')[n % 3]} {n:09d} {n}")
        engines[0].process()
        until = time.monotonic() + PATIENCE_S
        threads = [threading.Thread(target=work, args=(e, until)) for e in engines]
        holder: subprocess.Popen[str] | None = None
        if killed:
            holder = stack.enter_context(
                subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            )
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
        for thread in threads:
            thread.start()
        if holder is not None:
            time.sleep(0.2)
            holder.kill()
            holder.wait()
        for thread in threads:
            thread.join()
        assert unsent(engines[0]) == 0
        assert dict(peer.came) == in_order(engines[0])
        assert set(peer.most.values()) == {1}


def work(engine: Engine, until: float) -> None:
    while time.monotonic() < until:
        if not engine.process() + engine.deliver() and not unsent(engine):
            return


@pytest.mark.parametrize("kind", [POSTGRESQL])
def test_no_more_are_in_flight_than_the_profile_says(settings: Settings):
    free = FolderChannel(id="folder", kind="folder", order="any", in_flight=3)
    peer = Partners()
    with ExitStack() as stack:
        engines = [stack.enter_context(engine_at(settings, peer)) for _ in range(4)]
        for engine in engines:
            engine._lanes = {("acme", "folder"): free}
        for n in range(30):
            accept(engines[0], f"acme {n:09d} {n}")
        until = time.monotonic() + PATIENCE_S
        threads = [threading.Thread(target=work, args=(e, until)) for e in engines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum(Counter(peer.came["acme"]).values()) == 60
    assert 1 < peer.most["acme"] <= 3


def test_a_dead_endpoint_delays_nobody_else_and_rests_as_a_whole(
    db: Database, settings: Settings
):
    clock, peer = Clock(), Partners(dead="acme")
    engine = at(db, settings, peer, clock)
    for n in range(4):
        accept(engine, f"{('acme', 'bolt')[n % 2]} {n:09d} {n}")
    clock.now = datetime.now(UTC)
    while engine.process():
        pass
    for _ in range(lanes.TRIPPED + 2):
        while engine.deliver():
            pass
        clock.forward(hours=2)

    assert len(peer.came["bolt"]) == 4
    assert len(set(peer.came["acme"])) == 1
    with db.read() as tx:
        query = sa.select(lane.c.failures).where(lane.c.name == "acme/folder")
        assert tx.execute(query).scalar_one() == lanes.TRIPPED + 2
    peer.dead = ""
    while engine.deliver():
        pass
    assert list(dict.fromkeys(peer.came["acme"])) == in_order(engine)["acme"]
    engine.close()


def test_a_slow_partner_keeps_nobody_waiting(db: Database, settings: Settings):
    clock, peer = Clock(datetime.now(UTC)), Partners(slow="acme")
    engine = at(db, settings, peer, clock)
    accept(engine, "acme 000000001 1")
    clock.now = datetime.now(UTC)
    engine.process()
    engine.deliver()
    accept(engine, "bolt 000000002 2")
    clock.now = datetime.now(UTC)
    engine.process()
    engine.deliver()

    assert (len(peer.came["acme"]), len(peer.came["bolt"])) == (1, 2)
    peer.let_go.set()
    assert engine.drain(PATIENCE_S)
    assert unsent(engine) == 0
    engine.close()


def test_an_operator_skips_what_holds_a_lane(db: Database, settings: Settings):
    clock, peer = Clock(datetime.now(UTC)), Partners(dead="acme")
    engine = at(db, settings, peer, clock)
    accept(engine, "acme 000000001 1")
    clock.now = datetime.now(UTC)
    engine.process()
    engine.deliver()
    first, second = in_order(engine)["acme"]
    with db.begin() as tx:
        assert box.skip(tx, first, clock.now, by="me", reason="lost") == "cancelled"
        assert box.skip(tx, "msg_0", clock.now) is None
    peer.dead = ""
    engine.deliver()

    assert peer.came["acme"] == [first, second]
    with db.begin() as tx:
        assert box.skip(tx, second, clock.now) == "delivered"
    engine.close()


def test_no_more_leave_in_a_minute_than_the_profile_says(
    db: Database, settings: Settings
):
    clock, peer = Clock(datetime.now(UTC)), Partners()
    engine = at(db, settings, peer, clock)
    few = FolderChannel(id="folder", kind="folder", per_minute=3)
    engine._lanes = {("acme", "folder"): few}
    for n in range(4):
        accept(engine, f"acme {n:09d} {n}")
    clock.now = datetime.now(UTC)
    engine.process()
    sent = []
    for _ in range(120):
        sent.append(engine.deliver())
        clock.forward(seconds=1)

    assert sum(sent) == 6
    assert max(sum(sent[n : n + 60]) for n in range(60)) == 3
    engine.close()


def test_what_a_peer_throttles_rests_as_a_whole(db: Database, settings: Settings):
    clock, came = Clock(datetime.now(UTC)), []

    class Busy:
        def send(self, outbound: Outbound) -> Sent | Failed:
            came.append(outbound.id)
            return Failed("429", clock.now + timedelta(hours=1), Trouble.THROTTLED)

    engine = at(db, settings, Busy(), clock)
    free = FolderChannel(id="folder", kind="folder", order="any")
    engine._lanes = {("acme", "folder"): free}
    accept(engine, "acme 000000001 1")
    clock.now = datetime.now(UTC)
    engine.process()

    assert engine.deliver() == 1
    clock.forward(minutes=59)
    assert engine.deliver() == 0
    clock.forward(minutes=1)
    assert engine.deliver() == 1
    engine.close()


PARIS = Delivery.model_validate(
    {"from": "06:00", "to": "22:00", "zone": "Europe/Paris"}
)
NIGHT = Delivery.model_validate(
    {"from": "22:00", "to": "02:30", "zone": "Europe/Paris"}
)
EARLY = Delivery.model_validate(
    {"from": "02:30", "to": "04:00", "zone": "Europe/Paris"}
)


class _Answering:
    """Says of each message at once what it thinks of it, no and yes by turns."""

    def __init__(self) -> None:
        self.came = 0

    def send(self, outbound: Outbound) -> Sent | Failed:
        self.came += 1
        if self.came % 2:
            return Failed("no", trouble=Trouble.REFUSED, acknowledgement="rejected")
        return Sent("yes", acknowledgement="accepted")


def test_what_a_peer_answers_at_once_is_its_acknowledgement(
    db: Database, settings: Settings
):
    engine = at(db, settings, _Answering(), Clock(datetime(2030, 11, 22, tzinfo=UTC)))
    accept(engine, "acme 000000001 1")
    accept(engine, "acme 000000002 2")
    engine.process()
    engine.deliver()
    with db.read() as tx:
        query = sa.select(outbox.c.delivery, outbox.c.acknowledgement)
        found = [tuple(row) for row in tx.execute(query.order_by(outbox.c.seq))]
    assert found == [("failed", "rejected"), ("delivered", "accepted")] * 2
    engine.close()


@pytest.mark.parametrize(
    ("delivery", "now", "opens"),
    [
        (PARIS, "2026-11-22T12:00", None),
        (PARIS, "2026-11-22T21:00", "2026-11-23T05:00"),  # 22:00 there
        (PARIS, "2026-07-01T21:00", "2026-07-02T04:00"),
        (PARIS, "2026-03-28T21:00", "2026-03-29T04:00"),  # the clocks change that night
        (NIGHT, "2026-11-22T23:00", None),
        (NIGHT, "2026-10-25T01:15", None),  # the second 02:15
        (NIGHT, "2026-10-25T01:30", "2026-10-25T21:00"),  # the second 02:30
        (EARLY, "2026-03-29T00:59", "2026-03-29T01:30"),  # there is no 02:30
        (EARLY, "2026-03-29T01:30", None),
    ],
)
def test_hours_of_delivery_are_the_partners(
    delivery: Delivery, now: str, opens: str | None
):
    found = opens_at(delivery, datetime.fromisoformat(now).replace(tzinfo=UTC))

    assert (found and found.isoformat()[:16]) == opens


def test_outside_the_hours_nothing_leaves(db: Database, settings: Settings):
    clock, peer = Clock(datetime(2030, 11, 22, 23, tzinfo=UTC)), Partners()
    engine = at(db, settings, peer, clock)
    day = FolderChannel(id="folder", kind="folder", delivery=PARIS)
    engine._lanes = {("acme", "folder"): day}
    accept(engine, "acme 000000001 1")
    engine.process()

    assert engine.deliver() == 0
    clock.forward(hours=7)
    assert engine.deliver() == 2
    engine.close()


def test_a_profile_says_how_a_channel_is_used():
    facts = texts(FOLDER / "acme" / "profile.yaml")
    facts["channels"][0] |= {
        "order": "any",
        "in_flight": "4",
        "per_minute": "60",
        "delivery": {"at": "0 6,18 * * mon-fri", "zone": "Europe/Paris"},
    }
    profile = load(yaml.safe_dump(facts), "profile.yaml")
    assert isinstance(profile, Profile)
    name = profile.channels[0].id

    way = way_of(known_lanes([profile]), datetime.now(UTC), "acme", name)

    assert way == lanes.Way(ordered=False, in_flight=4, per_minute=60, batched=True)


@pytest.mark.parametrize(
    "delivery",
    [
        {"from": "06:00"},
        {"from": "06:00", "to": "06:00"},
        {"at": "0 6 * * 1"},
        {"at": "0 25 * * *"},
        {"at": "0 6 * *"},
        {"at": "5/10 6 * * *"},
        {"at": "0 18-6 * * *"},
        {"zone": "nowhere at all"},
    ],
)
def test_times_that_cannot_be_are_refused(delivery: dict[str, str]):
    with pytest.raises(ValidationError):
        Delivery.model_validate(delivery)


# Pauses of a channel's own.


def test_pauses_of_as2_double_from_five_minutes_to_two_hours():
    pauses = lanes.Retry()
    shortest = [pauses.after(n, min).total_seconds() / 60 for n in range(1, 9)]
    longest = [pauses.after(n, max).total_seconds() / 60 for n in range(1, 9)]
    assert shortest == [3.75, 7.5, 15, 30, 60, 90, 90, 90]
    assert longest == [6.25, 12.5, 25, 50, 100, 150, 150, 150]


@pytest.mark.parametrize(
    ("kind", "more", "ends_s"),
    [
        ("as2", {"names": {"ours": "US", "theirs": "THEM"}}, 24 * 3600.0),
        (
            "as2",
            {"names": {"ours": "US", "theirs": "THEM"}, "times": {"retry_h": "2"}},
            7200.0,
        ),
        ("push", {}, None),
        ("folder", {"url": None}, None),
    ],
)
def test_only_as2_has_pauses_of_its_own(kind: str, more: dict[str, Any], ends_s):
    facts: dict[str, Any] = texts(FOLDER / "acme" / "profile.yaml")
    channel = {"id": "drop", "kind": kind, "url": "https://a.example/x"} | more
    facts["channels"] = [{k: v for k, v in channel.items() if v is not None}]
    profile = load(yaml.safe_dump(facts), "profile.yaml")
    assert isinstance(profile, Profile)
    now = datetime(2026, 11, 22, tzinfo=UTC)
    way = way_of(known_lanes([profile]), now, "acme", "drop")
    assert (way.retry.end_s if way.retry else None) == ends_s
    assert way.lease_s == (0.0 if kind == "folder" else 600.0)


@pytest.mark.parametrize("ordered", [True, False])
def test_a_lane_that_fails_rests_no_longer_than_its_message_may_be_tried(ordered: bool):
    now = datetime(2026, 3, 2, tzinfo=UTC)
    way = lanes.Way(ordered=ordered, retry=lanes.Retry())
    held = lanes.Held(name="acme/as2", epoch=1, failures=9, way=way)
    failed = Failed("503", trouble=Trouble.CONNECTION)
    next_at, end = now + timedelta(minutes=91), now + timedelta(minutes=93)
    longest = BackOff(draw=max)

    before = (held, 9, now)
    _, failures, rest = settling.rest(before, failed, next_at, end, now, longest)
    assert (failures, rest) == (10, end)
    # without an end the lane's own pause holds
    _, _, rest = settling.rest(before, failed, next_at, None, now, longest)
    assert rest == now + timedelta(minutes=150)
