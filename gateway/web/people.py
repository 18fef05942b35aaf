"""Pages for people in the place of what only programs understand."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import Request, Response
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.web import problem

__all__ = ["ForPeople"]


class ForPeople:
    """Puts a page in the place of each problem ``below`` some addresses.

    So a user never sees a trace, nor anything that only a program understands. ``page``
    makes it of the request and the HTTP status.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        below: tuple[str, ...],
        page: Callable[[Request, int], Response],
    ) -> None:
        self._app = app
        self._below = below
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not scope["path"].startswith(self._below):
            await self._app(scope, receive, send)
            return
        instead: Response | None = None
        begun = False

        async def answer(message: Message) -> None:
            nonlocal instead, begun
            begun = True
            if message["type"] == "http.response.start":
                kind = Headers(raw=message["headers"]).get("content-type", "")
                if kind.startswith(problem.MEDIA_TYPE):
                    instead = self._page(Request(scope), message["status"])
                    await instead(scope, receive, send)
            if instead is None:
                await send(message)

        try:
            await self._app(scope, receive, answer)
        except Exception:
            if not begun:
                await self._page(Request(scope), 500)(scope, receive, send)
            raise
