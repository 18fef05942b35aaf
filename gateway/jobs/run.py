"""The jobs of one process, until it is told to stop."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType

from gateway.engine import Engine
from gateway.engine.running import RENEWED_EVERY_S
from gateway.jobs.poll import fetch, fetch_lists, fire, poll, renew
from gateway.transport import Pickup

_FIRED_EVERY_S = 1
_LISTS_EVERY_S = 10
_LATE_S = 60
"""How late a tick may come before the scheduler counts it as missed."""
_STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_NOTICED_S = 0.5
"""How late a signal may be noticed that did not reach the main thread itself."""


def run(engine: Engine, pickup: Pickup, stop: threading.Event) -> None:
    """Poll the folders, answer and send, until ``stop`` is set."""
    poll_beside(engine.run, engine, pickup, stop, renews=False)


def poll_beside(
    work: Callable[[threading.Event], object],
    engine: Engine,
    pickup: Pickup,
    stop: threading.Event,
    *,
    renews: bool = True,
) -> None:
    """Poll the folders and watch the partners' times while ``work`` runs.

    It also takes up what operators have put in force; not where ``work`` does so
    itself, as an engine does that works in this process (``renews``).

    The scheduler only ticks: what is due stands in the database and in the folders,
    so a tick that is lost, late or doubled does no harm. At the stop the file and the
    batch at hand are finished; the rest waits for the next start.
    """
    from apscheduler.schedulers.background import (  # noqa: PLC0415  slow to read
        BackgroundScheduler,
    )

    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    scheduler = BackgroundScheduler(timezone=UTC)
    jobs: tuple[tuple[Callable[..., object], tuple[object, ...], float], ...] = (
        (poll, (pickup, stop), engine.settings.poll_interval_s),
        (fire, (engine,), _FIRED_EVERY_S),
        (fetch, (engine,), _FIRED_EVERY_S),
        (fetch_lists, (engine,), _LISTS_EVERY_S),
    )
    if renews:
        jobs += ((renew, (engine,), RENEWED_EVERY_S),)
    for job, args, every_s in jobs:
        scheduler.add_job(
            job,
            "interval",
            args=args,
            seconds=every_s,
            next_run_time=datetime.now(UTC),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=_LATE_S,
        )
    engine.fetching.start()
    scheduler.start()
    try:
        work(stop)
    finally:
        scheduler.shutdown(wait=True)
        engine.fetching.stop(engine.settings.drain_s)


@contextmanager
def stop_on_signals(
    leave_s: float = 0.0, leaving: Callable[[], object] = lambda: None
) -> Iterator[threading.Event]:
    """An event that SIGTERM, SIGINT and SIGHUP set.

    ``leaving`` is called at once, and the event set ``leave_s`` later.

    A second SIGTERM or SIGINT ends the process at once, SIGHUP does not: it comes once
    more from a shell, and behind SIGTERM from what ends whole groups. Where it was
    ignored from the start (``nohup``) it is. Only the main thread may use it.
    """
    stop = _Stop()

    def end() -> None:
        leaving()
        stop.wait(leave_s)
        stop.set()

    before = {number: signal.getsignal(number) for number in _STOPS}
    if before[signal.SIGHUP] is signal.SIG_IGN:
        del before[signal.SIGHUP]

    def on_signal(number: int, frame: FrameType | None) -> None:
        # The event's lock may be held by the very thread that runs this handler.
        threading.Thread(target=end).start()
        for each in before:
            signal.signal(each, _end_at_once)

    for number in before:
        signal.signal(number, on_signal)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end_at_once(number: int, frame: FrameType | None) -> None:
    if number == signal.SIGHUP:
        return
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    os._exit(128 + number)  # the first process of a container does not die of it


class _Stop(threading.Event):
    """Waits without a limit so that no signal is missed.

    Python runs its handlers in the main thread only. A signal that the system gave to
    another thread, or a moment before the wait began, does not wake it.
    """

    def wait(self, timeout: float | None = None) -> bool:
        if timeout is not None:
            return super().wait(timeout)
        while not super().wait(_NOTICED_S):
            pass
        return True
