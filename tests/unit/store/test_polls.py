"""Looks into partners' servers: one process at a time, trouble told once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from gateway.findings import Finding
from gateway.pipeline.remote import RemoteFile, Seen
from gateway.store import polls
from gateway.store.database import Database
from gateway.store.polls import Look
from gateway.store.remote_files import Memory
from gateway.store.tables import alert, event

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
MINUTE = timedelta(minutes=1)
WANTED = {("acme", "drop"): ("*/5 * * * *", "UTC"), ("zeta", "x"): ("0 6 * * *", "UTC")}


def leased(db: Database, owner: str = "me", at: datetime = NOW) -> list[str]:
    return [one.partner_id for one in lease(db, owner, at)]


def lease(db: Database, owner: str = "me", at: datetime = NOW) -> list[Look]:
    return polls.lease(db, WANTED, owner, at, at + MINUTE, 8)


def alerts(db: Database) -> list[str]:
    with db.read() as tx:
        return list(tx.scalars(sa.select(alert.c.code).order_by(alert.c.id)))


def events(db: Database) -> list[str]:
    with db.read() as tx:
        return list(tx.scalars(sa.select(event.c.name).order_by(event.c.id)))


def failed(code: str) -> Finding:
    return Finding.of(code, "the server of acme")


def test_a_new_channel_is_looked_into_at_once_and_by_one_process(db: Database):
    assert [leased(db), leased(db, "other")] == [["acme", "zeta"], []]


def test_a_lease_that_has_ended_passes_to_others_and_back_to_nobody(db: Database):
    first = lease(db)[0]
    assert leased(db, "other", NOW + 2 * MINUTE) == ["acme", "zeta"]
    assert not polls.renew(db, first, NOW + 3 * MINUTE)
    polls.settle(db, first, NOW, NOW, None)  # too late: it says nothing
    assert leased(db, "third", NOW + 2 * MINUTE) == []


def test_a_lease_that_is_renewed_stays(db: Database):
    first = lease(db)[0]
    assert polls.renew(db, first, NOW + 5 * MINUTE)
    assert leased(db, "other", NOW + 2 * MINUTE) == ["zeta"]


def test_what_the_dead_held_is_due(db: Database):
    lease(db)
    with db.begin() as tx:
        polls.free(tx, ["me"])
    assert leased(db, "other") == ["acme", "zeta"]


def test_a_look_that_is_settled_is_due_at_its_next_time(db: Database):
    polls.settle(db, lease(db)[0], LATER, NOW, None)
    assert leased(db, "other") == []
    assert leased(db, "other", LATER) == ["acme", "zeta"]


def test_other_times_in_the_profile_bring_a_look_at_once(db: Database):
    for one in lease(db):
        polls.settle(db, one, LATER, NOW, None)
    changed = WANTED | {("acme", "drop"): ("0 * * * *", "UTC")}
    again = polls.lease(db, changed, "me", NOW, NOW + MINUTE, 8)
    assert [one.partner_id for one in again] == ["acme"]


def test_trouble_is_told_once_and_so_is_its_end(db: Database):
    for found in (failed("TRN-010"), failed("TRN-010"), None, None):
        polls.settle(db, lease(db)[0], NOW, NOW, found)
    assert alerts(db) == ["TRN-010"]
    assert events(db) == ["look.failed", "look.recovered"]


def test_other_trouble_is_told_too(db: Database):
    for code in ("TRN-010", "TRN-011"):
        polls.settle(db, lease(db)[0], NOW, NOW, failed(code))
    assert alerts(db) == ["TRN-010", "TRN-011"]


def test_a_server_that_is_away_is_told_after_three_looks(db: Database):
    counts = []
    for _ in range(4):
        polls.settle(db, lease(db)[0], NOW, NOW, failed("TRN-014"))
        counts.append(len(alerts(db)))
    assert counts == [0, 0, 1, 1]


def test_what_lasts_is_listed_until_it_is_over(db: Database):
    polls.settle(db, lease(db)[0], NOW, NOW, failed("TRN-010"))
    with db.read() as tx:
        lasting = [(one.channel, one.code, one.failures) for one in polls.troubled(tx)]
    polls.settle(db, lease(db)[0], NOW, NOW, None)
    with db.read() as tx:
        assert (lasting, polls.troubled(tx)) == ([("drop", "TRN-010", 1)], [])


def test_files_are_remembered_by_channel(db: Database):
    mine, other = (
        Memory(db, Look(partner_id="acme", channel=name, owner="me"), _now, MINUTE, _no)
        for name in ("drop", "other")
    )
    some = [_file(f"{number}.edi") for number in range(1500)]
    mine.note(some, ())
    mine.note([_file("3.edi", Seen.TAKEN)], [one.path for one in some[4:]])
    assert {path: one.state for path, one in mine.known().items()} == {
        "0.edi": Seen.WAITING,
        "1.edi": Seen.WAITING,
        "2.edi": Seen.WAITING,
        "3.edi": Seen.TAKEN,
    }
    assert other.known() == {}


def _file(path: str, state: Seen = Seen.WAITING) -> RemoteFile:
    return RemoteFile(
        path=path, size=1, mtime=2, looks=1, since=NOW, counted_at=NOW, state=state
    )


def _now() -> datetime:
    return NOW


def _no() -> bool:
    return False
