"""The plain request of the busiest route, without all that odd ones need."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, NamedTuple

from fastapi import Request, Response
from fastapi.routing import APIRoute

from gateway.web.doors import Caller, doors

KEY = re.compile(r"[ -~]*")
LONGEST_KEY = 255
_BEARER = "Bearer "


class Asked(NamedTuple):
    """Who asks, and under which idempotency key."""

    who: Caller
    key: str


class PlainRoute(APIRoute):
    """Answers the plain request itself and leaves every other one to FastAPI.

    Plain is: no query, a partner's key that was good a moment ago, an idempotency key
    as it should be, or none. What FastAPI does to find that out costs as much as the
    rest of the request.
    """

    answer: Callable[[Request, Asked], Awaitable[Response]]
    """What answers; set where the route is made."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The function that serves the route."""
        thorough = super().get_route_handler()
        answer = type(self).answer

        async def serve(request: Request) -> Response:
            asked = await _asked(request)
            if asked is None:
                return await thorough(request)
            return await answer(request, asked)

        return serve


async def _asked(request: Request) -> Asked | None:
    """What a plain request asks; none: somebody else shall look at it."""
    scope = request.scope
    if scope["query_string"]:
        return None
    wanted = {b"authorization": "", b"idempotency-key": ""}
    for name, value in scope["headers"]:
        if name in wanted:
            if wanted[name]:
                return None
            wanted[name] = value.decode("latin-1")
    said, key = wanted.values()
    if not said.startswith(_BEARER) or len(key) > LONGEST_KEY or not KEY.fullmatch(key):
        return None
    parts = await doors(request)
    who = parts.callers.find(said.removeprefix(_BEARER), time.monotonic())
    return None if who is None or who.partner_id is None else Asked(who, key)
