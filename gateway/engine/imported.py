"""The files of standards that operators laid into a home: whether they are others."""

from __future__ import annotations

import time
from pathlib import Path

__all__ = ["Stamp", "settled", "stamp"]

Stamp = frozenset[tuple[str, int, int]]
"""Of each file its path, when it was written (ns) and its size (bytes)."""
_FILES = ("standards/*/*.txt", "cxml/*/*.dtd")
"""Where ``gateway standard import`` and ``gateway cxml add-dtd`` lay them."""
_SETTLING_NS = 1_000_000_000


def stamp(home: Path) -> Stamp:
    """How the files are now; nothing is read of what is in them."""
    found = set[tuple[str, int, int]]()
    for pattern in _FILES:
        for file in home.glob(pattern):
            try:
                told = file.stat()
            except OSError:
                continue  # it was taken away meanwhile
            found.add((str(file), told.st_mtime_ns, told.st_size))
    return frozenset(found)


def settled(of: Stamp, now_ns: int | None = None) -> bool:
    """Whether the last of the files was written a second ago, so that all are there.

    Files of a disk whose clock is ahead of ours count as settled.
    """
    now = time.time_ns() if now_ns is None else now_ns
    newest = max((written for _, written, _ in of), default=0)
    return not 0 <= now - newest < _SETTLING_NS
