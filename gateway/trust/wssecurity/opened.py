"""A signed message, read whole: its Body as it was signed, and what else was signed.

One Security header for us with one signature, over the Body and the Timestamp where
they stand. What goes on is made of the octets that were digested.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.safexml import Element, text_of
from gateway.trust.pki.certificate import Certificate
from gateway.trust.report import Fault, Sub
from gateway.trust.signers import Verified
from gateway.trust.wssecurity.envelope import Envelope, in_message
from gateway.trust.wssecurity.moment import TIMESTAMP, Timestamp
from gateway.trust.wssecurity.names import Soap
from gateway.trust.wssecurity.tokens import TOKEN, Meant, meant_by
from gateway.trust.xmldsig.opened import Pairs, XmlSignature, meant
from gateway.trust.xmldsig.structure import DSIG, children, form, reread

__all__ = ["MessageSignature", "OpenedEnvelope"]

_SIGNATURE = f"{DSIG}Signature"
_SECEXT_11 = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"
_READ = frozenset(
    (_SIGNATURE, TIMESTAMP, TOKEN, f"{{{_SECEXT_11}}}SignatureConfirmation")
)
"""What Security may have; a confirmation says that they read our signature."""
_NAMES = ("MessageID", "RelatesTo", "To", "Action")


@dataclass(frozen=True, slots=True)
class MessageSignature:
    """The signature of a message, and which certificate it says it is by."""

    inner: XmlSignature
    is_meant: Meant
    created: datetime

    @property
    def stamped(self) -> bytes:
        """The value; a message has no time-stamp of an authority."""
        return self.inner.value

    def stamp(self, oid: bytes) -> bytes | None:
        """None: the time of the receipt counts."""
        return None

    def names(self, certificate: Certificate) -> bool:
        """Whether it says nothing of its certificate, or means this one."""
        return self.inner.names(certificate)

    def verified(self, pool: Sequence[Certificate]) -> tuple[Certificate, Verified]:
        """Whose it is, once it is right. Raises ``Fault``."""
        named = tuple(one for one in dict.fromkeys(pool) if self.is_meant(one))
        if not named:
            what = "no certificate of the name that the signature gives is known"
            raise Fault(Sub.NO_SIGNING_CERTIFICATE_FOUND, "signer.certificate", what)
        signer, found = replace(self.inner, certificates=()).verified(named)
        return signer, replace(found, signed_at=self.created)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedEnvelope:
    """A message with its signature. ``content`` is the Body as it was signed.

    ``signed`` has the headers of WS-Addressing that are signed too, by name; ``sum`` is
    the SHA-256 of what the signature value is over: no two messages have the same.
    """

    soap: Soap
    content: bytes
    certificates: tuple[Certificate, ...]
    signature: MessageSignature
    timestamp: Timestamp
    signed: dict[str, str]
    sum: str

    @classmethod
    def read(cls, data: bytes) -> OpenedEnvelope | None:
        """From a message; none: nobody signed it. Raises ``Fault``."""
        return cls.of(Envelope.read(data))

    @classmethod
    def of(cls, envelope: Envelope) -> OpenedEnvelope | None:
        """From its parts. Raises ``Fault``."""
        security = envelope.security
        if security is None:
            return None
        parts = children(security)
        element, stamp = _one(parts, _SIGNATURE), _one(parts, TIMESTAMP)
        others = {one.tag for one in parts} - _READ
        if others:
            named = ", ".join(sorted(str(one).rpartition("}")[2] for one in others))
            raise in_message("headers", f"Security with {named}, which is not read")
        pairs: Pairs = []

        def body(_root: Element, _signature: Element, found: Pairs) -> bytes:
            pairs.extend(found)
            return _octets(found, envelope.body, "body", "the Body in its place")

        inner = XmlSignature.read(envelope.root, element, body)
        token = meant_by(
            element.find(f"{DSIG}KeyInfo"), lambda id_: meant(envelope.root, id_)
        )
        over = _octets(pairs, stamp, "timestamp", "the Timestamp")
        timestamp = Timestamp.read(reread(over))
        return cls(
            soap=envelope.soap,
            content=inner.content,
            certificates=token.along,
            signature=MessageSignature(inner, token.is_meant, timestamp.created),
            timestamp=timestamp,
            signed=_addressing(envelope, pairs),
            sum=hashlib.sha256(inner.info.octets).hexdigest(),
        )

    def parts(self) -> tuple[MessageSignature, ...]:
        """Its one signature."""
        return (self.signature,)


def _one(parts: Sequence[Element], tag: str) -> Element:
    found = [one for one in parts if one.tag == tag]
    if len(found) == 1:
        return found[0]
    name = tag.rpartition("}")[2]
    if tag == TIMESTAMP:
        what = f"{len(found)} Timestamps in Security, one is needed"
        raise in_message("timestamp", what)
    raise form("signature", f"{len(found)} of {name} in Security, one is needed")


def _octets(pairs: Pairs, there: Element, constraint: str, named: str) -> bytes:
    """What was digested of an element. Raises ``Fault``."""
    for _, element, octets in pairs:
        if element is there:
            return octets
    raise in_message(constraint, f"the signature is not over {named}")


def _addressing(envelope: Envelope, pairs: Pairs) -> dict[str, str]:
    """The headers of WS-Addressing that were signed, as they were."""
    signed: dict[str, str] = {}
    for name in _NAMES:
        header = envelope.addressing(name)
        for _, element, octets in pairs:
            if element is header:
                signed[name] = text_of(reread(octets))
    return signed
