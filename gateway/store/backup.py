"""A copy of everything in one file, and the way back from it."""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

import sqlalchemy as sa

from gateway.config import sqlite_url
from gateway.edi.numbers import LAST
from gateway.evidence.chain import Checkpoint
from gateway.store import leases
from gateway.store.anchor import HEAD, KEY, Anchor, Damaged
from gateway.store.database import Database
from gateway.store.journal import event_row
from gateway.store.payloads import SEALED_FILE
from gateway.store.sealing import holds, last_checkpoint
from gateway.store.sql import insert_all
from gateway.store.tables import control_counter, event, payload, worker

SCHEMA = "backup/1"
DATABASE, CONTENTS = "gateway.sqlite3", "backup.json"
BESIDE = ("evidence", "hostkeys", "standards")
"""Folders of the home that belong to it: the chain's key and head, the key of the SFTP
door, imported tables."""
CHUNK_BYTES = 1024 * 1024
_ROOM = ".gateway-backup-"
_LEFT = ("-wal", "-journal")
"""What SQLite brings into a database when it opens it, whichever it is of."""
_HEAD = f"{BESIDE[0]}/{HEAD}"
_KEYS = (f"{BESIDE[0]}/{KEY}", f"{BESIDE[1]}/")
_LONGEST_BYTES = 64 * 1024
"""Of keys and heads."""


class NotRestored(Exception):
    """Nothing was restored; the text says why."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a backup holds."""

    members: int
    size_bytes: int


def write(db: Database, home: Path, file: Path, now: datetime) -> Written:
    """Write a SQLite gateway into one file, while it works; whole or not at all.

    The folders beside the database are read first and payload files last: the
    database then knows no file that is missing, and a chain that leads over the head.
    """
    with _room(file.absolute().parent) as room:
        part, copy = room / "backup.tar", room / DATABASE
        with part.open("xb") as stream:
            part.chmod(0o600)  # the key of the chain is in it
            pen = _Pen(tarfile.open(fileobj=stream, mode="w"))  # noqa: SIM115  closed below
            for name in BESIDE:
                for path in sorted((home / name).rglob("*")):
                    if path.is_file() and not path.name.endswith(".part"):
                        pen.add(path.relative_to(home).as_posix(), path)
            db.copy_to(copy)
            pen.add(DATABASE, copy)
            for path in _payload_files(copy, db):
                pen.add(path.relative_to(db.payloads.folder.parent).as_posix(), path)
            pen.end(now)
            stream.flush()
            os.fsync(stream.fileno())
            size = stream.tell()
        part.rename(file)
        _sync(file.absolute().parent)
    return Written(len(pen.sums), size)


@contextmanager
def _room(folder: Path) -> Iterator[Path]:
    """A folder in this one that is ours alone, for what is not whole yet.

    A lock on it dies with its process: rooms without one are of backups that were
    killed, and are taken away.
    """
    for left in folder.glob(f"{_ROOM}*"):
        with suppress(OSError), _locked(left):
            shutil.rmtree(left)
    room = Path(tempfile.mkdtemp(prefix=_ROOM, dir=folder))
    try:
        with _locked(room):
            yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


@dataclass(slots=True)
class _Pen:
    """Writes members and remembers their sums."""

    tar: tarfile.TarFile
    sums: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, path: Path) -> None:
        with path.open("rb") as file:
            info = self.tar.gettarinfo(arcname=name, fileobj=file)
            info.uid = info.gid = 0
            info.uname = info.gname = ""
            reader = _Summed(file)
            self.tar.addfile(info, reader)
        self.sums[name] = reader.digest.hexdigest()

    def end(self, now: datetime) -> None:
        facts = {"schema": SCHEMA, "made_at": now.isoformat(), "sha256": self.sums}
        data = (json.dumps(facts, indent=1) + "\n").encode()
        info = tarfile.TarInfo(CONTENTS)
        info.size, info.mtime, info.mode = len(data), int(now.timestamp()), 0o600
        self.tar.addfile(info, io.BytesIO(data))
        self.tar.close()


class _Summed:
    """A file that is summed while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.digest.update(data)
        return data


def _payload_files(copy: Path, db: Database) -> Iterator[Path]:
    """The payload files that a copied database names."""
    copied = Database(sqlite_url(copy), db.payloads)
    try:
        with copied.read() as tx:
            query = sa.select(payload.c.sha256, payload.c.body)
            large = payload.c.body.is_(None) | (payload.c.body == SEALED_FILE)
            for sha256, body in tx.execute(query.where(large)):
                yield db.payloads.path(sha256, is_sealed=body is not None)
    finally:
        copied.close()


# The way back.


def is_begun(home: Path) -> bool:
    """Whether a restore was interrupted there."""
    return os.path.exists(_waiting(home))  # false where nobody lets us look


def _waiting(home: Path) -> Path:
    return home / f".{DATABASE}.restored"


def unpack(file: Path, home: Path) -> Path:
    """Put the files of a backup into a home without a gateway; where the database is.

    The database still has another name: rename it when ``begin_anew`` has been through
    it. Every file is held against its sum. Raises ``NotRestored``.
    """
    if (home / DATABASE).exists():
        raise NotRestored(f"there is a gateway in {home} already")
    _nothing_left(home)
    waiting = _waiting(home)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in home.glob(f"{waiting.name}*"):  # by a restore that was interrupted
        left.unlink()
    sums: dict[str, str] = {}
    contents: dict[str, Any] = {}
    with _opened(file) as tar:
        for member in tar:
            data = tar.extractfile(member)
            if data is None or not member.isfile():
                raise NotRestored(f"{member.name} is no file")
            if member.name == CONTENTS:
                contents = json.load(data)
                continue
            target = waiting if member.name == DATABASE else home / _safe(member.name)
            sums[member.name] = _way(member.name, target)(data, target)
    if contents.get("schema") != SCHEMA or DATABASE not in sums:
        raise NotRestored(f"{file} is no whole backup")
    for name in {*sums, *contents["sha256"]}:
        if sums.get(name) != contents["sha256"].get(name):
            raise NotRestored(f"{name} is not what was backed up")
    return waiting


def put_in_place(waiting: Path, home: Path) -> None:
    """Give a database that ``begin_anew`` has been through its name."""
    waiting.rename(home / DATABASE)
    waiting.with_name(f"{waiting.name}-turn").unlink(missing_ok=True)
    _sync(home)


def _nothing_left(home: Path) -> None:
    """No log of another database, which would be written into the restored one."""
    for left in (home / f"{DATABASE}{end}" for end in _LEFT):
        if left.exists():
            what = "is left of another database: stop what uses it and move it away"
            raise NotRestored(f"{left} {what}")


def _way(name: str, target: Path) -> Callable[[IO[bytes], Path], str]:
    """How a file is put into the home: most go over what is there."""
    if target.exists() and name.startswith(_KEYS):
        return _same
    if target.exists() and name == _HEAD:
        return _not_back
    return _put


def _same(data: IO[bytes], target: Path) -> str:
    """Leave a private key as it is that is there already; its sum."""
    theirs = data.read(_LONGEST_BYTES)
    if theirs != target.read_bytes():
        what = "is another key than the one that was backed up: move it away"
        raise NotRestored(f"{target} {what}")
    return hashlib.sha256(theirs).hexdigest()


def _not_back(data: IO[bytes], target: Path) -> str:
    """Leave a later head of the chain: ``begin_anew`` tells how far ahead it was."""
    theirs = data.read(_LONGEST_BYTES)
    with suppress(Damaged, ValueError, TypeError):
        kept = Anchor(target.parent).head()
        if kept is not None and kept.n >= Checkpoint(**json.loads(theirs)).n:
            return hashlib.sha256(theirs).hexdigest()
    return _put(io.BytesIO(theirs), target)


@contextmanager
def _opened(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(file, mode="r:") as tar:
            yield tar
    except (tarfile.TarError, EOFError, ValueError) as problem:
        raise NotRestored(f"{file} is no whole backup: {problem}") from problem


def _safe(name: str) -> Path:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise NotRestored(f"{name} leads out of the home folder")
    if path.parts[0] not in (*BESIDE, "payloads"):
        raise NotRestored(f"{name} is no part of a backup")
    return Path(*path.parts)


def _put(data: IO[bytes], target: Path) -> str:
    """Write a file, and wait until the disk has it; its sum."""
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    target.unlink(missing_ok=True)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:
        while piece := data.read(CHUNK_BYTES):
            digest.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    _sync(target.parent)
    return digest.hexdigest()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Anew:
    """What was done so that a restored database can go on."""

    series: int
    processes: int
    head_lost: int
    """How many checkpoints the noted head was ahead of the chain; 0: it is whole."""


def begin_anew(db: Database, anchor: Anchor, margin: int, now: datetime) -> Anew:
    """Let a database that was put back to an older state go on.

    Control numbers jump by ``margin``, so that none comes again that was sent since;
    what processes held is due; the head of the chain is where the chain ends. All of
    it stands in an event.
    """
    head = anchor.head()
    with db.begin() as tx:
        numbers = {
            name: (control_counter.c[name] + (margin - 1)) % LAST + 1
            for name in ("interchange", "group", "message")
        }
        series = tx.execute(sa.update(control_counter).values(numbers)).rowcount
        owners = tx.scalars(sa.select(worker.c.owner)).all()
        leases.free(tx, owners, now)
        tx.execute(sa.delete(worker))
        last = last_checkpoint(tx)
        lost = 0
        if head is not None and not holds(tx, head):
            lost = max(head.n - (last.n if last else 0), 1)
        told = {"margin": str(margin), "series": str(series)}
        if lost and head is not None:
            told |= {"head_n": str(head.n), "head_hash": head.hash}
        row = event_row("", "store.restored", "", now, **told)
        insert_all(tx, event, [row])
    if lost:
        anchor.go_back(last)
    return Anew(series, len(owners), lost)
