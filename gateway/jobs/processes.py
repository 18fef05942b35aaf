"""Worker processes beside this one: forked, forked again, and drained at the end.

A process without threads and connections, itself forked from one that has read all its
modules, forks the workers: so one is at work a moment after it is wanted, and shares
most of its memory with the others. All end when the pipe of the first process does.
"""

from __future__ import annotations

import gc
import os
import random
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import structlog

log = structlog.get_logger()

Worker = Callable[[Sequence[int]], object]
"""Works until the other end of one of these pipes is closed; then it ends its work."""

_LOOKS_EVERY_S = 0.1
_SETTLED_S = 5.0
_LONGEST_REST_S = 5.0
_TOLD_S = 0.5
"""How long the place of a worker that stopped of itself stays empty at least."""
_GRACE_S = 5.0


@dataclass(slots=True)
class _Place:
    """One of the workers, and how often it died young since it last did well."""

    process: int
    begun: float
    early_ends: int = 0
    again_at: float | None = None


@contextmanager
def crew(
    count: int, work: Worker, *, drain_s: float, anew: Sequence[str]
) -> Iterator[Callable[[threading.Event], None]]:
    """So many workers, at work at once; enter it before any thread is started.

    It gives what keeps them running until an event is set. Should the process that
    looks after them be killed, ``anew`` is run in its place, with the pipe as its
    standard input.
    """
    ours, theirs = os.pipe()
    process = _forked(lambda: supervise(count, work, ours, drain_s=drain_s), [theirs])
    os.close(ours)
    members = _Crew(process, theirs, drain_s + 2 * _GRACE_S, anew)
    try:
        yield members.keep
    finally:
        members.dismiss()


@dataclass(slots=True)
class _Crew:
    process: int
    line: int | None
    patience_s: float
    anew: Sequence[str]

    def keep(self, stop: threading.Event) -> None:
        """Until ``stop`` is set; from then on they finish, while others do so too."""
        while not stop.wait(_LOOKS_EVERY_S):
            code = _ended(self.process)
            if code is not None:
                log.error("workers.ended", process=self.process, code=code)
                stop.wait(_LOOKS_EVERY_S)
                self._again()
        self._hang_up()

    def _hang_up(self) -> None:
        if self.line is not None:
            os.close(self.line)
        self.line = None

    def _again(self) -> None:
        self._hang_up()
        ours, self.line = os.pipe()
        self.process = os.posix_spawn(
            self.anew[0],
            list(self.anew),
            os.environ,
            file_actions=[(os.POSIX_SPAWN_DUP2, ours, 0)],
            setpgroup=0,
        )
        os.close(ours)

    def dismiss(self) -> None:
        self._hang_up()
        _wait([self.process], self.patience_s)


def supervise(count: int, work: Worker, line: int, *, drain_s: float) -> None:
    """Keep so many workers running until the other end of ``line`` is closed.

    Then they finish. Who has not ended some seconds after ``drain_s`` is killed: the
    others take over what it held.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # it is told by its line
    gc.freeze()  # what is there now is never written to, so that it stays shared
    below, own = os.pipe()

    def start(early_ends: int = 0) -> _Place:
        process = _forked(lambda: work((line, below)), [own])
        log.info("worker.started", process=process)
        return _Place(process, time.monotonic(), early_ends)

    places = [start() for _ in range(count)]
    try:
        while not is_closed((line,), _LOOKS_EVERY_S):
            for at, place in enumerate(places):
                places[at] = _looked_after(place, start)
    finally:
        os.close(own)
        running = [place.process for place in places if place.again_at is None]
        _wait(running, drain_s + _GRACE_S)


def _forked(work: Callable[[], object], theirs: Sequence[int]) -> int:
    """A child that works and ends; ``theirs`` are ends of pipes that it must not hold.

    It has a group of its own, so that Ctrl-C reaches only the first process.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        os.setpgid(0, 0)
        for end in theirs:
            os.close(end)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        random.seed()  # two that fail together must not try again together
        work()
        code = 0
    except BaseException as problem:
        code = getattr(problem, "exit_code", code)  # it has said why
        if code == 1:
            sys.excepthook(type(problem), problem, problem.__traceback__)
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
        os._exit(code)


def _looked_after(place: _Place, start: Callable[[int], _Place]) -> _Place:
    """The same worker, or another one after a rest that grows with early deaths."""
    now = time.monotonic()
    if place.again_at is None:
        code = _ended(place.process)
        if code is None:
            return place
        early = place.early_ends + 1 if now < place.begun + _SETTLED_S else 0
        rest_s = min(_LOOKS_EVERY_S * 2.0 ** min(early, 20), _LONGEST_REST_S)
        rest_s = rest_s if early else 0.0
        if code:
            log.error("worker.ended", process=place.process, code=code)
        else:  # a signal told it to stop, and may have told all others too
            log.info("worker.stopped", process=place.process)
            rest_s = max(rest_s, _TOLD_S)
        place.early_ends, place.again_at = early, now + rest_s
    return start(place.early_ends) if now >= place.again_at else place


def _ended(process: int) -> int | None:
    """How a child ended, a signal as a number below zero; none: it runs."""
    try:
        found, status = os.waitpid(process, os.WNOHANG)
    except ChildProcessError:
        return 0
    return os.waitstatus_to_exitcode(status) if found else None


def _wait(processes: Sequence[int], patience_s: float) -> None:
    """Wait for children to end, and kill those that do not."""
    until = time.monotonic() + patience_s
    for process in processes:
        while _ended(process) is None:
            if time.monotonic() >= until:
                log.error("worker.killed", process=process)
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)
                break
            time.sleep(0.005)


def is_closed(lines: Sequence[int], timeout_s: float | None = None) -> bool:
    """Whether the other end of one of these pipes is closed, or gets so in time."""
    bell = select.poll()
    for line in lines:
        bell.register(line, select.POLLIN)
    rung = bell.poll(None if timeout_s is None else timeout_s * 1000)
    return any(not os.read(line, 1024) for line, _ in rung)


def stop_at_end(lines: Sequence[int], stop: threading.Event) -> None:
    """Set ``stop`` when whoever started this process hangs up or is gone."""

    def wait() -> None:
        while not is_closed(lines):
            pass
        stop.set()

    threading.Thread(target=wait, daemon=True).start()
