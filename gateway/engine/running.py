"""The threads of one process that works: answering, sending, tidying, looking round."""

from __future__ import annotations

import gc
import random
import threading
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

import structlog

from gateway.config import Settings
from gateway.store.database import Unavailable
from gateway.store.leases import Seen
from gateway.store.threads import take_short_turns
from gateway.store.threads import thread as named_thread

log = structlog.get_logger()
_HOUR_S = 3600
_OBJECTS_BETWEEN_COLLECTIONS = 100_000
_LONGEST_REST_S = 5.0
_ALERTS_REST_S = 1.0
_EVENTS_REST_S = 1.0
_COUNTS_REST_S = 10.0
RENEWED_EVERY_S = 2.0
"""How soon a running gateway goes by a profile that was put in force elsewhere."""
_DEADLINES_REST_S = 5.0
"""Deadlines are hours long: a few seconds more do no harm."""
_LEFT_BEHIND_REST_S = 1.0
_SEALED_EVERY_S = 5.0
_SEALED_AT_LEAST_S = 0.05
_TIMES_SELDOM = 5
"""How many times longer a process rests between two looks that has no others, or that
is at work anyway."""
_SEALED_AT_ONCE = 500
"""Events. Those of five busy seconds kept orders waiting for a third of a second."""


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

    def open_waiting(self) -> int:
        """Open what came by AS2 and was left behind; says how many."""
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

    def publish(self) -> int:
        """Post what happened to webhooks; says how much there was to do."""
        ...

    def renew(self) -> bool:
        """Take up what was applied since; says whether that was anything."""
        ...

    def note_counts(self) -> int:
        """Add what this process counted to what all did; how many counters."""
        ...

    def drain(self, timeout_s: float) -> bool:
        """Wait for messages that are being sent; whether all are done."""
        ...

    def look(self) -> Seen:
        """Whether work is due, and who died."""
        ...

    def rest(self, timeout_s: float) -> bool:
        """Rest so long, or until another process on this machine has ended: if so."""
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
    idle = threading.Event()
    work: dict[str, Callable[[], None]] = {
        "answer": lambda: _loop(engine, engine.process, engine.due, stop, idle),
        "send": lambda: _loop(
            engine, engine.deliver, engine.queued, stop, threading.Event()
        ),
        "look": lambda: _look_round(engine, stop, idle),
    }
    rest_s = engine.settings.poll_interval_s
    regular: dict[str, tuple[Callable[[], int], Callable[[int], float]]] = {
        "tidy": (engine.tidy, lambda done: 1 if done else _HOUR_S),
        "seal": (
            engine.seal,
            evenly(_SEALED_AT_ONCE, _SEALED_AT_LEAST_S, _SEALED_EVERY_S),
        ),
        "overdue": (
            engine.overdue,
            lambda done: 0 if done else max(_DEADLINES_REST_S, rest_s),
        ),
        "alert": (
            engine.alert,
            lambda done: 0 if done else max(_ALERTS_REST_S, rest_s),
        ),
        "publish": (
            engine.publish,
            lambda done: 0 if done else max(_EVENTS_REST_S, rest_s),
        ),
        "count": (engine.note_counts, lambda _: _COUNTS_REST_S),
        "renew": (engine.renew, lambda _: RENEWED_EVERY_S),
        "as2": (
            engine.open_waiting,
            lambda done: 0 if done else max(_LEFT_BEHIND_REST_S, rest_s),
        ),
    }
    for name, (does, rests) in regular.items():
        work[name] = partial(_regularly, name, does, rests, stop)
    collect_seldom()
    take_short_turns()
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


def evenly(each: int, least_s: float, most_s: float) -> Callable[[int], float]:
    """Rests in which about ``each`` come together, by how many were done last."""
    rest_s = most_s

    def rests(done: int) -> float:
        nonlocal rest_s
        rest_s = min(max(rest_s * each / max(done, 1), least_s), most_s)
        return rest_s

    return rests


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
    resting: threading.Event,
) -> None:
    """Work while there is work; rest until some is announced or may be due.

    While it rests, ``resting`` is set.

    A batch costs about as much as ten orders in it, so under load the next one begins
    ``gather_s`` after the last. The first one after a rest begins at once.
    The rests after failures grow, so that a database on its way back is not flooded.
    """
    rest_s, gather_s = engine.settings.poll_interval_s, engine.settings.gather_s
    failures = 0
    begun_s = time.monotonic() - gather_s
    while not stop.is_set():
        stop.wait(begun_s + gather_s - time.monotonic())
        begun_s = time.monotonic()
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
            resting.set()
            due.wait(rest_s)
            resting.clear()


def _look_round(engine: Working, stop: threading.Event, idle: threading.Event) -> None:
    """Wake the others for work that came in elsewhere, and bury the dead.

    Who works alone is told of its work by its own doors, and looks less often. So does
    who is answering, unless a process on this machine has ended: what it is to send is
    its own, of which it knows.
    """
    rest_s = engine.settings.look_interval_s
    alone, left_out = False, 0
    while not stop.is_set():
        ended = engine.rest(rest_s * _TIMES_SELDOM if alone else rest_s)
        if not idle.is_set() and not ended and left_out < _TIMES_SELDOM:
            left_out += 1
            continue
        left_out = 0
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
        alone = seen.alone
        if seen.receipts:
            engine.due.set()
        if seen.messages:
            engine.queued.set()


def _regularly(
    name: str,
    work: Callable[[], int],
    rest_s: Callable[[int], float],
    stop: threading.Event,
) -> None:
    """Work, and rest as long as what was done asks for; after a failure longer."""
    while not stop.is_set():
        try:
            pause_s = rest_s(work())
        except Exception as problem:
            log.error("engine.stumbled", work=name, **trail(problem))
            pause_s = max(_LONGEST_REST_S, rest_s(0))
        stop.wait(pause_s)
