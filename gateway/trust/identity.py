"""Which certificate a CMS message means: by issuer and number, or by key identifier."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.trust import der


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What names a certificate in a message; ``der`` is the certificate itself."""

    issuer: bytes
    serial: int
    key_id: bytes
    der: bytes


@lru_cache(maxsize=4096)
def identity(certificate: x509.Certificate) -> Identity:
    """The names of a certificate, its issuer octet for octet as the issuer wrote it."""
    encoded = certificate.public_bytes(Encoding.DER)
    tbs = asn1_x509.Certificate.load(encoded)["tbs_certificate"]
    return Identity(
        issuer=tbs["issuer"].dump(),
        serial=certificate.serial_number,
        key_id=_key_id(certificate),
        der=encoded,
    )


def _key_id(certificate: x509.Certificate) -> bytes:
    """Its SubjectKeyIdentifier, or the usual one (RFC 5280 4.2.1.2) if it has none."""
    try:
        found = certificate.extensions.get_extension_for_class(
            x509.SubjectKeyIdentifier
        )
        return found.value.digest
    except (x509.ExtensionNotFound, ValueError):
        made = x509.SubjectKeyIdentifier.from_public_key(certificate.public_key())
        return made.digest


def is_meant(certificate: x509.Certificate, named: Any) -> bool:
    """Whether a SignerIdentifier or RecipientIdentifier names this certificate."""
    mine = identity(certificate)
    chosen = named.chosen
    if named.name == "issuer_and_serial_number":
        if chosen["serial_number"].native != mine.serial:
            return False
        issuer = chosen["issuer"]
        if issuer.dump() == mine.issuer:
            return True
        # Some products write the strings of a name anew, in another type.
        return bool(asn1_x509.Name.load(mine.issuer) == issuer)
    if named.name == "r_key_id":
        chosen = chosen["subject_key_identifier"]
    return bool(chosen.native == mine.key_id)


def is_signer(certificate: x509.Certificate, sid: bytes) -> bool:
    """Whether an encoded SignerIdentifier names this certificate."""
    if sid in (named(certificate), named(certificate, by_key_id=True)):
        return True
    return is_meant(certificate, cms.SignerIdentifier.load(sid))


def told(named: Any) -> str:
    """How a message names a certificate, for the operator."""
    chosen = named.chosen
    if named.name == "issuer_and_serial_number":
        issuer = chosen["issuer"].human_friendly
        return f"number {chosen['serial_number'].native:X} of {issuer}"[:300]
    if named.name == "r_key_id":
        chosen = chosen["subject_key_identifier"]
    return f"key identifier {chosen.native.hex()}"[:300]


@lru_cache(maxsize=4096)
def named(certificate: x509.Certificate, *, by_key_id: bool = False) -> bytes:
    """How we name a certificate: issuer and number, or the key identifier as [0]."""
    mine = identity(certificate)
    if by_key_id:
        return der.value(0x80, mine.key_id)
    return der.sequence(mine.issuer, der.integer(mine.serial))
