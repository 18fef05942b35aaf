"""Requests to partners over HTTP: TLS, kept connections, bounded answers."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Protocol
from urllib.parse import urlsplit

from gateway.transport.tls import Protection, ServerUnknown, protected

__all__ = [
    "LONGEST_S",
    "Endpoint",
    "Lines",
    "NoAnswer",
    "Response",
    "asked_pause",
    "cut_off",
]

MOST_ANSWERED = 1024 * 1024
"""Bytes of an answer that are read; no MDN is longer."""
LONGEST_S = 600.0
"""Seconds that one attempt may take in all."""
UNPINNED = Protection()
_IDLE_S = 20.0
_PIECE = 256 * 1024
_LONGEST_WAIT = timedelta(hours=24)
_CLOSED = (
    ConnectionResetError,
    BrokenPipeError,
    ConnectionAbortedError,
    http.client.RemoteDisconnected,
    ssl.SSLEOFError,
    ssl.SSLZeroReturnError,
)
"""How it looks when the peer has closed a kept connection meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where requests go, and how the way there is protected.

    ``connect_s`` and ``answer_s`` are seconds until the connection stands, and for
    each step of the answer; nothing takes longer than ``whole_s``. ``address`` is an
    IP address that was looked up and approved before; empty: the host's. With
    ``status_only`` an answer counts whose body is not whole, or too long.
    """

    url: str
    protection: Protection = UNPINNED
    connect_s: float = 20.0
    answer_s: float = 60.0
    whole_s: float = LONGEST_S
    address: str = ""
    status_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What a peer answered. ``headers`` keep their order and spelling."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    tls: str = ""
    """The version of TLS and the cipher; empty: the way was not protected."""

    def header(self, name: str) -> str:
        """The first of this name in any spelling; empty: there is none."""
        low = name.lower()
        return next((value for key, value in self.headers if key.lower() == low), "")

    @property
    def raw(self) -> bytes:
        """Header lines, an empty line and the body."""
        lines = (f"{name}: {value}\r\n" for name, value in self.headers)
        return "".join(lines).encode("latin-1", "replace") + b"\r\n" + self.body


class NoAnswer(Exception):
    """There was no answer, or none that is whole; nobody knows what was taken in."""


class _Answer(http.client.HTTPResponse):
    """An answer whose interim ones (102 and the like) are passed over."""

    def _read_status(self) -> tuple[str, int, str]:
        for _ in range(20):
            told = super()._read_status()  # type: ignore[misc]  # not in typeshed
            version, status, reason = told
            if not 101 < status < 200:
                return version, status, reason
            http.client.parse_headers(self.fp)
        raise http.client.HTTPException("nothing but interim answers")


class _Plain(http.client.HTTPConnection):
    """A connection that may go to an address that was looked up before."""

    response_class = _Answer

    def __init__(self, to: Endpoint) -> None:
        parts = urlsplit(to.url)
        assert parts.hostname is not None
        super().__init__(parts.hostname, parts.port, timeout=to.connect_s)
        self.endpoint = to
        self.idle_since = 0.0
        self.told = ""

    def connect(self) -> None:
        """Open the connection, and the protection of the way."""
        to = self.endpoint
        where = (to.address or self.host, self.port)
        line = socket.create_connection(where, to.connect_s)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = line

    def alive(self) -> bool:
        """Whether nothing came on the kept connection, not even its end."""
        assert self.sock is not None
        if time.monotonic() - self.idle_since > _IDLE_S:
            return False
        self.sock.settimeout(0.0)
        try:
            self.sock.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        return False


class _Secure(_Plain):
    """The same within TLS 1.2 or later."""

    default_port = http.client.HTTPS_PORT

    def connect(self) -> None:
        """Try what may protect the way, one after the other."""
        last: Exception | None = None
        for way in protected(self.endpoint.protection):
            super().connect()
            try:
                self.sock = way.wrapped(self.sock, self.host)
            except (ssl.SSLCertVerificationError, ServerUnknown) as problem:
                last = problem
                self.close()
                continue
            except BaseException:
                self.close()
                raise
            cipher = self.sock.cipher()
            self.told = f"{self.sock.version()} {cipher[0] if cipher else ''}"
            return
        assert last is not None
        raise last


class Lines:
    """Connections to partners; one that was used is kept for a while."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._kept: dict[Endpoint, list[_Plain]] = {}

    def __del__(self) -> None:
        self.close()

    def post(
        self,
        to: Endpoint,
        headers: Iterable[tuple[str, str]],
        chunks: Iterable[bytes],
        size: int | None,
    ) -> Response:
        """Post once and read the answer; no redirect is followed (RFC 4130 §5.4).

        ``chunks`` may be read a second time, when a kept connection turns out to be
        closed. ``size`` none: HTTP chunks. Raises ``NoAnswer``.
        """
        headers = tuple(headers)
        line, is_kept = self._line(to)
        try:
            return self._posted(line, headers, chunks, size)
        except _CLOSED as problem:
            if not is_kept:
                raise NoAnswer(_said(problem)) from problem
        except (OSError, http.client.HTTPException, ServerUnknown) as problem:
            raise NoAnswer(_said(problem)) from problem
        fresh = _new(to)
        try:
            return self._posted(fresh, headers, chunks, size)
        except (OSError, http.client.HTTPException, ServerUnknown) as problem:
            raise NoAnswer(_said(problem)) from problem

    def get(
        self, to: Endpoint, headers: Iterable[tuple[str, str]], most: int
    ) -> Response:
        """Fetch once, at most so many bytes; no redirect is followed.

        The connection is not kept. Raises ``NoAnswer``.
        """
        line = _new(to)
        until = time.monotonic() + to.whole_s
        try:
            with cut_off(line, to.whole_s):
                line.connect()
                assert line.sock is not None
                line.sock.settimeout(to.answer_s)
                _head(line, "GET", headers)
                line.endheaders()
                answer = line.getresponse()
                body = _read(answer, until, most)
        except (OSError, http.client.HTTPException, ServerUnknown) as problem:
            raise NoAnswer(_said(problem)) from problem
        finally:
            line.close()
        return _response(line, answer, body)

    def close(self) -> None:
        """Close what is kept."""
        with self._turn:
            kept, self._kept = self._kept, {}
        for line in (line for lines in kept.values() for line in lines):
            line.close()

    def _posted(
        self,
        line: _Plain,
        headers: Sequence[tuple[str, str]],
        chunks: Iterable[bytes],
        size: int | None,
    ) -> Response:
        until = time.monotonic() + line.endpoint.whole_s
        try:
            with cut_off(line, line.endpoint.whole_s):
                if line.sock is None:
                    line.connect()
                assert line.sock is not None
                line.sock.settimeout(line.endpoint.answer_s)
                _send(line, headers, chunks, size)
                answer = line.getresponse()
                body = self._body(line, answer, until)
        except BaseException:
            line.close()
            raise
        found = _response(line, answer, body)
        self._keep(line, answer)
        return found

    def _body(
        self, line: _Plain, answer: http.client.HTTPResponse, until: float
    ) -> bytes:
        try:
            return _read(answer, until)
        except (OSError, http.client.HTTPException):
            if not line.endpoint.status_only:
                raise
            line.close()
            return b""

    def _line(self, to: Endpoint) -> tuple[_Plain, bool]:
        while True:
            with self._turn:
                kept = self._kept.get(to)
                line = kept.pop() if kept else None
                if kept is not None and not kept:
                    del self._kept[to]
            if line is None:
                return _new(to), False
            if line.alive():
                return line, True
            line.close()

    def _keep(self, line: _Plain, answer: http.client.HTTPResponse) -> None:
        if line.sock is None or answer.will_close or answer.status >= 300:
            line.close()
            return
        line.idle_since = time.monotonic()
        with self._turn:
            old = [
                to
                for to, lines in self._kept.items()
                if lines[-1].idle_since < line.idle_since - _IDLE_S
            ]
            gone = [each for to in old for each in self._kept.pop(to)]
            self._kept.setdefault(line.endpoint, []).append(line)
        for each in gone:
            each.close()


def _response(line: _Plain, answer: http.client.HTTPResponse, body: bytes) -> Response:
    return Response(
        status=answer.status,
        reason=answer.reason,
        headers=tuple(answer.headers.items()),
        body=body,
        tls=line.told,
    )


def _new(to: Endpoint) -> _Plain:
    return _Secure(to) if urlsplit(to.url).scheme == "https" else _Plain(to)


class HasSocket(Protocol):
    """A connection whose socket changes when it opens, and when TLS begins."""

    @property
    def sock(self) -> socket.socket | None:
        """The socket, while there is one."""
        ...


@contextmanager
def cut_off(line: HasSocket, whole_s: float) -> Iterator[threading.Event]:
    """Whatever the peer does, it ends after ``whole_s``; the event is set then."""
    is_over = threading.Event()

    def cut() -> None:
        is_over.set()
        if line.sock is not None:
            with suppress(OSError):
                socket.socket.shutdown(line.sock, socket.SHUT_RDWR)

    timer = threading.Timer(whole_s, cut)
    timer.daemon = True
    timer.start()
    try:
        yield is_over
    finally:
        timer.cancel()


def _send(
    line: _Plain,
    headers: Sequence[tuple[str, str]],
    chunks: Iterable[bytes],
    size: int | None,
) -> None:
    """Head and first bytes in one piece; a peer that answers early is listened to."""
    _head(line, "POST", headers)
    if size is None:
        line.putheader("Transfer-Encoding", "chunked")
    else:
        line.putheader("Content-Length", str(size))
    framed = _framed(chunks) if size is None else iter(chunks)
    line.endheaders(next(framed, b""))
    try:
        for piece in framed:
            line.send(piece)
    except (BrokenPipeError, ConnectionResetError):
        return  # perhaps it said why: the answer is read next


def _head(line: _Plain, method: str, headers: Iterable[tuple[str, str]]) -> None:
    parts = urlsplit(line.endpoint.url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    line.putrequest(method, path, skip_accept_encoding=True)
    for name, value in headers:
        line.putheader(name, value)


def _framed(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for piece in chunks:
        if piece:
            yield b"%x\r\n%b\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


def _read(
    answer: http.client.HTTPResponse, until: float, most: int = MOST_ANSWERED
) -> bytes:
    """The body, whole and not too long."""
    held = bytearray()
    while piece := answer.read1(_PIECE):
        held += piece
        if len(held) > most:
            raise http.client.HTTPException(f"over {most} bytes of answer")
        if time.monotonic() > until:
            raise TimeoutError
    if answer.length:
        raise http.client.IncompleteRead(b"", answer.length)
    answer.close()
    return bytes(held)


def _said(problem: Exception) -> str:
    """What kind of failure, in words that repeat nothing of a partner's."""
    match problem:
        case ServerUnknown():
            said = str(problem)
        case ssl.SSLCertVerificationError():
            said = f"TLS: the server's certificate: {problem.verify_message}"
        case ssl.SSLError():
            said = f"TLS: {problem.reason or type(problem).__name__}"
        case TimeoutError():
            said = "no answer in time"
        case socket.gaierror():
            said = "the host's name is not known"
        case http.client.IncompleteRead():
            said = "the answer was cut off"
        case OSError() if problem.strerror:
            said = problem.strerror
        case _:
            said = type(problem).__name__
    return said


def asked_pause(retry_after: str, now: datetime) -> datetime | None:
    """When the peer wants the next attempt (RFC 9110 §10.2.3), a day at most."""
    if not retry_after:
        return None
    try:
        if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 10:
            then = now + timedelta(seconds=int(retry_after))
        else:
            then = parsedate_to_datetime(retry_after)
            then = then if then.tzinfo else then.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return min(then, now + _LONGEST_WAIT) if then > now else None
