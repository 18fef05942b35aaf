"""Uploads of one SFTP account that are not finished: real files in a flat folder.

What is finished goes to the store and vanishes here. There are no links and no folders
below, and names never hold a slash, so nothing leads out of it.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gateway.transport.pickup import is_ignored
from gateway.transport.spool import CHUNK_BYTES, Spooled

LONGEST_NAME_BYTES = 200
MOST_FILES = 1_000
_ALSO = (".partial", ".uploading", ".inprogress")
_OPEN = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class Full(Exception):
    """The upload is longer than a file may be, or the account has used up its room."""


class InUse(Exception):
    """Another session is writing the file right now."""


class OutOfOrder(Exception):
    """Bytes came for a place beyond the end: what lies before them is missing."""


def is_name(name: bytes) -> bool:
    """Whether a file may be called so: one step, no control characters."""
    odd = any(byte < 32 or byte == 127 for byte in name)
    whole = 0 < len(name) <= LONGEST_NAME_BYTES and name not in (b".", b"..")
    return whole and not odd and b"/" not in name


def is_unfinished(name: bytes) -> bool:
    """Whether the name says that the upload goes on and a rename ends it."""
    text = os.fsdecode(name)
    return is_ignored(text) or text.lower().endswith(_ALSO)


@dataclass(frozen=True, slots=True)
class Entry:
    """An unfinished upload as it lies there."""

    name: bytes
    size: int
    changed_at: float


class Inbox:
    """The unfinished uploads of an account, with their limits.

    ``folder`` is made when the first upload begins.
    """

    def __init__(self, folder: Path, *, quota_bytes: int, file_bytes: int) -> None:
        self.folder = folder
        self.quota_bytes = quota_bytes
        self.file_bytes = file_bytes
        self.used = 0
        self.count()

    def count(self) -> None:
        """Add up anew what lies there."""
        self.used = sum(one.size for one in self.entries())

    def entries(self) -> list[Entry]:
        """What lies there now."""
        return list(_entries(self.folder))

    def find(self, name: bytes) -> Entry | None:
        """The unfinished upload of this name."""
        try:
            found = os.lstat(self._path(name))
        except FileNotFoundError:
            return None
        return Entry(name, found.st_size, found.st_mtime)

    def open(self, name: bytes, *, make: bool, fresh: bool, only_new: bool) -> Upload:
        """Begin an upload or go on with one; raises ``InUse``, ``Full``, ``OSError``.

        ``fresh`` begins it anew, ``only_new`` does not go on with one that is there.
        """
        flags = _OPEN | (os.O_CREAT if make else 0) | (os.O_EXCL if only_new else 0)
        if make:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if self.find(name) is None and len(os.listdir(self.folder)) >= MOST_FILES:
                raise Full(f"{MOST_FILES} unfinished uploads lie there already")
        file = os.open(self._path(name), flags, 0o600)
        try:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise OSError(errno.EACCES, "not a file")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InUse from None
            upload = Upload(self, name, file)
            if fresh:
                upload.cut(0)
        except BaseException:
            os.close(file)
            raise
        return upload

    def move(self, old: bytes, new: bytes) -> None:
        """Give an unfinished upload another name, in place of what has it."""
        there = self.find(new)
        os.rename(self._path(old), self._path(new))
        if there is not None:
            self.used -= there.size

    def drop(self, name: bytes) -> None:
        """Throw an unfinished upload away; nothing happens when there is none."""
        there = self.find(name)
        if there is not None:
            with suppress(FileNotFoundError):
                os.unlink(self._path(name))
            self.used -= there.size

    def _path(self, name: bytes) -> bytes:
        assert is_name(name)
        return os.path.join(os.fsencode(self.folder), name)


def _entries(folder: Path) -> Iterator[Entry]:
    with suppress(FileNotFoundError), os.scandir(os.fsencode(folder)) as listed:
        for entry in listed:
            with suppress(FileNotFoundError):
                found = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(found.st_mode):
                    yield Entry(entry.name, found.st_size, found.st_mtime)


class Upload:
    """One open upload; nobody else can open it meanwhile.

    What lies on the disk is always its beginning: bytes come in order.
    """

    def __init__(self, inbox: Inbox, name: bytes, file: int) -> None:
        self._inbox = inbox
        self.name = name
        self._file = os.fdopen(file, "r+b", buffering=0)
        self.size = os.fstat(file).st_size
        self.is_changed = False
        self.is_spoiled = False
        """Whether bytes were refused: what lies there is not what was sent."""
        self.append = False

    def write(self, at: int, data: bytes) -> None:
        """Take bytes; raises ``OutOfOrder``, ``Full`` and ``OSError``."""
        spoiled, self.is_spoiled = self.is_spoiled, True  # unless all goes well
        at = self.size if self.append else at
        if at > self.size:
            raise OutOfOrder
        end = max(at + len(data), self.size)
        if end > self._inbox.file_bytes:
            raise Full(f"a file may have {self._inbox.file_bytes} bytes")
        if self._inbox.used + end - self.size > self._inbox.quota_bytes:
            raise Full("there is no room left for unfinished uploads")
        self.is_changed = True
        rest, place = memoryview(data), at
        try:
            while rest:
                written = os.pwrite(self._file.fileno(), rest, place)
                rest, place = rest[written:], place + written
        finally:
            self._grown(max(place, self.size))
        self.is_spoiled = spoiled

    def cut(self, size: int) -> None:
        """Shorten it."""
        if size < self.size:
            os.ftruncate(self._file.fileno(), size)
            self.is_changed = True
            self._grown(size)

    def flush(self) -> None:
        """Wait for the disk."""
        os.fsync(self._file.fileno())

    @property
    def changed_at(self) -> float:
        """When it was written to last, in seconds since 1970."""
        return os.fstat(self._file.fileno()).st_mtime

    def blob(self) -> Spooled:
        """All that came. Nobody can change it until it is closed."""
        digest, at = hashlib.sha256(), 0
        while chunk := os.pread(self._file.fileno(), CHUNK_BYTES, at):
            digest.update(chunk)
            at += len(chunk)
        return Spooled(self._file, at, digest.hexdigest())

    def close(self) -> None:
        """Let others have it."""
        self._file.close()

    def _grown(self, size: int) -> None:
        self._inbox.used += size - self.size
        self.size = size


def sweep(folder: Path, days: int) -> int:
    """Delete what nobody has gone on with for so many days; how many files."""
    before, count = time.time() - days * 86_400, 0
    with suppress(FileNotFoundError):
        for account in sorted(folder.iterdir()):
            for entry in list(_entries(account)):
                if entry.changed_at < before:
                    with suppress(FileNotFoundError):
                        os.unlink(os.path.join(os.fsencode(account), entry.name))
                        count += 1
    return count
