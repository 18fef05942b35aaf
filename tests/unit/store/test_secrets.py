"""Secrets by reference, on both databases: sealed, replaced, never shown."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.config import Settings
from gateway.findings import Finding
from gateway.pipeline.ports import Secret
from gateway.store import sealed, secrets, tables
from gateway.store.database import Database
from gateway.store.resealing import reseal
from gateway.store.secrets import SecretStore

NOW = datetime(2026, 11, 22, tzinfo=UTC)
WORD = b"PLANTED-SECRET"


def opened(settings: Settings, *named: Path) -> Database:
    spec = ",".join(f"{file.name}=file:{file}" for file in named)
    found = Database.open(settings.model_copy(update={"payload_key": spec}))
    keys = found.payloads.keys
    with found.begin() as tx:
        sealed.note(tx, keys.judge(tx, NOW))
    return found


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    found = tmp_path / "k1", tmp_path / "k2"
    for file in found:
        file.write_bytes(os.urandom(32))
    return found


@pytest.fixture
def locked(settings: Settings, keys: tuple[Path, Path]) -> Iterator[Database]:
    db = opened(settings, keys[0])
    yield db
    db.close()


def put(db: Database, name: str, value: bytes = WORD) -> Finding | None:
    with db.begin() as tx:
        return secrets.put(tx, db.payloads.keys, name, Secret(value), NOW)


def got(db: Database, reference: str, **environment: str) -> bytes | str:
    found = SecretStore(db, environment).get(reference)
    return found.reveal() if isinstance(found, Secret) else found.code


def test_a_sealed_secret_comes_back_and_a_new_one_replaces_it(locked: Database):
    assert put(locked, "sftp") is None
    assert got(locked, "secret:sftp") == WORD
    assert put(locked, "sftp", b"\x00\xff") is None
    assert got(locked, "secret:sftp") == b"\x00\xff"


def test_without_a_key_to_seal_under_nothing_is_kept(db: Database):
    found = put(db, "sftp")
    assert found is not None
    assert found.code == "CFG-043"
    assert got(db, "secret:sftp") == "CFG-042"


def test_neither_rows_nor_events_show_it(locked: Database):
    put(locked, "sftp")
    with locked.begin() as tx:
        assert secrets.remove(tx, "sftp", NOW)
        assert not secrets.remove(tx, "sftp", NOW)
    put(locked, "sftp")
    with locked.read() as tx:
        body = tx.execute(
            sa.select(sa.type_coerce(tables.secret.c.body, sa.LargeBinary))
        )
        raw = bytes(body.scalar_one())
        told = tx.execute(sa.select(tables.event).order_by(tables.event.c.id)).all()
    assert sealed.sealed_under(raw) == "k1"
    assert [(row.name, row.ref, row.detail) for row in told] == [
        ("secret.set", "sftp", "{}"),
        ("secret.removed", "sftp", "{}"),
        ("secret.set", "sftp", "{}"),
    ]


def test_it_is_sealed_anew_when_the_key_changes(
    locked: Database, settings: Settings, keys: tuple[Path, Path]
):
    put(locked, "sftp")
    db = opened(settings, keys[1], keys[0])
    reseal(db)
    db.close()
    later = opened(settings, keys[1])
    assert got(later, "secret:sftp") == WORD
    later.close()


def test_without_its_key_the_finding_says_so(locked: Database, settings: Settings):
    put(locked, "sftp")
    db = Database.open(settings)
    assert got(db, "secret:sftp") == "CFG-032"
    db.close()


def test_variables_and_files_are_read_each_time(db: Database, tmp_path: Path):
    file = tmp_path / "word"
    file.write_bytes(WORD + b"\r\n")
    assert got(db, f"file:{file}") == WORD
    file.write_bytes(b"other\n\n")
    assert got(db, f"file:{file}") == b"other\n"
    assert got(db, "env:WORD", WORD="abc") == b"abc"


@pytest.mark.parametrize(
    "reference",
    ["env:NONE", "env:EMPTY", "file:/no/such", "file:/", "secret:none", "word", ""],
)
def test_a_secret_that_is_not_there_is_a_finding(db: Database, reference: str):
    assert got(db, reference, EMPTY="") == "CFG-042"


def test_an_empty_or_endless_file_is_no_secret(db: Database, tmp_path: Path):
    (tmp_path / "empty").write_bytes(b"\n")
    (tmp_path / "long").write_bytes(b"x" * (secrets.MOST_BYTES + 1))
    assert got(db, f"file:{tmp_path}/empty") == "CFG-042"
    assert got(db, f"file:{tmp_path}/long") == "CFG-042"


def test_a_secret_shows_itself_to_nobody_by_accident():
    secret = Secret(WORD)
    assert repr(secret) == str(secret) == f"{secret}" == "Secret(***)"
    assert secret.text == WORD.decode()
    assert "PLANTED" not in repr({"secret": secret})
