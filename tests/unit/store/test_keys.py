from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.store import keys
from gateway.store.database import Database

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def test_a_key_is_found_by_its_secret(db: Database):
    with db.begin() as tx:
        key, secret = keys.make(tx, "erp", "partner:acme", NOW)

        assert keys.find(tx, secret) == key
    assert key.partner_id == "acme"


def test_a_key_to_everything_is_bound_to_no_partner(db: Database):
    with db.begin() as tx:
        key, _ = keys.make(tx, "ops", keys.EVERYTHING, NOW)

    assert key.partner_id is None


def test_another_secret_finds_nothing(db: Database):
    with db.begin() as tx:
        _, secret = keys.make(tx, "erp", "all", NOW)

        assert keys.find(tx, secret[:-1]) is None
        assert keys.find(tx, "") is None


def test_the_secret_itself_is_not_kept(db: Database):
    with db.begin() as tx:
        _, secret = keys.make(tx, "erp", "all", NOW)
        kept = tx.exec_driver_sql("SELECT * FROM api_key").one()

    assert len(secret) >= 46
    assert secret not in map(str, kept)


def test_a_revoked_key_opens_nothing(db: Database):
    with db.begin() as tx:
        key, secret = keys.make(tx, "erp", "all", NOW)

        assert keys.revoke(tx, key.id, NOW)
        assert not keys.revoke(tx, key.id, NOW)
        assert keys.find(tx, secret) is None
        assert keys.every(tx) == ()


def test_keys_are_listed_oldest_first(db: Database):
    with db.begin() as tx:
        made = tuple(keys.make(tx, name, "all", NOW)[0] for name in "abc")

        assert keys.every(tx) == made


@pytest.mark.parametrize("scope", ["", "acme", "partner:", "partner: ", "ALL"])
def test_a_scope_is_all_or_one_partner(db: Database, scope: str):
    with db.begin() as tx, pytest.raises(ValueError, match="is no scope"):
        keys.make(tx, "erp", scope, NOW)


def test_a_key_that_ends_is_listed_and_found_with_its_end(db: Database):
    end = NOW + timedelta(days=90)
    with db.begin() as tx:
        key, secret = keys.make(tx, "erp", "all", NOW, end)

        assert keys.every(tx) == (key,)
        assert keys.find(tx, secret) == key
    assert (key.expires_at, key.has_ended(end)) == (end, True)
    assert not key.has_ended(end - timedelta(microseconds=1))
