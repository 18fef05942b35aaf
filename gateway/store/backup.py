"""A copy of everything in one file, and the way back from it."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

import sqlalchemy as sa

from gateway.edi.numbers import LAST
from gateway.store import leases
from gateway.store.anchor import Anchor
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
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    copy = file.with_name(f".{file.name}.{os.getpid()}.db")
    try:
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
    finally:
        part.unlink(missing_ok=True)
        copy.unlink(missing_ok=True)
    return Written(len(pen.sums), size)


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
    copied = Database(f"sqlite:///{copy}", db.payloads)
    try:
        with copied.read() as tx:
            query = sa.select(payload.c.sha256, payload.c.body)
            large = payload.c.body.is_(None) | (payload.c.body == SEALED_FILE)
            for sha256, body in tx.execute(query.where(large)):
                yield db.payloads.path(sha256, is_sealed=body is not None)
    finally:
        copied.close()


# The way back.


def unpack(file: Path, home: Path) -> Path:
    """Put the files of a backup into a home without a gateway; where the database is.

    The database still has another name: rename it when ``begin_anew`` has been through
    it. Every file is held against its sum. Raises ``NotRestored``.
    """
    if (home / DATABASE).exists():
        raise NotRestored(f"there is a gateway in {home} already")
    waiting = home / f".{DATABASE}.restored"
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
            sums[member.name] = _put(data, target)
    if contents.get("schema") != SCHEMA or DATABASE not in sums:
        raise NotRestored(f"{file} is no whole backup")
    for name in {*sums, *contents["sha256"]}:
        if sums.get(name) != contents["sha256"].get(name):
            raise NotRestored(f"{name} is not what was backed up")
    return waiting


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
