"""An OCSP answer (RFC 6960): who gave it, about which certificate, and when."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Self

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from gateway.trust.ber import values
from gateway.trust.der import SEQUENCE
from gateway.trust.fault import CmsFault
from gateway.trust.pki.certificate import Certificate, Unreadable
from gateway.trust.pki.names import dn
from gateway.trust.pki.signature import Signed, signed_by

__all__ = ["OcspAnswer", "UnreadableAnswer"]

SIGNING = ExtendedKeyUsageOID.OCSP_SIGNING.dotted_string
_MOST_BYTES = 256 * 1024


class UnreadableAnswer(ValueError):
    """Bytes that are no successful OCSP answer."""


@dataclass(frozen=True, eq=False)
class OcspAnswer:
    """A successful answer of a responder."""

    response: ocsp.OCSPResponse = field(repr=False)
    der: bytes = field(repr=False)

    @classmethod
    def read(cls, data: bytes) -> Self:
        """From DER. Raises ``UnreadableAnswer``."""
        if len(data) > _MOST_BYTES:
            raise UnreadableAnswer("the answer is too long")
        try:
            found = ocsp.load_der_ocsp_response(data)
        except (ValueError, TypeError) as no:
            raise UnreadableAnswer(f"no OCSP answer: {no}"[:200]) from no
        if found.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise UnreadableAnswer(f"the responder says {found.response_status.name}")
        return cls(found, data)

    @cached_property
    def sha256(self) -> str:
        """The sum of its octets."""
        return hashlib.sha256(self.der).hexdigest()

    def about(
        self, certificate: Certificate, issuer: Certificate
    ) -> ocsp.OCSPSingleResponse | None:
        """What it says of this certificate: number and both hashes must be its own."""
        for one in self.response.responses:
            if one.serial_number != certificate.serial:
                continue
            try:
                made = (
                    ocsp.OCSPRequestBuilder()
                    .add_certificate(
                        certificate.parsed, issuer.parsed, one.hash_algorithm
                    )
                    .build()
                )
            except (ValueError, UnsupportedAlgorithm):
                continue
            same_name = made.issuer_name_hash == one.issuer_name_hash
            if same_name and made.issuer_key_hash == one.issuer_key_hash:
                return one
        return None

    def echoes(self, nonce: bytes) -> bool:
        """Whether it has this nonce, or none, as responders may (RFC 9654)."""
        try:
            found = self.response.extensions.get_extension_for_class(x509.OCSPNonce)
        except x509.ExtensionNotFound:
            return True
        except (ValueError, x509.DuplicateExtension):
            return False
        return found.value.nonce == nonce

    def signer(self, issuer: Certificate, at: datetime) -> Certificate:
        """Who signed it: the issuer, or whom the issuer's key delegated.

        A delegate must be issued directly by the same key, for OCSP signing, and in
        date (RFC 6960 4.2.2.2). Raises ``UnreadableAnswer`` when nobody such did.
        """
        if self._names(issuer) and signed_by(self._signed, issuer.public_key):
            return issuer
        for one in self.response.certificates[:8]:
            try:
                found = Certificate.of(one)
            except Unreadable:
                continue
            if self._names(found) and signed_by(self._signed, found.public_key):
                return _delegated(found, issuer, at)
        what = "the answer is not signed by the issuer nor by a delegate of the issuer"
        raise UnreadableAnswer(what)

    @cached_property
    def _signed(self) -> Signed:
        """The algorithm's parameters are those of a certificate that names the same."""
        answer = self.response
        try:
            hashed = answer.signature_hash_algorithm
        except UnsupportedAlgorithm:
            raise UnreadableAnswer("its signature algorithm is not known") from None
        parameters = _parameters(answer)
        return Signed(answer.tbs_response_bytes, answer.signature, hashed, parameters)

    def _names(self, certificate: Certificate) -> bool:
        name = self.response.responder_name
        if name is not None:
            return dn(name) == certificate.subject
        made = hashlib.sha1(certificate_key(certificate)).digest()  # noqa: S324
        return self.response.responder_key_hash == made

    def is_fresh(
        self, one: ocsp.OCSPSingleResponse, at: datetime, fresh: timedelta | None
    ) -> bool:
        """Whether it may be relied on at this moment."""
        since, until = one.this_update_utc, one.next_update_utc
        if since > at:
            return False
        if fresh is not None and at - since > fresh:
            return False
        return (until is not None and at <= until) or (
            until is None and fresh is not None
        )


def _parameters(answer: ocsp.OCSPResponse) -> object:
    dotted = answer.signature_algorithm_oid.dotted_string
    hashed = answer.signature_hash_algorithm
    if dotted.startswith("1.2.840.10045.4.") and hashed is not None:
        return ec.ECDSA(hashed)
    if dotted.startswith("1.2.840.113549.1.1.") and dotted != "1.2.840.113549.1.1.10":
        return padding.PKCS1v15()
    return None


def certificate_key(certificate: Certificate) -> bytes:
    """The octets of a certificate's key, without its algorithm."""
    tbs = values(values(certificate.der, SEQUENCE)[0], SEQUENCE)
    at = 6 if tbs[0][:1] == b"\xa0" else 5
    try:
        _, key = values(tbs[at], SEQUENCE)
    except (CmsFault, ValueError):
        return b""
    head = 2 if key[1] < 0x80 else 2 + (key[1] & 0x7F)
    return key[head + 1 :]


def _delegated(found: Certificate, issuer: Certificate, at: datetime) -> Certificate:
    signed = found.signed
    if (
        found.issuer != issuer.subject
        or signed is None
        or not signed_by(signed, issuer.public_key)
    ):
        what = "the responder is not issued by the certificate's issuer"
        raise UnreadableAnswer(what)
    if SIGNING not in (found.purposes or ()):
        raise UnreadableAnswer("the responder is not meant for OCSP signing")
    if not found.since <= at <= found.until:
        raise UnreadableAnswer("the responder's certificate is not in date")
    return found
