"""Who says so: Ed25519 signatures (RFC 8032) of checkpoints and bundles."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key of a gateway."""

    _key: Ed25519PrivateKey

    @classmethod
    def new(cls) -> Self:
        """A new key."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def of(cls, pem: bytes) -> Self:
        """The key in a PEM text (PKCS #8). Raises ``ValueError`` for anything else."""
        key = serialization.load_pem_private_key(pem, password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("the key is no Ed25519 key")
        return cls(key)

    @property
    def pem(self) -> bytes:
        """The private key as PEM (PKCS #8)."""
        return self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    @property
    def public(self) -> bytes:
        """The public key as PEM."""
        return self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def name(self) -> str:
        """The name of the key: ``key_name`` of its public part."""
        return key_name(self.public)

    def sign(self, data: bytes) -> bytes:
        """The signature, 64 bytes."""
        return self._key.sign(data)


def key_name(public: bytes) -> str:
    """SHA-256 over the DER form of a public key in PEM; as openssl would say it."""
    der = _public(public).public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(der).hexdigest()


def verifies(public: bytes, signature: bytes, data: bytes) -> bool:
    """Whether this key, in PEM, signed these bytes. A key that is none did not."""
    try:
        _public(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def _public(pem: bytes) -> Ed25519PublicKey:
    try:
        key = serialization.load_pem_public_key(pem)
    except UnsupportedAlgorithm as problem:
        raise ValueError("the key is of no known kind") from problem
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("the key is no Ed25519 key")
    return key
