"""The AS2 door: kept, opened, answered, each in a commit of its own.

A request that was kept and not answered, because the process died, is opened by
whoever finds it; its sender gets the answer when it asks again with its Message-ID.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from urllib.parse import urlsplit

import structlog

from gateway.as2.disposition import Disposition, error
from gateway.as2.fault import reasons
from gateway.as2.headers import Headers
from gateway.as2.mdn import Mdn, compose_mdn
from gateway.as2.opened import Kind, Mic, Opened, Piece
from gateway.as2.opening import Opening
from gateway.as2.request import Request, read_request
from gateway.as2.signed import Ids
from gateway.config import Settings
from gateway.engine.agreements import Agreements, Known
from gateway.engine.running import trail
from gateway.engine.steps import Step
from gateway.findings import Finding
from gateway.pipeline.ports import Blob, Inbound, InMemory
from gateway.store import as2, ids, receipts
from gateway.store.as2 import Came, Decided, Outcome, Reply, Waiting
from gateway.store.database import Database, Transaction, Unavailable
from gateway.store.together import Together
from gateway.transport.spool import Spool
from gateway.trust.keyring import fingerprint
from gateway.trust.limits import Limits

log = structlog.get_logger()
_UNEXPECTED = error("unexpected-processing-error")
_CLASH = Finding.of("WIRE-021", "the Message-ID came before with other content")
_EMPTY = Reply()
_LONGEST_MDN = 1024 * 1024
_LONGEST_ID = 998
_AT_ONCE_BYTES = 64 * 1024
"""Messages up to this size are opened while others wait; longer ones in a thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A request that has come in to its last byte.

    ``head`` is its headers as they came, one a line; ``raw_sha256`` is the sum of
    these, an empty line and the body. ``facts`` tell of the connection.
    """

    request: Request
    known: Known
    head: str
    body: Blob
    raw_sha256: str
    peer: str
    facts: Mapping[str, str]
    received_at: datetime

    @property
    def wants_sync(self) -> bool:
        """Whether the MDN belongs into the answer of this very request."""
        asked = self.request.asked
        return asked is not None and not asked.url


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A request that is kept, and ours to open."""

    id: str
    known: Known
    key: str
    owner: str
    request: Request
    body: Blob
    peer: str
    facts: Mapping[str, Any]
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the answer of HTTP says; ``open`` is what is still to be done after it."""

    id: str
    mdn: bytes = b""
    open: Held | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say but that it arrived."""
        return not self.mdn


@dataclass(slots=True)
class _Payloads:
    """The documents of a message, as they come out of it."""

    settings: Settings
    at_the_end: ExitStack
    spools: list[Spool] = field(default_factory=list)

    def hold(self) -> IO[bytes]:
        """Where bytes wait for the tag that proves them; it vanishes at the end."""
        folder = self.settings.home / "spool"
        folder.mkdir(parents=True, exist_ok=True)
        most = self.settings.payload_inline_bytes
        file = SpooledTemporaryFile(max_size=most, dir=str(folder))  # noqa: SIM115
        return self.at_the_end.enter_context(file)

    def take(self, pieces: Iterable[Piece]) -> None:
        """Keep pieces apart, each with its part."""
        for piece in pieces:
            while len(self.spools) <= piece.part:
                spool = Spool(
                    self.settings.home / "spool",
                    limit_bytes=self.settings.max_interchange_bytes,
                    inline_bytes=self.settings.payload_inline_bytes,
                )
                self.spools.append(self.at_the_end.enter_context(spool))
            self.spools[piece.part].write(piece.data)


class Door:
    """Takes AS2 requests in and answers them.

    ``agreements`` are those in force; ``owner`` gives the name under which this
    process holds what it works at; ``awake`` is told that receipts or messages are
    due. ``settle`` gets an MDN for a message of ours: its id, and what came.
    """

    def __init__(  # noqa: PLR0913  the parts of the engine that it works with
        self,
        db: Database,
        settings: Settings,
        agreements: Callable[[], Agreements],
        *,
        clock: Callable[[], datetime],
        owner: Callable[[datetime], str],
        awake: Callable[[], None],
        settle: Callable[[Held, bytes], str],
        step: Step,
    ) -> None:
        self.agreements = agreements
        self._db = db
        self._settings = settings
        self._clock = clock
        self._owner = owner
        self._awake = awake
        self._settle = settle
        self._step = step
        self._lease = timedelta(seconds=settings.lease_s)
        self._host = urlsplit(settings.as2_url).hostname or "as2.invalid"
        self._limits = Limits(content_bytes=settings.max_interchange_bytes)
        self._together: Together[as2.Entry, Outcome] = Together(
            db,
            "as2",
            self._write,
            batch=settings.accept_batch,
            backlog=settings.accept_backlog,
            gather_s=settings.gather_s,
        )

    def close(self) -> None:
        """Finish what is being written."""
        self._together.close()

    # A request, while its sender waits.

    async def receive(self, arrived: Arrived) -> Answer:
        """Keep a request; open and answer it when its sender waits for the MDN.

        When this returns the raw bytes are on the disk, and so is the MDN that it
        gives. Without one what is still to be done is ``finish_now``, once the answer
        has gone out.
        """
        is_large = arrived.body.size > self._settings.payload_inline_bytes
        if is_large:
            held, came = await asyncio.to_thread(self._came, arrived)
        else:
            held, came = self._came(arrived)
        outcome = await self._promised(came)
        self._step("as2.received")
        if not outcome.open:
            self._awake()
            return await asyncio.to_thread(self._stored, outcome)
        if not arrived.wants_sync:
            return Answer(id=held.id, open=held)
        if arrived.body.size > _AT_ONCE_BYTES:
            return await asyncio.to_thread(self.finish_now, held)
        with ExitStack() as at_the_end:
            decided, mdn = self._decide(held, at_the_end)
            if decided is None:
                return Answer(id=held.id)
            outcome = await self._promised(decided)
            if outcome.clashes:
                decided, mdn = self._refused(held, decided)
                outcome = await self._promised(decided)
        self._step("as2.answered")
        return self._answer(outcome, mdn)

    def finish_later(self, held: Held) -> None:
        """Open a request from what is stored: its spool has gone with its sender."""
        self.finish_now(replace(held, body=self._body(held.body.sha256)))

    def finish_now(self, held: Held) -> Answer:
        """Open and answer a request that is kept, in this thread."""
        with ExitStack() as at_the_end:
            decided, mdn = self._decide(held, at_the_end)
            if decided is None:
                return Answer(id=held.id)
            outcome = self._result(self._together.put(decided))
            if outcome.clashes:
                decided, mdn = self._refused(held, decided)
                outcome = self._result(self._together.put(decided))
        self._step("as2.answered")
        return self._answer(outcome, mdn)

    async def _promised(self, entry: as2.Entry) -> Outcome:
        async with asyncio.timeout(self._settings.accept_timeout_s):
            return await self._together.promise(entry)

    def _result(self, future: Future[Outcome]) -> Outcome:
        try:
            return future.result(self._settings.accept_timeout_s)
        finally:
            future.cancel()

    def _write(self, tx: Transaction, entries: Sequence[as2.Entry]) -> list[Outcome]:
        done = as2.write(tx, entries, self._clock())
        if any(isinstance(one, Came) for one in entries):
            self._step("as2.receiving")
        if any(isinstance(one, Decided) for one in entries):
            self._step("as2.answering")
        return done

    def _came(self, arrived: Arrived) -> tuple[Held, Came]:
        """The request as it is kept; its large body is on the disk then."""
        now, request = self._clock(), arrived.request
        id_, owner = ids.new("as2"), self._owner(now)
        key = key_of(request)
        held = Held(
            id=id_,
            known=arrived.known,
            key=key,
            owner=owner,
            request=request,
            body=arrived.body,
            peer=arrived.peer,
            facts=arrived.facts,
            received_at=arrived.received_at,
        )
        came = Came(
            id=id_,
            partner_id=arrived.known.partner_id,
            key=key,
            message_id=request.message_id,
            peer=arrived.peer,
            headers=arrived.head,
            facts=arrived.facts,
            body=self._db.payloads.prepare(arrived.body, now),
            raw_sha256=arrived.raw_sha256,
            received_at=arrived.received_at,
            owner=owner,
            leased_until=now + self._lease,
            address=request.asked.url if request.asked else "",
        )
        return held, came

    def _answer(self, outcome: Outcome, mdn: bytes) -> Answer:
        """What is told: our MDN, or the one that was stored before."""
        self._awake()
        if outcome.open:
            raise Unavailable("", {}, Exception("another process is at it"))
        told = mdn if outcome.by == "sync" else b""
        if outcome.sha256 and hashlib.sha256(mdn).hexdigest() != outcome.sha256:
            return self._stored(outcome)
        return Answer(id=outcome.id, mdn=told)

    def _stored(self, outcome: Outcome) -> Answer:
        """The answer that was given before, byte for byte."""
        if outcome.by != "sync" or not outcome.sha256:
            return Answer(id=outcome.id)
        with self._db.read() as tx:
            blob = self._db.payloads.load(tx, [outcome.sha256])[outcome.sha256]
            return Answer(id=outcome.id, mdn=b"".join(blob.chunks()))

    # Opening.

    def _decide(
        self, held: Held, at_the_end: ExitStack
    ) -> tuple[Decided | None, bytes]:
        """Open a message and compose its MDN; none: it was an MDN, and is settled.

        A bug of ours is an MDN too, never an error of HTTP.
        """
        payloads = _Payloads(self._settings, at_the_end)
        try:
            opened = self._opened(held, payloads)
            if opened.kind is Kind.RECEIPT:
                self._take_receipt(held)
                return None, b""
            decided, mdn = self._decided(held, opened, payloads)
        except Unavailable:
            raise
        except Exception as problem:
            log.error("as2.broken", id=held.id, **trail(problem))
            what = f"{type(problem).__name__} while it was opened"
            found = (Finding.of("MAP-001", what),)
            decided, mdn = self._failed(held, _UNEXPECTED, found, {})
        self._step("as2.opened")
        return decided, mdn

    def _opened(self, held: Held, payloads: _Payloads) -> Opened:
        opening = Opening(
            held.request,
            held.known.agreement,
            self._clock(),
            limits=self._limits,
            hold=payloads.hold,
            deliver=lambda piece: payloads.take((piece,)),
        )
        for chunk in held.body.chunks():
            payloads.take(opening.feed(chunk))
        pieces, opened = opening.finish()
        payloads.take(pieces)
        if opened.kind is Kind.MESSAGE and opened.accepted:
            payloads.take(Piece(part, b"") for part in range(len(opened.parts)))
        return opened

    def _take_receipt(self, held: Held) -> None:
        """An MDN for a message of ours: it has its effect, and is never answered."""
        said = "too long"
        if held.body.size <= _LONGEST_MDN:
            said = self._settle(held, b"".join(held.body.chunks()))
        with self._db.begin() as tx:
            as2.settled(tx, held.known.partner_id, held.id, self._clock())
        log.info("as2.mdn", id=held.id, said=said)

    def _decided(
        self, held: Held, opened: Opened, payloads: _Payloads
    ) -> tuple[Decided, bytes]:
        facts = _facts(opened)
        if not opened.accepted:
            return self._failed(
                held, opened.disposition, opened.findings, facts, mic=opened.mic
            )
        blobs = [spool.blob() for spool in payloads.spools]
        parts = tuple(
            receipts.prepared(self._db, self._inbound(held, blob, number))
            for number, blob in enumerate(blobs, 1)
        )
        facts["parts"] = [
            {
                "content_type": part.content_type,
                "name": part.name,
                "size": blob.size,
                "sha256": blob.sha256,
            }
            for part, blob in zip(opened.parts, blobs, strict=False)
        ]
        sums = "".join(blob.sha256 for blob in blobs)
        content = sums if len(blobs) == 1 else hashlib.sha256(sums.encode()).hexdigest()
        reply, mdn = self._reply(held, opened.disposition, opened.mic)
        since = self._clock() - timedelta(days=self._settings.as2_repeat_days)
        decided = Decided(
            id=held.id,
            partner_id=held.known.partner_id,
            key=held.key,
            owner=held.owner,
            accepted=True,
            disposition=str(opened.disposition),
            mic=facts.get("mic", ""),
            content_sha256=content,
            facts={**held.facts, **facts},
            parts=parts,
            reply=reply,
            findings=opened.findings,
            repeats_since=since if self._settings.as2_repeat_days and parts else None,
        )
        return decided, mdn

    def _failed(  # noqa: PLR0913  what is known of it
        self,
        held: Held,
        disposition: Disposition,
        findings: tuple[Finding, ...],
        facts: Mapping[str, Any],
        *,
        mic: Mic | None = None,
        parts: tuple[receipts.Entry, ...] = (),
        clashes: bool = False,
    ) -> tuple[Decided, bytes]:
        """A request that is refused: its MDN says why, and nothing goes on."""
        reply, mdn = self._reply(held, disposition, mic, reasons(findings))
        told = [{"code": one.code, "what": one.what} for one in findings]
        decided = Decided(
            id=held.id,
            partner_id=held.known.partner_id,
            key=held.key,
            owner=held.owner,
            accepted=False,
            disposition=str(disposition),
            mic=str(facts.get("mic", "")),
            content_sha256="",
            facts={**held.facts, **facts, "findings": told},
            parts=parts,
            reply=reply,
            findings=findings,
            clashes=clashes,
        )
        return decided, mdn

    def _refused(self, held: Held, decided: Decided) -> tuple[Decided, bytes]:
        """The same Message-ID with other content: both are kept, and people told."""
        return self._failed(
            held,
            _UNEXPECTED,
            (_CLASH,),
            decided.facts,
            parts=decided.parts,
            clashes=True,
        )

    def _reply(
        self, held: Held, disposition: Disposition, mic: Mic | None, why: str = ""
    ) -> tuple[Reply, bytes]:
        """The MDN with its headers, or nothing where none was asked for."""
        asked, now = held.request.asked, self._clock()
        if asked is None:
            return _EMPTY, b""
        mdn = compose_mdn(
            held.request,
            disposition,
            mic,
            held.known.agreement,
            now,
            Ids(f"<{held.id}@{self._host}>", secrets.token_hex(16)),
            text=why,
        )
        data = written(mdn)
        content = self._db.payloads.prepare(InMemory.of(data), now)
        by = "async" if asked.url else "sync"
        reply = Reply(by=by, content=content, address=asked.url, findings=mdn.findings)
        return reply, data

    def _inbound(self, held: Held, blob: Blob, number: int) -> Inbound:
        return Inbound(
            blob=blob,
            channel=as2.CHANNEL,
            peer=held.peer,
            partner_id=held.known.partner_id,
            transport_id=as2.part_key(held.key, number),
            received_at=held.received_at,
        )

    # What was left behind.

    def open_waiting(self) -> int:
        """Open requests that were kept and that nobody is at; how many."""
        now = self._clock()
        owner, settings = self._owner(now), self._settings
        with self._db.read() as tx:
            if not as2.any_due(tx, now):
                return 0
        with self._db.begin() as tx:
            waiting = as2.claim(tx, now, owner, lease_s=settings.lease_s)
        for one in waiting:
            self._resume(one, owner)
        return len(waiting)

    def _resume(self, one: Waiting, owner: str) -> None:
        held = self._again(one, owner)
        if held is None or one.attempts > self._settings.max_attempts:
            what = "opening it stopped the process too often"
            if held is None:
                what = "there is no agreement for its AS2 names any more"
            found = Finding.of("AS2-120", what)
            with self._db.begin() as tx:
                as2.give_up(tx, one, found, self._clock())
            return
        self.finish_now(held)

    def _again(self, one: Waiting, owner: str) -> Held | None:
        """A request as it was kept; none: nobody knows its names any more."""
        request = read_request(Headers.read(one.headers.encode("latin-1")))
        known = self.agreements().found(request.sender, request.receiver)
        if known is None or known.partner_id != one.partner_id:
            return None
        return Held(
            id=one.id,
            known=known,
            key=one.key,
            owner=owner,
            request=request,
            body=self._body(one.sha256),
            peer=one.peer,
            facts=one.facts,
            received_at=one.received_at,
        )

    def _body(self, sha256: str) -> Blob:
        with self._db.read() as tx:
            return self._db.payloads.load(tx, [sha256])[sha256]


def key_of(request: Request) -> str:
    """What one message has at every attempt: both names, and its Message-ID.

    A tab is in no name. What is longer than a Message-ID may be counts by its sum.
    """
    named = request.message_id
    if len(named) > _LONGEST_ID:
        named = f"sha256:{hashlib.sha256(named.encode()).hexdigest()}"
    return "\t".join((request.sender, request.receiver, named))


def stranger(request: Request, now: datetime) -> bytes:
    """The MDN for somebody whose names are in no agreement: unsigned, nothing kept."""
    made = Ids(f"<{secrets.token_hex(16)}@as2.invalid>", secrets.token_hex(16))
    told = error("unknown-trading-relationship")
    return written(compose_mdn(request, told, None, None, now, made))


def written(mdn: Mdn) -> bytes:
    """An MDN as it is kept and as ``openssl`` reads it: headers, empty line, body."""
    head = "".join(f"{name}: {value}\r\n" for name, value in mdn.headers)
    return head.encode("latin-1", "replace") + b"\r\n" + mdn.body


def _facts(opened: Opened) -> dict[str, Any]:
    """What was found of a message, for our records."""
    facts: dict[str, Any] = {
        "layers": [
            {"kind": layer.kind, "algorithms": list(layer.algorithms)}
            for layer in opened.layers
        ],
        "findings": [{"code": one.code, "what": one.what} for one in opened.findings],
    }
    if opened.mic is not None:
        facts["mic"] = f"{opened.mic.digest.hex()} {opened.mic.algorithm}"
        facts["mic_covers"] = opened.mic.covers
    if opened.signer is not None:
        facts["signer"] = fingerprint(opened.signer)
        facts["signer_name"] = opened.signer.subject.rfc4514_string()
    return facts
