"""Bytes by their sum: small ones in the database, large ones in files beside it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from gateway.pipeline.ports import Blob, InMemory
from gateway.store import packed, sealed
from gateway.store.packed import pack, unpack
from gateway.store.sealed import Keyring
from gateway.store.sql import IN_LIST, Among, insert_seen, some
from gateway.store.tables import payload

_KEPT = Among(
    sa.select(payload.c.sha256, payload.c.size, payload.c.body), payload.c.sha256
)
CHUNK_BYTES = 64 * 1024
_AT_ONCE_BYTES = 4 * 1024 * 1024
"""About so many bytes go to the database in one statement, which holds them twice;
and so many, packed and unpacked, come from it where all payloads are read."""
_length = sa.func.coalesce(sa.func.length(payload.c.body), 0)
_WEIGHED = sa.select(
    payload.c.sha256,
    sa.case((_length > 1, payload.c.size + _length), else_=0).label("bytes"),
)
"""What a payload takes in memory; one in a file is read in pieces, and has none."""
PART_ABANDONED_S = 3600.0
"""Nobody writes one file for so long."""


class DamagedPayload(Exception):
    """Bytes are gone or are not those that were promised."""


SEALED_FILE = b"\x81"
"""The body of a payload whose file is sealed; a file that is not has none."""


@dataclass(frozen=True, slots=True)
class InFile:
    """A blob in a file; ``keys`` open one that is sealed."""

    path: Path
    size: int
    sha256: str
    keys: Keyring | None = None

    def chunks(self) -> Iterator[bytes]:
        """The bytes in pieces of 64 KiB."""
        if self.keys is not None:
            try:
                yield from self.keys.open_file(self.path, self.sha256.encode())
            except sealed.Damaged as problem:
                raise DamagedPayload(f"{self.sha256}: {problem}") from problem
            return
        with self.path.open("rb") as file:
            while piece := file.read(CHUNK_BYTES):
                yield piece


@dataclass(frozen=True, slots=True)
class Broken:
    """A blob whose bytes are gone or damaged: reading it says so."""

    size: int
    sha256: str
    what: str

    def chunks(self) -> Iterator[bytes]:
        """Raises ``DamagedPayload``."""
        raise DamagedPayload(f"{self.sha256}: {self.what}")
        yield


Row = dict[str, object]
"""A payload row that is ready to be inserted."""


@dataclass(frozen=True, slots=True)
class Payloads:
    """Where bytes are kept. Up to ``inline_bytes`` they lie in the database.

    With ``keys`` they are sealed; what was kept before is still read.
    """

    folder: Path
    inline_bytes: int
    keys: Keyring = field(default_factory=Keyring)

    def prepare(self, blob: Blob, now: datetime) -> Row:
        """The row of these bytes; a large blob is in its file, on the disk, first.

        Call it before the transaction: it may take as long as the disk needs.
        """
        self.keys.check()
        row: Row = {"sha256": blob.sha256, "size": blob.size, "kept_at": now}
        if blob.size > self.inline_bytes:
            self._keep_file(blob)
            return row | {"body": SEALED_FILE if self.keys.first else None}
        body = b"".join(blob.chunks())
        if hashlib.sha256(body).hexdigest() != blob.sha256:
            raise DamagedPayload(f"the bytes of {blob.sha256} are other bytes")
        return row | {"body": self.keys.seal(pack(body), blob.sha256.encode())}

    def load(self, tx: sa.Connection, sha256s: Iterable[str]) -> dict[str, Blob]:
        """The kept bytes by their sum; what is damaged says so when it is read."""
        found: dict[str, Blob] = {}
        for sha256, size, body in _KEPT.find(tx, ((each,) for each in set(sha256s))):
            found[sha256] = self.blob(sha256, size, body)
        return found

    def every(
        self, tx: sa.Connection, among: Iterable[str] | None = None
    ) -> Iterator[tuple[str, Blob]]:
        """All payloads, or those ``among`` these, with their sums.

        They are loaded some together: as many as one statement takes and as have about
        4 MiB, or one that has more.
        """
        for rows in _weighed(tx, among):
            for sums in _together(rows):
                found = self.load(tx, sums)
                yield from ((one, found[one]) for one in sums)

    def path(self, sha256: str, *, is_sealed: bool = False) -> Path:
        """The file of a large payload."""
        return self.folder / sha256[:2] / (sha256 + ".sealed" * is_sealed)

    def blob(self, sha256: str, size: int, body: bytes | None) -> Blob:
        """The bytes of a row."""
        if body is None:
            return InFile(self.path(sha256), size, sha256)
        body = bytes(body)
        if body == SEALED_FILE:
            path = self.path(sha256, is_sealed=True)
            return InFile(path, size, sha256, self.keys)
        try:
            return InMemory(unpack(self.keys.open(body, sha256.encode())), sha256)
        except (packed.Damaged, sealed.Damaged) as problem:
            return Broken(size, sha256, str(problem))

    def sweep(self, now_s: float) -> int:
        """Remove what died in the middle of a write; how many files that were."""
        count = 0
        for part in list(self.folder.glob("[0-9a-f][0-9a-f]/*.part")):
            with suppress(FileNotFoundError):
                if part.stat().st_mtime < now_s - PART_ABANDONED_S:
                    part.unlink()
                    count += 1
        return count

    def _keep_file(self, blob: Blob) -> None:
        is_sealed = bool(self.keys.first)
        path = self.path(blob.sha256, is_sealed=is_sealed)
        if not _touched(path):
            self.write_file(blob)

    def write_file(self, blob: Blob) -> None:
        """Write a payload's file, in place of one that is there; then it is safe."""
        is_sealed = bool(self.keys.first)
        path = self.path(blob.sha256, is_sealed=is_sealed)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}.part")
        try:
            _write(part, blob, self.keys if is_sealed else None)
            part.rename(path)
        finally:
            part.unlink(missing_ok=True)
        _sync_folder(path.parent)
        _sync_folder(self.folder)


def insert(tx: sa.Connection, rows: Sequence[Row]) -> None:
    """Keep the prepared rows; bytes that are there already stay, as seen again.

    So nothing that comes in right now is deleted for its age at the same time.
    """
    by_sum = {str(row["sha256"]): row for row in rows}
    part: list[Row] = []
    size = 0
    for sha256 in sorted(by_sum):
        body = by_sum[sha256]["body"]
        size += len(body) if isinstance(body, bytes) else 0
        part.append(by_sum[sha256])
        if size >= _AT_ONCE_BYTES:
            insert_seen(tx, payload, part, "kept_at")
            part, size = [], 0
    insert_seen(tx, payload, part, "kept_at")


def _weighed(
    tx: sa.Connection, among: Iterable[str] | None
) -> Iterator[list[tuple[str, int]]]:
    """The sums and what each takes, as many as one statement asks for."""
    key = payload.c.sha256
    if among is not None:
        for sums in some(among):
            yield _pairs(tx, _WEIGHED.where(key.in_(sums)))
        return
    last, query = "", _WEIGHED.order_by(key).limit(IN_LIST)
    while rows := _pairs(tx, query.where(key > last)):
        last, _ = rows[-1]
        yield rows


def _pairs(tx: sa.Connection, query: sa.Select[str, int]) -> list[tuple[str, int]]:
    return [(row[0], row[1]) for row in tx.execute(query)]


def _together(rows: Iterable[tuple[str, int]]) -> Iterator[list[str]]:
    """The sums in parts that may be in memory at once."""
    sums: list[str] = []
    size = 0
    for sha256, bytes_ in rows:
        if sums and size + bytes_ > _AT_ONCE_BYTES:
            yield sums
            sums, size = [], 0
        sums.append(sha256)
        size += bytes_
    if sums:
        yield sums


def _touched(path: Path) -> bool:
    """Whether the file is there; if so it counts as new, and nobody deletes it."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _write(part: Path, blob: Blob, keys: Keyring | None = None) -> None:
    """Write the bytes and wait until the disk has them."""
    digest = hashlib.sha256()

    def seen() -> Iterator[bytes]:
        for piece in blob.chunks():
            digest.update(piece)
            yield piece

    with part.open("xb") as file:
        pieces = seen()
        if keys is not None:
            pieces = keys.seal_pieces(pieces, blob.sha256.encode())
        for piece in pieces:
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
