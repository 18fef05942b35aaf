"""Whoever a partner waits for writes next, before other processes of this machine.

On SQLite one process writes at a time, and whoever looks at the right moment is the
next. A door that has to wait for a batch, and then for those who were luckier, answers
late. So it says that it waits, and who can begin later does.

It is a courtesy beside SQLite's own lock, which alone decides who may write: where it
cannot be said or is not heeded, everybody is as lucky as without.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["Turns"]

_LOOK_AGAIN_S = 0.001
_LONGEST_S = 0.05
"""How long others let a door go first. A batch of its own takes less, on most disks;
where it takes longer, both have to be lucky, and neither waits for ever."""


class Turns:
    """The turns at one database file. The lock dies with the process that holds it."""

    def __init__(self, database: str) -> None:
        self._file = -1
        with suppress(OSError):  # a folder that is only read, or another kind of system
            path = Path(f"{database}-turn")
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextmanager
    def first(self) -> Iterator[None]:
        """Write before others, who wait until it is done."""
        self._lock(fcntl.LOCK_EX)
        try:
            yield
        finally:
            self._lock(fcntl.LOCK_UN)

    def after_you(self) -> None:
        """Wait while somebody else wants to write first, though not for long."""
        until = time.monotonic() + _LONGEST_S
        while not self._lock(fcntl.LOCK_SH) and time.monotonic() < until:
            time.sleep(_LOOK_AGAIN_S)
        self._lock(fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _lock(self, kind: int) -> bool:
        """Whether nobody else has the lock; true too where there is none to be had."""
        if self._file < 0:
            return True
        try:
            fcntl.flock(self._file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True
