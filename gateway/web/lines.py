"""The server, and connections that tell the app where they come from.

No server of ASGI tells of client certificates, so ours does, as the extension of ASGI
for TLS has it.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.transport.tls import shows
from gateway.trust.keyring import OwnKey, fingerprint
from gateway.web import patience
from gateway.web.listening import Lines, TlsDoor
from gateway.web.peers import by_socket
from gateway.web.quick import QuickLine

__all__ = ["Line", "Server"]

log = structlog.get_logger()
LOOK_S = 15.0
"""Seconds between two looks for another key of ours, and for new partners."""
_NO_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME: dates are a matter of the path that is looked for later,
which knows of grace and tells what is wrong."""


@dataclass(slots=True)
class _Tls:
    """The context of the listener; it follows our key and the partners."""

    door: TlsDoor
    context: ssl.SSLContext = field(init=False)
    _shown: str = ""
    _accepted: frozenset[bytes] = frozenset()

    def __post_init__(self) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_alpn_protocols(["http/1.1"])
        self.context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | _NO_TIME

    async def look(self) -> None:
        """Take what is new. What was accepted once may still shake hands, no more.

        The database is asked elsewhere, the context changed where hands are shaken.
        """
        key, accepted = await asyncio.to_thread(self._found)
        if key is not None and fingerprint(key.certificate) != self._shown:
            shows(self.context, key)
            self._shown = fingerprint(key.certificate)
        if new := accepted - self._accepted:
            self.context.load_verify_locations(cadata=b"".join(sorted(new)))
            self.context.verify_mode = ssl.CERT_OPTIONAL
        self._accepted |= accepted

    def _found(self) -> tuple[OwnKey | None, frozenset[bytes]]:
        now = self.door.clock()
        return self.door.key(now), self.door.accepted(now)


class Line(QuickLine):
    """A connection that tells the app where it is from."""

    def connection_made(  # type: ignore[override]  # as uvicorn has it
        self, transport: asyncio.Transport
    ) -> None:
        """Begin, and remember who showed which certificate."""
        super().connection_made(transport)
        line: socket.socket | None = transport.get_extra_info("socket")
        secured = transport.get_extra_info("ssl_object")
        if line is not None and line.family == socket.AF_UNIX:
            self.tells = by_socket
        elif secured is not None:
            self.tells = _in_tls(secured)
        if self.tells is not None:
            self.app = _telling(self.app, self.tells)


def _telling(app: ASGIApp, tells: Callable[[Scope], Scope]) -> ASGIApp:
    async def told(scope: Scope, receive: Receive, send: Send) -> None:
        await app(tells(scope), receive, send)

    return told


def _in_tls(line: ssl.SSLObject) -> Callable[[Scope], Scope]:
    cipher = line.cipher()
    shown = line.getpeercert(True)
    tls = {
        "tls_version": line.version() or "",
        "cipher_suite": cipher[0] if cipher else "",
        "client_cert_chain": [ssl.DER_cert_to_PEM_cert(shown)] if shown else [],
    }

    def told(scope: Scope) -> Scope:
        return {**scope, "extensions": {**scope.get("extensions", {}), "tls": tls}}

    return told


class Server(uvicorn.Server):
    """A server with these lines beside its own."""

    def __init__(self, config: uvicorn.Config, lines: Lines) -> None:
        super().__init__(config)
        self._lines = lines
        self._looking: list[asyncio.Task[None]] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen everywhere, then say so."""
        await super().startup(sockets)
        loop, connections = asyncio.get_running_loop(), self.server_state.connections
        loop.set_exception_handler(patience.telling_once(connections))
        self._looking.append(asyncio.create_task(patience.hang_up(connections)))
        if self._lines.unix is not None:
            self.servers.append(
                await loop.create_unix_server(self._line, sock=self._lines.unix)
            )
        if self._lines.tls is not None:
            line, door = self._lines.tls
            tls = _Tls(door)
            await tls.look()
            self.servers.append(
                await loop.create_server(self._line, sock=line, ssl=tls.context)
            )
            self._looking.append(asyncio.create_task(_look(tls)))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen no more, and finish what is under way."""
        for task in self._looking:
            task.cancel()
        await super().shutdown(sockets)

    def _line(self) -> asyncio.Protocol:
        return Line(self.config, self.server_state, self.lifespan.state)


async def _look(tls: _Tls) -> None:
    """Follow our keys and the partners while the server runs."""
    while True:
        await asyncio.sleep(LOOK_S)
        try:
            await tls.look()
        except Exception as problem:  # the database is away, or a key is not usable
            log.error("tls.not_followed", kind=type(problem).__qualname__)
