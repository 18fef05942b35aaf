"""Threads that the operating system knows by name, for ``top -H`` and the bench."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def thread(name: str, work: Callable[[], object]) -> threading.Thread:
    """A thread for this work that ends with the process; start it."""

    def run() -> None:
        with suppress(OSError):  # only Linux has it; at most 15 characters
            comm = Path(f"/proc/self/task/{threading.get_native_id()}/comm")
            comm.write_text(name)
        work()

    return threading.Thread(target=run, name=name, daemon=True)
