"""Folders below a root, opened step by step so that no link leads out of it."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import cast

TEMPORARY = ".part"
"""How the names of files end that are being written."""

_STEP = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def open_beneath(root: Path, relative: str) -> Iterator[int]:
    """The descriptor of ``root/relative``, made where it is missing.

    ``root`` itself may be reached through links; a link below it is an ``OSError``.
    """
    root.mkdir(parents=True, exist_ok=True)
    here = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for step in relative.split("/"):
            with suppress(FileExistsError):
                os.mkdir(step, dir_fd=here)
            below = os.open(step, _STEP, dir_fd=here)
            os.close(here)
            here = below
        yield here
    finally:
        os.close(here)


def exists(name: str, folder: int) -> bool:
    """Whether the folder has an entry of this name, be it a dangling link."""
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def write_whole(name: str, folder: int, chunks: Iterable[bytes]) -> None:
    """Write a file so that it is either complete under its name or not there.

    The bytes go to a temporary file beside it and reach the disk, then the name is
    changed and the change reaches the disk. A file of that name is replaced.
    """
    write_all([(name, chunks)], folder)


def write_all(files: Sequence[tuple[str, Iterable[bytes]]], folder: int) -> None:
    """Write files as ``write_whole`` does, with fewer waits for the disk.

    Their names change in the order given. After an ``OSError`` some may be there and
    others not.
    """
    mark = os.urandom(5).hex()  # and a number: a name may come twice
    temporary = [f".{name}.{mark}{at}{TEMPORARY}" for at, (name, _) in enumerate(files)]
    together = len(files) >= _MANY and _syncfs is not None
    try:
        for (_, chunks), hidden in zip(files, temporary, strict=True):
            _write(hidden, folder, chunks, durable=not together)
        if together:
            _sync_all(folder)
        for (name, _), hidden in zip(files, temporary, strict=True):
            os.replace(hidden, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        for hidden in temporary:
            with suppress(FileNotFoundError):
                os.unlink(hidden, dir_fd=folder)
        raise
    os.fsync(folder)


def _write(name: str, folder: int, chunks: Iterable[bytes], *, durable: bool) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(name, flags, 0o666, dir_fd=folder)
    try:
        for chunk in chunks:  # a file object asks the system for more than that
            left = memoryview(chunk)
            while left:
                left = left[os.write(descriptor, left) :]
        if durable:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


_MANY = 4
"""From so many files on the file system is asked once to write what it holds back."""


def _find_syncfs() -> Callable[[int], int] | None:
    """Linux's syncfs(2), which tells of failed writes since 5.8; Python has no name."""
    if not sys.platform.startswith("linux"):
        return None
    found = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    return None if found is None else cast(Callable[[int], int], found)


_syncfs = _find_syncfs()


def _sync_all(folder: int) -> None:
    """Bring all of the folder's file system to the disk; an fsync each costs more."""
    assert _syncfs is not None
    if _syncfs(folder) != 0:
        problem = ctypes.get_errno()
        raise OSError(problem, os.strerror(problem))
