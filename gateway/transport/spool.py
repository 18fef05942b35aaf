"""Bytes on their way in: summed as they come, few in memory, many in a file."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from gateway.pipeline.ports import Blob, InMemory

CHUNK_BYTES = 256 * 1024


class TooLarge(Exception):
    """More bytes came than the limit allows."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"more than {limit_bytes} bytes")
        self.limit_bytes = limit_bytes


@dataclass(frozen=True, slots=True)
class FileBlob:
    """A blob in a file of somebody else's, who must leave it alone meanwhile.

    The store refuses bytes that are no longer those of ``sha256``.
    """

    path: Path
    size: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> Self:
        """The file, read once for its size and sum."""
        digest, size = hashlib.sha256(), 0
        for chunk in _chunks(path):
            digest.update(chunk)
            size += len(chunk)
        return cls(path, size, digest.hexdigest())

    def chunks(self) -> Iterator[bytes]:
        """The bytes in pieces."""
        return _chunks(self.path)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


class Spooled:
    """A blob in a file that has no name, so that nobody can change it meanwhile."""

    def __init__(self, file: BinaryIO, size: int, sha256: str) -> None:
        self._file = file
        self._size = size
        self._sha256 = sha256

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return self._size

    @property
    def sha256(self) -> str:
        """SHA-256 of all bytes, in hexadecimal."""
        return self._sha256

    def read(self, at: int, size: int) -> bytes:
        """At most so many bytes from a place on."""
        return os.pread(self._file.fileno(), size, at)

    def chunks(self) -> Iterator[bytes]:
        """The bytes in pieces; two readers do not disturb each other."""
        at = 0
        while chunk := os.pread(self._file.fileno(), CHUNK_BYTES, at):
            yield chunk
            at += len(chunk)


class Spool:
    """Takes in what a door receives, up to ``limit_bytes``.

    Up to ``inline_bytes`` stay in memory. The rest goes to a file in ``folder``
    that vanishes when the spool is closed or the process dies. ``before`` is not kept,
    and counts in ``whole_sha256``.
    """

    def __init__(
        self, folder: Path, *, limit_bytes: int, inline_bytes: int, before: bytes = b""
    ) -> None:
        self._folder = folder
        self.limit_bytes = limit_bytes
        self._inline = inline_bytes
        self._held = bytearray()
        self._file: BinaryIO | None = None
        self._sum = hashlib.sha256()
        self._whole = hashlib.sha256(before) if before else None
        self.size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def write(self, chunk: bytes) -> None:
        """Take more bytes, or raise ``TooLarge`` before any above the limit is kept."""
        if self.size + len(chunk) > self.limit_bytes:
            raise TooLarge(self.limit_bytes)
        self.size += len(chunk)
        self._sum.update(chunk)
        if self._whole is not None:
            self._whole.update(chunk)
        if self._file is None and self.size > self._inline:
            self._to_file()
        if self._file is None:
            self._held += chunk
        else:
            self._file.write(chunk)

    @property
    def whole_sha256(self) -> str:
        """The sum of what stood before and of all that came."""
        return (self._sum if self._whole is None else self._whole).hexdigest()

    def blob(self) -> Blob:
        """All that came, complete. Valid until the spool is closed."""
        if self._file is None:
            return InMemory(bytes(self._held), self._sum.hexdigest())
        self._file.flush()
        return Spooled(self._file, self.size, self._sum.hexdigest())

    def close(self) -> None:
        """Let go of the memory and the file."""
        self._held.clear()
        if self._file is not None:
            self._file.close()

    def _to_file(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115  # the spool closes it
        file.write(self._held)
        self._held.clear()
        self._file = file
