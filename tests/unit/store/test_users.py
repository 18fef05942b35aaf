"""Users, their passwords and sessions, the same on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher

from gateway.store import attempts, audit, passwords, users, visits
from gateway.store.database import Database

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HERE = "192.0.2.7"
WORD = "a long enough " + "word"


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "HASHER", cheap)


def test_a_user_is_added_once_under_any_spelling(db: Database):
    with db.begin() as tx:
        made = users.add(tx, " Mia", "viewer", NOW, password=WORD)
        again = users.add(tx, "MIA", "admin", NOW)
        assert made is not None
        assert (made.login, made.has_password, again) == ("mia", True, None)
        assert users.find(tx, "mIa") == users.user(tx, made.id) == made


def test_a_lock_lasts_twice_as_long_with_each_wrong_password(db: Database):
    now, locks = NOW, list[timedelta]()
    with db.begin() as tx:
        users.add(tx, "mia", "viewer", NOW, password=WORD)
    for _ in range(15):
        assert users.check(db, "mia", "wrong", now, place=HERE) is None
        with db.read() as tx:
            until = attempts.locked_until(tx, "mia", HERE, now)
        if until is not None:
            assert users.check(db, "mia", WORD, now, place=HERE) is None
            locks.append(until - now)
            now = until
    assert locks == [timedelta(minutes=n) for n in (1, 2, 4, 8, 15, 15)]
    assert users.check(db, "mia", WORD, now, place=HERE) is not None


def test_a_password_of_another_cost_is_kept_anew(
    db: Database, monkeypatch: pytest.MonkeyPatch
):
    with db.begin() as tx:
        users.add(tx, "mia", "viewer", NOW, password=WORD)
    dear = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "HASHER", dear)
    assert users.check(db, "mia", WORD, NOW, place=HERE) is not None
    with db.read() as tx:
        kept = tx.exec_driver_sql("SELECT password FROM user_account").scalar_one()
    assert not passwords.is_outdated(kept)


def test_a_session_is_found_by_its_secret_until_it_is_over(db: Database):
    with db.begin() as tx:
        mia = users.add(tx, "mia", "viewer", NOW)
        assert mia is not None
        secret = visits.begin(tx, mia, NOW, address="127.0.0.1", way="test")
        found = visits.find(tx, secret, NOW)
        assert found is not None
        assert found.user == mia
        assert visits.find(tx, found.sha256, NOW) is None
        assert visits.find(tx, secret, NOW + visits.IDLE) is None
        visits.seen(tx, found, NOW + timedelta(minutes=59))
        assert visits.find(tx, secret, NOW + visits.IDLE) is not None


def test_what_is_over_is_swept_away_by_the_next_login(db: Database):
    with db.begin() as tx:
        mia = users.add(tx, "mia", "viewer", NOW)
        assert mia is not None
        for hours in (0, 13):
            later = NOW + timedelta(hours=hours)
            visits.begin(tx, mia, later, address="", way="test")
        count = tx.exec_driver_sql("SELECT count(*) FROM console_session")
        assert count.scalar_one() == 1


def test_everything_about_users_is_an_event(db: Database):
    with db.begin() as tx:
        mia = users.add(tx, "mia", "viewer", NOW, by="root")
        assert mia is not None
        users.set_role(tx, mia, "admin", None, NOW, by="root")
        users.disable(tx, mia, NOW, by="root")
        users.enable(tx, mia, NOW, by="root")
        users.set_password(tx, mia, WORD, NOW, by="root")
        found = audit.happened(tx, ref=mia.id).items
    assert [one.name for one in found] == [
        "user.password_changed",
        "user.enabled",
        "user.disabled",
        "user.role_changed",
        "user.added",
    ]
    assert {one.by for one in found} == {"root"}
    assert WORD not in str(found)
