"""The doors that are asked most, answered before FastAPI looks at the request.

What FastAPI does to find a route and its parameters costs as much as the rest of such a
request. The routes stay what they are: whatever is not plain goes on to them.
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.web.certified import is_certified
from gateway.web.doors import Caller, Doors

KEY = re.compile(r"[ -~]*")
LONGEST_KEY = 255
_BEARER = b"Bearer "


class Asked(NamedTuple):
    """Who asks, and under which idempotency key."""

    who: Caller
    key: str


_Handler = Callable[[Request, Exception], Response]
Answer = Callable[[Request, Doors], Awaitable[Response | None]]
"""Answers a request; none: somebody else shall look at it. Nothing is read then."""


class Beneath:
    """Lets ``ways`` answer what is posted to their paths, and the app all else.

    An exception becomes what the app's handlers make of it.
    """

    def __init__(self, app: ASGIApp, ways: Mapping[str, Answer]) -> None:
        self._app = app
        self._ways = ways

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        way = self._ways.get(scope.get("path", ""))
        if way is None or scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        answer = await answered(Request(scope, receive), way)
        await (answer or self._app)(scope, receive, send)


async def answered(request: Request, way: Answer) -> Response | None:
    """What ``way`` answers, problems included; none: somebody else shall look at it."""
    try:
        return await way(request, request.app.state.doors)
    except Exception as error:
        return _handled(request, error)


def _handled(request: Request, error: Exception) -> Response:
    """What the app makes of this exception; one of our bugs goes on."""
    handlers: Mapping[type, _Handler] = request.app.exception_handlers
    for kind in type(error).__mro__:
        if kind in handlers:
            return handlers[kind](request, error)
    raise error


def plain(scope: Scope, parts: Doors) -> Asked | None:
    """What a plain request asks; none: somebody else shall look at it.

    Plain is: no query, no client certificate, a partner's key that was good a moment
    ago, an idempotency key as it should be, or none.
    """
    if scope["query_string"] or is_certified(scope, parts.engine.settings):
        return None
    said = key = b""
    for name, value in scope["headers"]:
        if name == b"authorization":
            if said:
                return None
            said = value
        elif name == b"idempotency-key":
            if key:
                return None
            key = value
    if not said.startswith(_BEARER) or len(key) > LONGEST_KEY:
        return None
    text = key.decode("latin-1")
    who = parts.callers.find(said[len(_BEARER) :].decode("latin-1"), time.monotonic())
    if who is None or not KEY.fullmatch(text) or not _may_send(who, parts):
        return None
    return Asked(who, text)


def _may_send(who: Caller, parts: Doors) -> bool:
    """Whether it is a partner who may hand something in, and not too often."""
    if who.partner_id is None or "write" not in who.rights:
        return False
    return not parts.pace or parts.pace.take(who.key_id, now=parts.clock())
