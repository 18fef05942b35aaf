"""Bytes by their sum: small ones in the database, large ones in files beside it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from gateway.pipeline.ports import Blob, InMemory
from gateway.store.sql import insert_new, some
from gateway.store.tables import payload

CHUNK_BYTES = 64 * 1024


class DamagedPayload(Exception):
    """Bytes are gone or are not those that were promised."""


@dataclass(frozen=True, slots=True)
class InFile:
    """A blob in a file."""

    path: Path
    size: int
    sha256: str

    def chunks(self) -> Iterator[bytes]:
        """The bytes in pieces of 64 KiB."""
        with self.path.open("rb") as file:
            while piece := file.read(CHUNK_BYTES):
                yield piece


Row = dict[str, object]
"""A payload row that is ready to be inserted."""


@dataclass(frozen=True, slots=True)
class Payloads:
    """Where bytes are kept. Up to ``inline_bytes`` they lie in the database."""

    folder: Path
    inline_bytes: int

    def prepare(self, blob: Blob, now: datetime) -> Row:
        """The row of these bytes; a large blob is in its file, on the disk, first.

        Call it before the transaction: it may take as long as the disk needs.
        """
        row: Row = {"sha256": blob.sha256, "size": blob.size, "kept_at": now}
        if blob.size > self.inline_bytes:
            self._keep_file(blob)
            return row | {"body": None}
        body = b"".join(blob.chunks())
        if hashlib.sha256(body).hexdigest() != blob.sha256:
            raise DamagedPayload(f"the bytes of {blob.sha256} are other bytes")
        return row | {"body": body}

    def load(self, tx: sa.Connection, sha256s: Iterable[str]) -> dict[str, Blob]:
        """The kept bytes by their sum."""
        found: dict[str, Blob] = {}
        for sums in some(set(sha256s)):
            query = sa.select(payload.c.sha256, payload.c.size, payload.c.body)
            for row in tx.execute(query.where(payload.c.sha256.in_(sums))):
                if row.body is None:
                    found[row.sha256] = InFile(
                        self.path(row.sha256), row.size, row.sha256
                    )
                else:
                    found[row.sha256] = InMemory(row.body, row.sha256)
        return found

    def path(self, sha256: str) -> Path:
        """The file of a large payload."""
        return self.folder / sha256[:2] / sha256

    def _keep_file(self, blob: Blob) -> None:
        path = self.path(blob.sha256)
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}.part")
        try:
            _write(part, blob)
            part.rename(path)
        finally:
            part.unlink(missing_ok=True)
        _sync_folder(path.parent)
        _sync_folder(self.folder)


def insert(tx: sa.Connection, rows: Sequence[Row]) -> None:
    """Keep the prepared rows; bytes that are there already stay."""
    insert_new(tx, payload, list({row["sha256"]: row for row in rows}.values()))


def _write(part: Path, blob: Blob) -> None:
    """Write the bytes and wait until the disk has them."""
    digest = hashlib.sha256()
    with part.open("xb") as file:
        for piece in blob.chunks():
            digest.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    if digest.hexdigest() != blob.sha256:
        raise DamagedPayload(f"the bytes of {blob.sha256} are other bytes")


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
