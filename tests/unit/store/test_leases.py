from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from gateway.store import claim, leases, outbox, receipts
from gateway.store.claim import Bounds
from gateway.store.database import Database, Unavailable
from gateway.store.leases import Presence
from gateway.store.outbox import Leased
from gateway.store.tables import worker
from tests.databases import POSTGRESQL
from tests.unit.store.rounds import NOW, delivery, process

HOST = socket.gethostname()


@pytest.fixture
def us(db: Database) -> Iterator[Presence]:
    presence = Presence(db)
    presence.keep(NOW)
    yield presence
    presence.leave()


def number_of_a_process_that_ended() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    return process.pid


def someone_who_died(db: Database) -> str:
    """An owner whose row is there and whose lock nobody holds."""
    owner = f"{HOST}:{number_of_a_process_that_ended()}:own_1"
    with db.begin() as tx:
        tx.execute(sa.insert(worker).values(owner=owner, key=1, since=NOW))
    return owner


def test_another_process_that_runs_lives():
    assert not leases.is_dead(f"{HOST}:{os.getppid()}:own_1")


def test_a_process_that_ended_is_dead():
    assert leases.is_dead(f"{HOST}:{number_of_a_process_that_ended()}:own_1")


def test_an_earlier_start_under_our_number_is_dead():
    assert leases.is_dead(f"{HOST}:{os.getpid()}:own_1")


@pytest.mark.parametrize("owner", ["", "x", f"{HOST}:x:y", "elsewhere:1:own_1"])
def test_of_others_nothing_is_known(owner: str):
    assert not leases.is_dead(owner)


def test_what_the_dead_held_is_due_at_once(db: Database, us: Presence):
    receipt = receipts.keep(db, delivery("acme 000000001 4711"))
    dead = someone_who_died(db)
    with db.begin() as tx:
        claim.claim(tx, NOW, Bounds(), dead)
        assert claim.claim(tx, NOW, Bounds()) == []

    assert us.take_over(NOW) == (dead,)

    with db.begin() as tx:
        assert [one.id for one in claim.claim(tx, NOW, Bounds())] == [receipt.id]


def test_what_the_dead_held_comes_before_what_came_in_later(db: Database, us: Presence):
    old = receipts.keep(db, delivery("acme 000000001 4711"))
    dead = someone_who_died(db)
    with db.begin() as tx:
        claim.claim(tx, NOW, Bounds(), dead)
    receipts.keep(db, delivery("acme 000000002 4712"))
    later = NOW + timedelta(seconds=1)

    us.take_over(later)

    with db.begin() as tx:
        assert [one.id for one in claim.claim(tx, later, Bounds())] == [old.id]


def test_the_dead_are_buried_once(db: Database, us: Presence):
    someone_who_died(db)
    us.take_over(NOW)

    assert us.take_over(NOW) == ()


def test_what_the_living_hold_stays_theirs(db: Database, us: Presence):
    receipts.keep(db, delivery("acme 000000001 4711"))
    other = Presence(db)
    with db.begin() as tx:
        claim.claim(tx, NOW, Bounds(), us.owner)

    other.keep(NOW)

    assert other.take_over(NOW) == ()
    other.leave()


def test_who_takes_leave_is_not_looked_for(db: Database, us: Presence):
    other = Presence(db)
    other.keep(NOW)
    other.leave()

    assert us.take_over(NOW) == ()
    with db.read() as tx:
        assert tx.execute(sa.select(worker.c.owner)).scalars().all() == [us.owner]


def test_a_message_that_the_dead_were_sending_is_sent_by_others(
    db: Database, us: Presence
):
    process(db, "acme 000000001 4711")
    dead = someone_who_died(db)

    def lease(owner: str) -> list[Leased]:
        with db.begin() as tx:
            kept = db.payloads
            return outbox.lease(tx, owner, NOW, kept, limit=10, lease_s=60)

    lost = lease(dead)
    assert lease(us.owner) == []

    us.take_over(NOW)

    again = lease(us.owner)
    assert [one.outbound.blob for one in again] == [one.outbound.blob for one in lost]
    assert [one.epoch for one in again] == [2, 2]


def test_a_look_tells_what_is_due(db: Database, us: Presence):
    before = us.look(NOW)
    process(db, "acme 000000001 4711")
    between = us.look(NOW)
    receipts.keep(db, delivery("acme 000000002 4712"))
    after = us.look(NOW)

    assert (before.receipts, before.messages) == (False, False)
    assert (between.receipts, between.messages) == (False, True)
    assert after.receipts


@pytest.mark.parametrize("kind", [POSTGRESQL])
def test_a_look_without_its_session_is_unavailability_once(db: Database, us: Presence):
    before = us.owner
    with db.begin() as tx:
        tx.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
        )

    with pytest.raises(Unavailable):
        us.look(NOW)

    assert us.keep(NOW) != before
    assert us.look(NOW).dead == (before,)


@pytest.mark.parametrize("kind", [POSTGRESQL])
def test_who_lost_the_session_is_dead_and_comes_back_under_another_name(
    db: Database, us: Presence, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(leases, "_ASKED_EVERY_S", 0)
    other = Presence(db)
    before = {other.keep(NOW), us.owner}
    with db.begin() as tx:
        tx.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
        )

    after = {other.keep(NOW), us.keep(NOW)}

    assert not before & after
    assert {*us.take_over(NOW)} == before
    assert other.take_over(NOW) == ()
    other.leave()
