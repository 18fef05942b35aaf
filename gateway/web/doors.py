"""What the routes work with, and who calls them."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from typing import Annotated, Any, Protocol

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from gateway.engine import Engine
from gateway.findings import Finding
from gateway.store import keys
from gateway.web.problem import Problem

TRUSTED_S = 5.0
"""Seconds that a key which was looked up is taken without another look."""
_MOST_CALLERS = 1_000

Check = Callable[[bytes, str | None], dict[str, Any]]
"""Reads and answers bytes as this partner's and keeps nothing; gives JSON.

Without a partner the content tells whose they are.
"""


class Release(Protocol):
    """Releases a held order."""

    def __call__(
        self, order_id: str, *, as_: str, lines: Sequence[str], reason: str, by: str
    ) -> tuple[Finding, ...]:
        """What speaks against it; nothing, and the order is released and answered.

        ``as_`` is accept, change or reject; no ``lines`` means all of them.
        """
        ...


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose key came with the request. ``partner_id`` none: a key to everything."""

    key_id: str
    name: str
    partner_id: str | None
    seconds_left: float = inf
    """How long the key is good from the moment it was looked up."""

    def only(self, asked: str | None) -> str | None:
        """The partner whose rows this request may see; none for all of them.

        ``asked`` is the partner that the caller filters by. Another one than the
        key's is a problem, not an empty list.
        """
        if self.partner_id is None or asked in (None, self.partner_id):
            return self.partner_id or asked
        raise Problem.of("API-014", f"this key is not for partner {asked!r}")

    def decides(self, what: str) -> None:
        """A problem with the key of a partner: ``what`` is for our own side alone."""
        if self.partner_id is not None:
            raise Problem.of("API-014", f"{what} our own side alone")


class Callers:
    """Who called with a good key a moment ago, by the sum of the key."""

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[Caller, float]] = {}
        self._asked: dict[bytes, asyncio.Task[Caller]] = {}

    def find(self, secret: str, now_s: float) -> Caller | None:
        """Whose key this is, if it was looked up within ``TRUSTED_S``."""
        caller, until_s = self._known.get(_sum(secret), (None, 0.0))
        return caller if now_s < until_s else None

    async def once(
        self, secret: str, look_up: Callable[[], Coroutine[Any, Any, Caller]]
    ) -> Caller:
        """What ``look_up`` gives: one look for all who ask with this key meanwhile."""
        of = _sum(secret)
        task = self._asked.get(of)
        if task is None:
            task = self._asked[of] = asyncio.create_task(look_up())
            task.add_done_callback(lambda _: self._asked.pop(of))
        return await asyncio.shield(task)

    def note(self, secret: str, caller: Caller, now_s: float) -> None:
        """Remember a key that was looked up."""
        if len(self._known) >= _MOST_CALLERS:
            self._known.clear()
        trusted_s = min(TRUSTED_S, caller.seconds_left)
        self._known[_sum(secret)] = caller, now_s + trusted_s


def _sum(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """The parts behind the routes."""

    engine: Engine
    check: Check
    release: Release
    body_timeout_s: float
    clock: Callable[[], datetime]
    callers: Callers = field(default_factory=Callers)


async def doors(request: Request) -> Doors:
    """The parts the app was made with."""
    found = request.app.state.doors
    assert isinstance(found, Doors)
    return found


bearer = HTTPBearer(auto_error=False, description="A key of the gateway.")
"""Reads the key that came with a request."""


async def caller(
    parts: Annotated[Doors, Depends(doors)],
    sent: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Caller:
    """Who calls, by bearer key (RFC 6750).

    A key that was good a moment ago still is, so one that is revoked opens nothing
    after ``TRUSTED_S``; one that ends opens nothing from that moment on.
    """
    now = time.monotonic()
    if sent is None:
        return look_up(parts, sent)
    known = parts.callers.find(sent.credentials, now)
    if known is not None:
        return known
    found = await parts.callers.once(
        sent.credentials, lambda: run_in_threadpool(look_up, parts, sent)
    )
    parts.callers.note(sent.credentials, found, now)
    return found


def look_up(parts: Doors, sent: HTTPAuthorizationCredentials | None) -> Caller:
    """Whose key this is, as it stands in the store.

    The store knows keys by their SHA-256 only and looks them up by it, so the time
    that takes tells nothing about a key.
    """
    asks = {"WWW-Authenticate": 'Bearer realm="gateway"'}
    if sent is None:
        raise Problem.of("API-010", "no bearer key was sent", headers=asks)
    with parts.engine.db.read() as tx:
        key = keys.find(tx, sent.credentials)
    if key is None:
        raise Problem.of("API-010", "the bearer key is not known", headers=asks)
    now = parts.clock()
    if key.has_ended(now):
        what = f"key {key.id} ended at {key.expires_at:%Y-%m-%d %H:%M} UTC"
        raise Problem.of("API-017", what, headers=asks)
    left_s = (key.expires_at - now).total_seconds() if key.expires_at else inf
    return Caller(key.id, key.name, key.partner_id, left_s)


TheDoors = Annotated[Doors, Depends(doors)]
TheCaller = Annotated[Caller, Depends(caller)]
