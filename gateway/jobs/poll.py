"""One look into the partners' folders, and one at their clocks."""

from __future__ import annotations

import threading

import structlog

from gateway.engine import Engine
from gateway.jobs.cron import following
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


def fire(engine: Engine) -> int:
    """Let out what leaves at certain times, if one has come; how many lanes."""
    try:
        return engine.fire(following)
    except Exception as error:
        log.error("fire.failed", kind=type(error).__qualname__)
        return 0


def fetch(engine: Engine) -> int:
    """Begin the looks into partners' servers that are due; how many."""
    try:
        return engine.fetching.begin(following)
    except Exception as error:
        log.error("fetch.failed", kind=type(error).__qualname__)
        return 0


def fetch_lists(engine: Engine) -> int:
    """Fetch the revocation lists whose time has come; how many were looked for."""
    try:
        return engine.revocations.refresh()
    except Exception as error:
        log.error("lists.stumbled", kind=type(error).__qualname__)
        return 0


def renew(engine: Engine) -> bool:
    """Go by what operators have put in force since; whether there was anything."""
    try:
        return engine.renew()
    except Exception as error:
        log.error("renew.failed", kind=type(error).__qualname__)
        return False
