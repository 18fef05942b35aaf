"""What every response has, and what happens when a route has a bug."""

from __future__ import annotations

import re
import time

import structlog
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.web.problem import plain

log = structlog.get_logger()
_PROOF = re.compile(r"(?<=/)(ses_[0-9A-Z]{26})\.[^/]*")
"""What proves in a path of the shop that a browser is in the session."""


class Guard:
    """Logs each request without its content, and answers our bugs with a bare 500.

    An exception's text may hold what a partner sent, so only its type is logged.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                secure(MutableHeaders(scope=message))
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except Exception as bug:
            bare = broken(scope, bug)
            if not status:
                await bare(scope, receive, answer)
        note(scope, status, began)


def secure(headers: MutableHeaders) -> None:
    """Put in what every answer has."""
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Cache-Control", "no-store")


def broken(scope: Scope, bug: Exception) -> Response:
    """The answer of a request that ran into one of our bugs, which is logged."""
    log.error("http.bug", kind=type(bug).__qualname__, path=_told(scope))
    return plain(500, scope["path"], None)


def note(scope: Scope, status: int, began_s: float) -> None:
    """Log that a request was answered; it began by ``time.perf_counter``."""
    took_ms = round((time.perf_counter() - began_s) * 1000, 1)
    log.info(
        "http.answered",
        method=scope["method"],
        path=_told(scope),
        status=status,
        took_ms=took_ms,
    )


def _told(scope: Scope) -> str:
    """The path without what would open a session of the shop."""
    return _PROOF.sub(r"\1.***", scope["path"])
