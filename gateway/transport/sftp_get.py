"""Takes files off partners' SFTP servers, each once and complete."""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import structlog

from gateway.config import Settings
from gateway.findings import Finding
from gateway.partner.profile import SftpChannel
from gateway.partner.sftp import SftpGet
from gateway.pipeline.ports import Blob, Disbelieved, Inbound
from gateway.pipeline.remote import Remembered, RemoteFile, Seen, shown
from gateway.transport.pickup import Taken
from gateway.transport.sftp import KIND
from gateway.transport.sftp_client import Changed, Refusal, Session
from gateway.transport.sftp_put import FOLDER, Step, join
from gateway.transport.sftp_ready import CLAIMED, Judged, Listed, judge
from gateway.transport.spool import CHUNK_BYTES, Spool, Spooled
from gateway.transport.ssh_login import Unfit

log = structlog.get_logger()
AT_ONCE = 100
"""Files after which what was done is remembered, and the lease renewed."""
MOST_IN_A_LOOK = 2_000
"""Files after which others get their turn."""
ASKED_EVERY_S = 5.0
ABANDONED_S = 86_400.0
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What came of a look: how many were taken, and how many are not complete yet.

    ``is_over`` is false where more can be taken at once.
    """

    taken: int
    waiting: int
    is_over: bool = True


class _Stopped(Exception):
    """The look has passed to others, or the process ends."""


class SftpPickup:
    """One look into the folder of a channel; what is complete goes to ``accept``.

    A file is moved or deleted after ``accept`` has returned, that is after its bytes
    are committed. Stopped in between, the next look brings the same transport id, and
    the same receipt. ``step`` is told the moments; production leaves it out.
    """

    def __init__(
        self,
        partner_id: str,
        channel: SftpChannel,
        accept: Callable[[Inbound], Taken],
        settings: Settings,
        clock: Callable[[], datetime],
        *,
        step: Step = lambda name: None,
    ) -> None:
        assert channel.get is not None
        self._partner_id = partner_id
        self._channel = channel
        self._get: SftpGet = channel.get
        self._accept = accept
        self._settings = settings
        self._clock = clock
        self._step = step
        self._asked_at = time.monotonic()
        self._taken = 0

    def look(self, session: Session, memory: Remembered) -> Looked:
        """Take in what is complete; ``Lost`` or ``Unfit`` when it cannot be told."""
        get, limit = self._get, self._settings.max_interchange_bytes
        try:
            entries = list(session.entries(get.folder.encode()))
        except Refusal as refusal:
            what = f"{get.folder} cannot be listed: {refusal.what}"
            raise Unfit(Finding.of(FOLDER, what)) from None
        judged = judge(entries, memory.known(), get, limit, self._clock())
        self._step("get.listed")
        memory.note(judged.seen, judged.gone)
        for seen, finding in judged.told:
            memory.tell(finding, seen.path)
        some = judged.ready[:MOST_IN_A_LOOK]
        is_over = len(some) == len(judged.ready)
        try:
            for part in _in_parts(some):
                self._go_on(memory, now=True)
                self._take_some(session, part, judged, memory)
        except _Stopped:
            is_over = False
        return Looked(taken=self._taken, waiting=judged.waiting, is_over=is_over)

    def _take_some(
        self,
        session: Session,
        some: Sequence[Listed],
        judged: Judged,
        memory: Remembered,
    ) -> None:
        gone: list[Listed] = []
        stay: list[Listed] = []
        try:
            for listed in some:
                self._go_on(memory)
                try:
                    away = self._take(session, listed, judged, memory)
                    (gone if away else stay).append(listed)
                    self._taken += 1
                except (Changed, BlockingIOError):
                    continue  # it is not complete, gone, or somebody else's
                except Disbelieved as refused:
                    memory.note([self._seen(listed, Seen.REFUSED)], ())
                    memory.tell(refused.finding, listed.path)
                except Refusal as refusal:
                    what = f"{listed.path} cannot be read: {refusal.what}"
                    memory.note([self._seen(listed, Seen.REFUSED)], ())
                    memory.tell(Finding.of("TRN-001", what), listed.path)
        finally:
            kept = [self._seen(one, Seen.TAKEN) for one in stay]
            memory.note(kept, [one.path for one in gone])
            self._step("get.noted")

    def _go_on(self, memory: Remembered, *, now: bool = False) -> None:
        """Keep the look ours; ``_Stopped`` when it is not, or is to end."""
        if not now and time.monotonic() < self._asked_at + ASKED_EVERY_S:
            return
        if not memory.goes_on():
            raise _Stopped
        self._asked_at = time.monotonic()

    def _seen(self, listed: Listed, state: Seen) -> RemoteFile:
        now = self._clock()
        return RemoteFile(
            path=listed.path,
            size=listed.size,
            mtime=listed.mtime,
            looks=self._get.looks,
            since=now,
            counted_at=now,
            state=state,
        )

    def _take(
        self, session: Session, listed: Listed, judged: Judged, memory: Remembered
    ) -> bool:
        """Commit its bytes, then put it away; whether it is gone then."""
        listed = self._claimed(session, listed)
        path = self._path(listed.standing)
        with self._downloaded(session, listed, path, memory) as blob:
            self._same(session, listed, path)
            self._step("get.downloaded")
            receipt = self._accept(self._inbound(listed, blob))
        self._step("get.accepted")
        away = self._get.then != "leave"
        try:
            self._put_away(session, listed, path, receipt)
        except Refusal as refusal:  # it stays, and is not taken again
            away = False
            what = f"{listed.path} is taken, and cannot be put away: {refusal.what}"
            memory.tell(Finding.of(FOLDER, what, value=listed.path), listed.path)
        else:
            self._remove_marker(session, judged.markers.get(listed.name))
        self._step("get.put_away")
        log.info(
            "sftp.taken",
            partner=self._partner_id,
            channel=self._channel.id,
            receipt=receipt.id,
            size=listed.size,
            first_seen=receipt.first_seen,
        )
        return away

    def _claimed(self, session: Session, listed: Listed) -> Listed:
        """Rename it where that is wanted and allowed: then it is ours alone."""
        if self._get.claim != "rename" or listed.is_claimed:
            return listed
        try:
            session.rename(self._path(listed.name), self._path(listed.name + CLAIMED))
        except Refusal:
            return listed
        self._step("get.claimed")
        return Listed(listed.name, listed.size, listed.mtime, is_claimed=True)

    @contextmanager
    def _downloaded(
        self, session: Session, listed: Listed, path: bytes, memory: Remembered
    ) -> Iterator[Blob]:
        settings = self._settings
        if listed.size <= settings.payload_inline_bytes:
            with Spool(
                settings.home / "spool",
                limit_bytes=settings.max_interchange_bytes,
                inline_bytes=settings.payload_inline_bytes,
            ) as spool:
                for piece in session.read(path, 0, listed.size, listed.mtime):
                    spool.write(piece)
                yield spool.blob()
            return
        with _partial(settings.home / "spool" / "sftp", self._key(listed)) as part:
            digest, there = _summed(part, listed.size)
            for piece in session.read(path, there, listed.size, listed.mtime):
                part.write(piece)
                digest.update(piece)
                self._go_on(memory)
                self._step("get.reading")
            part.flush()
            yield Spooled(part, listed.size, digest.hexdigest())

    def _same(self, session: Session, listed: Listed, path: bytes) -> None:
        """See that the name still stands for the file that was read."""
        now = session.status(path)
        if now is None:
            raise Changed("the file is gone")
        same = (now.attrs.size or 0, now.attrs.mtime or 0)
        if not now.is_file or same != (listed.size, listed.mtime):
            raise Changed("the file was replaced")

    def _inbound(self, listed: Listed, blob: Blob) -> Inbound:
        """The file as the engine takes it; the id holds path, size, time and sum."""
        peer = f"{self._get.folder}/{listed.path}"
        where = f"{self._channel.host}:{self._channel.port}/{peer}"
        return Inbound(
            blob=blob,
            channel=KIND,
            peer=peer,
            partner_id=self._partner_id,
            transport_id=f"{where}|{listed.size}|{listed.mtime}|{blob.sha256}",
            received_at=self._clock(),
        )

    def _put_away(
        self, session: Session, listed: Listed, path: bytes, receipt: Taken
    ) -> None:
        """Delete, archive or leave what is committed, if it is still the same file."""
        if self._get.then == "leave":
            if listed.is_claimed:
                session.rename(path, self._path(listed.name))
            return
        with suppress(Changed):
            self._same(session, listed, path)
            if self._get.then == "delete":
                session.remove(path)
                return
            archived = join(self._get.archive, listed.name)
            if session.status(archived) is not None:
                kept = receipt.id.encode() + b"." + listed.name
                archived = join(self._get.archive, kept)
            session.rename(path, archived)

    def _remove_marker(self, session: Session, marker: bytes | None) -> None:
        if marker is not None and self._get.then != "leave":
            with suppress(Refusal):
                session.remove(self._path(marker))

    def _path(self, name: bytes) -> bytes:
        return join(self._get.folder, name)

    def _key(self, listed: Listed) -> str:
        """The name of the file that a download goes on in, until the machine restarts.

        After a power cut nobody knows which of its bytes have reached the disk.
        """
        boot = _BOOT.read_text() if _BOOT.exists() else str(os.getpid())
        channel = self._channel
        facts = (
            *(boot, self._partner_id, channel.host, str(channel.port)),
            *(self._get.folder, shown(listed.name)),
            *(str(listed.size), str(listed.mtime)),
        )
        return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:32]


@contextmanager
def _partial(folder: Path, key: str) -> Iterator[BinaryIO]:
    """A file for a download: what is there already, and ours alone.

    It is gone at the end, unless the download broke: then the next one goes on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _tidy(folder)
    path = folder / f"{key}.part"
    with path.open("ab+") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            yield file
        except Changed:
            path.unlink(missing_ok=True)
            raise
        path.unlink(missing_ok=True)


def _summed(part: BinaryIO, size: int) -> tuple[hashlib._Hash, int]:
    """The sum of what is there, and how much that is; too much counts as nothing."""
    digest, there = hashlib.sha256(), 0
    if os.fstat(part.fileno()).st_size > size:
        part.truncate(0)
    part.seek(0)
    while chunk := part.read(CHUNK_BYTES):
        digest.update(chunk)
        there += len(chunk)
    return digest, there


def _tidy(folder: Path) -> None:
    """Remove what nobody went on with."""
    for old in folder.glob("*.part"):
        with suppress(FileNotFoundError):
            if time.time() - old.stat().st_mtime > ABANDONED_S:
                old.unlink()


def _in_parts(some: Sequence[Listed]) -> Iterator[Sequence[Listed]]:
    for at in range(0, len(some), AT_ONCE):
        yield some[at : at + AT_ONCE]
