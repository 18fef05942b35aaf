"""The webhook job: what the journal tells is posted to our own systems, in order.

Each webhook has a thread of its own while there is something for it, so a slow
receiver delays neither orders nor other receivers.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from gateway.config import Settings
from gateway.engine.running import trail
from gateway.engine.steps import Step, nothing
from gateway.pipeline.ports import Failed, Sent, Trouble
from gateway.store import webhook_feed as feed
from gateway.store.database import Database
from gateway.store.threads import thread
from gateway.store.webhooks import Event, Webhook

log = structlog.get_logger()
PAUSES_S = (5, 60, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Between attempts, in seconds; the last one is repeated."""
_MOST_AT_ONCE = 8
_LINED_UP = 1_000
_BATCH = 100
_TURN = timedelta(seconds=30)
"""How long a webhook is posted to before it is looked for others."""


class Posts(Protocol):
    """Posts events to webhooks."""

    def post(
        self, url: str, secrets: Sequence[str], id_: str, body: bytes, now: datetime
    ) -> Sent | Failed:
        """Once; ``REFUSED`` says that the receiver wants no events any more."""
        ...


@dataclass(frozen=True, slots=True)
class _Standing:
    """How often in a row nothing got through, and until when it rests then."""

    failures: int
    next_at: datetime


class Publishing:
    """Lines up what is new for webhooks, and posts what is due."""

    def __init__(  # noqa: PLR0913  wired once, in the engine
        self,
        db: Database,
        settings: Settings,
        posts: Posts | None,
        *,
        clock: Callable[[], datetime],
        owner: Callable[[datetime], str],
        seal: Callable[[], int],
        stopping: threading.Event,
        step: Step = nothing,
        draw: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._db = db
        self._posts = posts
        self._clock = clock
        self._owner = owner
        self._seal = seal
        self._stopping = stopping
        self._step = step
        self._draw = draw
        self._lasts = timedelta(days=settings.webhook_retry_days)
        self._lease = _TURN * 2 + timedelta(seconds=4 * settings.webhook_timeout_s)
        self._turn = threading.Lock()
        self._busy: dict[str, threading.Thread] = {}

    def work(self) -> int:
        """Line up what is new and begin to post what is due; how much there was.

        Without any webhook this is one look at an empty table.
        """
        with self._db.read() as tx:
            if not feed.is_wanted(tx):
                return 0
        self._seal()
        now = self._clock()
        found = self._line_up(now)
        if self._posts is None:
            return found
        owner = self._owner(now)
        for hook in self._leased(owner, now):
            found += 1
            self._begin(hook, owner)
        return found

    def wait(self, timeout_s: float) -> bool:
        """Wait for what is being posted; whether all of it is done."""
        until = time.monotonic() + timeout_s
        with self._turn:
            busy = list(self._busy.values())
        for one in busy:
            one.join(max(until - time.monotonic(), 0.0))
        return not any(one.is_alive() for one in busy)

    def _line_up(self, now: datetime) -> int:
        with self._db.read() as tx:
            behind = feed.is_behind(tx)
        if not behind:
            return 0
        with self._db.begin() as tx:
            found = feed.line_up(tx, now, _LINED_UP)
            self._step("publish.lined_up")
        return found

    def _leased(self, owner: str, now: datetime) -> list[Webhook]:
        with self._turn:
            room = _MOST_AT_ONCE - len(self._busy)
        if room <= 0:
            return []
        with self._db.read() as tx:
            if not feed.is_due(tx, now):
                return []
        with self._db.begin() as tx:
            feed.expire(tx, now - self._lasts, now)
            until = now + self._lease
            found = feed.lease(tx, owner, now, until, room)
        self._step("publish.leased")
        return found

    def _begin(self, hook: Webhook, owner: str) -> None:
        def run() -> None:
            try:
                self._post_all(hook, owner)
            except Exception as problem:
                log.error("publish.stumbled", webhook=hook.id, **trail(problem))
            finally:
                with self._turn:
                    self._busy.pop(hook.id, None)

        one = thread("webhook", run)
        with self._turn:
            self._busy[hook.id] = one
        one.start()

    def _post_all(self, hook: Webhook, owner: str) -> None:
        """Post what is due until there is nothing more, or the turn is over."""
        begun = self._clock()
        standing = _Standing(hook.failures, begun)
        while standing.next_at <= begun and not self._is_over(begun):
            with self._db.read() as tx:
                some = feed.due(tx, hook, self._clock(), _BATCH)
            if not some:
                break
            for one in some:
                standing = self._post(hook, one, standing)
                if standing.next_at > begun or self._is_over(begun):
                    break
        with self._db.begin() as tx:
            now = self._clock()
            rests = max(standing.next_at, now)
            feed.let_go(tx, hook, owner, rests, standing.failures)

    def _is_over(self, begun: datetime) -> bool:
        return self._stopping.is_set() or self._clock() - begun > _TURN

    def _post(self, hook: Webhook, one: Event, before: _Standing) -> _Standing:
        """Post an event once, note what came of it, and say how the webhook stands."""
        assert self._posts is not None
        now = self._clock()
        outcome = self._posts.post(
            hook.url, hook.signing(now), one.id, one.body.encode(), now
        )
        self._step("publish.posted")
        now = self._clock()
        with self._db.begin() as tx:
            if isinstance(outcome, Sent):
                feed.delivered(tx, one, outcome.detail, now)
                return _Standing(0, before.next_at)
            said = outcome.what
            pause = self._pause(one.attempts)
            if one.queued_at + self._lasts <= now + pause:
                feed.give_up(tx, hook, one, said, now)
            else:
                feed.put_off(tx, one, said, now + pause)
            if outcome.trouble is Trouble.REFUSED:
                feed.pause(tx, hook, said, now)
                return _Standing(before.failures, now + pause)
        log.warning("publish.put_off", webhook=hook.id, told=one.id, said=said)
        if outcome.trouble is Trouble.OURS:  # this event only: others may get through
            return before
        failures = before.failures + 1
        rests = outcome.retry_at or now + self._pause(min(failures - 1, 3))
        return _Standing(failures, rests)

    def _pause(self, attempts: int) -> timedelta:
        """The pause after so many attempts, a tenth shorter or longer."""
        pause = PAUSES_S[min(attempts, len(PAUSES_S) - 1)]
        return timedelta(seconds=self._draw(0.9 * pause, 1.1 * pause))
