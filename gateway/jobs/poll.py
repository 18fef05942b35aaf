"""One look into the partners' folders."""

from __future__ import annotations

import threading

import structlog

from gateway.transport import Pickup

log = structlog.get_logger()


def poll(pickup: Pickup, stop: threading.Event) -> int:
    """Take in the files that are finished; how many that were.

    What the store refuses stays where it is, and the next look finds it again. The
    text of an exception may hold what a partner sent, so only its type is logged.
    """
    try:
        return pickup.poll(lambda: not stop.is_set())
    except Exception as error:
        log.error("poll.failed", kind=type(error).__qualname__)
        return 0
