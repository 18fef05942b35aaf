"""Addresses of revocation lists: one process looks, the others leave it alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.store import list_sources
from gateway.store.database import Database
from gateway.store.list_sources import ListSource

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
URL = "http://crl.example/a.crl"


def lease(db: Database, owner: str, at: datetime) -> ListSource | None:
    return list_sources.lease(db, [URL], owner, at, at + 5 * MINUTE)


def test_an_address_is_looked_at_by_one_until_its_lease_ends(db):
    list_sources.note(db, [URL], NOW)
    list_sources.note(db, [URL], NOW + HOUR)
    first = lease(db, "a", NOW)
    assert first == ListSource(url=URL)
    assert lease(db, "b", NOW + MINUTE) is None
    assert lease(db, "b", NOW + 6 * MINUTE) == first


def test_what_is_not_asked_for_is_left_alone(db):
    list_sources.note(db, [URL], NOW)
    assert list_sources.lease(db, ["http://other"], "a", NOW, NOW + HOUR) is None
    with db.read() as tx:
        assert list_sources.known(tx, [URL, "http://other"]) == {URL}


@pytest.mark.parametrize(
    ("left", "again"),
    [(timedelta(minutes=8), 5 * MINUTE), (8 * HOUR, 2 * HOUR), (90 * HOUR, 4 * HOUR)],
    ids=["soon over", "a day's", "a week's"],
)
def test_a_list_is_looked_for_again_after_a_quarter_of_what_is_left(db, left, again):
    list_sources.note(db, [URL], NOW)
    found = lease(db, "a", NOW)
    assert found is not None
    list_sources.settle(db, replace(found, until=NOW + left, etag="1"), "a", NOW)
    assert lease(db, "a", NOW + again - timedelta(seconds=1)) is None
    later = lease(db, "a", NOW + again)
    assert later is not None
    assert (later.until, later.etag) == (NOW + left, "1")


def test_a_look_that_failed_rests_longer_each_time(db):
    list_sources.note(db, [URL], NOW)
    at, pauses = NOW, [1, 2, 4, 8, 16, 32, 64, 64]
    for pause in pauses:
        found = lease(db, "a", at)
        assert found is not None
        list_sources.settle(db, replace(found, said="HTTP 503"), "a", at)
        assert lease(db, "a", at + pause * MINUTE - timedelta(seconds=1)) is None
        at += pause * MINUTE
    last = lease(db, "a", at)
    assert last is not None
    assert last.failures == len(pauses)


def test_who_lost_the_lease_changes_nothing(db):
    list_sources.note(db, [URL], NOW)
    found = lease(db, "slow", NOW)
    assert found is not None
    assert lease(db, "quick", NOW + 6 * MINUTE) is not None
    list_sources.settle(db, replace(found, said="late"), "slow", NOW + 7 * MINUTE)
    with db.read() as tx:
        (kept,) = list_sources.every(tx)
    assert kept.said == ""
