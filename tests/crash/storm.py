"""A gateway with its doors in a process that the zygote starts and a storm kills.

Called with HOME URL PORT ROLE: ``serve`` is everything in one process, ``work`` only
answers and sends. It touches ``up-NUMBER`` in the home folder once it works.
"""

from __future__ import annotations

import logging
import os
import random
import re
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import sqlalchemy as sa
import structlog

from gateway import bootstrap
from gateway.bootstrap import Gateway
from gateway.cli import bench_store, generate
from gateway.cli.bench_wire import NOW
from gateway.cli.work import serve_gateway
from gateway.config import Settings
from gateway.jobs import stop_on_signals
from gateway.store import catalog, keys, profiles, queries
from gateway.store.database import Database, Unavailable
from gateway.store.tables import orders, outbox, receipt
from tests.crash.zygote import Zygote

PARTNER = "bench"
AGAIN = 0.1
"""How many of the posted orders are posted again although they were accepted."""
PATIENCE_S = 180.0
_OWN = re.compile(rb"^IEA\*\d+\*(\d{9})", re.M)
_ANSWERED = re.compile(rb"\bBAK\*\w\w\*\w\w\*(\d+)")
_ACKNOWLEDGED = re.compile(rb"\bAK1\*PO\*(\d+)")
bootstrap.tables()  # before anything is forked


def main(arguments: list[str]) -> None:
    """Take in, answer and send, impatiently, until told to stop or killed."""
    home, url, port, role = arguments
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL)
    )
    settings = Settings(
        home=Path(home),
        database_url=url,
        stable_for_s=0,
        poll_interval_s=0.02,
        lease_s=2,
        process_batch=20,
        deliver_batch=20,
        max_attempts=10_000,  # a kill is nobody's poison
    )
    gateway = Gateway(settings)
    up = settings.home / f"up-{os.getpid()}"
    with stop_on_signals() as stop:
        if role == "work":
            up.touch()
            gateway.engine.run(stop)
        else:
            serve_gateway(
                gateway,
                stop,
                host="127.0.0.1",
                port=int(port),
                told=lambda address: up.touch(),
            )
    gateway.close()


@dataclass(slots=True)
class Wire:
    """A partner who takes each file away as it comes, and notes repeats of it."""

    out: Path
    files: dict[str, bytes] = field(default_factory=dict)
    repeats: int = 0
    changed: list[str] = field(default_factory=list)
    """Names under which other bytes came again."""

    def take(self) -> None:
        """Take what lies there now."""
        for path in list(self.out.glob("*.edi")) if self.out.is_dir() else ():
            mine = path.with_name(".taken")  # whatever comes now is a repeat
            path.rename(mine)
            data, name = mine.read_bytes(), path.name
            mine.unlink()
            if name in self.files:
                self.repeats += 1
                if self.files[name] != data:
                    self.changed.append(name)
            self.files.setdefault(name, data)

    def found(self, pattern: re.Pattern[bytes]) -> list[bytes]:
        """What the pattern finds in the files, each file once, sorted."""
        texts = [data.replace(b"~", b"\n") for data in self.files.values()]
        return sorted(one for text in texts for one in pattern.findall(text))


@dataclass(slots=True)
class Load:
    """Orders on their way in, every other one by file or over HTTP."""

    home: Path
    port: int
    secret: str
    chance: random.Random
    sent: int = 0
    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    again: int = 0
    _posts: list[int] = field(default_factory=list)

    @property
    def inbox(self) -> Path:
        """Where files are laid."""
        return self.home / "partners" / PARTNER / "in"

    def feed(self, count: int) -> None:
        """So many orders more."""
        for _ in range(count):
            self.sent += 1
            if self.sent % 2:
                part = self.inbox / f"{self.sent}.part"
                part.write_bytes(order(self.sent))
                part.rename(self.inbox / f"{self.sent}.edi")
            else:
                self._posts.append(self.sent)

    def run(self, stop: threading.Event) -> None:
        """Post what is to be posted until it is accepted, again and again."""
        bearer = {"Authorization": f"Bearer {self.secret}"}
        address = f"http://127.0.0.1:{self.port}"
        with httpx.Client(base_url=address, headers=bearer, timeout=10) as web:
            while not stop.is_set() or self._posts:
                if not self._posts:
                    time.sleep(0.002)
                elif self._post(web, self._posts[0]):
                    self.accepted += 1
                    number = self._posts.pop(0)
                    if self.chance.random() < AGAIN:
                        self.again += 1
                        self._post(web, number)

    def _post(self, web: httpx.Client, number: int) -> bool:
        key = {"Idempotency-Key": f"key-{number}"}
        try:
            told = web.post("/v1/interchanges", content=order(number), headers=key)
        except httpx.TransportError:
            self.refused["no answer"] += 1
            time.sleep(0.01)
            return False
        if told.status_code != 202:
            self.refused[str(told.status_code)] += 1
            time.sleep(0.01)
        return told.status_code == 202


def order(number: int) -> bytes:
    """The interchange of this number, always the same bytes."""
    few = bench_store.FEW
    return generate.plain_orders(1, 10, items=few, number=number, seed=number)


def po_number(number: int) -> bytes:
    """The order in it."""
    return b"45%09d" % (number * 10_000 + 1)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What went in, what is booked, and what came out."""

    sent: int
    accepted: int
    posted_again: int
    refused: dict[str, int]
    receipts: int
    booked: int
    acknowledged: int
    answered: int
    delivered: int
    repeats: int
    kills: int
    wrong: tuple[str, ...]
    """What was lost, doubled or changed; nothing should be."""

    def __str__(self) -> str:
        """The ledger as lines."""
        names = [name for name in Ledger.__slots__ if name != "wrong"]
        lines = [f"{name:14}{getattr(self, name)}" for name in names]
        return "\n".join([*lines, f"{'wrong':14}{list(self.wrong) or 'nothing'}"])


def prepare(settings: Settings) -> str:
    """A new gateway with a partner and its prices; a key to its door."""
    db = Database.open(settings)
    db.migrate()
    catalog.save(db, PARTNER, bench_store.Catalog(bench_store.FEW), NOW)
    with db.begin() as tx:
        profiles.apply(tx, PARTNER, generate.PROFILE, NOW)
        secret = keys.make(tx, "storm", "all", datetime.now(UTC))[1]
    db.close()
    (settings.home / "partners" / PARTNER / "in").mkdir(parents=True)
    return secret


@dataclass(slots=True)
class Storm:
    """A gateway of some processes that is killed again and again under load."""

    settings: Settings
    zygote: Zygote
    port: int
    seed: int
    roles: tuple[str, ...] = ("serve",)
    kills: int = 0

    def blow(self, kills: int, orders_each: int) -> Ledger:
        """Kill so often, let the rest be done, and give the ledger."""
        chance = random.Random(self.seed)  # noqa: S311  no secret
        secret = prepare(self.settings)
        load = Load(self.settings.home, self.port, secret, chance)
        wire = Wire(load.inbox.parent / "out")
        with self._beside(load.run):
            alive = {role: self._start(role) for role in self.roles}
            for _ in range(kills):
                load.feed(orders_each)
                role = chance.choice(self.roles)
                if chance.random() < 0.8:  # else it is killed while it comes up
                    self._wait_until_up(alive[role])
                self._let(chance.uniform(0, 0.3), wire)
                os.kill(alive[role], signal.SIGKILL)
                assert self.zygote.wait(alive[role]) == -signal.SIGKILL
                self.kills += 1
                alive[role] = self._start(role)
            self._finish(load, wire)
        for number in alive.values():
            self._wait_until_up(number)  # before that the signal is not listened to
            os.kill(number, signal.SIGTERM)
        ended = {role: self.zygote.wait(number) for role, number in alive.items()}
        assert set(ended.values()) == {0}, ended
        wire.take()
        return self._ledger(load, wire)

    def _start(self, role: str) -> int:
        home, url = str(self.settings.home), self.settings.database_url
        return self.zygote.start(home, url, str(self.port), role)

    @contextmanager
    def _beside(self, run: Callable[[threading.Event], None]) -> Iterator[None]:
        stop = threading.Event()
        thread = threading.Thread(target=run, args=(stop,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()

    def _wait_until_up(self, number: int) -> None:
        until = time.monotonic() + PATIENCE_S
        while not (self.settings.home / f"up-{number}").exists():
            assert time.monotonic() < until, "the gateway does not come up"
            time.sleep(0.005)

    def _let(self, seconds: float, wire: Wire) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            wire.take()
            time.sleep(0.005)

    def _finish(self, load: Load, wire: Wire) -> None:
        """Wait until everything is accepted, answered and sent."""
        db = Database.open(self.settings)
        until = time.monotonic() + PATIENCE_S
        state: object = None
        while state != (0, (0, 0), load.sent // 2):
            assert time.monotonic() < until, f"{state} after {PATIENCE_S} s"
            self._let(0.1, wire)
            with suppress(Unavailable), db.read() as tx:
                waiting = len(list(load.inbox.iterdir()))
                state = waiting, queries.unfinished(tx), load.accepted
        db.close()

    def _ledger(self, load: Load, wire: Wire) -> Ledger:
        found = audit(self.settings, load.sent, wire)
        return Ledger(
            sent=load.sent,
            accepted=load.accepted + load.sent - load.sent // 2,
            posted_again=load.again,
            refused=dict(load.refused),
            receipts=found.receipts,
            booked=found.booked,
            acknowledged=len(wire.found(_ACKNOWLEDGED)),
            answered=len(wire.found(_ANSWERED)),
            delivered=len(wire.files),
            repeats=wire.repeats,
            kills=self.kills,
            wrong=found.wrong,
        )


@dataclass(frozen=True, slots=True)
class Audit:
    """How much there is, and what of it should not be so."""

    receipts: int
    booked: int
    wrong: tuple[str, ...]


def audit(settings: Settings, sent: int, wire: Wire) -> Audit:
    """Hold what is kept and what came out against orders 1 to ``sent``."""
    db = Database.open(settings)
    with db.read() as tx:
        kept = sorted(tx.scalars(sa.select(orders.c.po_number)))
        states = tx.scalars(sa.select(receipt.c.state)).all()
        rows = tx.scalars(sa.select(outbox.c.delivery)).all()
    db.close()
    every = range(1, sent + 1)
    wanted = sorted(po_number(number) for number in every)
    own = [b"%09d" % n for n in range(1, 2 * sent + 1)]
    checks: dict[str, tuple[Sequence[object], Sequence[object]]] = {
        "transmissions": (list(states), ["done"] * sent),
        "orders": ([one.encode() for one in kept], wanted),
        "997": (wire.found(_ACKNOWLEDGED), sorted(b"%d" % n for n in every)),
        "855": (wire.found(_ANSWERED), wanted),
        "messages": (list(rows), ["delivered"] * (2 * sent)),
        "control numbers": (wire.found(_OWN), own),
        "repeats with other bytes": (wire.changed, []),
    }
    wrong = (
        _difference(name, got, wanted)
        for name, (got, wanted) in checks.items()
        if got != wanted
    )
    return Audit(len(states), len(kept), tuple(wrong))


def _difference(name: str, got: Sequence[object], wanted: Sequence[object]) -> str:
    """What is missing and what is too much."""
    lost, over = Counter(wanted) - Counter(got), Counter(got) - Counter(wanted)
    few = [sorted(map(str, each))[:9] for each in (lost, over)]
    return f"{name}: lost {few[0]}, too many {few[1]}"


if __name__ == "__main__":
    main(sys.argv[1:])
