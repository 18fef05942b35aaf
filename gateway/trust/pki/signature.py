"""Whether a key signed something, by the algorithm that the signed thing names."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import (
    dsa,
    ec,
    ed448,
    ed25519,
    padding,
    rsa,
)
from cryptography.hazmat.primitives.hashes import HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

__all__ = ["Signed", "key_name", "key_sum", "signed_by"]

_MOST_BITS = 16_384
_MOST_EXPONENT_BITS = 64  # more only costs time: 65537 is usual


@dataclass(frozen=True, slots=True)
class Signed:
    """A certificate, a list or an answer: its octets, signature and algorithm."""

    data: bytes
    value: bytes
    hash: HashAlgorithm | None
    parameters: Any = None

    @classmethod
    def certificate(cls, found: x509.Certificate) -> Signed | None:
        """That of a certificate; none: its algorithm is not known."""
        return cls._of(found, found.tbs_certificate_bytes)

    @classmethod
    def revocations(cls, found: x509.CertificateRevocationList) -> Signed | None:
        """That of a revocation list; none: its algorithm is not known."""
        return cls._of(found, found.tbs_certlist_bytes)

    @classmethod
    def _of(
        cls, found: x509.Certificate | x509.CertificateRevocationList, data: bytes
    ) -> Signed | None:
        try:
            return cls(
                data,
                found.signature,
                found.signature_hash_algorithm,
                found.signature_algorithm_parameters,
            )
        except (UnsupportedAlgorithm, ValueError):
            return None

    @property
    def digest(self) -> str:
        """The name of its digest, empty where the algorithm has none of its own."""
        return self.hash.name.replace("-", "") if self.hash else ""


def key_name(key: Any) -> str:
    """A key in one word and its size: ``rsa2048``, ``ec256``, ``ed25519``."""
    for kind, name in _KINDS:
        if isinstance(key, kind):
            return f"{name}{getattr(key, 'key_size', '')}"
    return "unknown"


def key_sum(key: Any) -> str:
    """SHA-256 over a key's SubjectPublicKeyInfo in hexadecimal digits."""
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(key.public_bytes(*form)).hexdigest()


_KINDS: tuple[tuple[type[Any], str], ...] = (
    (rsa.RSAPublicKey, "rsa"),
    (dsa.DSAPublicKey, "dsa"),
    (ed25519.Ed25519PublicKey, "ed25519"),
    (ed448.Ed448PublicKey, "ed448"),
    (ec.EllipticCurvePublicKey, "ec"),
)


def signed_by(signed: Signed, key: Any) -> bool:
    """Whether this key made the signature."""
    check = next((how for kind, how in _CHECKS if isinstance(key, kind)), None)
    if check is None:
        return False
    try:
        check(signed, key)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def _rsa(signed: Signed, key: rsa.RSAPublicKey) -> None:
    how = signed.parameters
    bits = key.public_numbers().e.bit_length()
    if key.key_size > _MOST_BITS or bits > _MOST_EXPONENT_BITS or signed.hash is None:
        raise ValueError("a key of more bits than are read")
    if not isinstance(how, padding.PSS | padding.PKCS1v15):
        raise ValueError("another kind of signature than the key's")
    key.verify(signed.value, signed.data, how, signed.hash)


def _ec(signed: Signed, key: ec.EllipticCurvePublicKey) -> None:
    if not isinstance(signed.parameters, ec.ECDSA) or signed.hash is None:
        raise ValueError("another kind of signature than the key's")
    key.verify(signed.value, signed.data, ec.ECDSA(signed.hash))


def _dsa(signed: Signed, key: dsa.DSAPublicKey) -> None:
    if signed.parameters is not None or signed.hash is None:
        raise ValueError("another kind of signature than the key's")
    key.verify(signed.value, signed.data, signed.hash)


def _edwards(
    signed: Signed, key: ed25519.Ed25519PublicKey | ed448.Ed448PublicKey
) -> None:
    if signed.parameters is not None or signed.hash is not None:
        raise ValueError("another kind of signature than the key's")
    key.verify(signed.value, signed.data)


_CHECKS: tuple[tuple[Any, Callable[[Signed, Any], None]], ...] = (
    (rsa.RSAPublicKey, _rsa),
    (ec.EllipticCurvePublicKey, _ec),
    (dsa.DSAPublicKey, _dsa),
    ((ed25519.Ed25519PublicKey, ed448.Ed448PublicKey), _edwards),
)
