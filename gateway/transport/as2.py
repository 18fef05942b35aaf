"""Messages posted by AS2: built once, sent the same at every attempt (RFC 4130).

What goes over the wire is built under a new Message-ID and kept before the first
attempt. The answer is held against what was sent: only a receipt that proves it counts.
"""

from __future__ import annotations

import base64
import json
import secrets as chance
import string
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from gateway.as2.agreement import Agreement
from gateway.as2.building import Built, Payload, Unready, build
from gateway.as2.headers import Headers, media_type
from gateway.as2.receipts import MdnState, read_mdn, settle
from gateway.as2.receipts import Sent as SentBefore
from gateway.as2.signed import Ids
from gateway.findings import Finding, Severity
from gateway.partner.profile import As2Channel
from gateway.pipeline.ports import (
    Answer,
    Blob,
    Failed,
    InMemory,
    Outbound,
    Sent,
    Trouble,
    Wire,
)
from gateway.transport.https import NoAnswer, Response
from gateway.transport.media import media_type as type_of
from gateway.transport.posting import (
    AGENT,
    Posting,
    authorization,
    endpoint,
    refused,
    unready,
)
from gateway.transport.spool import Spool

_HEAD_BYTES = 64 * 1024
_ALPHABET = string.ascii_letters + string.digits
_RECEIPTS = ("multipart/report", "multipart/signed")
_LARGEST = 2**62
_HEAVY = (Severity.REJECT, Severity.ERROR)
_TAKEN = (MdnState.ACCEPTED, MdnState.ACCEPTED_WITH_WARNING)


class Met(Protocol):
    """A channel by which we send, and what it stands for now."""

    @property
    def channel(self) -> As2Channel:
        """The channel of the partner's profile."""
        ...

    @property
    def agreement(self) -> Agreement:
        """What is agreed, with the keys that are good now."""
        ...


@dataclass(frozen=True, slots=True)
class Judged:
    """Where a message stands by a receipt.

    ``said`` is for people; ``code`` is the finding that it is when it is bad.
    """

    state: str
    said: str
    code: str = ""

    @property
    def is_good(self) -> bool:
        """Whether the partner has proven that they took it."""
        return self.state in _TAKEN


class As2Sender:
    """Sends by AS2; ``agreements`` finds what is agreed for a partner's channel.

    ``folder`` is for what is too large for memory while it is built. ``host`` stands in
    our Message-IDs.
    """

    def __init__(
        self,
        agreements: Callable[[str, str], Met | None],
        posting: Posting,
        *,
        folder: Path,
        inline_bytes: int,
        host: str,
    ) -> None:
        self._agreements = agreements
        self._posting = posting
        self._folder = folder
        self._inline = inline_bytes
        self._host = host

    def wraps(self, outbound: Outbound) -> bool:
        """Whatever it is, it is wrapped."""
        return True

    @contextmanager
    def wrap(self, outbound: Outbound, now: datetime) -> Iterator[Wire | Failed]:
        """Sign, compress and encrypt as agreed; valid until it is left."""
        met = self._agreements(outbound.partner_id, outbound.channel)
        if met is None:
            yield _unknown(outbound)
            return
        if met.agreement.receipt == "async" and not met.agreement.receipt_url:
            what = "receipts are to come later, and GATEWAY_AS2_URL is not set"
            yield unready(Finding.of("AS2-211", what))
            return
        payload = Payload(
            content_type=type_of(outbound.kind),
            name=outbound.file_name,
            size=outbound.blob.size,
            chunks=outbound.blob.chunks,
        )
        ids = Ids(
            message_id=f"<{outbound.id}.{chance.token_hex(8)}@{self._host}>",
            boundary="".join(chance.choice(_ALPHABET) for _ in range(32)),
        )
        try:
            built = build([payload], met.agreement, now, ids, subject=outbound.kind)
        except Unready as problem:
            yield unready(problem.finding)
            return
        with Spool(
            self._folder, limit_bytes=_LARGEST, inline_bytes=self._inline
        ) as spool:
            for name, value in built.headers:
                spool.write(f"{name}: {value}\r\n".encode("latin-1"))
            spool.write(b"\r\n")
            for chunk in built.chunks:
                spool.write(chunk)
            facts = _facts(built, met.agreement)
            yield Wire(id=built.message_id, blob=spool.blob(), facts=facts, since=now)

    def send(self, outbound: Outbound) -> Sent | Failed:
        """Post the wire once, and judge what was answered."""
        met, wire = (
            self._agreements(outbound.partner_id, outbound.channel),
            outbound.wire,
        )
        if met is None:
            return _unknown(outbound)
        if wire is None:
            return Failed("it was not wrapped", trouble=Trouble.OURS)
        channel, now = met.channel, self._posting.clock()
        auth = authorization(channel.auth, self._posting.secrets)
        if isinstance(auth, Failed):
            return auth
        times = channel.times
        to = endpoint(
            channel.url, met.agreement.keyring, now, times.connect_s, times.receipt_s
        )
        headers, body = split(wire.blob)
        size = body.size if channel.body == "length" else None
        try:
            response = self._posting.lines.post(
                to, (*headers, AGENT, *auth), body, size
            )
        except NoAnswer as problem:
            return Failed(str(problem))
        return _outcome(response, wire, met, self._posting.clock())


def judged(
    headers: Headers, body: bytes, facts: str, agreement: Agreement, now: datetime
) -> Judged:
    """Hold a receipt (MDN) against what was sent; never raises for what came."""
    told = json.loads(facts)
    sent = SentBefore(
        message_id=str(told["message_id"]),
        mics={name: base64.b64decode(mic) for name, mic in told["mics"].items()},
        asked_digest=str(told["asked_digest"]),
        receipt_signed=bool(told["receipt_signed"]),
    )
    read = read_mdn(headers, body, agreement, now)
    found = settle(read, sent)
    said = f"MDN: {read.disposition}" if read.disposition else "no MDN"
    if found.state in _TAKEN:
        return Judged(str(found.state), said)
    heavy = [one for one in found.findings if one.severity in _HEAVY]
    worst = next(iter((*heavy, *found.findings)), None)
    if worst is None:
        return Judged(str(found.state), said, "WIRE-020")
    return Judged(str(found.state), f"{said}; {worst.what}"[:400], worst.code)


def _facts(built: Built, agreement: Agreement) -> str:
    mics = built.mics.items()
    told = {
        "message_id": built.message_id,
        "mics": {name: base64.b64encode(mic).decode() for name, mic in mics},
        "asked_digest": built.asked_digest,
        "receipt_signed": agreement.receipt_signed,
        "receipt": agreement.receipt,
        "channel": agreement.channel_id,
        "url": agreement.url,
    }
    return json.dumps(told, sort_keys=True)


def _outcome(response: Response, wire: Wire, met: Met, now: datetime) -> Sent | Failed:
    """What an answer means: a receipt first, else the status."""
    taken = 200 <= response.status < 300
    wanted = met.agreement.receipt
    way = " ".join((f"HTTP {response.status}", response.tls)).strip()
    if wanted == "sync" or (wanted == "async" and _holds_receipt(response)):
        headers = Headers.of(response.headers)
        found = judged(headers, response.body, wire.facts, met.agreement, now)
        if taken or found.state != MdnState.MDN_INVALID:
            return _settled(found, _answer(response, wire, found.state), way)
    if not taken:
        return refused(response, now, _answer(response, wire, "built"))
    if wanted == "async":
        due_in = timedelta(minutes=met.channel.receipt.within_min)
        answer = _answer(response, wire, "mdn_pending", due_in)
        return Sent(f"{way}; the receipt is to come", answer)
    return Sent(way, _answer(response, wire, "sent"))


def _settled(found: Judged, answer: Answer, way: str) -> Sent | Failed:
    said = f"{way}; {found.said}"
    if found.is_good:
        return Sent(said, answer)
    return Failed(said, trouble=Trouble.REFUSED, code=found.code, answer=answer)


def _holds_receipt(response: Response) -> bool:
    kind = media_type(response.header("Content-Type")).kind
    return bool(response.body) and kind in _RECEIPTS


def _answer(
    response: Response, wire: Wire, state: str, due_in: timedelta | None = None
) -> Answer:
    return Answer(
        wire_id=wire.id,
        status=response.status,
        blob=InMemory.of(response.raw),
        receipt=str(state),
        due_in=due_in,
    )


def _unknown(outbound: Outbound) -> Failed:
    what = f"{outbound.partner_id} has no channel {outbound.channel!r} that may be used"
    return Failed(what, trouble=Trouble.OURS)


@dataclass(frozen=True, slots=True)
class Body:
    """What stands behind the header of a wire; it may be read more than once."""

    blob: Blob
    skipped: int

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return self.blob.size - self.skipped

    def __iter__(self) -> Iterator[bytes]:
        left = self.skipped
        for piece in self.blob.chunks():
            if left < len(piece):
                yield piece[left:]
            left = max(left - len(piece), 0)


def split(blob: Blob) -> tuple[list[tuple[str, str]], Body]:
    """The headers of a wire, and its body."""
    head = b""
    for piece in blob.chunks():
        head += piece
        if b"\r\n\r\n" in head or len(head) > _HEAD_BYTES:
            break
    lines, _, _ = head.partition(b"\r\n\r\n")
    pairs = (line.split(": ", 1) for line in lines.decode("latin-1").split("\r\n"))
    return [(name, value) for name, value in pairs], Body(blob, len(lines) + 4)


def our_host(address: str) -> str:
    """What our Message-IDs end with: the host of our own address, if it is known."""
    return urlsplit(address).hostname or "procurement-gateway.invalid"
