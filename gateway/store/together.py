"""Writes that come at the same time share one commit."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Generic, TypeAlias, TypeVar

from gateway.store.database import Contended, Database, Transaction
from gateway.store.threads import thread

T = TypeVar("T")
R = TypeVar("R")
_CONTENTIONS = 3
"""How often a batch is written once more because another process was faster."""


class Busy(Exception):
    """More comes in than can be stored now: send it again in a moment."""


class Closed(Busy):
    """The gateway is stopping: send it again to the next one."""


Answer: TypeAlias = "Future[R] | asyncio.Future[R]"
"""Where the outcome goes: to a thread that waits, or to a loop that awaits it."""


class Together(Generic[T, R]):
    """A thread that takes whatever waits, up to ``batch``, and commits it first.

    A commit costs about as much as ten rows in it, so under load the next one begins
    ``gather_s`` after the last; the first one after a rest begins at once. ``write``
    gets the transaction and what waits, and gives an outcome for each. Call ``close()``
    at the end.
    """

    def __init__(
        self,
        db: Database,
        name: str,
        write: Callable[[Transaction, Sequence[T]], Sequence[R]],
        *,
        batch: int,
        backlog: int,
        gather_s: float = 0.0,
    ) -> None:
        self._db = db
        self._write = write
        self._batch = batch
        self._gather_s = gather_s
        self._backlog = backlog
        self._waiting: queue.SimpleQueue[tuple[T, Answer[R]] | None]
        self._waiting = queue.SimpleQueue()
        self._door = threading.Lock()
        self._closed = False
        self._thread = thread(name, self._run)
        self._thread.start()

    def put(self, one: T) -> Future[R]:
        """The outcome to be: it is there when it is on the disk.

        Cancel it when nobody waits any more.
        """
        future: Future[R] = Future()
        self._line_up(one, future)
        return future

    def promise(self, one: T) -> asyncio.Future[R]:
        """As ``put``, for who awaits it: a batch wakes its loop only once."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._line_up(one, future)
        return future

    def _line_up(self, one: T, answer: Answer[R]) -> None:
        with self._door:
            if self._closed:
                raise Closed("nothing is taken in any more")
            if self._waiting.qsize() > self._backlog:
                raise Busy("the database keeps too many waiting")
            self._waiting.put((one, answer))

    def close(self) -> None:
        """Finish what waits and end the thread."""
        with self._door:
            self._closed = True
            self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        begun_s = time.monotonic() - self._gather_s
        while (first := self._waiting.get()) is not None:
            time.sleep(max(begun_s + self._gather_s - time.monotonic(), 0.0))
            begun_s = time.monotonic()
            batch, ended = self._company(first)
            self._commit(batch)
            if ended:
                return

    def _company(
        self, first: tuple[T, Answer[R]]
    ) -> tuple[list[tuple[T, Answer[R]]], bool]:
        """Who else waits right now, and whether the end was among them."""
        batch = [first]
        while len(batch) < self._batch:
            try:
                more = self._waiting.get_nowait()
            except queue.Empty:
                break
            if more is None:
                return batch, True
            batch.append(more)
        return batch, False

    def _commit(self, batch: list[tuple[T, Answer[R]]]) -> None:
        batch = [one for one in batch if _is_wanted(one[1])]
        if not batch:
            return
        done: Sequence[R | Exception]
        try:
            done = self._written([one for one, _ in batch])
        except Exception as problem:
            done = [problem] * len(batch)
        answers = (answer for _, answer in batch)
        _tell(list(zip(answers, done, strict=True)))

    def _written(self, batch: Sequence[T]) -> Sequence[R]:
        """Commit, and once more when another process stood in the way."""
        for _ in range(_CONTENTIONS):
            with suppress(Contended), self._db.begin(first=True) as tx:
                return self._write(tx, batch)
        with self._db.begin(first=True) as tx:
            return self._write(tx, batch)


def _is_wanted(answer: Answer[R]) -> bool:
    """Whether somebody still waits; a thread can no longer change its mind then."""
    if isinstance(answer, asyncio.Future):
        return not answer.done()
    return answer.set_running_or_notify_cancel()


def _tell(told: Sequence[tuple[Answer[R], R | Exception]]) -> None:
    """Give the outcomes to the threads, and to each loop all of its own at once."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Answer[R], R | Exception]]]
    by_loop = {}
    for answer, outcome in told:
        if isinstance(answer, asyncio.Future):
            by_loop.setdefault(answer.get_loop(), []).append((answer, outcome))
        else:
            _settle(answer, outcome)
    for loop, its in by_loop.items():
        with suppress(RuntimeError):  # it has ended, and with it who waited
            loop.call_soon_threadsafe(_settle_all, its)


def _settle_all(told: Sequence[tuple[Answer[R], R | Exception]]) -> None:
    for answer, outcome in told:
        if not answer.done():
            _settle(answer, outcome)


def _settle(answer: Answer[R], outcome: R | Exception) -> None:
    if isinstance(outcome, Exception):
        answer.set_exception(outcome)
    else:
        answer.set_result(outcome)
