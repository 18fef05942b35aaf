"""Payloads under lock: no clear byte on the disk, and never garbage."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.config import Settings
from gateway.pipeline.ports import Blob, InMemory
from gateway.store import payloads, sealed, tables
from gateway.store.database import Database, Unavailable
from gateway.store.payloads import DamagedPayload
from gateway.store.resealing import reseal
from gateway.store.sealed import BadKey, Keyring, Locked

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SECRET = b"ISA*00*PLANTED-SECRET*" * 20
LONG = b"ISA*00*PLANTED-SECRET*" * 10_000


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir()
    for name in ("k1", "k2", "wrong"):
        (folder / name).write_text(os.urandom(32).hex())
    return folder


class Opener:
    """Opens the database anew with other keys, as a process does."""

    def __init__(self, settings: Settings, keys: Path) -> None:
        self.settings = settings
        self.keys = keys
        self.opened: list[Database] = []

    def __call__(self, *named: str) -> Database:
        spec = ",".join(
            f"{id_}=file:{self.keys / (file or id_)}"
            for id_, _, file in (each.partition(":") for each in named)
        )
        found = Database.open(self.settings.model_copy(update={"payload_key": spec}))
        ring = found.payloads.keys
        with found.begin() as tx:
            sealed.note(tx, ring.judge(tx, NOW))
        self.opened.append(found)
        return found


@pytest.fixture
def opened(settings: Settings, keys: Path) -> Iterator[Opener]:
    made = Opener(settings, keys)
    yield made
    for db in made.opened:
        db.close()


def keep(db: Database, data: bytes) -> str:
    blob = InMemory.of(data)
    row = db.payloads.prepare(blob, NOW)
    with db.begin() as tx:
        payloads.insert(tx, [row])
    return blob.sha256


def load(db: Database, sha256: str) -> bytes:
    with db.read() as tx:
        blob: Blob = db.payloads.load(tx, [sha256])[sha256]
        return b"".join(blob.chunks())


def on_disk(home: Path) -> Iterator[bytes]:
    """All files of the gateway's home; the SQLite database is one."""
    yield from (path.read_bytes() for path in home.rglob("*") if path.is_file())


@pytest.mark.parametrize("data", [SECRET, LONG, b"", b"x" * 65536, b"x" * 131_072])
def test_sealed_bytes_come_back(opened: Opener, data: bytes):
    db = opened("k1")

    assert load(db, keep(db, data)) == data


@pytest.mark.parametrize("data", [SECRET, LONG])
def test_no_clear_byte_is_kept(opened: Opener, settings: Settings, data: bytes):
    db = opened("k1")
    sha256 = keep(db, data)

    with db.read() as tx:
        body = tx.execute(sa.select(tables.payload.c.body)).scalar_one()
    assert b"PLANTED" not in body
    assert not any(b"PLANTED" in content for content in on_disk(settings.home))
    assert load(db, sha256) == data


def test_sums_are_of_the_clear_bytes(opened: Opener):
    assert keep(opened("k1"), SECRET) == InMemory.of(SECRET).sha256


@pytest.mark.parametrize("data", [SECRET, LONG])
def test_what_was_kept_unsealed_is_still_read(opened: Opener, data: bytes):
    sha256 = keep(opened(), data)

    assert load(opened("k1"), sha256) == data


@pytest.mark.parametrize("data", [SECRET, LONG])
def test_a_missing_key_is_a_finding_and_stops_the_doors(opened: Opener, data: bytes):
    sha256 = keep(opened("k1"), data)
    db = opened()

    fault = db.payloads.keys.fault
    assert fault is not None
    assert fault.code == "CFG-032"
    with pytest.raises(Locked):
        load(db, sha256)
    with pytest.raises(Unavailable):
        keep(db, b"another")


@pytest.mark.parametrize("data", [SECRET, LONG])
def test_a_wrong_key_is_a_finding_and_no_garbage(opened: Opener, data: bytes):
    sha256 = keep(opened("k1"), data)
    db = opened("k1:wrong")

    fault = db.payloads.keys.fault
    assert fault is not None
    assert fault.code == "CFG-033"
    with pytest.raises(Locked):
        load(db, sha256)
    with pytest.raises(Locked):
        keep(db, b"another")


def test_sealed_bytes_that_were_changed_are_told(opened: Opener):
    db = opened("k1")
    sha256 = keep(db, SECRET)
    with db.begin() as tx:
        body = tx.execute(sa.select(tables.payload.c.body)).scalar_one()
        changed = bytes(body)[:-1] + bytes([bytes(body)[-1] ^ 1])
        tx.execute(sa.update(tables.payload).values(body=changed))

    with pytest.raises(DamagedPayload):
        load(db, sha256)


def test_sealed_bytes_are_bound_to_their_sum(opened: Opener):
    db = opened("k1")
    first, second = keep(db, SECRET), keep(db, SECRET + b"2")
    column = tables.payload.c
    with db.begin() as tx:
        query = sa.select(column.body).where(column.sha256 == first)
        body = tx.execute(query).scalar_one()
        swap = sa.update(tables.payload).where(column.sha256 == second)
        tx.execute(swap.values(body=body))

    with pytest.raises(DamagedPayload):
        load(db, second)


@pytest.mark.parametrize("cut", [slice(None, -1), slice(None, -70_000), slice(1, None)])
def test_a_file_that_was_cut_is_told(opened: Opener, cut: slice):
    db = opened("k1")
    sha256 = keep(db, LONG)
    path = db.payloads.path(sha256, is_sealed=True)
    path.write_bytes(path.read_bytes()[cut])

    with pytest.raises(DamagedPayload):
        load(db, sha256)


def test_pieces_of_a_file_cannot_change_places(opened: Opener):
    db = opened("k1")
    sha256 = keep(db, LONG)
    path = db.payloads.path(sha256, is_sealed=True)
    data, head, size = path.read_bytes(), 2 + 2 + 7, 65536 + 16
    first, second = data[head : head + size], data[head + size : head + 2 * size]
    path.write_bytes(data[:head] + second + first + data[head + 2 * size :])

    with pytest.raises(DamagedPayload):
        load(db, sha256)


def test_texts_of_orders_are_sealed_too(opened: Opener):
    db = opened("k1")
    version: dict[str, object] = {
        "partner_id": "acme",
        "order_id": "ord_1",
        "n": 1,
        "message_id": "",
        "text": SECRET.decode(),
        "created_at": NOW,
    }
    table = tables.order_version
    with db.begin() as tx:
        tx.execute(table.insert(), [version])

    with db.read() as tx:
        raw = sa.type_coerce(table.c.text, sa.LargeBinary)
        assert bytes(tx.execute(sa.select(raw)).scalar_one())[:1] == sealed.MARK
        assert tx.execute(sa.select(table.c.text)).scalar() == SECRET.decode()
    assert reseal(opened("k2", "k1")) == 1
    with opened("k2").read() as tx:
        assert tx.execute(sa.select(table.c.text)).scalar() == SECRET.decode()


@pytest.mark.parametrize("before", [(), ("k1",)])
def test_everything_is_sealed_anew_under_a_new_key(
    opened: Opener, before: tuple[str, ...]
):
    old = opened(*before)
    sums = [keep(old, SECRET), keep(old, LONG)]
    both = opened("k2", *before)

    assert reseal(both) == 2
    assert reseal(both) == 0

    only = opened("k2")
    assert only.payloads.keys.fault is None
    assert [load(only, sha256) for sha256 in sums] == [SECRET, LONG]


def test_a_key_that_was_rotated_out_is_not_asked_for_by_who_still_named_it(
    opened: Opener,
):
    keep(opened("k1"), SECRET)
    reseal(opened("k2", "k1"))
    opened("k2", "k1")  # a node that starts before the old key is taken away

    assert opened("k2").payloads.keys.fault is None


def test_a_key_may_be_raw_or_hex_or_base64(tmp_path: Path):
    data = os.urandom(32)
    (tmp_path / "raw").write_bytes(data)
    (tmp_path / "hex").write_text(data.hex() + "\n")
    named = {"KEY": base64.b64encode(data).decode()}
    spec = f"a=file:{tmp_path}/raw,b=file:{tmp_path}/hex, c=env:KEY"

    ring = Keyring.of(spec, named)

    assert list(ring.keys) == ["a", "b", "c"]
    text = ring.seal(b"text", b"")
    nonce = text[3:15]
    assert ring.keys["c"].decrypt(nonce, text[15:], b"") == b"text"


@pytest.mark.parametrize(
    "spec",
    [
        "k1",
        "k1=env:NOT_SET",
        "k1=file:/nowhere/at/all",
        "k1=env:SHORT",
        "k1=env:GOOD,k1=env:GOOD",
        "a b=env:GOOD",
        "=env:GOOD",
    ],
)
def test_a_key_that_cannot_be_used_is_refused(spec: str):
    with pytest.raises(BadKey):
        Keyring.of(spec, {"SHORT": "00", "GOOD": "00" * 32})


def test_without_keys_nothing_is_sealed():
    ring = Keyring.of("", {})

    assert ring.seal(b"text", b"") == b"text"
    assert ring.open(b"text", b"") == b"text"
