"""Our signature on a message: over its Body, a Timestamp, and its addressing.

Exclusive canonical XML and SHA-256, with RSA or ECDSA by the key; the certificate goes
along as a BinarySecurityToken (WS-Security X.509 Certificate Token Profile 1.1).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.safexml import Element
from gateway.trust.keyring import PrivateKey
from gateway.trust.wssecurity.envelope import Envelope
from gateway.trust.wssecurity.moment import TIMESTAMP
from gateway.trust.wssecurity.names import BASE64, WSA, WSSE, WSU, X509
from gateway.trust.wssecurity.tokens import TOKEN
from gateway.trust.xmldsig.algorithms import SHA256, method_of, sign
from gateway.trust.xmldsig.canonical import METHODS, Method, canonical
from gateway.trust.xmldsig.structure import DSIG, EXCLUSIVE

__all__ = ["signed_message"]

_ID = f"{{{WSU}}}Id"
_HOLDS = timedelta(minutes=5)
_SPACES = {"wsse": WSSE, "wsu": WSU, "ds": DSIG[1:-1]}


def signed_message(
    data: bytes,
    key: PrivateKey,
    certificate: x509.Certificate,
    now: datetime,
    addressing: Mapping[str, str] | None = None,
) -> bytes:
    """The message with our Security header; ``addressing`` are headers it gets before.

    It holds for five minutes. The message must be one of SOAP without such a header.
    """
    envelope = Envelope.read(data)
    header = _header(envelope)
    for name, text in (addressing or {}).items():
        _put(header, f"{{{WSA}}}{name}", text, wsa=WSA)
    covered = [one for one in header if str(one.tag).startswith(f"{{{WSA}}}")]
    security = _put(header, f"{{{WSSE}}}Security", **_SPACES)
    security.set(envelope.soap.tag("mustUnderstand"), _yes(envelope))
    token = _put(security, TOKEN, _base64(certificate.public_bytes(Encoding.DER)))
    token.set("EncodingType", BASE64)
    token.set("ValueType", f"{X509}#X509v3")
    token.set(_ID, "token")
    covered += [_timestamp(security, now), envelope.body]
    for at, one in enumerate(covered):
        one.set(_ID, f"part-{at}")
    _sign(security, covered, key)
    return canonical(envelope.root, Method())


def _header(envelope: Envelope) -> Element:
    if envelope.header is not None:
        return envelope.header
    header = envelope.root.makeelement(envelope.soap.tag("Header"))
    envelope.root.insert(0, header)
    return header


def _yes(envelope: Envelope) -> str:
    return "1" if envelope.soap.version == "1.1" else "true"


def _put(parent: Element, tag: str, text: str = "", **spaces: str) -> Element:
    child = parent.makeelement(tag, nsmap=dict(spaces))
    if text:
        child.text = text
    parent.append(child)
    return child


def _timestamp(security: Element, now: datetime) -> Element:
    stamp = _put(security, TIMESTAMP)
    _put(stamp, f"{{{WSU}}}Created", _told(now))
    _put(stamp, f"{{{WSU}}}Expires", _told(now + _HOLDS))
    return stamp


def _sign(security: Element, covered: list[Element], key: PrivateKey) -> None:
    exclusive = METHODS[EXCLUSIVE]
    signature = _put(security, f"{DSIG}Signature")
    info = _put(signature, f"{DSIG}SignedInfo")
    _put(info, f"{DSIG}CanonicalizationMethod").set("Algorithm", EXCLUSIVE)
    _put(info, f"{DSIG}SignatureMethod").set("Algorithm", method_of(key))
    for one in covered:
        digest = hashlib.sha256(canonical(one, exclusive)).digest()
        _reference(info, str(one.get(_ID)), digest)
    value = sign(key, canonical(info, exclusive))
    _put(signature, f"{DSIG}SignatureValue", _base64(value))
    named = _put(signature, f"{DSIG}KeyInfo")
    named = _put(named, f"{{{WSSE}}}SecurityTokenReference")
    direct = _put(named, f"{{{WSSE}}}Reference")
    direct.set("URI", "#token")
    direct.set("ValueType", f"{X509}#X509v3")


def _reference(info: Element, id_: str, digest: bytes) -> None:
    reference = _put(info, f"{DSIG}Reference")
    reference.set("URI", f"#{id_}")
    transforms = _put(reference, f"{DSIG}Transforms")
    _put(transforms, f"{DSIG}Transform").set("Algorithm", EXCLUSIVE)
    _put(reference, f"{DSIG}DigestMethod").set("Algorithm", SHA256)
    _put(reference, f"{DSIG}DigestValue", _base64(digest))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _told(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
