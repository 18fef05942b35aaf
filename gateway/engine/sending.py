"""Sending what was leased: each lane by itself, so that a slow one delays no other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import structlog

from gateway.engine.running import trail
from gateway.engine.steps import Step
from gateway.pipeline.ports import Failed, Outbound, Sent, Trouble
from gateway.store.database import Unavailable
from gateway.store.lanes import TRIPPED
from gateway.store.outbox import Leased

log = structlog.get_logger()
PATIENCE_S = 0.25
"""After so long a lane is left to itself, and the others go on."""
_NOTED_AGAIN_S = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
"""Pauses between attempts to note what was sent while the database is away."""

Outcomes = Sequence[tuple[Leased, Sent | Failed]]
Send = Callable[[Sequence[Outbound]], Sequence[Sent | Failed]]
"""Sends the first of some messages of a lane, or more at once where that is quicker."""
AT_ONCE = 100
"""So many messages may go to a partner in one piece of work."""
Note = Callable[[Outcomes, Sequence[Leased]], None]


class Sending:
    """Lanes that are being sent to, each by a thread of its own.

    ``most`` at once; ``note`` makes true what came of it; ``idle`` is called when a
    lane that was left to itself is done.
    """

    def __init__(
        self,
        send: Send,
        note: Note,
        step: Step,
        idle: Callable[[], None],
        *,
        most: int,
    ) -> None:
        self.send = send
        self.step = step
        self._note = note
        self._idle = idle
        self._most = most
        self._turn = threading.Lock()
        self._slow: set[_Lane] = set()

    @property
    def room(self) -> int:
        """How many more lanes there is room for."""
        with self._turn:
            return self._most - len(self._slow)

    def all(self, leased: Sequence[Leased], is_over: Callable[[], bool]) -> int:
        """Send these, lane by lane; how many were tried or are being tried.

        After each message ``is_over`` is asked: the rest is given back then.
        """
        lanes = [_Lane(self, part, is_over) for part in _by_lane(leased)]
        for lane in lanes:
            lane.start()
        until = time.monotonic() + PATIENCE_S
        for lane in lanes:
            lane.join(max(until - time.monotonic(), 0.0))
        with self._turn:
            slow = [lane for lane in lanes if not lane.is_done]
            self._slow.update(slow)
        ready = [lane for lane in lanes if lane not in slow]
        self._settle(ready)
        for lane in ready:
            if lane.broken is not None:
                raise lane.broken
        tried = sum(len(lane.outcomes) for lane in ready)
        return tried + sum(len(lane.leased) for lane in slow)

    def wait(self, timeout_s: float) -> bool:
        """Wait for lanes that are left to themselves; whether all are done."""
        until = time.monotonic() + timeout_s
        with self._turn:
            slow = list(self._slow)
        for lane in slow:
            lane.join(max(until - time.monotonic(), 0.0))
        return not any(lane.is_alive() for lane in slow)

    def done(self, lane: _Lane) -> None:
        """A lane has come to its end; it settles itself if nobody waits any more."""
        with self._turn:
            lane.is_done = True
            alone = lane in self._slow
        if not alone:
            return
        try:
            self._settle([lane])
            if lane.broken is not None:
                log.error("deliver.broken", lane=lane.key, **trail_of(lane.broken))
        except Exception as problem:  # the lease ends by itself
            log.error("deliver.unsettled", lane=lane.key, **trail(problem))
        finally:
            with self._turn:
                self._slow.discard(lane)
            self._idle()

    def _settle(self, lanes: Iterable[_Lane]) -> None:
        """Note what came of it, also while the database is away for some seconds."""
        done = [lane for lane in lanes if lane.broken is None]
        outcomes = [each for lane in done for each in lane.outcomes]
        unsent = [each for lane in done for each in lane.unsent]
        if not outcomes and not unsent:
            return
        for pause_s in _NOTED_AGAIN_S:
            try:
                self._note(outcomes, unsent)
                return
            except Unavailable:
                time.sleep(pause_s)
        self._note(outcomes, unsent)


def trail_of(problem: BaseException) -> dict[str, str]:
    """Where it broke, also for what is no ``Exception``."""
    if isinstance(problem, Exception):
        return trail(problem)
    return {"problem": type(problem).__name__}


class _Lane(threading.Thread):
    """The messages of one lane: in their order, or some at once where it is free."""

    def __init__(
        self, sending: Sending, leased: Sequence[Leased], is_over: Callable[[], bool]
    ) -> None:
        super().__init__(daemon=True)
        self.leased = leased
        self.outcomes: list[tuple[Leased, Sent | Failed]] = []
        self.broken: BaseException | None = None
        self.is_done = False
        self._sending = sending
        self._is_over = is_over
        self._left = list(leased)
        self._threads = 1
        self._turn = threading.Lock()
        self._failures = leased[0].lane.failures
        self._held_up = False

    @property
    def key(self) -> str:
        """What the lane is called."""
        return self.leased[0].lane.name

    @property
    def unsent(self) -> list[Leased]:
        """What was leased and not tried."""
        tried = {one.outbound.id for one, _ in self.outcomes}
        return [one for one in self.leased if one.outbound.id not in tried]

    def run(self) -> None:
        """Send until all is sent, the lane is held up, or the time is over."""
        way = self.leased[0].lane.way
        others = 0 if way.ordered else min(way.in_flight, len(self.leased)) - 1
        self._threads = 1 + others
        beside = [threading.Thread(target=self._send_some) for _ in range(others)]
        for thread in beside:
            thread.daemon = True
            thread.start()
        self._send_some()
        for thread in beside:
            thread.join()
        self._sending.done(self)

    def _send_some(self) -> None:
        try:
            while some := self._take():
                self._sending.step("deliver.sending")
                outcomes = self._sending.send([one.outbound for one in some])
                with self._turn:
                    for one, outcome in zip(some, outcomes, strict=False):
                        self.outcomes.append((one, outcome))
                        self._learn(one, outcome)
                    self._left[:0] = some[len(outcomes) :]
                self._sending.step("deliver.sent")
        except BaseException as problem:
            self.broken = problem

    def _take(self) -> Sequence[Leased]:
        """The next messages, a fair share of them where others send beside."""
        with self._turn:
            if self._held_up or (self.outcomes and self._is_over()):
                return ()
            share = max(1, min(AT_ONCE, len(self._left) // self._threads))
            taken, self._left = self._left[:share], self._left[share:]
            return taken

    def _learn(self, one: Leased, outcome: Sent | Failed) -> None:
        """Whether there is any use in going on."""
        if isinstance(outcome, Sent) or outcome.trouble is Trouble.REFUSED:
            self._failures = 0
            return
        self._failures += outcome.trouble is Trouble.CONNECTION
        self._held_up |= (
            one.lane.way.ordered
            or outcome.trouble is Trouble.THROTTLED
            or self._failures >= TRIPPED
        )


def _by_lane(leased: Sequence[Leased]) -> list[list[Leased]]:
    lanes: dict[str, list[Leased]] = {}
    for one in leased:
        lanes.setdefault(one.lane.name, []).append(one)
    return list(lanes.values())


def over_at(
    until: datetime, clock: Callable[[], datetime], stopping: threading.Event
) -> Callable[[], bool]:
    """Whether a batch is to end: the lease gets old, or the process stops."""
    return lambda: stopping.is_set() or clock() >= until
