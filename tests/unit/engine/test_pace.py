"""Who asks too often waits; everybody else does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.engine.pace import Pace, place

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def taken(pace: Pace, times: int, now: datetime = NOW, who: str = "acme") -> int:
    """How many of so many requests were let through."""
    return sum(pace.take(who, "192.0.2.1", now=now) for _ in range(times))


def test_so_many_may_come_at_once_and_no_more():
    assert taken(Pace(30), 100) == 30


def test_what_the_minute_gives_back_may_come_again():
    pace = Pace(30)
    taken(pace, 30)
    assert taken(pace, 100, NOW + timedelta(seconds=20)) == 10
    assert taken(pace, 100, NOW + timedelta(hours=1)) == 30


def test_nobody_waits_for_another():
    pace = Pace(30)
    taken(pace, 30)
    assert taken(pace, 30, who="globex") == 30


def test_a_look_takes_nothing():
    pace = Pace(1)
    assert pace.has("acme", now=NOW)
    assert pace.take("acme", now=NOW)
    assert not pace.has("acme", now=NOW)
    assert not pace.take("acme", now=NOW)


def test_a_clock_that_is_set_back_gives_nothing():
    pace = Pace(30)
    taken(pace, 30)
    assert taken(pace, 1, NOW - timedelta(hours=1)) == 0


def test_whoever_was_away_the_longest_is_forgotten(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gateway.engine.pace._MOST", 2)
    pace = Pace(1)
    for who in ("acme", "globex", "initech"):
        taken(pace, 1, who=who)
    assert taken(pace, 1, who="initech") == 0
    assert taken(pace, 1) == 1


@pytest.mark.parametrize(
    ("address", "counts_as"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:0:1::7", place("2001:db8:0:1:ffff::1")),
        ("unix", "unix"),
        ("", ""),
    ],
)
def test_an_address_counts_as_its_subscriber(address: str, counts_as: str):
    assert place(address) == counts_as


def test_neighbours_of_ipv6_are_two():
    assert place("2001:db8:0:1::1") != place("2001:db8:0:2::1")
