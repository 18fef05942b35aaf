"""Times of partners by their clock, also when it changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.config import Settings
from gateway.jobs.cron import following
from gateway.partner.profile import FolderChannel
from gateway.store.database import Database
from tests.unit.engine.test_engine import Clock
from tests.unit.engine.test_lanes import Partners, at
from tests.unit.engine.test_workers import accept


@pytest.mark.parametrize(
    ("cron", "after", "then"),
    [
        ("0 6,18 * * mon-fri", "2026-11-20T17:00", "2026-11-23T05:00"),
        ("0 6 * * *", "2026-03-28T05:00", "2026-03-29T04:00"),  # summer begins
        ("30 2 * * *", "2026-03-28T12:00", "2026-03-29T01:30"),  # there is no 02:30
        ("30 2 * * *", "2026-10-24T12:00", "2026-10-25T00:30"),  # the first 02:30
        ("30 2 * * *", "2026-10-25T00:30", "2026-10-26T01:30"),  # not the second
        ("30 * * * *", "2026-10-25T00:30", "2026-10-25T01:30"),  # every hour has one
        ("0 0 30 2 *", "2026-10-25T00:30", "9999-01-01T00:00"),
    ],
)
def test_the_next_time_by_the_clock_in_paris(cron: str, after: str, then: str):
    moment = datetime.fromisoformat(after).replace(tzinfo=UTC)

    assert following(cron, "Europe/Paris", moment).isoformat()[:16] == then


def test_what_is_queued_leaves_together_at_its_times(db: Database, settings: Settings):
    clock, peer = Clock(datetime(2030, 11, 22, 12, 10, tzinfo=UTC)), Partners()
    engines = [at(db, settings, peer, clock) for _ in range(2)]
    hourly = {"at": "0 * * * *", "zone": "Europe/Paris"}
    batch = FolderChannel.model_validate(
        {"id": "folder", "kind": "folder", "delivery": hourly}
    )
    for engine in engines:
        engine._lanes = {("acme", "folder"): batch}
    fired = [engines[0].fire(following)]
    accept(engines[0], "acme 000000001 1")
    engines[0].process()
    sent = [engines[0].deliver()]

    clock.now += timedelta(hours=3)  # two were missed meanwhile
    fired += [engine.fire(following) for engine in engines]
    accept(engines[0], "acme 000000002 2")
    clock.now += timedelta(minutes=1)
    engines[0].process()
    sent += [engines[0].deliver(), engines[0].deliver()]
    clock.now += timedelta(hours=1)
    fired += [engine.fire(following) for engine in reversed(engines)]
    sent.append(engines[0].deliver())

    assert fired == [0, 1, 0, 1, 0]
    assert sent == [0, 2, 0, 2]
    for engine in engines:
        engine.close()
