"""Two hundred times kill -9 under load: nothing lost, nothing doubled."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.cli import bench_store, generate
from gateway.cli.bench_wire import NOW
from gateway.config import Settings
from gateway.store import profiles, queries
from gateway.store.database import Database

pytestmark = pytest.mark.soak

KILLS = 200
FED_EACH_TIME = 10
LONGEST_S = 120.0
WORKER = Path(__file__).with_name("worker.py")
ROOT = WORKER.parents[2]


class Partner:
    """Puts interchanges into the inbound folder and looks at the outbound one."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "partners" / "bench"
        (self._folder / "in").mkdir(parents=True)
        self.sent = 0

    def feed(self, count: int) -> None:
        for _ in range(count):
            self.sent += 1
            raw = generate.plain_orders(
                1, 10, items=bench_store.FEW, number=self.sent, seed=self.sent
            )
            part = self._folder / f"{self.sent}.part"
            part.write_bytes(raw)
            part.rename(self._folder / "in" / f"{self.sent}.edi")

    def waiting(self) -> int:
        return len(list((self._folder / "in").iterdir()))

    def got(self) -> list[bytes]:
        out = self._folder / "out"
        return [f.read_bytes() for f in out.iterdir() if not f.name.startswith(".")]


@contextmanager
def worker(home: Path) -> Iterator[subprocess.Popen[str]]:
    """A gateway that works; killed at the end if it still runs."""
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    with (home / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, str(WORKER), str(home)],
            env={**os.environ, "PYTHONPATH": path},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def numbers(messages: list[bytes], pattern: bytes) -> list[bytes]:
    """What the pattern finds in each message, sorted."""
    return sorted(found for m in messages for found in re.findall(pattern, m))


def set_up(home: Path) -> None:
    loaded = bench_store.load(home, bench_store.FEW)
    with loaded.db.begin() as tx:
        profiles.apply(tx, "bench", generate.PROFILE, NOW)
    loaded.db.close()


def wait_until_done(db: Database, partner: Partner) -> None:
    until = time.monotonic() + LONGEST_S
    unfinished = (-1, -1)
    while unfinished != (0, 0) or partner.waiting():
        assert time.monotonic() < until, f"{unfinished} after {LONGEST_S} s"
        time.sleep(0.2)
        with db.read() as tx:
            unfinished = queries.unfinished(tx)


def test_two_hundred_kills_lose_and_double_nothing(tmp_path: Path):
    set_up(tmp_path)
    partner = Partner(tmp_path)
    chance = random.Random(11)  # noqa: S311  no secret
    for _ in range(KILLS):
        partner.feed(FED_EACH_TIME)
        with worker(tmp_path) as process:
            time.sleep(chance.uniform(0, 0.5))
            process.send_signal(signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL

    db = Database.open(Settings(home=tmp_path))
    with worker(tmp_path) as process:
        wait_until_done(db, partner)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    with db.read() as tx:
        kept = tx.exec_driver_sql("SELECT po_number FROM orders").scalars().all()
        receipts = tx.exec_driver_sql("SELECT state FROM receipt").scalars().all()
    db.close()

    every = range(1, partner.sent + 1)
    orders = sorted(b"45%09d" % (n * 10_000 + 1) for n in every)
    got = partner.got()
    assert sorted(number.encode() for number in kept) == orders
    assert receipts == ["done"] * partner.sent
    assert numbers(got, rb"\bBAK\*\w\w\*\w\w\*(\d+)") == orders
    assert numbers(got, rb"\bAK1\*PO\*(\d+)") == sorted(b"%d" % n for n in every)
    own = numbers(got, rb"\bIEA\*1\*(\d{9})")
    assert len(set(own)) == len(own) == 2 * partner.sent
