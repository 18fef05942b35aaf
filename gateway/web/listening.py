"""Where the server listens: its address, TLS of our own, and a proxy's socket."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gateway.trust.keyring import OwnKey

__all__ = ["Beside", "Lines", "TlsDoor", "listening"]

_WAITING = 512
"""Connections that may wait to be taken."""


@dataclass(frozen=True, slots=True)
class TlsDoor:
    """What we show at our TLS listener, and whom it lets in to be looked at.

    ``key`` is ours at a moment; ``accepted`` are certificates, in DER, that those of
    clients may lead to.
    """

    key: Callable[[datetime], OwnKey | None]
    accepted: Callable[[datetime], frozenset[bytes]]
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Where a server listens beside its first address; nothing: nowhere else."""

    host: str = "127.0.0.1"
    port: int = 0
    tls: TlsDoor | None = None
    proxy_socket: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The sockets that are listened on, bound before anything runs."""

    plain: socket.socket
    tls: tuple[socket.socket, TlsDoor] | None = None
    unix: socket.socket | None = None

    def told(self) -> dict[str, object]:
        """Where it listens beside its first address, for the log."""
        found: dict[str, object] = {}
        if self.tls is not None:
            found["tls_port"] = self.tls[0].getsockname()[1]
        if self.unix is not None:
            found["proxy_socket"] = self.unix.getsockname()
        return found


@contextmanager
def listening(host: str, port: int, beside: Beside) -> Iterator[Lines]:
    """All sockets of a server. ``OSError``: one of its addresses is in use."""
    with _bound(host, port) as plain, _unix(beside.proxy_socket) as unix:
        if beside.tls is None:
            yield Lines(plain=plain, unix=unix)
            return
        with _bound(beside.host, beside.port) as line:
            yield Lines(plain=plain, tls=(line, beside.tls), unix=unix)


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.create_server((host, port), backlog=_WAITING)
    # Connections inherit it. Otherwise a body waits 40 ms for its head's ACK.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return bound


@contextmanager
def _unix(path: Path | None) -> Iterator[socket.socket | None]:
    """A listening Unix socket for our group, instead of one left by a dead process."""
    if path is None:
        yield None
        return
    with suppress(FileNotFoundError):
        if path.is_socket() and not _is_alive(path):
            path.unlink()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.bind(str(path))
        path.chmod(0o660)
        line.listen(_WAITING)
        try:
            yield line
        finally:
            path.unlink(missing_ok=True)


def _is_alive(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        try:
            line.connect(str(path))
        except ConnectionRefusedError:
            return False
        return True
