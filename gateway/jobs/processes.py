"""Worker processes beside this one: started, started again, and drained at the end."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

log = structlog.get_logger()

WORKER = (sys.executable, "-m", "gateway", "work", "--beside")
"""A worker: it answers and sends until its standard input ends."""

_LOOKS_EVERY_S = 0.1
_SETTLED_S = 5.0
_LONGEST_REST_S = 5.0
_GRACE_S = 5.0


@dataclass(slots=True)
class _Place:
    """One of the workers, and how often it died young since it last did well."""

    process: subprocess.Popen[bytes]
    begun: float
    early_ends: int = 0
    again_at: float | None = None


def supervise(
    count: int,
    stop: threading.Event,
    *,
    drain_s: float,
    command: Sequence[str] = WORKER,
) -> None:
    """Keep so many workers running until ``stop`` is set, then let them finish.

    They are told by the end of their standard input, so they also stop when this
    process is killed. Who has not ended some seconds after ``drain_s`` is killed: the
    others take over what it held.
    """
    places = [_start(command) for _ in range(count)]
    try:
        while not stop.wait(_LOOKS_EVERY_S):
            for at, place in enumerate(places):
                places[at] = _looked_after(place, command)
    finally:
        _end(places, drain_s + _GRACE_S)


def _start(command: Sequence[str], early_ends: int = 0) -> _Place:
    process = subprocess.Popen(  # noqa: S603  # our own command
        list(command), stdin=subprocess.PIPE, process_group=0
    )
    log.info("worker.started", process=process.pid)
    return _Place(process, time.monotonic(), early_ends)


def _looked_after(place: _Place, command: Sequence[str]) -> _Place:
    """The same worker, or another one after a rest that grows with early deaths."""
    code = place.process.poll()
    if code is None:
        return place
    now = time.monotonic()
    if place.again_at is None:
        early = place.early_ends + 1 if now < place.begun + _SETTLED_S else 0
        log.error("worker.ended", process=place.process.pid, code=code)
        _hang_up(place)
        rest_s = min(_LOOKS_EVERY_S * 2.0 ** min(early, 20), _LONGEST_REST_S)
        place.early_ends, place.again_at = early, now + (rest_s if early else 0.0)
    return _start(command, place.early_ends) if now >= place.again_at else place


def _end(places: Sequence[_Place], patience_s: float) -> None:
    for place in places:
        _hang_up(place)
    until = time.monotonic() + patience_s
    for place in places:
        try:
            place.process.wait(max(until - time.monotonic(), 0.0))
        except subprocess.TimeoutExpired:
            log.error("worker.killed", process=place.process.pid)
            place.process.kill()
            place.process.wait()


def _hang_up(place: _Place) -> None:
    if place.process.stdin is not None:
        place.process.stdin.close()


def stop_at_end_of_input(stop: threading.Event) -> None:
    """Set ``stop`` when whoever started this process hangs up or is gone."""

    def read() -> None:
        while os.read(0, 1024):  # sys.stdin could not be closed while it is read
            pass
        stop.set()

    threading.Thread(target=read, daemon=True).start()
