"""Signed messages in SOAP: judged, and the document that one submits.

The same rules as for every signed document, and those of a message: it is of now, it
is for us, and its Body is what was signed.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from gateway.findings import Finding
from gateway.safexml import Element, read
from gateway.trust.judging import Asked, Judged, judge_opened, refused, unsigned
from gateway.trust.report import Fault, Sub
from gateway.trust.wssecurity.envelope import Envelope, in_message
from gateway.trust.wssecurity.opened import OpenedEnvelope
from gateway.trust.xmldsig.canonical import Method, canonical
from gateway.trust.xmldsig.structure import children, decoded

__all__ = ["ORDERS", "SUBMIT", "judge_message", "submitted"]

ORDERS = "urn:procurement-gateway:orders:1"
"""The namespace of our own operations."""
SUBMIT = "submitOrder"
_NOBODY = ("", "http://www.w3.org/2005/08/addressing/anonymous")


def judge_message(asked: Asked, data: bytes) -> Judged:
    """Judge a message; the content is its Body as it was signed."""
    try:
        envelope = Envelope.read(data)
        envelope.must_be_known()
        opened = OpenedEnvelope.of(envelope)
    except Fault as fault:
        return refused(asked, fault)
    if opened is None:
        return unsigned(asked, "no header Security is for us: nobody signed it")
    judged = judge_opened(asked, opened, "soap")
    id_ = opened.signed.get("MessageID", "")
    named = hashlib.sha256(id_.encode()).hexdigest() if id_ else opened.sum
    judged = replace(judged, message=named)
    if judged.content is None:
        return judged
    times = asked.rules.trust.soap
    try:
        opened.timestamp.check(
            asked.as_of, timedelta(seconds=times.skew_s), timedelta(seconds=times.age_s)
        )
        _for_us(asked.address, opened.signed.get("To", ""))
        _answers(asked.question, opened.signed.get("RelatesTo", ""))
    except Fault as fault:
        return judged.but(fault)
    return judged


def submitted(judged: Judged) -> Judged:
    """The same with the document that the message submits as its content."""
    if judged.content is None:
        return judged
    try:
        return replace(judged, content=_document(judged.content))
    except Fault as fault:
        return judged.but(fault)


def _for_us(address: str, to: str) -> None:
    """A signed receiver is this door: no message for somebody else is passed on."""
    told = to.rstrip("/") if "://" in address else _path(to)
    if not address or to in _NOBODY or told == address:
        return
    what = f"it was signed for {to}, and came to {address}"
    raise Fault(Sub.SIG_CONSTRAINTS_FAILURE, "message.to", what[:300])


def _path(address: str) -> str:
    try:
        return urlsplit(address).path.rstrip("/")
    except ValueError:  # no address at all
        return ""


def _answers(question: str, related: str) -> None:
    """An answer is to what we asked, not to something else before."""
    if question and related not in ("", question):
        what = f"it answers {related}, we asked {question}"
        raise Fault(Sub.SIG_CONSTRAINTS_FAILURE, "message.to", what[:300])


def _document(body: bytes) -> bytes:
    """What ``submitOrder`` has in it: base64, or one element. Raises ``Fault``."""
    found = read(body)
    inside = [] if isinstance(found, Finding) else children(found.root)
    if len(inside) != 1 or inside[0].tag != f"{{{ORDERS}}}{SUBMIT}":
        raise in_message("operation", f"the Body is no {SUBMIT} of {ORDERS}")
    parts = children(inside[0])
    if len(parts) != 1:
        raise in_message("document", f"{SUBMIT} has one part, document or inline")
    return _part(parts[0])


def _part(part: Element) -> bytes:
    if part.tag == f"{{{ORDERS}}}document":
        try:
            found = decoded(part)
        except Fault:
            raise in_message("document", "document is not in base64") from None
        if found:
            return found
        raise in_message("document", "document is empty")
    inside = children(part)
    if part.tag != f"{{{ORDERS}}}inline" or len(inside) != 1:
        raise in_message("document", "inline has one element, the document")
    return canonical(inside[0], Method())
