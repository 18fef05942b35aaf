from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gateway.store import profiles
from gateway.store.database import Database

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def test_the_newest_version_of_each_partner_is_in_force(db: Database):
    with db.begin() as tx:
        profiles.apply(tx, "acme", "id: acme", NOW)
        second = profiles.apply(tx, "acme", "id: acme\nname: A", NOW)
        other = profiles.apply(tx, "other", "id: other", NOW)

        assert profiles.active(tx) == (second, other)
    assert (second.n, other.n) == (2, 1)


def test_the_same_text_again_is_no_new_version(db: Database):
    with db.begin() as tx:
        first = profiles.apply(tx, "acme", "id: acme", NOW)
        again = profiles.apply(tx, "acme", "id: acme", NOW + timedelta(days=1))

    assert again == first
