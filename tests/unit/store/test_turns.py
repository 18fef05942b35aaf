"""Who says that it goes first is let go first, and nobody waits for that for ever."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from gateway.config import Settings
from gateway.store.database import Database
from gateway.store.turns import Turns


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(tmp_path / "gateway.db")


def waited_s(turns: Turns) -> float:
    begun = time.monotonic()
    turns.after_you()
    return time.monotonic() - begun


def test_nobody_waits_where_nobody_goes_first(file: str):
    one, other = Turns(file), Turns(file)

    with one.first():
        pass
    one.after_you()

    assert waited_s(other) < 0.04


def test_others_wait_for_who_goes_first(file: str):
    one, other = Turns(file), Turns(file)
    done = threading.Event()

    def later() -> None:
        other.after_you()
        done.set()

    thread = threading.Thread(target=later)
    with one.first():
        thread.start()
        assert not done.wait(0.02)
    thread.join()

    assert done.is_set()


def test_they_do_not_wait_for_long(file: str):
    one, other = Turns(file), Turns(file)

    with one.first():
        assert 0.04 < waited_s(other) < 5


def test_two_that_go_first_do_not_wait_for_each_other(file: str):
    one, other = Turns(file), Turns(file)

    with one.first(), other.first():
        pass

    assert waited_s(one) < 0.04


def test_where_no_lock_can_be_made_nobody_waits(tmp_path: Path):
    turns = Turns(str(tmp_path / "nowhere" / "gateway.db"))

    with turns.first():
        turns.after_you()
    turns.close()


def test_what_goes_first_writes_before_others_that_wait(tmp_path: Path):
    settings = Settings(home=tmp_path)
    holder, door, worker = (Database.open(settings) for _ in range(3))
    order: list[str] = []

    def write(name: str, db: Database, first: bool) -> None:
        with db.begin(first=first):
            order.append(name)

    ways = [("door", door, True), ("worker", worker, False)]
    threads = [threading.Thread(target=write, args=way) for way in ways]
    with holder.begin():
        for thread in threads:
            thread.start()
            time.sleep(0.01)
    for thread in threads:
        thread.join()
    for db in (holder, door, worker):
        db.close()

    assert order == ["door", "worker"]


def test_what_goes_first_leaves_the_checkpoint_to_others(tmp_path: Path):
    db = Database.open(Settings(home=tmp_path))
    pages = []
    for first in (True, False):
        with db.begin(first=first) as tx:
            pages.append(tx.exec_driver_sql("PRAGMA wal_autocheckpoint").scalar())
    db.close()

    assert pages == [10_000, 1_000]
