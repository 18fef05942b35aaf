"""The threads of one process that works: answering, sending, tidying, looking round."""

from __future__ import annotations

import gc
import random
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import structlog

from gateway.config import Settings
from gateway.store.database import Unavailable
from gateway.store.leases import Seen
from gateway.store.threads import thread as named_thread

log = structlog.get_logger()
_HOUR_S = 3600
_OBJECTS_BETWEEN_COLLECTIONS = 100_000
_LONGEST_REST_S = 5.0
_ALERTS_REST_S = 1.0
_COUNTS_REST_S = 10.0
_SEALED_EVERY_S = 5.0
_MANY = 1000
"""Events; after so many more of them may wait already."""


class Working(Protocol):
    """What an engine does, as its threads see it."""

    @property
    def settings(self) -> Settings:
        """How long to rest and to drain."""
        ...

    @property
    def due(self) -> threading.Event:
        """Set when receipts may be due."""
        ...

    @property
    def queued(self) -> threading.Event:
        """Set when messages may be due."""
        ...

    @property
    def stopping(self) -> threading.Event:
        """Set when nothing new is to be begun."""
        ...

    def process(self) -> int:
        """Answer a batch; says how many receipts were taken up."""
        ...

    def deliver(self) -> int:
        """Send a batch; says how many messages were tried."""
        ...

    def seal(self) -> int:
        """Chain events that wait; says how many."""
        ...

    def tidy(self) -> int:
        """Forget what is old; says how much it was."""
        ...

    def overdue(self) -> int:
        """Settle what has waited too long; says how many deadlines had passed."""
        ...

    def alert(self) -> int:
        """Tell the operators what went wrong; says how much there was to do."""
        ...

    def note_counts(self) -> None:
        """Add what this process counted to what all did."""
        ...

    def drain(self, timeout_s: float) -> bool:
        """Wait for messages that are being sent; whether all are done."""
        ...

    def look(self) -> Seen:
        """Whether work is due, and who died."""
        ...

    def rest(self, timeout_s: float) -> None:
        """Rest so long, or until another process on this machine has ended."""
        ...

    def inherit(self) -> bool:
        """Make due what the dead held; false when nobody died."""
        ...


def run(engine: Working, stop: threading.Event) -> None:
    """Work until ``stop`` is set; then end within ``drain_s``.

    Sending has a thread of its own, so that a slow partner stops no order. What is
    begun is finished: the batch, the message. A partner who keeps a message longer
    than that is left behind, and the message is sent again after the next start.
    """
    work: dict[str, Callable[[], None]] = {
        "answer": lambda: _loop(engine, engine.process, engine.due, stop),
        "send": lambda: _loop(engine, engine.deliver, engine.queued, stop),
        "tidy": lambda: _tidy_hourly(engine, stop),
        "seal": lambda: _seal(engine, stop),
        "look": lambda: _look_round(engine, stop),
        "overdue": lambda: _watch_deadlines(engine, stop),
        "alert": lambda: _alert(engine, stop),
        "count": lambda: _note_counts(engine, stop),
    }
    collect_seldom()
    engine.stopping.clear()
    threads = [named_thread(name, one) for name, one in work.items()]
    for thread in threads:
        thread.start()
    stop.wait()
    for event in (engine.stopping, engine.due, engine.queued):
        event.set()
    until = time.monotonic() + engine.settings.drain_s
    for thread in threads:
        thread.join(max(until - time.monotonic(), 0.0))
    sent = engine.drain(max(until - time.monotonic(), 0.0))
    if not sent or any(thread.is_alive() for thread in threads):
        log.warning("engine.left_behind", after_s=engine.settings.drain_s)


def collect_seldom() -> None:
    """Let Python look for cycles seldom, and never in what was made at the start.

    A batch is a hundred thousand objects and next to no cycles; looking through them
    again and again took a quarter of all processor time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, 20, 50)


def trail(problem: Exception) -> dict[str, str]:
    """What broke and where, without any value: those may be a partner's."""
    frames = traceback.extract_tb(problem.__traceback__)[-6:]
    places = (f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    return {"problem": type(problem).__name__, "trail": " ".join(places)}


def _loop(
    engine: Working,
    work: Callable[[], int],
    due: threading.Event,
    stop: threading.Event,
) -> None:
    """Work while there is work; rest until some is announced or may be due.

    The rests after failures grow, so that a database on its way back is not flooded.
    """
    rest_s = engine.settings.poll_interval_s
    failures = 0
    while not stop.is_set():
        due.clear()
        try:
            worked = work()
        except Exception as problem:
            log.error("engine.stumbled", work=work.__name__, **trail(problem))
            longest = min(rest_s * 2.0 ** min(failures, 20), _LONGEST_REST_S)
            stop.wait(max(longest, rest_s) * random.uniform(0.5, 1))  # noqa: S311
            failures += 1
            continue
        failures = 0
        if not worked:
            due.wait(rest_s)


def _look_round(engine: Working, stop: threading.Event) -> None:
    """Wake the others for work that came in elsewhere, and bury the dead."""
    while not stop.is_set():
        engine.rest(engine.settings.look_interval_s)
        try:
            seen = engine.look()
            if seen.dead and engine.inherit():
                seen = Seen(receipts=True, messages=True, dead=())
        except Unavailable:
            stop.wait(engine.settings.poll_interval_s)
            continue
        except Exception as problem:
            log.error("engine.stumbled", work="look", **trail(problem))
            stop.wait(engine.settings.poll_interval_s)
            continue
        if seen.receipts:
            engine.due.set()
        if seen.messages:
            engine.queued.set()


def _watch_deadlines(engine: Working, stop: threading.Event) -> None:
    """Deadlines are hours long: a few seconds more do no harm."""
    while not stop.is_set():
        late = 0
        try:
            late = engine.overdue()
        except Exception as problem:
            log.error("engine.stumbled", work="overdue", **trail(problem))
        if not late:
            stop.wait(max(_LONGEST_REST_S, engine.settings.poll_interval_s))


def _seal(engine: Working, stop: threading.Event) -> None:
    """Events are sealed a moment after they happened, many at a time."""
    while not stop.is_set():
        sealed = 0
        try:
            sealed = engine.seal()
        except Exception as problem:
            log.error("engine.stumbled", work="seal", **trail(problem))
            stop.wait(_LONGEST_REST_S)
        stop.wait(_SEALED_EVERY_S if sealed < _MANY else 0.01)


def _alert(engine: Working, stop: threading.Event) -> None:
    """Operators are told in groups, so nobody waits for a second more."""
    rest_s = max(_ALERTS_REST_S, engine.settings.poll_interval_s)
    while not stop.is_set():
        did = 0
        try:
            did = engine.alert()
        except Exception as problem:
            log.error("engine.stumbled", work="alert", **trail(problem))
            stop.wait(_LONGEST_REST_S)
        if not did:
            stop.wait(rest_s)


def _note_counts(engine: Working, stop: threading.Event) -> None:
    """What is lost with a killed process is a few seconds of counting."""
    while not stop.wait(_COUNTS_REST_S):
        try:
            engine.note_counts()
        except Exception as problem:
            log.error("engine.stumbled", work="counts", **trail(problem))


def _tidy_hourly(engine: Working, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            rest_s = 1 if engine.tidy() else _HOUR_S
        except Exception as problem:
            log.error("engine.stumbled", work="tidy", **trail(problem))
            rest_s = _HOUR_S
        stop.wait(rest_s)
