"""What the routes work with, and who calls them."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from typing import Annotated, Any, Protocol

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from gateway.engine import Engine
from gateway.engine.pace import Pace
from gateway.findings import Finding
from gateway.store import keys, users
from gateway.store.attempts import LOGINS_PER_MINUTE
from gateway.transport.openid import OpenId
from gateway.web.certified import partner_of
from gateway.web.problem import Problem

TRUSTED_S = 5.0
"""Seconds that a key which was looked up is taken without another look."""
_MOST_CALLERS = 1_000

_OF_PARTNERS = ("orders", "changes", "messages", "interchanges")
"""What partners see of theirs, and our own side decides."""
_OF_OURS = ("shipments", "invoices", "punchout")
"""What our own side alone brings."""
_OURS = ("alerts", "catalog", "events", "keys", "partners", "sla", "webhooks")
"""What our own side alone asks for at all."""
ASKED_BY = "gateway.caller"
"""Where in a request's scope it stands who asks."""

Check = Callable[[bytes, str | None], dict[str, Any]]
"""Reads and answers bytes as this partner's and keeps nothing; gives JSON.

Without a partner the content tells whose they are.
"""


class Release(Protocol):
    """Releases a held order."""

    def __call__(
        self,
        order_id: str,
        *,
        as_: str,
        lines: Sequence[str],
        reason: str,
        by: str,
        version: int = 0,
    ) -> tuple[Finding, ...]:
        """What speaks against it; nothing, and the order is released and answered.

        ``as_`` is accept, change or reject; no ``lines`` means all of them. ``version``
        is the order's as it was read; 0: whatever it is.
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
    rights: frozenset[str] = keys.OF_PARTNER
    """What the key is for (``keys.RIGHTS``)."""

    @property
    def by(self) -> str:
        """Who stands in the history."""
        return self.name or self.key_id

    def may_ask(self, method: str, path: str) -> None:
        """A problem when the key was not made for such requests to ``/v1``.

        Whether it is a partner's own order that it wants to decide is found out by the
        route: what is another's is not there.
        """
        ours = self.partner_id is None
        right = right_for(method, path, ours=ours)
        if ours or right != "operate" or path.split("/")[2] not in _OF_PARTNERS:
            self.needs(right)

    def may_act(self, method: str, path: str) -> None:
        """A problem when such a request to ``/v1`` is never for this key.

        What a partner asks about, its own or another's, is not looked at for that.
        """
        self.may_ask(method, path)
        first = path.split("/")[2]
        ours = right_for(method, path, ours=False) == "operate"
        if ours or first in _OURS or (method == "POST" and first in _OF_OURS):
            self.decides("this is done by")

    def needs(self, right: str) -> None:
        """A problem when the key was not made for this."""
        if right not in self.rights:
            raise Problem.of("API-025", f"this key lacks the right {right!r}")

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


def right_for(method: str, path: str, *, ours: bool) -> str:
    """What a request of ``/v1`` asks for; ``ours``: of our own side, and no partner.

    A partner may have its own messages sent again.
    """
    _, _, first, *rest = path.split("/")[:5] + [""] * 3
    if first in ("keys", "webhooks"):
        return "admin"
    if method in ("GET", "HEAD") or first in ("check", "explain"):
        return "read"
    if first in ("partners", "catalog"):
        return "partners"
    handed = first in ("interchanges", "shipments", "invoices") and not any(rest)
    again = path.endswith(("/resend", "/reprocess")) and not ours
    return "write" if handed or again or first == "punchout" else "operate"


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
    pace: Pace | None = None
    """How often a key may ask; none: as often as it likes."""
    openid: OpenId | None = None
    """The OpenID provider, if the settings name one."""
    logins: Pace = field(default_factory=lambda: Pace(LOGINS_PER_MINUTE))


async def doors(request: Request) -> Doors:
    """The parts the app was made with."""
    found = request.app.state.doors
    assert isinstance(found, Doors)
    return found


bearer = HTTPBearer(auto_error=False, description="A key of the gateway.")
"""Reads the key that came with a request."""


async def caller(
    request: Request,
    parts: Annotated[Doors, Depends(doors)],
    sent: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Caller:
    """Who calls, by bearer key (RFC 6750), by client certificate, or by both.

    A key that was good a moment ago still is, so one that is revoked opens nothing
    after ``TRUSTED_S``; one that ends opens nothing from that moment on.
    """
    partner = await partner_of(request.scope, parts.engine, parts.clock())
    if isinstance(partner, Finding):
        raise Problem(partner)
    if sent is None and partner:
        name = f"certificate of {partner}"
        found = Caller(f"certificate:{partner}", name, partner)
    else:
        found = await _by_key(parts, sent)
    if parts.pace and not parts.pace.take(found.key_id, now=parts.clock()):
        what = "more requests within a minute than a key may send"
        raise Problem.of("API-018", what, headers={"Retry-After": "1"})
    request.scope[ASKED_BY] = found
    path = request.scope["path"]
    if path.startswith("/v1/"):
        found.may_ask(request.method, path)
    if partner and found.partner_id not in (None, partner):
        what = f"the key is not for {partner}, whose client certificate was shown"
        raise Problem.of("API-014", what)
    return found


async def _by_key(parts: Doors, sent: HTTPAuthorizationCredentials | None) -> Caller:
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
    if parts.openid is not None and sent.credentials.count(".") == 2:
        return _by_token(parts, parts.openid, sent.credentials)
    with parts.engine.db.read() as tx:
        key = keys.find(tx, sent.credentials)
    if key is None:
        raise Problem.of("API-010", "the bearer key is not known", headers=asks)
    now = parts.clock()
    if key.has_ended(now):
        what = f"key {key.id} ended at {key.expires_at:%Y-%m-%d %H:%M} UTC"
        raise Problem.of("API-017", what, headers=asks)
    left_s = (key.expires_at - now).total_seconds() if key.expires_at else inf
    return Caller(key.id, key.name, key.partner_id, left_s, key.rights)


_RIGHTS: Mapping[str, frozenset[str]] = {
    "viewer": frozenset({"read"}),
    "operator": frozenset({"read", "write", "operate"}),
    "approver": frozenset({"read", "write", "operate", "approve"}),
    "partner-admin": frozenset({"read", "partners"}),
    "admin": frozenset(keys.RIGHTS),
}
"""What a key of somebody in this role would be for."""


def _by_token(parts: Doors, openid: OpenId, token: str) -> Caller:
    """Who the OpenID provider says it is, and what a user of ours of this subject may.

    A user who was shut out gets nowhere, whatever the token says.
    """
    asks = {"WWW-Authenticate": 'Bearer realm="gateway", error="invalid_token"'}
    who = openid.bearer(token, parts.clock())
    if isinstance(who, Finding):
        raise Problem(who, headers=asks)
    with parts.engine.db.read() as tx:
        user = users.of_subject(tx, who.subject)
    if user is not None and not user.is_active:
        raise Problem.of("API-010", "this user is shut out", headers=asks)
    rights = _RIGHTS.get(who.role or "", frozenset())
    partner = user.partner_id if user is not None else None
    if partner is not None:
        rights &= keys.OF_PARTNER
    return Caller(f"oidc:{who.subject}", who.name, partner, rights=rights)


TheDoors = Annotated[Doors, Depends(doors)]
TheCaller = Annotated[Caller, Depends(caller)]
