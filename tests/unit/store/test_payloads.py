from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from gateway.pipeline.ports import Blob, InMemory
from gateway.store import payloads
from gateway.store.database import Database
from gateway.store.evidence import sum_of
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


def read_all(db: Database) -> tuple[list[str], int]:
    """The sums as they are read, and how many statements it took."""
    asked: list[str] = []
    with db.read() as tx:
        sa.event.listen(
            tx, "before_cursor_execute", lambda *told: asked.append(told[2])
        )
        read = [sum_of(blob) for _, blob in db.payloads.every(tx)]
    return read, len(asked)


def test_all_are_read_in_the_order_of_their_sums_in_few_statements(db: Database):
    blobs = [InMemory.of(b"%d" % n) for n in range(30)]
    sums = {kept(db, blob).sha256 for blob in (*blobs, InMemory.of(b"x" * 2000))}

    read, statements = read_all(db)

    assert read == sorted(sums)
    assert statements == 3  # what there is, all of it, and what comes behind


def test_only_so_many_bytes_are_loaded_together(
    db: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(payloads, "_AT_ONCE_BYTES", 1500)
    sums = [kept(db, InMemory.of(b"%d" % n * 900)).sha256 for n in range(5)]

    read, statements = read_all(db)

    assert read == sorted(sums)
    assert statements == 2 + len(sums)


def test_some_are_read_by_their_sums(db: Database):
    one, _ = (kept(db, InMemory.of(data)).sha256 for data in (b"ISA", b"UNB"))

    with db.read() as tx:
        read = [sum_ for sum_, _ in db.payloads.every(tx, [one, "00" * 32])]

    assert read == [one]
