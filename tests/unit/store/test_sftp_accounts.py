from __future__ import annotations

import json
from datetime import UTC, datetime

import sqlalchemy as sa

from gateway.pipeline.drop import Account
from gateway.store import sftp_accounts
from gateway.store.database import Database
from gateway.store.sftp_accounts import PublicKey
from gateway.store.tables import event, sftp_account

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ACME = Account(
    name="acme-edi",
    partner_id="acme",
    sources=("192.0.2.0/24", "2001:db8::/32"),
    quota_bytes=1,
    file_bytes=2,
    sessions=3,
)
KEY = PublicKey(fingerprint="SHA256:abc", text="ssh-ed25519 AAAA")
SECRET = "a long password"  # noqa: S105


def test_an_account_is_found_as_it_was_added(db: Database):
    with db.begin() as tx:
        assert sftp_accounts.add(tx, ACME, NOW)
        assert sftp_accounts.find(tx, "acme-edi") == ACME
        assert sftp_accounts.find(tx, "nobody") is None


def test_a_name_is_given_once_over_all_partners(db: Database):
    with db.begin() as tx:
        assert sftp_accounts.add(tx, ACME, NOW)
        other = Account(name="acme-edi", partner_id="lantern-bay")
        assert not sftp_accounts.add(tx, other, NOW)
        assert sftp_accounts.every(tx) == (ACME,)


def test_keys_come_and_go(db: Database):
    with db.begin() as tx:
        sftp_accounts.add(tx, ACME, NOW)
        assert sftp_accounts.add_key(tx, ACME, KEY, NOW)
        assert not sftp_accounts.add_key(tx, ACME, KEY, NOW)
        found = sftp_accounts.find(tx, "acme-edi")
        assert found is not None
        assert found.keys == {"SHA256:abc"}
        assert sftp_accounts.remove_key(tx, ACME, KEY.fingerprint, NOW)
        assert not sftp_accounts.remove_key(tx, ACME, KEY.fingerprint, NOW)
        assert sftp_accounts.find(tx, "acme-edi") == ACME


def test_a_password_is_kept_by_its_scrypt_only(db: Database):
    with db.begin() as tx:
        sftp_accounts.add(tx, ACME, NOW, password=SECRET)
        kept = sftp_accounts.password_of(tx, "acme-edi")
        assert tx.scalar(sa.select(sftp_account.c.password)) == kept
    assert kept.startswith("scrypt$32768$8$1$")
    assert SECRET not in kept
    assert sftp_accounts.is_password(kept, SECRET)
    assert not sftp_accounts.is_password(kept, "another password")


def test_two_accounts_with_one_password_keep_different_sums():
    assert sftp_accounts.hashed(SECRET) != sftp_accounts.hashed(SECRET)


def test_nobodys_password_is_never_right(db: Database):
    with db.begin() as tx:
        sftp_accounts.add(tx, ACME, NOW)
        kept = {sftp_accounts.password_of(tx, name) for name in ("acme-edi", "x")}
    (nobodys,) = kept
    assert not sftp_accounts.is_password(nobodys, "")


def test_a_password_can_be_changed_and_taken_away(db: Database):
    with db.begin() as tx:
        sftp_accounts.add(tx, ACME, NOW)
        sftp_accounts.set_password(tx, ACME, SECRET, NOW)
        with_one = sftp_accounts.find(tx, "acme-edi")
        sftp_accounts.set_password(tx, ACME, "", NOW)
        without = sftp_accounts.find(tx, "acme-edi")
    assert with_one is not None
    assert without is not None
    assert (with_one.has_password, without.has_password) == (True, False)


def test_what_is_done_to_an_account_is_told_without_its_secrets(db: Database):
    with db.begin() as tx:
        sftp_accounts.add(tx, ACME, NOW, password=SECRET, by="ann")
        sftp_accounts.add_key(tx, ACME, KEY, NOW, by="ann")
        sftp_accounts.set_password(tx, ACME, "another password", NOW, by="ann")
        sftp_accounts.remove_key(tx, ACME, KEY.fingerprint, NOW, by="bob")
        sftp_accounts.remove(tx, ACME, NOW, by="bob")
        assert sftp_accounts.every(tx) == ()
        rows = tx.execute(sa.select(event).order_by(event.c.id)).all()
    assert [(row.name, row.ref, json.loads(row.detail)["by"]) for row in rows] == [
        ("sftp.account_added", "acme-edi", "ann"),
        ("sftp.key_added", "acme-edi", "ann"),
        ("sftp.password_changed", "acme-edi", "ann"),
        ("sftp.key_removed", "acme-edi", "bob"),
        ("sftp.account_removed", "acme-edi", "bob"),
    ]
    assert 'password":' not in "".join(row.detail for row in rows)
