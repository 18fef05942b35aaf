"""Reading MDNs, and what they make of the message that we sent."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from cryptography import x509

from gateway.as2.agreement import Agreement
from gateway.as2.disposition import Disposition, Modifier, read_disposition
from gateway.as2.headers import Headers, MediaType, media_type
from gateway.as2.micalg import Digests, digest_name, spelled
from gateway.as2.mime import Head, Splitter, Strange, transfer
from gateway.as2.names import bare_message_id, read_name
from gateway.as2.payloads import is_receipt
from gateway.as2.signatures import signature_bytes, verify
from gateway.findings import Finding
from gateway.trust.cms import CmsFault

__all__ = [
    "MAX_MDN",
    "MdnRead",
    "MdnState",
    "Sent",
    "Settled",
    "read_mdn",
    "settle",
]

MAX_MDN = 1024 * 1024
"""More bytes than this are no MDN."""
_MAX_SAID = 500
_MAX_TEXT = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class MdnRead:
    """What an MDN says, and who said so.

    ``disposition`` is nothing when no MDN could be read. ``is_signed`` says that it
    carries a signature, ``signer`` whose it is when it verifies. ``findings`` hold what
    is wrong with the MDN itself; ``text`` is what it says to people.
    """

    sender: str = ""
    receiver: str = ""
    message_id: str = ""
    original_message_id: str = ""
    final_recipient: str = ""
    disposition: Disposition | None = None
    mic: bytes | None = None
    mic_algorithm: str = ""
    is_signed: bool = False
    signer: x509.Certificate | None = None
    text: str = ""
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class _Found:
    """What is gathered while an MDN is read."""

    fields: Headers | None = None
    text: str = ""
    is_signed: bool = False
    signer: x509.Certificate | None = None
    findings: list[Finding] = field(default_factory=list)


def read_mdn(
    headers: Headers, body: bytes, agreement: Agreement | None, now: datetime
) -> MdnRead:
    """An MDN from the header fields and body it came with. Never raises.

    Without an agreement a signature cannot be verified, and that is a finding.
    """
    found = _Found()
    try:
        if len(body) > MAX_MDN:
            raise Strange("more than 1 MiB")
        _entity(headers, body, found, agreement, now)
    except Strange as wrong:
        found.findings.append(Finding.of("AS2-206", f"no MDN can be read: {wrong}"))
    found.findings.extend(_names(headers, agreement))
    return _read(headers, found)


def _entity(
    headers: Headers,
    body: bytes,
    found: _Found,
    agreement: Agreement | None,
    now: datetime,
) -> None:
    """One level of the MDN: the signature around it, or the report itself."""
    kind = media_type(headers.get("Content-Type"))
    body = _decoded(headers, body)
    if kind.kind == "multipart/signed" and not found.is_signed:
        found.is_signed = True
        parts = _parts(kind, body)
        if len(parts) != 2:
            raise Strange(f"a multipart/signed of {len(parts)} parts")
        _believe(parts[0], parts[1], found, agreement, now)
        _entity(*_split(parts[0]), found, agreement, now)
    elif kind.kind == "message/disposition-notification":
        found.fields = Headers.read(body.lstrip(b"\r\n"))
    elif is_receipt(kind):
        _report(_parts(kind, body), found)
    else:
        raise Strange(f"it is {kind.kind[:80]}" if body else "the answer is empty")


def _believe(
    content: bytes,
    signature: bytes,
    found: _Found,
    agreement: Agreement | None,
    now: datetime,
) -> None:
    """Verify the signature over the report; what is wrong with it is a finding."""
    digests = Digests()
    digests.feed(content)
    try:
        if agreement is None:
            what = "no agreement says whose signature it may be"
            found.findings.append(Finding.of("AS2-204", what))
            return
        verified = verify(signature_bytes(signature), digests, agreement, now)
    except (CmsFault, Strange) as wrong:
        found.findings.append(Finding.of("AS2-204", str(wrong)))
        return
    if not agreement.takes_digest(verified.digest_algorithm):
        what = f"signed with {verified.digest_algorithm}, which is too weak"
        found.findings.append(Finding.of("AS2-204", what))
        return
    found.signer = verified.certificate


def _report(parts: list[bytes], found: _Found) -> None:
    """The parts of a multipart/report: text for people, fields for programs."""
    for part in parts:
        headers, body = _split(part)
        kind = media_type(headers.get("Content-Type")).kind
        if kind == "message/disposition-notification" and found.fields is None:
            found.fields = Headers.read(_decoded(headers, body).lstrip(b"\r\n"))
        elif kind == "text/plain" and not found.text:
            text = _decoded(headers, body)[:_MAX_TEXT].decode("latin-1")
            found.text = "".join(c for c in text if c.isprintable() or c in "\r\n\t")
    if found.fields is None:
        raise Strange("its report has no message/disposition-notification")


def _parts(kind: MediaType, body: bytes) -> list[bytes]:
    boundary = kind.get("boundary")
    if not 0 < len(boundary) <= 200:
        raise Strange(f"{kind.kind} without a boundary")
    splitter, parts = Splitter(boundary), list[list[bytes]]()
    for index, piece in (*splitter.feed(body), *splitter.finish()):
        if index == len(parts):
            parts.append([])
        if piece is not None:
            parts[index].append(piece)
    return [b"".join(pieces) for pieces in parts]


def _split(entity: bytes) -> tuple[Headers, bytes]:
    head = Head()
    body = head.feed(entity)
    if body is None:  # fields only, the empty line left out
        return Headers.read(entity), b""
    return Headers.read(head.raw), body


def _decoded(headers: Headers, body: bytes) -> bytes:
    decoder = transfer(headers.get("Content-Transfer-Encoding"))
    return decoder.feed(body) + decoder.finish()


def _names(headers: Headers, agreement: Agreement | None) -> Iterator[Finding]:
    """The MDN's AS2 names have to be those of the message, swapped."""
    if agreement is None:
        return
    wanted = {"AS2-From": agreement.theirs, "AS2-To": agreement.ours}
    for name, should in wanted.items():
        came = headers.get(name)
        if not came:
            yield Finding.of("AS2-210", f"the receipt has no {name}")
        elif should not in (read_name(came), _name(came)):
            what = f"the receipt's {name} is not {should}"
            yield Finding.of("AS2-207", what, value=came[:_MAX_SAID])


def _name(value: str) -> str:
    """A name in the header of an MDN: pyas2lib 1.4.4 quotes a quoted one again."""
    name = read_name(value)
    return (read_name(name) or name) if name.startswith('"') else name


def _read(headers: Headers, found: _Found) -> MdnRead:
    fields = found.fields or Headers()
    disposition = read_disposition(
        fields.get("Disposition"),
        errors=fields.get("Error"),
        failures=fields.get("Failure"),
        warnings=fields.get("Warning"),
    )
    if found.fields is not None and disposition is None:
        what = "the receipt has no disposition that can be read"
        said = fields.get("Disposition")[:_MAX_SAID]
        found.findings.append(Finding.of("AS2-206", what, value=said))
    mic, algorithm = _mic(fields.get("Received-Content-MIC"))
    return MdnRead(
        sender=_name(headers.get("AS2-From")),
        receiver=_name(headers.get("AS2-To")),
        message_id=headers.get("Message-ID"),
        original_message_id=fields.get("Original-Message-ID"),
        final_recipient=_address(fields.get("Final-Recipient")),
        disposition=disposition,
        mic=mic,
        mic_algorithm=algorithm,
        is_signed=found.is_signed,
        signer=found.signer,
        text=found.text,
        findings=tuple(found.findings),
    )


def _address(value: str) -> str:
    """The address of a recipient field, without the kind in front (``rfc822;``)."""
    kind, found, address = value[:_MAX_SAID].partition(";")
    return (address if found else kind).strip()


def _mic(value: str) -> tuple[bytes | None, str]:
    """The MIC and its algorithm; the value may be folded, the blank left out."""
    text, _, name = value[:_MAX_SAID].partition(",")
    try:
        digest = base64.b64decode("".join(text.split()).strip('"'), validate=True)
    except (binascii.Error, ValueError):
        return None, ""
    return digest or None, digest_name(name) or name.strip().lower()


class MdnState(StrEnum):
    """What became of a message of ours, by its MDN."""

    ACCEPTED = "accepted"
    ACCEPTED_WITH_WARNING = "accepted_with_warning"
    REJECTED = "rejected"
    MIC_MISMATCH = "mic_mismatch"
    MDN_INVALID = "mdn_invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What is known of a message of ours when its MDN comes.

    ``mics`` are the digests of what the MIC is over, by algorithm; ``asked_digest`` the
    one that was asked for; ``receipt_signed`` whether a signed receipt was.
    """

    message_id: str
    mics: Mapping[str, bytes]
    asked_digest: str
    receipt_signed: bool


@dataclass(frozen=True, slots=True)
class Settled:
    """What an MDN makes of the message, and why."""

    state: MdnState
    findings: tuple[Finding, ...]


def settle(read: MdnRead, sent: Sent) -> Settled:
    """Whether the MDN proves that the message arrived whole and was taken.

    A receipt that is not what was asked for proves nothing, whatever it says.
    """
    found = [*read.findings, *_invalid(read, sent)]
    if any(one.code in _INVALID for one in found) or read.disposition is None:
        return Settled(MdnState.MDN_INVALID, tuple(found))
    disposition = read.disposition
    if not disposition.accepted:
        what = f"the partner answered {str(disposition)[:_MAX_SAID]}"
        found.append(Finding.of("AS2-201", what, value=disposition.text[:_MAX_SAID]))
        return Settled(MdnState.REJECTED, tuple(found))
    found += _compared(read, sent)
    codes = {one.code for one in found}
    if "AS2-205" in codes:
        return Settled(MdnState.MDN_INVALID, tuple(found))
    if "AS2-202" in codes:
        return Settled(MdnState.MIC_MISMATCH, tuple(found))
    if disposition.modifier is Modifier.WARNING:
        what = f"the partner answered {str(disposition)[:_MAX_SAID]}"
        found.append(Finding.of("AS2-209", what, value=disposition.text[:_MAX_SAID]))
        return Settled(MdnState.ACCEPTED_WITH_WARNING, tuple(found))
    return Settled(MdnState.ACCEPTED, tuple(found))


_INVALID = frozenset(("AS2-203", "AS2-204", "AS2-206", "AS2-207", "AS2-208"))


def _invalid(read: MdnRead, sent: Sent) -> Iterator[Finding]:
    """Why the MDN cannot count for this message."""
    if read.disposition is None:
        return
    named = read.original_message_id
    if bare_message_id(named) != bare_message_id(sent.message_id):
        what = "the receipt names another message" if named else "it names no message"
        yield Finding.of("AS2-208", what, value=named[:_MAX_SAID])
    if sent.receipt_signed and not read.is_signed:
        said = str(read.disposition)[:_MAX_SAID]
        yield Finding.of("AS2-203", f"the receipt is not signed; it says {said}")
    if read.final_recipient and read.sender:
        theirs = read_name(read.final_recipient)
        if theirs != read.sender:
            what = "the receipt's Final-Recipient is another than its AS2-From"
            yield Finding.of("AS2-210", what, value=read.final_recipient[:_MAX_SAID])


def _compared(read: MdnRead, sent: Sent) -> Iterator[Finding]:
    """The MIC against what we sent; without one a signed receipt is no proof."""
    if read.mic is None:
        if sent.receipt_signed:
            yield Finding.of("AS2-205", "the receipt has no MIC that can be read")
        return
    name = read.mic_algorithm or sent.asked_digest
    ours = sent.mics.get(name)
    if ours is None:
        what = f"its MIC is of an algorithm that is not allowed: {name}"
        yield Finding.of("AS2-205", what)
    elif ours != read.mic:
        what = f"the MIC by {spelled(name)} is not that of what was sent"
        yield Finding.of("AS2-202", what, value=base64.b64encode(read.mic).decode())
    elif name != sent.asked_digest:
        asked = spelled(sent.asked_digest)
        what = f"the MIC is by {spelled(name)} where {asked} was asked for"
        yield Finding.of("AS2-210", what)
