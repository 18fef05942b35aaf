from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from gateway.store import claim, leases, outbox, receipts
from gateway.store.claim import Bounds
from gateway.store.database import Database
from gateway.store.outbox import Leased
from tests.unit.store.rounds import NOW, delivery, process

HOST = socket.gethostname()


def number_of_a_process_that_ended() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    return process.pid


def test_this_process_lives():
    assert not leases.is_dead(leases.OWNER)


def test_another_process_that_runs_lives():
    assert not leases.is_dead(f"{HOST}:{os.getppid()}:own_1")


def test_a_process_that_ended_is_dead():
    assert leases.is_dead(f"{HOST}:{number_of_a_process_that_ended()}:own_1")


def test_an_earlier_start_under_our_number_is_dead():
    assert leases.is_dead(f"{HOST}:{os.getpid()}:own_1")


@pytest.mark.parametrize("owner", ["", "x", f"{HOST}:x:y", "elsewhere:1:own_1"])
def test_of_others_nothing_is_known(owner: str):
    assert not leases.is_dead(owner)


def test_what_the_dead_held_is_due_at_once(db: Database):
    receipt = receipts.keep(db, delivery("acme 000000001 4711"))
    dead = f"{HOST}:{number_of_a_process_that_ended()}:own_1"
    with db.begin() as tx:
        claim.claim(tx, NOW, Bounds(), dead)
        assert claim.claim(tx, NOW, Bounds()) == []

        owners = leases.held_by_the_dead(tx)
        leases.free(tx, owners, NOW)

        assert owners == (dead,)
        assert [one.id for one in claim.claim(tx, NOW, Bounds())] == [receipt.id]


def test_what_the_living_hold_stays_theirs(db: Database):
    receipts.keep(db, delivery("acme 000000001 4711"))
    with db.begin() as tx:
        claim.claim(tx, NOW, Bounds(), leases.OWNER)

        assert leases.held_by_the_dead(tx) == ()


def test_a_message_that_the_dead_were_sending_is_sent_by_others(db: Database):
    process(db, "acme 000000001 4711")
    dead = f"{HOST}:{number_of_a_process_that_ended()}:own_1"

    def lease(owner: str) -> list[Leased]:
        kept = db.payloads
        return outbox.lease(tx, owner, NOW, kept, limit=10, lease_s=60)

    with db.begin() as tx:
        lost = lease(dead)
        assert lease(leases.OWNER) == []

        leases.free(tx, leases.held_by_the_dead(tx), NOW)

        assert leases.held_by_the_dead(tx) == ()
        again = lease(leases.OWNER)
    assert [one.outbound.blob for one in again] == [one.outbound.blob for one in lost]
    assert [one.epoch for one in again] == [2, 2]
