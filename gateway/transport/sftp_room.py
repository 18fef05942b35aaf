"""What the sessions of an account share, and how the two folders look from outside."""

from __future__ import annotations

import os
import posixpath
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import asyncssh
from asyncssh import SFTPAttrs

from gateway.pipeline.drop import Account, Behind, Visit
from gateway.transport.sftp_inbox import Inbox

IN, OUT = b"in", b"out"
_REMEMBERED, _REMEMBERED_S = 256, 600.0
_ROOT_TIME = int(time.time())
_Place = tuple[bytes, bytes]
"""A folder, empty for the root, and a name in it, empty for the folder itself."""


@dataclass(slots=True)
class Received:
    """A file that was taken in a moment ago: clients ask for its size then."""

    size: int
    at: float


@dataclass(slots=True)
class Shared:
    """What the sessions of one account have in common."""

    inbox: Inbox
    sessions: int = 0
    received: dict[bytes, Received] = field(default_factory=dict)

    def remember(self, name: bytes, size: int) -> None:
        """This file was taken in."""
        self.received.pop(name, None)
        self.received[name] = Received(size, time.time())
        while len(self.received) > _REMEMBERED:
            del self.received[next(iter(self.received))]

    def recall(self, name: bytes) -> Received | None:
        """The file, if it was taken in a moment ago."""
        found = self.received.get(name)
        return found if found and time.time() - found.at < _REMEMBERED_S else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a session works with."""

    behind: Behind
    account: Account
    visit: Visit
    shared: Shared
    spool: Path
    inline_bytes: int
    clock: Callable[[], datetime]
    still: Callable[[], bool]
    """Whether the account may go on; asked before anything is begun."""


def place(path: bytes, *, deep: bool = False) -> _Place:
    """Where a path leads; ``deep``: the name may have folders in it."""
    if b"\0" in path or len(path) > 4096:
        raise asyncssh.SFTPInvalidFilename("that is no path")
    whole = posixpath.normpath(posixpath.join(b"/", path)).lstrip(b"/")
    folder, _, name = whole.partition(b"/")
    if folder in (IN, OUT) and (deep or b"/" not in name):
        return folder, name
    if not folder:
        return b"", b""
    if deep:
        return b"", whole
    missing()


def folder_facts(name: bytes) -> SFTPAttrs:
    """How a folder looks."""
    rights = {IN: 0o733 | 0o444, OUT: 0o755}.get(name, 0o555)
    return SFTPAttrs(
        permissions=stat.S_IFDIR | rights,
        size=0,
        uid=0,
        gid=0,
        nlink=2,
        atime=_ROOT_TIME,
        mtime=_ROOT_TIME,
    )


def file_facts(size: int, at: float, how: str = "w") -> SFTPAttrs:
    """How a file looks; ``how`` is w or r, what they may do with it."""
    return SFTPAttrs(
        permissions=stat.S_IFREG | (0o600 if how == "w" else 0o444),
        size=size,
        uid=0,
        gid=0,
        nlink=1,
        atime=int(at),
        mtime=int(at),
    )


def denied(why: str) -> NoReturn:
    """Refuse it and say why."""
    raise asyncssh.SFTPPermissionDenied(why)


def missing() -> NoReturn:
    """There is nothing of that name."""
    raise asyncssh.SFTPNoSuchFile("there is no such file")


def printable(name: bytes) -> str:
    """A name that any store and log can hold."""
    text = os.fsdecode(name)
    return text if text.isprintable() else text.encode("unicode_escape").decode()
