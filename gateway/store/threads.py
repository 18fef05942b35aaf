"""Threads that the operating system knows by name, for ``top -H`` and the bench."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_TURN_S = 0.001
"""How long a thread may keep the others of its process waiting; Python's own is 5 ms.
The doors want to answer while a batch is worked out, and who writes for them needs the
interpreter a dozen times while he holds the database."""


def take_short_turns() -> None:
    """Let no thread of this process wait long for another one that computes."""
    sys.setswitchinterval(_TURN_S)


def thread(name: str, work: Callable[[], object]) -> threading.Thread:
    """A thread for this work that ends with the process; start it."""

    def run() -> None:
        with suppress(OSError):  # only Linux has it; at most 15 characters
            comm = Path(f"/proc/self/task/{threading.get_native_id()}/comm")
            comm.write_text(name)
        work()

    return threading.Thread(target=run, name=name, daemon=True)
