"""The time of the database's server, as a process with another clock sees it."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from gateway.store.database import Database
from gateway.store.leases import Presence
from gateway.store.shared_time import SharedTime, utc_now
from tests.databases import POSTGRESQL, SQLITE

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
TEN = timedelta(minutes=10)
SECOND = timedelta(seconds=1)


def test_the_machine_is_believed_until_the_server_was_asked() -> None:
    assert SharedTime(lambda: NOON)() == NOON


def test_what_the_server_says_counts_from_the_middle_of_the_trip() -> None:
    shared, now_s = SharedTime(lambda: NOON), time.monotonic()
    shared.heard(NOON + TEN, now_s - 20, now_s)
    assert SECOND * 10 <= shared() - (NOON + TEN) < SECOND * 11


def test_an_answer_that_agrees_changes_nothing() -> None:
    shared, now_s = SharedTime(lambda: NOON), time.monotonic()
    shared.heard(NOON, now_s, now_s)
    shared.heard(NOON + SECOND, now_s, now_s + 5)
    assert shared() - NOON < SECOND


def test_an_answer_that_cannot_be_counts_from_then_on() -> None:
    shared, now_s = SharedTime(lambda: NOON), time.monotonic()
    shared.heard(NOON, now_s, now_s)
    shared.heard(NOON + TEN, now_s, now_s + 5)
    assert shared() - NOON > TEN - 3 * SECOND


@pytest.mark.parametrize("kind", [POSTGRESQL])
@pytest.mark.parametrize("wrong", [TEN, -TEN])
def test_a_process_that_works_goes_by_the_server(
    db: Database, wrong: timedelta
) -> None:
    db.time = SharedTime(lambda: utc_now() + wrong)
    before = abs(db.time() - utc_now())
    presence = Presence(db)
    presence.keep(db.time())
    presence.leave()
    assert before > TEN - SECOND
    assert abs(db.time() - utc_now()) < SECOND


@pytest.mark.parametrize("kind", [SQLITE])
def test_on_sqlite_there_is_one_machine_and_its_clock(db: Database) -> None:
    db.time = SharedTime(lambda: NOON)
    db.ask_time()
    assert db.time() == NOON
