"""Making signatures (RFC 5652 section 5): beside a content, or around it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding

from gateway.trust import der
from gateway.trust.algorithms import (
    CONTENT_TYPE,
    DATA,
    DIGESTS,
    MESSAGE_DIGEST,
    MGF1,
    PSS,
    RSA,
    SIGNED_DATA,
    SIGNING_TIME,
    Digest,
)
from gateway.trust.identity import identity, named
from gateway.trust.keyring import PrivateKey


def sign_detached(  # noqa: PLR0913  # a signature has as many choices
    digest: bytes,
    digest_name: str,
    key: PrivateKey,
    certificate: x509.Certificate,
    *,
    scheme: str = "rsa",
    chain: Sequence[x509.Certificate] = (),
    signed_at: datetime | None = None,
    by_key_id: bool = False,
    content: bytes | None = None,
) -> bytes:
    """A CMS SignedData in DER without the content, whose digest is given.

    ``content`` puts it in nevertheless; ``sign_around`` is for that.

    ``scheme`` is ``rsa`` or ``pss``; a key on a curve signs with ECDSA whatever it
    says. The certificate and ``chain`` are put in; ``signed_at`` is in UTC, without it
    the signature tells no time. MD5 is refused with ``ValueError``.
    """
    algorithm = DIGESTS[digest_name]
    if digest_name == "md5" or len(digest) != algorithm.hash.digest_size:
        raise ValueError(f"no {digest_name} digest can be signed here")
    attributes = _attributes(digest, signed_at)
    identifier, signature = _sign(
        der.set_of(*attributes), algorithm, key, scheme=scheme
    )
    digest_id = der.algorithm(algorithm.oid)
    signer = der.sequence(
        der.integer(3 if by_key_id else 1),
        named(certificate, by_key_id=by_key_id),
        digest_id,
        der.set_of(*attributes, tag=0xA0),
        identifier,
        der.value(der.OCTETS, signature),
    )
    certificates = {identity(one).der for one in (certificate, *chain)}
    signed = der.sequence(
        der.integer(3 if by_key_id else 1),
        der.set_of(digest_id),
        _inside(content),
        der.set_of(*certificates, tag=0xA0),
        der.set_of(signer),
    )
    return der.sequence(der.oid(SIGNED_DATA), der.value(0xA0, signed))


def sign_around(
    content: bytes,
    digest_name: str,
    key: PrivateKey,
    certificate: x509.Certificate,
    *,
    chain: Sequence[x509.Certificate] = (),
    signed_at: datetime | None = None,
) -> bytes:
    """A CMS SignedData in DER with its content inside, as a file .p7m has it."""
    digest = hashlib.new(digest_name, content).digest()
    return sign_detached(
        digest,
        digest_name,
        key,
        certificate,
        chain=chain,
        signed_at=signed_at,
        content=content,
    )


def _inside(content: bytes | None) -> bytes:
    """EncapsulatedContentInfo, empty where the content is beside the signature."""
    if content is None:
        return der.sequence(der.oid(DATA))
    octets = der.value(0xA0, der.value(der.OCTETS, content))
    return der.sequence(der.oid(DATA), octets)


def _attributes(digest: bytes, signed_at: datetime | None) -> list[bytes]:
    attributes = [
        der.sequence(der.oid(CONTENT_TYPE), der.set_of(der.oid(DATA))),
        der.sequence(
            der.oid(MESSAGE_DIGEST), der.set_of(der.value(der.OCTETS, digest))
        ),
    ]
    if signed_at is not None:
        time = der.set_of(der.time(signed_at))
        attributes.append(der.sequence(der.oid(SIGNING_TIME), time))
    return attributes


def _sign(
    data: bytes, digest: Digest, key: PrivateKey, *, scheme: str
) -> tuple[bytes, bytes]:
    """The signature's AlgorithmIdentifier and its value."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        signature = key.sign(data, ec.ECDSA(digest.hash))
        return der.algorithm(digest.ecdsa), signature
    if scheme == "rsa":
        signature = key.sign(data, padding.PKCS1v15(), digest.hash)
        return der.algorithm(RSA, der.NULL), signature
    if scheme != "pss":
        raise ValueError(f"an RSA key does not sign with {scheme!r}")
    salt = digest.hash.digest_size
    how = padding.PSS(padding.MGF1(digest.hash), salt)
    return der.algorithm(PSS, pss(digest)), key.sign(data, how, digest.hash)


def pss(digest: Digest) -> bytes:
    """Explicit RSASSA-PSS-params (RFC 4055 3.1): the salt is as long as the digest."""
    hashed = der.algorithm(digest.oid, der.NULL)
    return der.sequence(
        der.value(0xA0, hashed),
        der.value(0xA1, der.algorithm(MGF1, hashed)),
        der.value(0xA2, der.integer(digest.hash.digest_size)),
    )
