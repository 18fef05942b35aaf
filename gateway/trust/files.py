"""Certificates and keys as files: PEM, DER, PKCS #7 and PKCS #12, read and written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    load_pem_private_key,
    pkcs7,
    pkcs12,
)

from gateway.trust.keyring import PrivateKey

__all__ = [
    "Form",
    "Found",
    "NotReadable",
    "certificates_in",
    "key_pem",
    "pairs_in",
    "pem",
    "pkcs12_of",
    "private_key_in",
    "written",
]

Form: TypeAlias = Literal["pem", "der", "p7c"]
_MOST_BYTES = 1024 * 1024
_FAULTS = (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion)


class NotReadable(ValueError):
    """A file that holds nothing of what was looked for; its text tells what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found in a file: a private key, its certificate, and further ones."""

    private_key: PrivateKey = field(repr=False)
    certificate: x509.Certificate | None
    others: tuple[x509.Certificate, ...] = ()


def certificates_in(data: bytes) -> tuple[x509.Certificate, ...]:
    """All certificates of a PEM, DER or PKCS #7 file. Raises ``NotReadable``."""
    if len(data) > _MOST_BYTES:
        raise NotReadable("the file has over a megabyte")
    for read in (
        x509.load_pem_x509_certificates,
        lambda it: [x509.load_der_x509_certificate(it)],
        pkcs7.load_pem_pkcs7_certificates,
        pkcs7.load_der_pkcs7_certificates,
    ):
        try:
            found = tuple(read(data))
            for one in found:  # what its fields hold is looked at only when asked for
                one.public_key(), one.not_valid_after_utc, one.subject
        except _FAULTS:
            continue
        if found:
            return found
    raise NotReadable("no certificate in it; give PEM, DER or p7c")


def private_key_in(data: bytes, password: bytes | None = None) -> PrivateKey:
    """The private key of a PEM or DER file. Raises ``NotReadable``."""
    is_pem = b"-----BEGIN" in data[:_MOST_BYTES]
    try:
        load = load_pem_private_key if is_pem else load_der_private_key
        key = load(_key_block(data) if is_pem else data, password)
    except TypeError as problem:
        raise NotReadable(_about_password(password)) from problem
    except (ValueError, UnsupportedAlgorithm) as problem:
        what = "no private key in it that opens with this password"
        raise NotReadable(what if password else "no private key in it") from problem
    return _known(key)


def pairs_in(data: bytes, password: bytes | None = None) -> Found:
    """A private key with its certificates, of PKCS #12 or PEM. Raises ``NotReadable``.

    The certificate is the one with the key's public part.
    """
    if len(data) > _MOST_BYTES:
        raise NotReadable("the file has over a megabyte")
    if b"-----BEGIN" in data:
        key = private_key_in(data, password)
        every = certificates_in(data) if b"BEGIN CERTIFICATE" in data else ()
        return matched(key, every)
    try:
        bundle = pkcs12.load_pkcs12(data, password)
    except _FAULTS as problem:
        what = "no PKCS #12 or PEM file, or another password"
        raise NotReadable(what) from problem
    if bundle.key is None:
        raise NotReadable("no private key in it")
    first = [bundle.cert.certificate] if bundle.cert else []
    others = [one.certificate for one in bundle.additional_certs]
    return matched(_known(bundle.key), (*first, *others))


def matched(key: PrivateKey, every: Sequence[x509.Certificate]) -> Found:
    """A key with those certificates, its own told from the others."""
    public = key.public_key()
    own = next((one for one in every if one.public_key() == public), None)
    others = tuple(one for one in every if one is not own)
    return Found(private_key=key, certificate=own, others=others)


def pem(certificates: Sequence[x509.Certificate]) -> str:
    """Certificates as PEM."""
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in certificates)


def key_pem(key: PrivateKey) -> str:
    """A private key as PEM (PKCS #8), open: to be sealed or put under a lock."""
    form = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return form.decode()


def written(certificates: Sequence[x509.Certificate], form: Form) -> bytes:
    """Certificates for a partner: PEM, DER (the first alone), or PKCS #7 (p7c)."""
    if form == "pem":
        return pem(certificates).encode()
    if form == "der":
        return certificates[0].public_bytes(Encoding.DER)
    return pkcs7.serialize_certificates(list(certificates), Encoding.DER)


def pkcs12_of(
    name: str,
    key: PrivateKey,
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    password: bytes,
) -> bytes:
    """A key with its certificates, locked with a password (PKCS #12)."""
    lock = BestAvailableEncryption(password)
    return pkcs12.serialize_key_and_certificates(
        name.encode(), key, certificate, list(chain) or None, lock
    )


def _known(key: object) -> PrivateKey:
    if isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
        return key
    raise NotReadable("its key is neither RSA nor of an elliptic curve")


def _about_password(password: bytes | None) -> str:
    if password is None:
        return "its key is locked; give the password"
    return "its key is not locked; give no password"


def _key_block(data: bytes) -> bytes:
    """The part of a PEM file that is the key; certificates may stand before it."""
    end = data.find(b"PRIVATE KEY-----")
    begin = data.rfind(b"-----BEGIN", 0, end) if end >= 0 else -1
    return data[begin:] if begin >= 0 else data
