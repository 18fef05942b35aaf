"""Tries to log in, counted by the database: the same on both of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from gateway.store import attempts
from gateway.store.database import Database
from gateway.store.tables import login_attempt

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HERE, THERE = "192.0.2.7", "198.51.100.1"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def tried(db: Database, place: str, now: datetime = NOW, login: str = "mia") -> bool:
    with db.begin() as tx:
        return attempts.begin(tx, login, place, now)


def got_in(db: Database, place: str, now: datetime = NOW) -> None:
    with db.begin() as tx:
        attempts.succeed(tx, "mia", place, now)


def may_try(db: Database, place: str, now: datetime = NOW) -> bool:
    with db.begin() as tx:
        return attempts.may_try(tx, place, now)


def test_a_stranger_locks_nobody_out_elsewhere(db: Database):
    assert [tried(db, HERE) for _ in range(11)] == [True] * 10 + [False]
    assert not tried(db, HERE, login=" MIA")
    assert tried(db, THERE)
    assert tried(db, HERE, login="tom")


def test_who_guesses_from_many_places_is_stopped_but_the_user_is_not(db: Database):
    assert tried(db, HERE)
    got_in(db, HERE)
    answers = [tried(db, f"203.0.113.{n // 5}") for n in range(101)]
    assert answers == [True] * 100 + [False]
    assert not tried(db, THERE)
    assert tried(db, HERE)
    assert not tried(db, THERE, NOW + MINUTE - timedelta(seconds=1))
    assert tried(db, THERE, NOW + MINUTE)


def test_a_place_is_known_for_ninety_days(db: Database):
    tried(db, HERE)
    got_in(db, HERE)
    later = NOW + 91 * DAY
    for n in range(100):
        tried(db, f"203.0.113.{n}", later)
    assert not tried(db, HERE, later)


def test_the_right_password_ends_a_row_of_wrong_ones(db: Database):
    for _ in range(9):
        tried(db, HERE)
    got_in(db, HERE)
    assert [tried(db, HERE) for _ in range(11)] == [True] * 10 + [False]


def test_a_new_password_lets_the_user_in_everywhere(db: Database):
    for _ in range(10):
        tried(db, HERE)
    with db.begin() as tx:
        attempts.forget(tx, "Mia")
    assert tried(db, HERE)


def test_tries_at_the_same_moment_are_all_counted(db: Database):
    """As those of several processes are, which share the database alone."""
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: tried(db, HERE), range(24)))
        places = list(pool.map(lambda _: may_try(db, THERE), range(40)))
    assert sum(answers) == 10
    assert sum(places) == attempts.LOGINS_PER_MINUTE


def test_a_place_has_its_tries_again_after_a_minute(db: Database):
    assert [may_try(db, HERE) for _ in range(31)] == [True] * 30 + [False]
    assert may_try(db, THERE)
    assert not may_try(db, HERE, NOW + MINUTE - timedelta(seconds=1))
    assert may_try(db, HERE, NOW + MINUTE)


def test_what_was_typed_is_not_kept_and_old_tries_are_forgotten(db: Database):
    tried(db, HERE)
    got_in(db, HERE)
    for n in range(5):
        tried(db, THERE, login=f"my secret {n}")
    with db.read() as tx:
        assert "secret" not in str(tx.execute(sa.select(login_attempt)).all())
    may_try(db, THERE)
    may_try(db, THERE, NOW + 2 * DAY)
    with db.read() as tx:
        places = tx.execute(sa.select(login_attempt.c.place)).scalars().all()
    assert sorted(places) == [HERE, THERE]
