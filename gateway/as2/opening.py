"""Opening an AS2 message as it comes: decrypt, verify, decompress, cut into payloads.

Bytes go in, pieces of payload come out; nothing is kept but what a step needs. Whether
the pieces may be used is known at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from gateway.as2.agreement import Agreement
from gateway.as2.disposition import PROCESSED, Disposition
from gateway.as2.fault import disposition_of
from gateway.as2.layers import Content
from gateway.as2.micalg import digest_name
from gateway.as2.names import is_message_id, safe_file_name
from gateway.as2.opened import Kind, Mic, Opened, Part, Piece
from gateway.as2.reading import PartRead, Reading
from gateway.as2.request import Asked, Request
from gateway.findings import Finding, Findings, Severity, Where
from gateway.trust.cms import LIMITS, Hold, Limits
from gateway.trust.keyring import is_weak

__all__ = ["Opening", "mic_algorithm", "refused"]

_SLICE = 64 * 1024


class Opening:
    """Reads one AS2 message. Never raises, whatever comes.

    Without an agreement the body is passed over: nobody knows how to open it. ``hold``
    makes a place for content that may not be given out before its tag is checked (GCM);
    without it such content is kept in memory. With ``deliver`` each piece goes there at
    once, and ``feed`` and ``finish`` give none: so memory is constant for all content.
    """

    def __init__(
        self,
        request: Request,
        agreement: Agreement | None,
        now: datetime,
        *,
        limits: Limits = LIMITS,
        hold: Callable[[], Hold] | None = None,
        deliver: Callable[[Piece], None] | None = None,
    ) -> None:
        self._request = request
        self._agreement = agreement
        self._refused = refused(request, agreement)
        self._read: Reading | None = None
        if agreement is not None and self._refused is None:
            likely = mic_algorithm(agreement, request.asked, "")
            self._read = Reading(
                agreement, now, limits, likely, hold=hold, deliver=deliver
            )
            self._body = Content(self._read, request.headers, depth=0)

    def feed(self, data: bytes) -> list[Piece]:
        """Take in more of the body; gives the payload that it opens to."""
        if self._read is None:
            return []
        for start in range(0, len(data), _SLICE):
            self._body.feed(data[start : start + _SLICE])
        return self._read.taken()

    def finish(self) -> tuple[list[Piece], Opened]:
        """The rest of the payload, and what the message turned out to be."""
        if self._read is None or self._agreement is None:
            assert self._refused is not None
            found = (*self._request.findings, self._refused)
            return [], Opened(
                kind=Kind.MESSAGE,
                parts=(),
                layers=(),
                mic=None,
                signer=None,
                findings=found,
                disposition=disposition_of(self._refused.code),
            )
        self._body.finish()
        return self._read.taken(), self._opened(self._read, self._agreement)

    def _opened(self, read: Reading, agreement: Agreement) -> Opened:
        found = Findings(self._request.findings)
        found.extend(read.findings)
        if read.fault is not None:
            found.extend([read.fault.finding])
            disposition = read.fault.disposition
        elif read.kind is Kind.RECEIPT:
            disposition = PROCESSED
        else:
            disposition = _judged(read, agreement, found)
        return Opened(
            kind=read.kind,
            parts=tuple(_parts(read.parts)),
            layers=tuple(read.layers),
            mic=_mic(read, agreement, self._request.asked),
            signer=read.signer,
            findings=found.done(),
            disposition=disposition,
        )


def refused(request: Request, agreement: Agreement | None) -> Finding | None:
    """Why a message is refused for what its header says; nothing: it is opened.

    A receipt that cannot be made as it was asked for is a failure of the message: its
    sender could not prove anything (RFC 4130 §7.5.3).
    """
    where = Where(path="AS2-From")
    if request.sender and request.sender == request.receiver:
        what = "AS2-From and AS2-To are the same name"
        return Finding.of("AS2-103", what, where, request.sender)
    if agreement is None:
        names = f"{request.sender or '?'} to {request.receiver or '?'}"
        what = f"no agreement has these two AS2 names: {names}"
        return Finding.of("AS2-102", what, where, request.sender)
    if agreement.is_bis and not is_message_id(request.message_id):
        what = "the Message-ID is missing, or has blanks or controls"
        return Finding.of("AS2-106", what, Where(path="Message-ID"))
    return _unanswerable(request.asked, agreement)


def _unanswerable(asked: Asked | None, agreement: Agreement) -> Finding | None:
    where = Where(path="Disposition-Notification-Options")
    if asked is None:
        return None
    if asked.strange and asked.required:
        what = f"a receipt in the format {asked.strange[:80]} is asked for"
        return Finding.of("AS2-107", what, where, asked.strange[:80])
    if asked.micalgs and not any(map(agreement.takes_digest, asked.digests)):
        listed = ", ".join(asked.micalgs)[:200]
        what = f"none of these MIC algorithms is allowed: {listed}"
        return Finding.of("AS2-108", what, where, listed)
    return None


def mic_algorithm(agreement: Agreement, asked: Asked | None, signature: str) -> str:
    """The algorithm of the MIC that we answer with (RFC 4130 §7.4.3).

    ``signature`` is the digest of the content's signature, empty where there is none.
    """
    listed = asked.digests if asked else ()
    is_theirs = agreement.replies.mic == "signature" and signature in listed
    if signature and (is_theirs or not listed):
        return signature
    allowed = (one for one in listed if agreement.takes_digest(one))
    return next(allowed, signature or digest_name(agreement.replies.unsigned_mic))


def _mic(read: Reading, agreement: Agreement, asked: Asked | None) -> Mic | None:
    """The MIC, unless the content could not be reached."""
    if read.covered is None:
        return None
    wanted = mic_algorithm(agreement, asked, read.signature_digest)
    for name in (wanted, read.signature_digest, "sha256"):
        digest = read.covered.digest(name) if name else None
        if digest is not None:
            return Mic(digest, name, read.covers)
    return None


def _judged(read: Reading, agreement: Agreement, found: Findings) -> Disposition:
    """Whether what was opened is protected, and named, as it was agreed."""
    judged = [*_lacking(read, agreement), *_weak(read, agreement)]
    if read.kind is Kind.CERTIFICATE_EXCHANGE:
        what = "certificates came; look at them, and import what you believe"
        judged.append(Finding.of("AS2-112", what))
    elif read.unverified is not None:
        judged.append(Finding.of("TRU-406", str(read.unverified)))
    judged += _misnamed(read.parts, strict=agreement.strict_file_names)
    found.extend(judged)
    reject = (one for one in judged if one.severity is Severity.REJECT)
    worst = next(reject, None)
    if worst is not None:
        return disposition_of(worst.code)
    return disposition_of("TRU-406") if read.unverified else PROCESSED


def _lacking(read: Reading, agreement: Agreement) -> Iterator[Finding]:
    """What has to be there and is not."""
    kinds = {layer.kind for layer in read.layers}
    if "signature" in agreement.require and "signed" not in kinds:
        yield Finding.of("TRU-405", "a signature is required and there is none")
    if "encryption" in agreement.require and "encrypted" not in kinds:
        yield Finding.of("TRU-405", "encryption is required and there is none")


def _weak(read: Reading, agreement: Agreement) -> Iterator[Finding]:
    """Algorithms, keys and certificates that are weaker than agreed, or old."""
    for cipher in read.ciphers:
        if not cipher.startswith("aes"):
            yield _old(cipher in agreement.legacy, f"encrypted with {cipher}")
    for digest in read.digests:
        if digest in ("sha1", "md5"):
            yield _old(agreement.takes_digest(digest), f"signed with {digest}")
    if read.signer is None:
        return
    if is_weak(read.signer):
        what = "the signer's RSA key has less than 2048 bits"
        yield _old("rsa1024" in agreement.legacy, what)
    if read.now > read.signer.not_valid_after_utc:
        ended = read.signer.not_valid_after_utc.date().isoformat()
        what = f"the signer's certificate ended on {ended}; it is taken by grace"
        yield Finding.of("TRU-408", what)


def _old(is_allowed: bool, what: str) -> Finding:
    if is_allowed:
        return Finding.of("TRU-407", f"{what}, which legacy allows")
    return Finding.of("TRU-405", f"{what}, which is weaker than agreed")


def _misnamed(parts: list[PartRead], *, strict: bool) -> Iterator[Finding]:
    """File names that cannot be one, or come twice; refused where that is agreed."""
    seen = set[str]()
    for part in parts:
        safe = safe_file_name(part.name)
        if part.name and safe != part.name:
            what = "a file name is changed to be safe"
            yield Finding.of(
                "AS2-109" if strict else "AS2-113", what, value=part.name[:200]
            )
        if safe and safe.lower() in seen:
            code = "AS2-110" if strict else "AS2-113"
            yield Finding.of(code, "two parts have one file name", value=safe)
        seen.add(safe.lower())


def _parts(parts: list[PartRead]) -> Iterator[Part]:
    """The parts under names that are fit for files, each name only once."""
    seen = set[str]()
    for part in parts:
        name = _numbered(safe_file_name(part.name), seen)
        seen.add(name.lower())
        yield Part(content_type=part.content_type, name=name, size=part.size)


def _numbered(name: str, seen: set[str]) -> str:
    """The name, with the first number that makes it another one than those seen."""
    stem, dot, end = name.rpartition(".")
    if not stem:
        stem, dot, end = name, "", ""
    number, made = 1, name
    while name and made.lower() in seen:
        number += 1
        made = f"{stem[:60]}-{number}{dot}{end[:20]}"
    return made
