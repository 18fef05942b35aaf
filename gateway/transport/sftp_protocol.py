"""The protocol of an SFTP session, cut down to what a drop folder needs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import asyncssh
from asyncssh.packet import SSHPacket
from asyncssh.sftp import SFTPLimits, SFTPServerHandler
from asyncssh.stream import SSHReader, SSHWriter

from gateway.transport.sftp_session import MOST_OPEN, MOST_READ, DropSession

_MOST_HANDLES = 64
_SPOKEN = (b"posix-rename@openssh.com", b"fsync@openssh.com", b"limits@openssh.com")
_REFUSED = frozenset({19, 20, 21, 22, 23})  # links and locks of the protocol's versions


class Client(Protocol):
    """Who asks: whether a request is being answered, and when the last one was."""

    busy: int
    active_at: float


class Handler(SFTPServerHandler):
    """The protocol, cut down to what a drop folder needs, and bounded."""

    async def _process_limits(self, packet: SSHPacket) -> SFTPLimits:
        packet.check_end()
        return SFTPLimits(MOST_READ + 1024, MOST_READ, MOST_READ, MOST_OPEN)

    _extensions = [  # noqa: RUF012  as the base has it
        one for one in SFTPServerHandler._extensions if one[0] in _SPOKEN
    ]
    _packet_handlers = {  # noqa: RUF012
        name: handler
        for name, handler in SFTPServerHandler._packet_handlers.items()
        if (name in _SPOKEN if isinstance(name, bytes) else name not in _REFUSED)
    }
    _packet_handlers[b"limits@openssh.com"] = _process_limits  # type: ignore[assignment]

    def __init__(
        self,
        drop: DropSession,
        reader: SSHReader[bytes],
        writer: SSHWriter[bytes],
        visitor: Client,
    ) -> None:
        super().__init__(drop, reader, writer, 3)
        self._drop, self._visitor = drop, visitor

    async def _process_packet(
        self, pkttype: int, pktid: int, packet: SSHPacket
    ) -> None:
        """Answer one request, and wait until the client takes the answer."""
        with self._busy():
            await super()._process_packet(pkttype, pktid, packet)
        if self._writer is not None:
            await self._writer.drain()
        self._visitor.active_at = time.monotonic()

    def _get_next_handle(self) -> bytes:
        if len(self._file_handles) + len(self._dir_handles) >= _MOST_HANDLES:
            raise asyncssh.SFTPFailure("too much is open")
        return super()._get_next_handle()

    async def _cleanup(self, exc: Exception | None) -> None:
        self._drop.abandon()
        await super()._cleanup(exc)

    @contextmanager
    def _busy(self) -> Iterator[None]:
        """While a request is answered, its client is not idle."""
        self._visitor.busy += 1
        try:
            yield
        finally:
            self._visitor.busy -= 1
