"""Folders below a root, opened step by step so that no link leads out of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

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


def write_whole(name: str, folder: int, chunks: Iterator[bytes]) -> None:
    """Write a file so that it is either complete under its name or not there.

    The bytes go to a temporary file beside it and reach the disk, then the name is
    changed and the change reaches the disk. A file of that name is replaced.
    """
    temporary = f".{name}.{os.urandom(6).hex()}{TEMPORARY}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, 0o666, dir_fd=folder)
    try:
        with open(descriptor, "wb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(descriptor)
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder)
        raise
    os.fsync(folder)
