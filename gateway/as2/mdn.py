"""Writing MDNs: the receipts for AS2 messages (RFC 4130 §7, RFC 8098)."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from gateway.as2.agreement import Agreement
from gateway.as2.disposition import Disposition
from gateway.as2.micalg import spelled
from gateway.as2.names import quoted_name
from gateway.as2.opened import Mic
from gateway.as2.request import Request
from gateway.as2.signed import Ids, http_date, signed_frame
from gateway.findings import Finding
from gateway.trust.keyring import OwnKey

__all__ = ["FEATURES", "PRODUCT", "Mdn", "compose_mdn"]

FEATURES = "multiple-attachments"
"""EDIINT-Features: what we read, and nothing else (RFC 6017 §2)."""
PRODUCT = "procurement-gateway:0.1"
"""AS2-Product, sent with AS2 1.3 only: for people, never to negotiate by."""
_MAX_SAID = 200
_ODD = re.compile(r"[^ -~\r\n]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mdn:
    """A receipt, ready to be sent: the header fields, and the body they announce."""

    headers: tuple[tuple[str, str], ...]
    body: bytes
    disposition: Disposition
    is_signed: bool
    findings: tuple[Finding, ...] = ()


def compose_mdn(  # noqa: PLR0913  # a receipt is made of what was asked, found and known
    request: Request,
    disposition: Disposition,
    mic: Mic | None,
    agreement: Agreement | None,
    now: datetime,
    ids: Ids,
    *,
    text: str = "",
) -> Mdn:
    """The MDN for a message that came.

    It is signed where that was asked for and a key of ours is there; ``text`` is one
    more sentence for people, and must not tell what only the operator may know.
    """
    said = _text(request, disposition, text)
    notification = _notification(request, disposition, mic, agreement)
    report, content_type = _report(said, notification, ids.line("r"))
    key = _key(request, agreement, now)
    findings = tuple(_unsigned(request, agreement, key))
    if key is not None and agreement is not None:
        name = _digest(request, agreement)
        entity = b"Content-Type: %b\r\n\r\n%b" % (content_type.encode(), report)
        digest = hashlib.new(name, entity, usedforsecurity=False).digest()
        frame = signed_frame(
            key, digest, name, ids.line("s"), now=now, scheme=agreement.signature
        )
        report = frame.before + entity + frame.behind
        content_type = frame.content_type
    head = _head(request, agreement, now, ids)
    return Mdn(
        headers=(*head, ("Content-Type", content_type)),
        body=report,
        disposition=disposition,
        is_signed=key is not None,
        findings=findings,
    )


def _key(request: Request, agreement: Agreement | None, now: datetime) -> OwnKey | None:
    """The key to sign with; none where no signature is wanted or none can be made."""
    if agreement is None:
        return None
    wanted = request.asked is not None and request.asked.signed
    if not wanted and agreement.replies.signed == "asked":
        return None
    return agreement.keyring.ours.signing(now)


def _unsigned(
    request: Request, agreement: Agreement | None, key: OwnKey | None
) -> list[Finding]:
    asked = request.asked is not None and request.asked.signed
    if not asked or key is not None or agreement is None:
        return []
    what = "we have no key to sign the receipt with; it leaves unsigned"
    return [Finding.of("AS2-211", what)]


def _digest(request: Request, agreement: Agreement) -> str:
    """The digest that the MDN is signed with: the first they ask for that we take."""
    listed = request.asked.digests if request.asked else ()
    allowed = (d for d in listed if agreement.takes_digest(d) and d != "md5")
    return next(allowed, agreement.sign or "sha256")


def _head(
    request: Request, agreement: Agreement | None, now: datetime, ids: Ids
) -> tuple[tuple[str, str], ...]:
    """The header fields; names swapped, in the spelling that came (RFC 4130 §6.2)."""
    version = agreement.version if agreement else "1.2"
    product = (("AS2-Product", PRODUCT),) if version == "1.3" else ()
    return (
        ("AS2-Version", version),
        ("AS2-From", _as_came(request, "AS2-To", request.receiver)),
        ("AS2-To", _as_came(request, "AS2-From", request.sender)),
        ("Message-ID", ids.message_id),
        ("Date", http_date(now)),
        ("MIME-Version", "1.0"),
        ("EDIINT-Features", FEATURES),
        *product,
    )


def _as_came(request: Request, field: str, name: str) -> str:
    """A name as it was written; one that is none is not sent back."""
    return request.headers.get(field) if name else ""


def _report(text: bytes, notification: bytes, boundary: str) -> tuple[bytes, str]:
    """The multipart/report, and its Content-Type."""
    line = b"--" + boundary.encode()
    body = b"".join(
        (
            line,
            b"\r\nContent-Type: text/plain; charset=us-ascii\r\n"
            b"Content-Transfer-Encoding: 7bit\r\n\r\n",
            text,
            b"\r\n",
            line,
            b"\r\nContent-Type: message/disposition-notification\r\n"
            b"Content-Transfer-Encoding: 7bit\r\n\r\n",
            notification,
            b"\r\n",
            line,
            b"--\r\n",
        )
    )
    kind = "multipart/report; report-type=disposition-notification"
    return body, f'{kind}; boundary="{boundary}"'


def _text(request: Request, disposition: Disposition, more: str) -> bytes:
    """What happened, for people (RFC 8098 §3.1: the first part)."""
    became = "was received and processed"
    if not disposition.accepted:
        became = f"was received and not processed: {disposition}"
    elif disposition.modifier:
        became = f"was received and processed: {disposition}"
    subject = (
        f"\r\nIts subject: {request.subject[:_MAX_SAID]}" if request.subject else ""
    )
    said = (
        f"The message {request.message_id[:_MAX_SAID]} from {request.sender} to "
        f"{request.receiver} {became}.{subject}"
    )
    lines = f"{said}\r\n{more}\r\n" if more else f"{said}\r\n"
    return _ODD.sub("?", lines).encode("ascii")


def _notification(
    request: Request,
    disposition: Disposition,
    mic: Mic | None,
    agreement: Agreement | None,
) -> bytes:
    """The fields for the sender's program (RFC 4130 §7.4.3)."""
    to = _as_came(request, "AS2-To", request.receiver) or quoted_name("unknown")
    fields = [
        "Reporting-UA: procurement-gateway",
        f"Original-Recipient: rfc822; {to}",
        f"Final-Recipient: rfc822; {to}",
    ]
    if request.message_id:
        fields.append(f"Original-Message-ID: {request.message_id}")
    fields.append(f"Disposition: {disposition.field}")
    if mic is not None:
        style = agreement.replies.spelling if agreement else "sha-256"
        value = base64.b64encode(mic.digest).decode()
        name = spelled(mic.algorithm, style)
        fields.append(f"Received-Content-MIC: {value}, {name}")
    return ("\r\n".join(fields) + "\r\n").encode("latin-1", "replace")
