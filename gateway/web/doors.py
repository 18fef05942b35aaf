"""What the routes work with, and who calls them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Protocol

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from gateway.engine import Engine
from gateway.findings import Finding
from gateway.store import keys
from gateway.web.problem import Problem

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """The parts behind the routes."""

    engine: Engine
    check: Check
    release: Release
    body_timeout_s: float
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose key came with the request. ``partner_id`` none: a key to everything."""

    key_id: str
    name: str
    partner_id: str | None

    def only(self, asked: str | None) -> str | None:
        """The partner whose rows this request may see; none for all of them.

        ``asked`` is the partner that the caller filters by. Another one than the
        key's is a problem, not an empty list.
        """
        if self.partner_id is None or asked in (None, self.partner_id):
            return self.partner_id or asked
        raise Problem.of("API-014", f"this key is not for partner {asked!r}")


def doors(request: Request) -> Doors:
    """The parts the app was made with."""
    found = request.app.state.doors
    assert isinstance(found, Doors)
    return found


_bearer = HTTPBearer(auto_error=False, description="A key of the gateway.")


def caller(
    parts: Annotated[Doors, Depends(doors)],
    sent: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Caller:
    """Who calls, by bearer key (RFC 6750).

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
    return Caller(key.id, key.name, key.partner_id)


TheDoors = Annotated[Doors, Depends(doors)]
TheCaller = Annotated[Caller, Depends(caller)]
