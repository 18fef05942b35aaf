"""The hot doors, answered on the connection itself, without the server around them.

A request that is whole and plain costs a third of what it costs by the server's parser,
its tasks and the app's layers. Whatever is not goes to these, byte for byte as it came:
one parser alone decides where a request ends.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import h11
from starlette.responses import Response
from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.h11_impl import (
    STATUS_PHRASES,
    H11Protocol,
    RequestResponseCycle,
)

from gateway.web import guard, whole
from gateway.web.beneath import Answer, answered
from gateway.web.intake import WholeRequest
from gateway.web.whole import Whole

__all__ = ["Quick", "QuickLine"]

_WAIT_S = 0.25
"""How long the rest of a body is waited for here; the server waits longer."""


@dataclass(frozen=True, slots=True)
class Quick:
    """The doors of ``app`` that answer a request without its layers, by their paths."""

    app: ASGIApp
    ways: Mapping[bytes, Answer]


class QuickLine(H11Protocol):
    """A connection that answers whole requests for ``Quick`` itself.

    While one is answered nothing more is read, as with the server's own. ``tells``
    says in a scope where the connection is from.
    """

    tells: Callable[[Scope], Scope] | None = None
    _quick: Quick | None = None
    _begun = b""
    """A request whose body is not complete yet."""
    _missing = 0
    _waiting: asyncio.TimerHandle | None = None
    _is_answering = False
    _is_ending = False
    _later = b""
    """What came while a request is answered."""
    silent_looks = 0
    """How often in a row ``Server`` found it silent."""

    def connection_made(  # type: ignore[override]  # as uvicorn has it
        self, transport: asyncio.Transport
    ) -> None:
        """Begin."""
        super().connection_made(transport)
        found = getattr(getattr(self.app, "state", None), "quick", None)
        self._quick = found if isinstance(found, Quick) else None

    def connection_lost(self, exc: Exception | None) -> None:
        """The other end hung up; what is being kept is kept."""
        self._forget_begun()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Finish what is under way, then end; what was not complete goes on."""
        self._hand_over()
        if self._is_answering:
            self._is_ending = True
        else:
            super().shutdown()

    def data_received(self, data: bytes) -> None:
        """Answer a request that is whole, or leave it to the server."""
        if self._is_answering:
            self._later += data
            self.flow.pause_reading()
        elif self._begun:
            self._more(data)
        elif self._quick is not None and self._is_between_requests():
            self._first(self._quick, data)
        else:
            super().data_received(data)

    def is_silent(self) -> bool:
        """Whether no head of a request is complete, and no timer waits for one."""
        cycle: RequestResponseCycle | None = self.cycle  # none before the first
        is_done = cycle is None or cycle.response_complete
        return is_done and not self._is_answering and not self.timeout_keep_alive_task

    def _is_between_requests(self) -> bool:
        """Whether the server waits for the first byte of a request."""
        states, idle = self.conn.states, h11.IDLE
        fresh = states[h11.CLIENT] is idle and states[h11.SERVER] is idle
        return fresh and not self.conn.trailing_data[0]

    def _first(self, quick: Quick, data: bytes) -> None:
        """The first bytes of a request, and perhaps all of them."""
        found = whole.read(data)
        if found is not None and found.path in quick.ways:
            self._unset_keepalive_if_required()
            self._is_answering = True
            task = self.loop.create_task(self._answer(quick, found, data))
            task.add_done_callback(self.tasks.discard)
            self.tasks.add(task)
            return
        begun = whole.begun(data)
        if begun is not None and begun[0] in quick.ways:
            self._unset_keepalive_if_required()
            self._begun, self._missing = data, begun[1]
            self._waiting = self.loop.call_later(_WAIT_S, self._hand_over)
        else:
            super().data_received(data)

    def _more(self, data: bytes) -> None:
        """More of a body: once it is complete, it is looked at again."""
        self._begun += data
        self._missing -= len(data)
        if self._missing <= 0:
            begun = self._forget_begun()
            assert self._quick is not None
            self._first(self._quick, begun)

    def _hand_over(self) -> None:
        """Leave to the server what came of a request, which takes its time."""
        if self._begun:
            super().data_received(self._forget_begun())

    def _forget_begun(self) -> bytes:
        begun, self._begun = self._begun, b""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        return begun

    async def _answer(self, quick: Quick, asked: Whole, data: bytes) -> None:
        """Answer it; what its door does not take goes to the server as it came."""
        began_s = time.perf_counter()
        scope = self._scope(quick, asked)
        try:
            answer = await _of(WholeRequest(scope, asked.body), quick.ways[asked.path])
            if answer is None:
                self._give_back(data)
                return
            await self._send(answer)
        except BaseException:
            self.transport.close()  # nobody knows what was answered, if anything
            raise
        if answer.background is not None:
            await answer.background()
        guard.note(scope, answer.status_code, began_s)

    def _give_back(self, data: bytes) -> None:
        """Leave a request to the server, with all that came after it."""
        data, self._later = data + self._later, b""
        self._is_answering = False
        if not self.transport.is_closing():
            self.flow.resume_reading()
            super().data_received(data)
        if self._is_ending:
            super().shutdown()

    async def _send(self, answer: Response) -> None:
        """Send the answer at once, and look at what came meanwhile."""
        guard.secure(answer.headers)
        ends = self._is_ending or answer.headers.get("connection") == "close"
        message = self._written(answer, ends)
        if self.flow.write_paused:
            await self.flow.drain()
        if self.transport.is_closing():
            return
        self.transport.write(message)
        if ends:
            self.transport.close()
        self._is_answering = False
        self.on_response_complete()
        if self._later:
            later, self._later = self._later, b""
            self.data_received(later)

    def _written(self, answer: Response, ends: bool) -> bytes:
        """The bytes of an answer of HTTP/1.1."""
        status = answer.status_code
        lines = [b"HTTP/1.1 %d %b" % (status, STATUS_PHRASES[status])]
        for name, value in self.server_state.default_headers + answer.raw_headers:
            lines.append(b"%b: %b" % (name, value))
        if ends and "connection" not in answer.headers:
            lines.append(b"connection: close")
        head = b"\r\n".join(lines)
        if head.count(b"\r") != len(lines) - 1 or head.count(b"\n") != len(lines) - 1:
            raise ValueError("a header of an answer has more than one line")
        return b"%b\r\n\r\n%b" % (head, bytes(answer.body))

    def _scope(self, quick: Quick, asked: Whole) -> Scope:
        """What ASGI tells of a request."""
        scope: Scope = {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": "1.1",
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "method": "POST",
            "root_path": "",
            "path": asked.path.decode("ascii"),
            "raw_path": asked.path,
            "query_string": b"",
            "headers": asked.fields,
            "state": self.app_state.copy(),
            "app": quick.app,
        }
        return self.tells(scope) if self.tells else scope


async def _of(request: WholeRequest, way: Answer) -> Response | None:
    """What the door answers; a bare 500 to one of our bugs, which is logged."""
    try:
        return await answered(request, way)
    except Exception as bug:
        return guard.broken(request.scope, bug)
