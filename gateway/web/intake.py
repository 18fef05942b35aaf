"""A request body on its way into the store: bounded in size and in time."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from functools import lru_cache
from pathlib import Path
from sys import maxsize

from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.types import Message, Scope

from gateway.config import Settings
from gateway.transport.spool import Spool, TooLarge
from gateway.web.problem import Problem

_LAYERS = ("multipart/signed", "application/pkcs7-mime", "application/x-pkcs7-mime")
_HEADED = re.compile(
    rb"(?:[!-9;-~]+:[^\r\n]*+\r?\n(?:[ \t][^\r\n]*+\r?\n)*+){0,40}?content-type:",
    re.IGNORECASE,
)
"""How a body begins that is an entity itself, with its own header in front."""
_HEAD_BYTES = 8 * 1024
_PACKED = frozenset(
    {b"gzip", b"x-gzip", b"deflate", b"br", b"zstd", b"compress", b"x-compress"}
)
"""Content codings (RFC 9110 §8.4.1) that change the bytes. Some senders write
``binary`` or ``8bit`` here, and mean the bytes as they are."""
LINGER_S = 2.0
"""How long an oversized body is read on, so that its sender sees the answer."""


class WholeRequest(Request):
    """A request whose body, which is not empty, came with it: there is no waiting."""

    def __init__(self, scope: Scope, content: bytes) -> None:
        super().__init__(scope, self._given)
        self.content = content

    async def _given(self) -> Message:
        return {"type": "http.request", "body": self.content, "more_body": False}


async def receive(
    request: Request, spool: Spool, *, timeout_s: float, empty: bool = False
) -> None:
    """Stream the whole body into the spool, or raise the problem it has.

    ``empty`` says that no bytes are a body too.
    """
    body = request.stream()
    try:
        coding = _announced(request, spool.limit_bytes)
        if coding:
            await _read_on(body, spool.limit_bytes)
            raise _packed(coding)
        if isinstance(request, WholeRequest):
            spool.write(request.content)
            return
        async with asyncio.timeout(timeout_s):
            async for chunk in body:
                spool.write(chunk)
    except TooLarge as large:
        await _read_on(body, large.limit_bytes)
        what = f"the body has more than {large.limit_bytes} bytes"
        close = {"Connection": "close"}
        raise Problem.of("API-012", what, headers=close) from None
    except TimeoutError:
        what = f"the body was not complete after {timeout_s:g} seconds"
        close = {"Connection": "close"}
        raise Problem.of("API-015", what, headers=close) from None
    except ClientDisconnect:
        raise Problem.of("API-015", "the connection closed inside the body") from None
    if not spool.size and not empty:
        raise Problem.of("WIRE-001", "the body is empty")


async def small(request: Request, most_bytes: int, *, timeout_s: float) -> bytes:
    """The whole body of a form that people or their browser send."""
    body = bytearray()
    try:
        async with asyncio.timeout(timeout_s):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most_bytes:
                    what = f"a form has at most {most_bytes} bytes"
                    raise Problem.of("API-012", what)
    except TimeoutError:
        what = f"the form was not complete after {timeout_s:g} seconds"
        raise Problem.of("API-015", what) from None
    except ClientDisconnect:
        raise Problem.of("API-015", "the connection closed inside the form") from None
    if coding := _announced(request, maxsize):
        raise _packed(coding)
    return bytes(body)


def entity(request: Request, data: bytes) -> bytes:
    """The body as a MIME entity, where the request's headers say that it is layered.

    Some post a whole S/MIME file under the type of what is in it.
    """
    kind = request.headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() not in _LAYERS:
        return data
    if _HEADED.match(data, 0, _HEAD_BYTES):
        return data
    encoding = request.headers.get("content-transfer-encoding", "binary")
    head = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode("latin-1", "replace") + data


def spool_for(
    settings: Settings, most_bytes: int | None = None, *, before: bytes = b""
) -> Spool:
    """Where a body waits until it is committed; ``most_bytes`` narrows the limit.

    ``before`` is what counts as being in front of it, in ``whole_sha256``.
    """
    limit = settings.max_interchange_bytes
    return Spool(
        _folder(settings.home),
        limit_bytes=limit if most_bytes is None else min(limit, most_bytes),
        inline_bytes=settings.payload_inline_bytes,
        before=before,
    )


@lru_cache(maxsize=4)
def _folder(home: Path) -> Path:
    """Made once: a request would spend a tenth of its reading on this name."""
    return home / "spool"


async def whole(
    request: Request, settings: Settings, most_bytes: int, *, timeout_s: float
) -> bytes:
    """The whole body at once, of no more than this many bytes."""
    with spool_for(settings, most_bytes) as spool:
        await receive(request, spool, timeout_s=timeout_s)
        return b"".join(spool.blob().chunks())


def _announced(request: Request, limit_bytes: int) -> str:
    """How the body says that it is compressed, if it does.

    What says itself that it is too long is refused at once (RFC 9110 §8.6).
    """
    coding = ""
    for name, value in request.scope["headers"]:
        if name == b"content-length":
            if value.isdigit() and int(value) > limit_bytes:
                raise TooLarge(limit_bytes)
        elif name == b"content-encoding":
            coding = coding or _of_packing(value)
    return coding


def _of_packing(value: bytes) -> str:
    """The first of these codings that changes the bytes."""
    named = (one.strip().lower() for one in value.split(b","))
    return next((one.decode() for one in named if one in _PACKED), "")


def _packed(coding: str) -> Problem:
    """Bodies are kept as they came, so that their sums and signatures hold."""
    what = f"the body is compressed (Content-Encoding: {coding})"
    asks = {"Accept-Encoding": "identity", "Connection": "close"}
    return Problem.of("API-019", what, headers=asks)


async def _read_on(body: AsyncIterator[bytes], most_bytes: int) -> None:
    """Throw away what still comes, for a while and up to a limit.

    Closing on a sender that still writes would reset the connection, and the answer
    with it.
    """
    try:
        async with asyncio.timeout(LINGER_S):
            async for chunk in body:
                most_bytes -= len(chunk)
                if most_bytes < 0:
                    return
    except (TimeoutError, ClientDisconnect):
        return
