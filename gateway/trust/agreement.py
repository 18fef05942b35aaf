"""Content keys agreed by ephemeral-static ECDH (RFC 5753): X9.63 KDF and a key wrap."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap,
    aes_key_wrap,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.trust import der
from gateway.trust.algorithms import (
    AGREEMENT_OID,
    AGREEMENTS,
    DIGESTS,
    EC,
    TRIPLE_DES_WRAP,
    WRAP_OID,
    WRAPS,
    Digest,
)
from gateway.trust.fault import CmsFault, Kind
from gateway.trust.signers import oid

_POINT = (Encoding.X962, PublicFormat.UncompressedPoint)
_WRAP_IV = bytes.fromhex("4adda22c79e82105")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What a KeyAgreeRecipientInfo says: the sender's point and how keys are derived.

    ``wrap`` is the AlgorithmIdentifier of the key wrap as it came, which is part of
    what the key is derived from (RFC 5753 7.2).
    """

    point: bytes
    digest: Digest
    wrap: bytes
    wrap_oid: str
    ukm: bytes | None

    def open(self, private: ec.EllipticCurvePrivateKey, key: bytes) -> bytes | None:
        """The content key, or ``None`` when it does not open."""
        size = WRAPS[self.wrap_oid]
        try:
            public = ec.EllipticCurvePublicKey.from_encoded_point(
                private.curve, self.point
            )
            shared = private.exchange(ec.ECDH(), public)
            wrapping = _derived(shared, self.digest, size, self.wrap, self.ukm)
            if self.wrap_oid == TRIPLE_DES_WRAP:
                return _triple_des_unwrapped(wrapping, key)
            return aes_key_unwrap(wrapping, key)
        except (ValueError, InvalidUnwrap):
            return None


def offered(info: Any) -> Offered:
    """Read a KeyAgreeRecipientInfo; a sender's static key is not read."""
    originator = info["originator"]
    identifier = info["key_encryption_algorithm"]
    digest = AGREEMENTS.get(oid(identifier))
    if originator.name != "originator_key" or digest is None:
        raise CmsFault(Kind.UNSUPPORTED, "this kind of key agreement is not read")
    wrap: bytes = identifier["parameters"].dump()
    wrap_oid = next((one for one in WRAPS if der.oid(one) in wrap), None)
    if wrap_oid is None:
        raise CmsFault(Kind.UNSUPPORTED, "this kind of key wrap is not read")
    return Offered(
        point=originator.chosen["public_key"].native,
        digest=digest,
        wrap=wrap,
        wrap_oid=wrap_oid,
        ukm=info["ukm"].native,
    )


def sealing(public: ec.EllipticCurvePublicKey, rid: bytes, key: bytes) -> bytes:
    """A KeyAgreeRecipientInfo as [1], with a new key; the curve decides the digest."""
    digest = DIGESTS[_digest_for(public.curve)]
    ephemeral = ec.generate_private_key(public.curve)
    wrap = der.algorithm(WRAP_OID[len(key)])
    shared = ephemeral.exchange(ec.ECDH(), public)
    wrapping = _derived(shared, digest, len(key), wrap, None)
    point = ephemeral.public_key().public_bytes(*_POINT)
    sealed = der.value(der.OCTETS, aes_key_wrap(wrapping, key))
    originator = der.value(0xA1, der.algorithm(EC), der.value(der.BITS, b"\0", point))
    return der.value(
        0xA1,
        der.integer(3),
        der.value(0xA0, originator),
        der.algorithm(AGREEMENT_OID[digest.name], wrap),
        der.sequence(der.sequence(rid, sealed)),
    )


def _digest_for(curve: ec.EllipticCurve) -> str:
    if curve.key_size <= 256:
        return "sha256"
    return "sha384" if curve.key_size <= 384 else "sha512"


def _derived(
    shared: bytes, digest: Digest, size: int, wrap: bytes, ukm: bytes | None
) -> bytes:
    """The key-encryption key of ``size`` octets (RFC 5753 7.2, SEC 1 3.6.1)."""
    info = der.sequence(
        wrap,
        b"" if ukm is None else der.value(0xA0, der.value(der.OCTETS, ukm)),
        der.value(0xA2, der.value(der.OCTETS, (8 * size).to_bytes(4, "big"))),
    )
    return X963KDF(digest.hash, size, info).derive(shared)


def _triple_des_unwrapped(wrapping: bytes, key: bytes) -> bytes | None:
    """A 3DES key out of its wrap (RFC 3217 3.2), which only old senders use."""
    reverse = _triple_des(wrapping, _WRAP_IV, key)[::-1]
    opened = _triple_des(wrapping, reverse[:8], reverse[8:])
    content, check = opened[:-8], opened[-8:]
    made = hashlib.sha1(content).digest()[:8]  # noqa: S324  # as the wrap is defined
    return content if hmac.compare_digest(made, check) else None


def _triple_des(key: bytes, iv: bytes, data: bytes) -> bytes:
    decryptor = Cipher(TripleDES(key), modes.CBC(iv)).decryptor()
    return decryptor.update(data) + decryptor.finalize()
