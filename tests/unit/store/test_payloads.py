from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from gateway.pipeline.ports import Blob, InMemory
from gateway.store import payloads
from gateway.store.database import Database
from gateway.store.payloads import DamagedPayload

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@dataclass(frozen=True)
class Torn:
    """A blob that breaks off while it is read."""

    size: int
    sha256: str

    def chunks(self) -> Iterator[bytes]:
        yield b"half"
        raise OSError("line dropped")


def kept(db: Database, blob: Blob) -> Blob:
    row = db.payloads.prepare(blob, NOW)
    with db.begin() as tx:
        payloads.insert(tx, [row])
    with db.read() as tx:
        return db.payloads.load(tx, [blob.sha256])[blob.sha256]


def test_small_bytes_lie_in_the_database(db: Database):
    blob = kept(db, InMemory.of(b"ISA"))

    assert b"".join(blob.chunks()) == b"ISA"
    assert not db.payloads.folder.exists()


def test_large_bytes_lie_in_a_file_named_by_their_sum(db: Database):
    large = InMemory.of(b"x" * 1001)

    blob = kept(db, large)

    assert b"".join(blob.chunks()) == large.data
    assert db.payloads.path(large.sha256).read_bytes() == large.data


def test_the_same_bytes_are_kept_once(db: Database):
    kept(db, InMemory.of(b"ISA"))
    kept(db, InMemory.of(b"ISA"))

    with db.read() as tx:
        assert tx.exec_driver_sql("SELECT count(*) FROM payload").scalar() == 1


def test_bytes_that_break_off_leave_no_file(db: Database):
    torn = Torn(size=5000, sha256="ab" * 32)

    with pytest.raises(OSError, match="line dropped"):
        db.payloads.prepare(torn, NOW)

    assert [f for f in db.payloads.folder.rglob("*") if f.is_file()] == []


@pytest.mark.parametrize("size", [10, 2000])
def test_bytes_with_another_sum_are_refused(db: Database, size: int):
    blob = InMemory(b"x" * size, "ab" * 32)

    with pytest.raises(DamagedPayload):
        db.payloads.prepare(blob, NOW)


def test_unknown_sums_are_left_out(db: Database):
    with db.read() as tx:
        assert db.payloads.load(tx, ["00" * 32]) == {}
