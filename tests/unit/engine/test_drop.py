from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from gateway.config import Settings
from gateway.engine.lanes import fetched_lanes, known_lanes, way_of
from gateway.partner import Profile, load
from gateway.store import health
from tests.databases import SQLITE
from tests.starters import FOLDER, starter_profile, texts
from tests.unit.engine.house import House

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
DROP = {"id": "drop", "kind": "sftp_drop"}


def profile(**changed: Any) -> Profile:
    return starter_profile("acme", channels=[DROP | changed])


def test_what_partners_fetch_is_never_leased():
    way = way_of(known_lanes([profile()]), NOW, "acme", "drop")
    assert way.closed_until is not None
    assert way.closed_until > NOW


def test_only_lanes_of_our_own_sftp_door_are_fetched_from():
    folder = starter_profile("lantern-bay")
    assert fetched_lanes([profile(), folder]) == {"acme/drop"}


@pytest.mark.parametrize("key", ["order", "in_flight", "per_minute"])
def test_a_channel_they_fetch_from_has_nothing_to_say_about_sending(key: str):
    facts = texts(FOLDER / "acme" / "profile.yaml")
    value = "any" if key == "order" else "2"
    facts["channels"] = [DROP | {key: value}]
    found = load(yaml.safe_dump(facts), "profile.yaml")
    assert not isinstance(found, Profile)
    assert [one.code for one in found] == ["CFG-003"]


@pytest.mark.parametrize("kind", [SQLITE])
def test_answers_wait_for_the_partner_and_are_nobodys_backlog(settings: Settings):
    house = House(settings, {}, {})
    house.facts["channels"] = [DROP]
    house.profile()
    house.order()
    house.later(hours=3)
    house.work()
    profiles = house.gateway.rules.directory.profiles
    with house.gateway.db.read() as tx:
        seen = health.backlog(tx, house.now, fetched_lanes(profiles.values()))
        all_of_it = health.backlog(tx, house.now)
    house.close()
    assert (seen.messages.count, all_of_it.messages.count) == (0, 2)
    assert seen.outbox == {"queued": 2}
