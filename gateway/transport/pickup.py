"""Takes files out of partners' inbound folders, each once and complete."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

import structlog

from gateway.config import Settings
from gateway.findings import Finding
from gateway.pipeline.ports import Disbelieved, Inbound
from gateway.transport.beneath import exists, open_beneath, write_whole
from gateway.transport.folder import PartnerFolders
from gateway.transport.spool import CHUNK_BYTES, Spool, TooLarge

log = structlog.get_logger()

LONGEST_NAME_BYTES = 255
_THEIRS = {errno.EACCES, errno.EPERM, errno.ELOOP, errno.EIO, errno.ENXIO}
"""Why a file cannot be read that are not troubles of our own machine."""


class Taken(Protocol):
    """What the engine says of something it took in."""

    @property
    def id(self) -> str:
        """The receipt's id."""
        ...

    @property
    def first_seen(self) -> bool:
        """Whether it was not known before."""
        ...


class _Print(NamedTuple):
    """What changes when a file is written to or replaced."""

    inode: int
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> _Print:
        return cls(status.st_ino, status.st_size, status.st_mtime_ns)


class _Found(NamedTuple):
    name: str
    status: os.stat_result

    @property
    def print(self) -> _Print:
        return _Print.of(self.status)


class _Changed(Exception):
    """The file was written to while it was read: it is not complete yet."""


class _Unfit(Exception):
    """The file can never be taken in; the finding says why."""

    def __init__(self, code: str, what: str) -> None:
        super().__init__(what)
        self.finding = Finding.of(code, what)


def utc_now() -> datetime:
    """The machine's time."""
    return datetime.now(UTC)


def is_ignored(name: str) -> bool:
    """Whether a name is one that programs give to files they have not finished."""
    low = name.lower()
    return low.startswith((".", "~")) or low.endswith(
        ("~", ".tmp", ".part", ".filepart")
    )


class Pickup:
    """Polls inbound folders and hands each finished file to ``accept``.

    A file is finished when its size and time were seen unchanged for the setting
    ``stable_for_s``. It is moved to the archive after ``accept`` has returned, that
    is after its bytes are committed. Stopped in between, the next poll brings the
    same transport id, and the same receipt. Several pickups may run at once, in any
    number of processes.
    """

    def __init__(
        self,
        accept: Callable[[Inbound], Taken],
        folders: Iterable[PartnerFolders],
        settings: Settings,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._accept = accept
        self._settings = settings
        self._clock = clock
        self._watched: dict[PartnerFolders, dict[str, tuple[_Print, float]]] = {}
        self.watch(folders)

    def watch(self, folders: Iterable[PartnerFolders]) -> None:
        """Poll these from now on, and no others."""
        self._folders = tuple(folders)
        for one in self._folders:
            if not one.can_be_polled:
                log.error(
                    "folder.misplaced", partner=one.partner_id, folder=one.inbound
                )

    def poll(self, go_on: Callable[[], bool] = lambda: True) -> int:
        """Take in what is finished; how many files that were.

        ``go_on`` is asked before each file. Trouble with one folder does not keep
        the others waiting.
        """
        taken = 0
        for folders in self._folders:
            if not folders.can_be_polled or not go_on():
                continue
            try:
                taken += self._poll_one(folders, go_on)
            except OSError as error:
                log.error(
                    "folder.failed",
                    partner=folders.partner_id,
                    folder=folders.inbound,
                    reason=error.strerror,
                )
        return taken

    def _poll_one(self, folders: PartnerFolders, go_on: Callable[[], bool]) -> int:
        taken = 0
        with (
            open_beneath(folders.root, folders.inbound) as inbound,
            _alone(inbound) as alone,
        ):
            for found in self._finished(folders, inbound) if alone else ():
                if not go_on():
                    break
                taken += self._take(folders, inbound, found)
        return taken

    def _finished(self, folders: PartnerFolders, inbound: int) -> list[_Found]:
        """Files seen unchanged for long enough, oldest first."""
        now = time.monotonic()
        before = self._watched.get(folders, {})
        watched: dict[str, tuple[_Print, float]] = {}
        ready = []
        for found in _listing(inbound):
            known = before.get(found.name)
            since = known[1] if known and known[0] == found.print else now
            watched[found.name] = (found.print, since)
            if now - since >= self._settings.stable_for_s:
                ready.append(found)
        self._watched[folders] = watched
        return sorted(ready, key=lambda found: (found.status.st_mtime_ns, found.name))

    def _take(self, folders: PartnerFolders, inbound: int, found: _Found) -> bool:
        """Accept one file and move it away; false if it was refused or is not ready."""
        try:
            with self._spool() as spool:
                _read(inbound, found, spool)
                receipt = self._accept(self._inbound(folders, found, spool))
        except (FileNotFoundError, _Changed):
            self._watched[folders].pop(found.name, None)
            return False
        except (_Unfit, Disbelieved) as unfit:
            self._refuse(folders, inbound, found, unfit.finding)
            return False
        self._put_away(folders, inbound, found, receipt)
        return True

    def _spool(self) -> Spool:
        settings = self._settings
        return Spool(
            settings.home / "spool",
            limit_bytes=settings.max_interchange_bytes,
            inline_bytes=settings.payload_inline_bytes,
        )

    def _inbound(self, folders: PartnerFolders, found: _Found, spool: Spool) -> Inbound:
        """The file as the engine takes it; the id holds path, size, time and sum."""
        blob = spool.blob()
        path = f"{folders.inbound}/{_printable(found.name)}"
        mtime_ns = found.status.st_mtime_ns
        return Inbound(
            blob=blob,
            channel=folders.kind,
            peer=path,
            partner_id=folders.partner_id,
            transport_id=f"{path}|{blob.size}|{mtime_ns}|{blob.sha256}",
            received_at=self._clock(),
        )

    def _put_away(
        self, folders: PartnerFolders, inbound: int, found: _Found, receipt: Taken
    ) -> None:
        """Move an accepted file to the archive, by its day and receipt."""
        day = self._clock().date().isoformat()
        name = _kept_name(receipt.id, found.name)
        with open_beneath(folders.root, f"{folders.archive}/{day}") as archive:
            moved = _move(inbound, found, archive, name)
        log.info(
            "folder.taken",
            partner=folders.partner_id,
            receipt=receipt.id,
            size=found.status.st_size,
            first_seen=receipt.first_seen,
            archived=moved,
        )

    def _refuse(
        self, folders: PartnerFolders, inbound: int, found: _Found, finding: Finding
    ) -> None:
        """Move a file aside, with a text beside it that says why."""
        stamp = self._clock().strftime("%Y%m%dT%H%M%S.%fZ")
        name = _kept_name(stamp, found.name, room=len(".txt"))
        text = f"{finding.code} {found.name}: {finding.what}\n{finding.fix}\n"
        with open_beneath(folders.root, folders.refused) as refused:
            if _move(inbound, found, refused, name):
                why = text.encode("utf-8", "backslashreplace")
                write_whole(f"{name}.txt", refused, iter((why,)))
        log.warning(
            "folder.refused",
            partner=folders.partner_id,
            code=finding.code,
            kept=_printable(name),
        )


@contextmanager
def _alone(folder: int) -> Iterator[bool]:
    """Whether no other pickup is at work here; the lock ends with the descriptor.

    Where the file system has no locks the answer is yes: ``_move`` sees to it that a
    second pickup does no harm.
    """
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    except OSError:
        yield True
    else:
        yield True


def _listing(folder: int) -> Iterator[_Found]:
    """Everything that may be a message: no folders, no unfinished files."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if is_ignored(entry.name):
                continue
            with suppress(FileNotFoundError):
                status = entry.stat(follow_symlinks=False)
                if not stat.S_ISDIR(status.st_mode):
                    yield _Found(entry.name, status)


def _read(folder: int, found: _Found, spool: Spool) -> None:
    """Copy a file into the spool, never through a link."""
    if not stat.S_ISREG(found.status.st_mode):
        raise _Unfit("TRN-001", "this is a link or a device, not a file")
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with _readable():
        file = os.open(found.name, flags, dir_fd=folder)
    try:
        _same(found, file)
        if not found.status.st_size:
            raise _Unfit("TRN-002", "the file has no bytes")
        _copy(file, spool)
        _same(found, file)
    except TooLarge as large:
        what = f"the file has more than {large.limit_bytes} bytes"
        raise _Unfit("TRN-003", what) from None
    finally:
        os.close(file)


def _copy(file: int, spool: Spool) -> None:
    while True:
        with _readable():
            chunk = os.read(file, CHUNK_BYTES)
        if not chunk:
            return
        spool.write(chunk)


def _same(found: _Found, file: int) -> None:
    if _Print.of(os.fstat(file)) != found.print:
        raise _Changed


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in _THEIRS:
            raise
        what = f"the file cannot be read: {error.strerror}"
        raise _Unfit("TRN-001", what) from None


def _move(source: int, found: _Found, target: int, name: str) -> bool:
    """Move the file that was read; one that took its name meanwhile is put back."""
    try:
        os.rename(found.name, name, src_dir_fd=source, dst_dir_fd=target)
    except FileNotFoundError:
        return False  # another pickup, or the partner, was faster
    moved = os.stat(name, dir_fd=target, follow_symlinks=False)
    if _Print.of(moved) == found.print:
        return True
    back, count = found.name, 0
    while exists(back, source):
        count += 1
        back = f"{found.name}.{count}"
    os.rename(name, back, src_dir_fd=target, dst_dir_fd=source)
    return False


def _kept_name(prefix: str, name: str, room: int = 0) -> str:
    """``prefix.name``, cut in front so that it stays a file name and keeps its end."""
    most = LONGEST_NAME_BYTES - room - len(prefix) - 1
    return f"{prefix}.{os.fsdecode(os.fsencode(name)[-most:])}"


def _printable(name: str) -> str:
    """A name that any store and log can hold."""
    return name.encode("unicode_escape" if not name.isprintable() else "utf-8").decode()
