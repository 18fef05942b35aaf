"""``/as2``: messages and MDNs of partners (RFC 4130)."""

from __future__ import annotations

import time
from collections.abc import Iterable

import structlog
from fastapi import APIRouter, Request, Response
from starlette.background import BackgroundTask

from gateway.as2.headers import Headers
from gateway.as2.request import Request as As2Request
from gateway.as2.request import read_request
from gateway.engine.agreements import Known
from gateway.engine.as2 import Answer, Arrived, Held, stranger
from gateway.engine.running import trail
from gateway.store.database import Unavailable
from gateway.transport.addresses import networks
from gateway.web import intake
from gateway.web.doors import Doors, doors
from gateway.web.peers import peer_of
from gateway.web.problem import Problem

log = structlog.get_logger()
MOST_HEADERS = 200
MOST_HEADER_BYTES = 64 * 1024
_ONCE = (b"as2-from", b"as2-to", b"message-id")
_CLOSE = {"Connection": "close"}
_LATER = {"Retry-After": "30"} | _CLOSE
_WITHHELD = frozenset({b"authorization", b"proxy-authorization", b"cookie"})
_OF_THE_SERVER = frozenset({"date", "content-length", "transfer-encoding"})


async def door(request: Request) -> Response:
    """Say that somebody listens here, or take in what is posted."""
    if request.method == "HEAD":
        return Response()
    return await take(request, await doors(request))


async def take(request: Request, parts: Doors) -> Response:
    """Take in a message, or the MDN for one of ours; both come to either address.

    With a sync MDN the answer is HTTP 200 and the MDN, whatever became of the message.
    Otherwise it is empty, once the bytes are on the disk.
    """
    headers = _bounded(request)
    asked = read_request(Headers.of(headers))
    known = parts.engine.agreements.found(asked.sender, asked.receiver)
    if known is None:
        return _of_stranger(asked, parts)
    if not asked.message_id and not known.agreement.is_bis:
        raise Problem.of("AS2-106", "Message-ID is missing", headers=_CLOSE)
    try:
        answer = await _taken(request, parts, asked, known)
    except (TimeoutError, Unavailable) as problem:
        log.error("as2.not_kept", kind=type(problem).__qualname__)
        what = "the message may not be stored; send it again as it is"
        raise Problem.of("API-013", what, headers=_LATER) from None
    return _told(answer, known, asked, parts)


def _bounded(request: Request) -> Iterable[tuple[bytes, bytes]]:
    """The headers, unless they can be read in two ways, or are too many."""
    headers: list[tuple[bytes, bytes]] = request.scope["headers"]
    names = [name for name, _ in headers]
    what = ""
    if {b"content-length", b"transfer-encoding"} <= set(names):
        what = "both Content-Length and Transfer-Encoding were sent"
    elif not {b"content-length", b"transfer-encoding"} & set(names):
        # HTTP sees no body then (RFC 9112 §6.3), and a receipt would be for nothing
        what = "neither Content-Length nor Transfer-Encoding was sent: no body is read"
    elif len(names) > MOST_HEADERS:
        what = f"there are more than {MOST_HEADERS} headers"
    elif sum(len(name) + len(value) for name, value in headers) > MOST_HEADER_BYTES:
        what = f"the headers have more than {MOST_HEADER_BYTES} bytes"
    elif twice := [name for name in _ONCE if names.count(name) > 1]:
        what = f"{twice[0].decode()} was sent more than once"
    if what:
        raise Problem.of("AS2-121", what, headers=_CLOSE)
    return headers


def _of_stranger(asked: As2Request, parts: Doors) -> Response:
    """Nothing of a stranger is kept, and nothing is posted to where it wants."""
    parts.engine.counts.add("gateway_as2_strangers_total")
    log.warning("as2.stranger", sender=asked.sender, receiver=asked.receiver)
    if asked.asked is None or asked.asked.url or not asked.message_id:
        what = "no agreement has these two AS2 names"
        raise Problem.of("AS2-102", what, headers=_CLOSE)
    return _mdn(stranger(asked, parts.clock()), closing=True)


async def _taken(
    request: Request, parts: Doors, asked: As2Request, known: Known
) -> Answer:
    """Read it to its last byte, and let the engine keep and answer it."""
    engine = parts.engine
    begun, head = time.perf_counter(), _head(request)
    before = head.encode("latin-1") + b"\r\n"
    with engine.admit(), intake.spool_for(engine.settings, before=before) as spool:
        await intake.receive(request, spool, timeout_s=parts.body_timeout_s, empty=True)
        peer = peer_of(request.scope, networks(engine.settings.trusted_proxies))
        arrived = Arrived(
            request=asked,
            known=known,
            head=head,
            body=spool.blob(),
            raw_sha256=spool.whole_sha256,
            peer=peer.address,
            facts=peer.facts,
            received_at=parts.clock(),
        )
        answer = await engine.as2.receive(arrived)
    engine.counts.accepted("as2", time.perf_counter() - begun)
    log.info("as2.taken", id=answer.id, partner=known.partner_id, size=spool.size)
    return answer


def _head(request: Request) -> str:
    """The headers as they came, one a line; what lets somebody in is left out."""
    lines = (
        name.decode("latin-1")
        + ": "
        + ("(withheld)" if name in _WITHHELD else value.decode("latin-1"))
        + "\r\n"
        for name, value in request.scope["headers"]
    )
    return "".join(lines)


def _told(answer: Answer, known: Known, asked: As2Request, parts: Doors) -> Response:
    if not answer.is_empty:
        return _mdn(answer.mdn)
    later = asked.asked is not None and bool(asked.asked.url)
    status = int(known.channel.replies.status) if later else 200
    task = None
    if answer.open is not None:
        task = BackgroundTask(_open, parts, answer.open)
    return Response(status_code=status, background=task)


def _open(parts: Doors, held: Held) -> None:
    """Open a message once its sender has the answer; what fails is tried again."""
    try:
        parts.engine.as2.finish_later(held)
    except Exception as problem:
        log.error("as2.left_behind", id=held.id, **trail(problem))


def _mdn(data: bytes, *, closing: bool = False) -> Response:
    """An MDN as the answer of HTTP: its headers and its body (RFC 4130 §7.6)."""
    head, _, body = data.partition(b"\r\n\r\n")
    response = Response(body)
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() not in _OF_THE_SERVER:
            response.headers[name] = value.strip()
    if closing:
        response.headers["Connection"] = "close"
    return response


router = APIRouter()
for _path in ("/as2", "/as2/mdn"):  # plain routes: there is nothing to be injected
    router.add_route(_path, door, methods=["HEAD", "POST"], include_in_schema=False)
