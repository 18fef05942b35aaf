"""Digests and signatures by their names in XML (RFC 9231); none with a shared key."""

from __future__ import annotations

from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from gateway.trust.algorithms import DIGESTS, Digest
from gateway.trust.keyring import PrivateKey

__all__ = [
    "DIGEST_BY_NAME",
    "SHA256",
    "SIGNATURES",
    "is_signed_by",
    "method_of",
    "sign",
]

_DSIG = "http://www.w3.org/2000/09/xmldsig#"
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_LATER = "http://www.w3.org/2007/05/xmldsig-more#"
_XMLENC = "http://www.w3.org/2001/04/xmlenc#"
_SHA2 = ("sha224", "sha256", "sha384", "sha512")
_SHA256 = DIGESTS["sha256"].hash
_MOST_RSA_BITS = 16_384
_MOST_EXPONENT_BITS = 64

SHA256 = f"{_XMLENC}sha256"
"""The digest that we sign with."""
DIGEST_BY_NAME = {
    f"{_DSIG}sha1": DIGESTS["sha1"],
    f"{_MORE}sha224": DIGESTS["sha224"],
    SHA256: DIGESTS["sha256"],
    f"{_MORE}sha384": DIGESTS["sha384"],
    f"{_XMLENC}sha512": DIGESTS["sha512"],
}
"""Digests of references."""

SIGNATURES: dict[str, tuple[str, Digest]] = {
    f"{_DSIG}rsa-sha1": ("rsa", DIGESTS["sha1"]),
    **{f"{_MORE}rsa-{name}": ("rsa", DIGESTS[name]) for name in _SHA2},
    f"{_LATER}sha1-rsa-MGF1": ("pss", DIGESTS["sha1"]),
    **{f"{_LATER}{name}-rsa-MGF1": ("pss", DIGESTS[name]) for name in _SHA2},
    **{f"{_MORE}ecdsa-{name}": ("ecdsa", DIGESTS[name]) for name in ("sha1", *_SHA2)},
}
"""How a signature is made (``rsa``, ``pss``, ``ecdsa``), and with which digest."""


def is_signed_by(
    key: Any, scheme: str, digest: Digest, value: bytes, on: bytes
) -> bool:
    """Whether this key made the signature ``value`` over the octets ``on``."""
    try:
        if isinstance(key, ec.EllipticCurvePublicKey) and scheme == "ecdsa":
            key.verify(_pair(value, key.key_size), on, ec.ECDSA(digest.hash))
        elif isinstance(key, rsa.RSAPublicKey) and scheme in ("rsa", "pss"):
            _is_of_size(key)
            how = _padding(scheme, digest)
            key.verify(value, on, how, digest.hash)
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def method_of(key: PrivateKey) -> str:
    """The name of the algorithm that we sign with by this key: SHA-256 always."""
    is_curve = isinstance(key, ec.EllipticCurvePrivateKey)
    return f"{_MORE}{'ecdsa' if is_curve else 'rsa'}-sha256"


def sign(key: PrivateKey, on: bytes) -> bytes:
    """Our signature over these octets, as ``method_of`` names it."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        numbers = utils.decode_dss_signature(key.sign(on, ec.ECDSA(_SHA256)))
        half = (key.key_size + 7) // 8
        return b"".join(number.to_bytes(half) for number in numbers)
    return key.sign(on, padding.PKCS1v15(), _SHA256)


def _padding(scheme: str, digest: Digest) -> padding.AsymmetricPadding:
    if scheme == "rsa":
        return padding.PKCS1v15()
    return padding.PSS(padding.MGF1(digest.hash), digest.hash.digest_size)


def _is_of_size(key: rsa.RSAPublicKey) -> None:
    exponent = key.public_numbers().e.bit_length()
    if key.key_size > _MOST_RSA_BITS or exponent > _MOST_EXPONENT_BITS:
        raise ValueError("a key of more bits than are read")


def _pair(value: bytes, bits: int) -> bytes:
    """The two numbers of an ECDSA signature, each as long as the curve's, in DER.

    Old signers in Java leave out the first octet where it is zero in both numbers, as
    in a quarter of what they sign on P-521.
    """
    half = (bits + 7) // 8
    if len(value) == 2 * half - 2:
        half -= 1
    if len(value) != 2 * half:
        raise ValueError("not two numbers of the curve's length")
    numbers = int.from_bytes(value[:half]), int.from_bytes(value[half:])
    return utils.encode_dss_signature(*numbers)
