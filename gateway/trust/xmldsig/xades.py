"""What a signature says of itself (XAdES, EN 319 132-1): its certificate, times."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from gateway.safexml import Element, text_of
from gateway.trust.algorithms import Digest
from gateway.trust.pki.certificate import Certificate
from gateway.trust.report import Fault, Sub
from gateway.trust.xmldsig.algorithms import DIGEST_BY_NAME
from gateway.trust.xmldsig.canonical import Method, canonical
from gateway.trust.xmldsig.structure import DSIG, decoded, form, method_of

__all__ = ["PROPERTIES", "Properties", "Stamp"]

PROPERTIES = "{http://uri.etsi.org/01903/v1.3.2#}"
_STAMP = "/".join(
    (
        f"{DSIG}Object",
        f"{PROPERTIES}QualifyingProperties",
        f"{PROPERTIES}UnsignedProperties",
        f"{PROPERTIES}UnsignedSignatureProperties",
        f"{PROPERTIES}SignatureTimeStamp",
    )
)
_INCLUDE = f"{PROPERTIES}Include"
_SIGNED = (f"{PROPERTIES}SigningCertificate", f"{PROPERTIES}SigningCertificateV2")


@dataclass(frozen=True, slots=True)
class Properties:
    """``certificates`` are digests of the signer's; ``signed_at`` is its claim."""

    KIND: ClassVar[str] = "http://uri.etsi.org/01903#SignedProperties"

    certificates: tuple[tuple[Digest | None, bytes], ...] = ()
    signed_at: datetime | None = None

    @classmethod
    def read(cls, element: Element) -> Properties:
        """From SignedProperties, as they were signed. Raises ``Fault``."""
        found = [one for name in _SIGNED for one in element.iter(name)]
        return cls(
            certificates=tuple(_first(one) for one in found),
            signed_at=_time(
                text_of(next(element.iter(f"{PROPERTIES}SigningTime"), None))
            ),
        )

    def names(self, certificate: Certificate) -> bool:
        """Whether all that is said of the signer's certificate is about this one."""
        return all(
            digest is not None
            and hmac.compare_digest(
                hashlib.new(digest.name, certificate.der).digest(), value
            )
            for digest, value in self.certificates
        )


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time-stamp over the signature's value (XAdES-T, EN 319 132-1 5.3).

    ``over`` are the octets that its imprint is of. Revocation values, certificates and
    time-stamps of archives beside it are not looked at: they prove nothing by
    themselves, and what is known here of revocation counts.
    """

    token: bytes
    over: bytes

    @classmethod
    def first(cls, signature: Element, value: Element) -> Stamp | None:
        """The first of a signature; none: it has none. Raises ``Fault``."""
        element = signature.find(_STAMP)
        if element is None:
            return None
        method, prefixes = Method(), frozenset[str]()
        inside = list(element.iterchildren("*"))
        named = f"#{value.get('Id')}"  # old signers say that it is over the value
        if [(one.tag, one.get("URI")) for one in inside[:1]] == [(_INCLUDE, named)]:
            del inside[0]
        if inside[:1] and inside[0].tag == f"{DSIG}CanonicalizationMethod":
            method, prefixes = method_of(inside.pop(0), "canonical_form")
        if [one.tag for one in inside[:1]] != [f"{PROPERTIES}EncapsulatedTimeStamp"]:
            what = "a SignatureTimeStamp of another form than one token over the value"
            raise Fault(Sub.TIMESTAMP_ORDER_FAILURE, "timestamp.format", what)
        return cls(decoded(inside[0]), canonical(value, method, prefixes=prefixes))


def _first(element: Element) -> tuple[Digest | None, bytes]:
    """The first certificate is the signer's; others are of its path."""
    digest = element.find(f"{PROPERTIES}Cert/{PROPERTIES}CertDigest")
    if digest is None:
        raise form("signed_properties", "a SigningCertificate without a digest")
    method, value = (
        digest.find(f"{DSIG}DigestMethod"),
        digest.find(f"{DSIG}DigestValue"),
    )
    if method is None or value is None:
        raise form("signed_properties", "a SigningCertificate without a digest")
    return DIGEST_BY_NAME.get(method.get("Algorithm", "")), decoded(value)


def _time(told: str) -> datetime | None:
    """A claimed time in UTC; one without a zone counts as none."""
    try:
        found = datetime.fromisoformat(told)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None
