"""One signer of a SignedData: is the signature right, and is it over this content?"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self, TypeAlias

from asn1crypto import algos, cms
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from gateway.trust import der
from gateway.trust.algorithms import (
    CONTENT_TYPE,
    DIGEST_OF,
    EC,
    ECDSA_SIGNATURES,
    MESSAGE_DIGEST,
    MGF1,
    PSS,
    RSA,
    RSA_SIGNATURES,
    SIGNING_TIME,
    Digest,
)
from gateway.trust.ber import malformed, octets, values
from gateway.trust.fault import CmsFault, Kind

DigestOf: TypeAlias = Callable[[str], bytes]
"""The digest of the content by an algorithm's name (``sha256``)."""

_SIGNED = 0xA0
_TYPE, _DIGEST, _TIME = map(der.oid, (CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME))
_DIGEST_BY_ENCODING = {
    der.algorithm(digest.oid, *parameters): digest
    for digest in DIGEST_OF.values()
    for parameters in ((), (der.NULL,))
}
_PLAIN_RSA = der.algorithm(RSA, der.NULL)
_PLAIN_TIME = re.compile(rb"\x17\x0d([0-4]\d)" + rb"(\d\d)" * 5 + rb"Z")
_WRONG = "the signature is not that of the signer's certificate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A signature that is right, and whose.

    ``digest`` is that of the content in ``digest_algorithm``; ``signature_algorithm``
    is ``rsa``, ``pss`` or ``ecdsa``; ``signed_at`` is what the signer claims, or
    ``None``. ``others`` are further digests that it rests on.
    """

    certificate: x509.Certificate
    digest_algorithm: str
    signature_algorithm: str
    digest: bytes
    signed_at: datetime | None
    others: frozenset[str] = frozenset()


def oid(identifier: Any) -> str:
    """The algorithm of an AlgorithmIdentifier, in dots."""
    dotted: str = identifier["algorithm"].dotted
    return dotted


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A SignerInfo (RFC 5652 5.3), its values as they came.

    ``digest`` and ``scheme`` are AlgorithmIdentifiers; ``attributes`` are the signed
    ones, none when there are none.
    """

    sid: bytes
    digest: bytes
    attributes: bytes | None
    scheme: bytes
    signature: bytes

    @classmethod
    def read(cls, encoded: bytes) -> Self:
        """The signer from its encoding."""
        _, sid, digest, *rest = values(encoded, der.SEQUENCE)
        attributes = rest.pop(0) if rest[0][0] == _SIGNED else None
        scheme, signature, *unsigned = rest
        if len(unsigned) > 1:
            raise malformed("something follows a signer")
        return cls(
            sid=sid,
            digest=digest,
            attributes=attributes,
            scheme=scheme,
            signature=octets(signature),
        )


def digest_named(identifier: bytes) -> Digest | None:
    """The digest of an encoded AlgorithmIdentifier; none: it is not one of ours."""
    known = _DIGEST_BY_ENCODING.get(identifier)
    return known or DIGEST_OF.get(oid(algos.DigestAlgorithm.load(identifier)))


def checked(
    signer: Signer,
    certificate: x509.Certificate,
    digest: Digest,
    content_type: bytes,
    digest_of: DigestOf,
) -> Verified:
    """RFC 5652 5.4: first the signature, then whether the content is the one meant."""
    scheme, salt = _scheme(signer.scheme, digest)
    proof = _Proof(
        certificate=certificate,
        scheme=scheme,
        digest=digest,
        salt=salt,
        signature=signer.signature,
    )
    content = digest_of(digest.name)
    signed_at = None
    if signer.attributes is not None:
        proof.holds_for_attributes(signer.attributes)
        signed_at = _agreed(signer.attributes, content_type, content)
    else:
        proof.holds_for_content(content)
    return Verified(
        certificate=certificate,
        digest_algorithm=digest.name,
        signature_algorithm=scheme,
        digest=content,
        signed_at=signed_at,
    )


def _scheme(encoded: bytes, digest: Digest) -> tuple[str, int]:
    """How it is signed, and the length of the salt; the digest must be the same."""
    if encoded == _PLAIN_RSA:
        return "rsa", 0
    identifier = algos.SignedDigestAlgorithm.load(encoded)
    dotted = oid(identifier)
    if dotted == PSS:
        return "pss", _salt(identifier["parameters"], digest)
    if dotted == RSA or RSA_SIGNATURES.get(dotted) is digest:
        return "rsa", 0
    if dotted == EC or ECDSA_SIGNATURES.get(dotted) is digest:
        return "ecdsa", 0
    text = f"a signature by {dotted} with {digest.name} is not read"
    raise CmsFault(Kind.UNSUPPORTED, text)


def _salt(parameters: Any, digest: Digest) -> int:
    """The salt of RSASSA-PSS-params; without them SHA-1 is meant (RFC 4055 3.1)."""
    if parameters.native is None:
        same, salt = digest.name == "sha1", 20
    else:
        mask = parameters["mask_gen_algorithm"]
        hashed = DIGEST_OF.get(oid(parameters["hash_algorithm"]))
        by_mgf1 = oid(mask) == MGF1
        masked = DIGEST_OF.get(oid(mask["parameters"])) if by_mgf1 else None
        same = hashed is digest and masked is digest
        salt = parameters["salt_length"].native
    if not same:
        text = f"RSASSA-PSS with another digest than {digest.name} is not read"
        raise CmsFault(Kind.UNSUPPORTED, text)
    return int(salt)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proof:
    """A signature value and what is needed to check it."""

    certificate: x509.Certificate
    scheme: str
    digest: Digest
    salt: int
    signature: bytes

    def holds_for_attributes(self, attributes: bytes) -> None:
        """Check it over the attributes as a SET OF: as they came, else in DER."""
        came = bytes((der.SET,)) + attributes[1:]
        if self._holds(came, self.digest.hash):
            return
        # Some signers sort or encode the set in their own way and sign the DER form.
        plain = cms.CMSAttributes.load(came)
        if not self._holds(plain.dump(force=True), self.digest.hash):
            raise CmsFault(Kind.AUTHENTICATION, _WRONG)

    def holds_for_content(self, content: bytes) -> None:
        """Check it over the content itself, whose digest is given."""
        if not self._holds(content, utils.Prehashed(self.digest.hash)):
            if self._is_of_other_content():
                raise CmsFault(Kind.INTEGRITY, "the content is not what was signed")
            raise CmsFault(Kind.AUTHENTICATION, _WRONG)

    def _holds(self, data: bytes, hashed: Any) -> bool:
        key = self.certificate.public_key()
        try:
            if isinstance(key, ec.EllipticCurvePublicKey) and self.scheme == "ecdsa":
                key.verify(self.signature, data, ec.ECDSA(hashed))
            elif isinstance(key, rsa.RSAPublicKey) and self.scheme == "pss":
                how = padding.PSS(padding.MGF1(self.digest.hash), self.salt)
                key.verify(self.signature, data, how, hashed)
            elif isinstance(key, rsa.RSAPublicKey) and self.scheme == "rsa":
                key.verify(self.signature, data, padding.PKCS1v15(), hashed)
            else:
                return False
        except InvalidSignature:
            return False
        except UnsupportedAlgorithm as wrong:
            text = f"a signature by {self.scheme} with {self.digest.name} is not read"
            raise CmsFault(Kind.UNSUPPORTED, text) from wrong
        return True

    def _is_of_other_content(self) -> bool:
        """Whether the key signed some digest: RSA PKCS #1 v1.5 lets one see that."""
        key = self.certificate.public_key()
        if not isinstance(key, rsa.RSAPublicKey) or self.scheme != "rsa":
            return False
        try:
            key.recover_data_from_signature(
                self.signature, padding.PKCS1v15(), self.digest.hash
            )
        except InvalidSignature:
            return False
        return True


def _agreed(attributes: bytes, content_type: bytes, content: bytes) -> datetime | None:
    """The signing time, when the attributes are about this content (RFC 5652 11)."""
    found: dict[bytes, list[bytes]] = {}
    for attribute in values(attributes, _SIGNED):
        kind, listed = values(attribute, der.SEQUENCE)
        found.setdefault(kind, []).extend(values(listed, der.SET))
    types = found.get(_TYPE, [])
    digests = found.get(_DIGEST, [])
    if len(types) != 1 or len(digests) != 1:
        raise CmsFault(Kind.AUTHENTICATION, "the signed attributes are not complete")
    if types[0] != content_type:
        raise CmsFault(Kind.AUTHENTICATION, "another type of content was signed")
    if not hmac.compare_digest(octets(digests[0]), content):
        raise CmsFault(Kind.INTEGRITY, "the content is not what was signed")
    times = found.get(_TIME, [])
    return _time(times[0]) if len(times) == 1 else None


def _time(encoded: bytes) -> datetime | None:
    """A Time; the plain form of this century, which nearly all write, is read here."""
    plain = _PLAIN_TIME.fullmatch(encoded)
    if plain is None:
        return _utc(cms.Time.load(encoded).native)
    year, month, day, hour, minute, second = map(int, plain.groups())
    return datetime(2000 + year, month, day, hour, minute, second, 0, UTC)


def _utc(claimed: Any) -> datetime | None:
    """A claimed time, in UTC; one without a zone counts as none."""
    if not isinstance(claimed, datetime) or claimed.tzinfo is None:
        return None
    return claimed.astimezone(UTC)
