"""The door for signed orders in SOAP: what it takes in, and its signed answer."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from gateway.engine.signed import Came, Engine, take
from gateway.findings import CODES, Finding
from gateway.pipeline.soap import ORDERS, SUBMIT
from gateway.pipeline.soap_answers import fault, receipt
from gateway.safexml import text_of
from gateway.trust.report import Fault
from gateway.trust.wssecurity.envelope import Envelope
from gateway.trust.wssecurity.names import SOAP_11, SOAP_12, Soap
from gateway.trust.wssecurity.signing import signed_message

__all__ = ["Answer", "answer", "refusal"]

log = structlog.get_logger()
_MULTIPART = "multipart/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back: the status of HTTP, the media type, and the message."""

    status: int
    media_type: str
    body: bytes


def answer(engine: Engine, came: Came, media_type: str, now: datetime) -> Answer:
    """Take in what a message submits; answer with a receipt, or why it was not taken.

    Both are signed with our key towards the partner, if there is one.
    """
    made, asked = _answered(engine, came, media_type, now)
    ours = engine.keyrings.of(came.profile.id).ours
    key = ours.documents(now) or ours.signing(now)
    if key is None:
        log.warning("soap.unsigned", partner=came.profile.id)
        return made
    addressing = _addressing(asked) if asked else {}
    body = signed_message(made.body, key.private_key, key.certificate, now, addressing)
    return replace(made, body=body)


def _answered(
    engine: Engine, came: Came, media_type: str, now: datetime
) -> tuple[Answer, str]:
    """What is answered, and the id of the message that it relates to.

    Nothing else rests on that id. What is no message is not kept.
    """
    if media_type.startswith(_MULTIPART):
        what = "a message with attachments; put the document into the Body"
        return refusal(SOAP_11, Finding.of("SOAP-001", what)), ""
    try:
        envelope = Envelope.read(came.data)
        asked = text_of(envelope.addressing("MessageID"))[:500]
    except Fault as no:
        soap = SOAP_12 if media_type.startswith("application/soap+xml") else SOAP_11
        return refusal(soap, Finding.of(no.code, no.what), no.constraint), ""
    soap = envelope.soap
    kept = take(engine, came, now)
    told = kept.report
    if not kept.receipt_id:
        constraint, what = str(told["constraint"]), str(told["what"])
        return refusal(soap, Finding.of(told["code"], what), constraint), asked
    text = json.dumps(told, ensure_ascii=False)
    body = receipt(soap, kept.receipt_id, kept.id, told | {"text": text})
    return Answer(status=200, media_type=soap.media_type, body=body), asked


def refusal(soap: Soap, found: Finding, constraint: str = "") -> Answer:
    """A Fault; SOAP 1.1 has it always with status 500."""
    theirs = soap is SOAP_12 and CODES[found.code].http < 500
    return Answer(
        status=400 if theirs else 500,
        media_type=soap.media_type,
        body=fault(soap, found, constraint),
    )


def _addressing(asked: str) -> dict[str, str]:
    return {
        "Action": f"{ORDERS}/{SUBMIT}Response",
        "MessageID": f"urn:uuid:{uuid.uuid4()}",
        "RelatesTo": asked,
    }
