"""A gateway that is served beside what a command does with it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gateway.cli import say

_PATIENCE_S = 60.0
Serve = Callable[[threading.Event, Callable[[str], object]], object]
"""Serves until the event is set; calls the other with its address."""


@contextmanager
def served(serve: Serve, stop: threading.Event) -> Iterator[str]:
    """The address, while it is served in a thread; stopped at the end."""
    addresses: queue.SimpleQueue[str] = queue.SimpleQueue()
    failed: list[BaseException] = []

    def run() -> None:
        try:
            serve(stop, addresses.put)
        except BaseException as problem:
            failed.append(problem)
            addresses.put("")

    server = threading.Thread(target=run)
    server.start()
    try:
        address = addresses.get(timeout=_PATIENCE_S)
        if address:
            yield address
    finally:
        stop.set()
        server.join()
    if failed:
        say.failed(f"the server ended: {failed[0]}")
