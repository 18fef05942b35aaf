"""The algorithms of the S/MIME world: their names in a profile and their numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.hashes import (
    MD5,
    SHA1,
    SHA224,
    SHA256,
    SHA384,
    SHA512,
    HashAlgorithm,
)

DATA = "1.2.840.113549.1.7.1"
SIGNED_DATA = "1.2.840.113549.1.7.2"
ENVELOPED_DATA = "1.2.840.113549.1.7.3"
AUTH_ENVELOPED_DATA = "1.2.840.113549.1.9.16.1.23"
COMPRESSED_DATA = "1.2.840.113549.1.9.16.1.9"
CONTENTS = {
    SIGNED_DATA: "signed-data",
    ENVELOPED_DATA: "enveloped-data",
    AUTH_ENVELOPED_DATA: "authenveloped-data",
    COMPRESSED_DATA: "compressed-data",
}
"""CMS content types (RFC 5652, 5083, 3274) and their smime-type in lower case."""

CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"
"""Attributes that are signed with a digest (RFC 5652 11)."""

ZLIB = "1.2.840.113549.1.9.16.3.8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A digest algorithm and the signature algorithms that it is part of."""

    name: str
    oid: str
    rsa: str
    ecdsa: str
    hash: HashAlgorithm


DIGESTS = {
    digest.name: digest
    for digest in (
        Digest(
            name="md5",
            oid="1.2.840.113549.2.5",
            rsa="1.2.840.113549.1.1.4",
            ecdsa="",
            hash=MD5(),  # noqa: S303  # read only, and only when a profile says so
        ),
        Digest(
            name="sha1",
            oid="1.3.14.3.2.26",
            rsa="1.2.840.113549.1.1.5",
            ecdsa="1.2.840.10045.4.1",
            hash=SHA1(),  # noqa: S303  # old partners
        ),
        Digest(
            name="sha224",
            oid="2.16.840.1.101.3.4.2.4",
            rsa="1.2.840.113549.1.1.14",
            ecdsa="1.2.840.10045.4.3.1",
            hash=SHA224(),
        ),
        Digest(
            name="sha256",
            oid="2.16.840.1.101.3.4.2.1",
            rsa="1.2.840.113549.1.1.11",
            ecdsa="1.2.840.10045.4.3.2",
            hash=SHA256(),
        ),
        Digest(
            name="sha384",
            oid="2.16.840.1.101.3.4.2.2",
            rsa="1.2.840.113549.1.1.12",
            ecdsa="1.2.840.10045.4.3.3",
            hash=SHA384(),
        ),
        Digest(
            name="sha512",
            oid="2.16.840.1.101.3.4.2.3",
            rsa="1.2.840.113549.1.1.13",
            ecdsa="1.2.840.10045.4.3.4",
            hash=SHA512(),
        ),
    )
}
"""By our name, which is also that of ``hashlib``."""

DIGEST_OF = {digest.oid: digest for digest in DIGESTS.values()}
RSA = "1.2.840.113549.1.1.1"
PSS = "1.2.840.113549.1.1.10"
OAEP = "1.2.840.113549.1.1.7"
MGF1 = "1.2.840.113549.1.1.8"
EC = "1.2.840.10045.2.1"
RSA_SIGNATURES = {digest.rsa: digest for digest in DIGESTS.values()} | {
    "1.3.14.3.2.29": DIGESTS["sha1"]  # sha1WithRSA of the OIW, old products
}
ECDSA_SIGNATURES = {d.ecdsa: d for d in DIGESTS.values() if d.ecdsa}
SCHEMES = ("rsa", "pss", "ecdsa")
"""How a signature is made: RSA PKCS #1 v1.5, RSASSA-PSS, ECDSA."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentCipher:
    """How content is encrypted. ``key`` and ``block`` are octets."""

    name: str
    oid: str
    make: Callable[[bytes], BlockCipherAlgorithm]
    key: int
    block: int = 16
    gcm: bool = False


CIPHERS = {
    cipher.name: cipher
    for cipher in (
        ContentCipher(
            name="3des", oid="1.2.840.113549.3.7", make=TripleDES, key=24, block=8
        ),
        ContentCipher(
            name="aes128-cbc", oid="2.16.840.1.101.3.4.1.2", make=AES, key=16
        ),
        ContentCipher(
            name="aes192-cbc", oid="2.16.840.1.101.3.4.1.22", make=AES, key=24
        ),
        ContentCipher(
            name="aes256-cbc", oid="2.16.840.1.101.3.4.1.42", make=AES, key=32
        ),
        ContentCipher(
            name="aes128-gcm", oid="2.16.840.1.101.3.4.1.6", make=AES, key=16, gcm=True
        ),
        ContentCipher(
            name="aes192-gcm", oid="2.16.840.1.101.3.4.1.26", make=AES, key=24, gcm=True
        ),
        ContentCipher(
            name="aes256-gcm", oid="2.16.840.1.101.3.4.1.46", make=AES, key=32, gcm=True
        ),
    )
}
"""By our name. 3DES is only read: ``SENDABLE_CIPHERS`` is what we send."""

CIPHER_OF = {cipher.oid: cipher for cipher in CIPHERS.values()}
SENDABLE_CIPHERS = tuple(name for name in CIPHERS if name != "3des")
TRANSPORTS = ("rsa", "oaep-sha1", "oaep-sha256")
"""How the content key reaches an RSA recipient; others get it by ECDH (RFC 5753)."""

AGREEMENTS = {
    "1.3.133.16.840.63.0.2": DIGESTS["sha1"],
    "1.3.132.1.11.0": DIGESTS["sha224"],
    "1.3.132.1.11.1": DIGESTS["sha256"],
    "1.3.132.1.11.2": DIGESTS["sha384"],
    "1.3.132.1.11.3": DIGESTS["sha512"],
    # cofactor Diffie-Hellman: the same on the NIST curves, whose cofactor is 1
    "1.3.133.16.840.63.0.3": DIGESTS["sha1"],
    "1.3.132.1.14.0": DIGESTS["sha224"],
    "1.3.132.1.14.1": DIGESTS["sha256"],
    "1.3.132.1.14.2": DIGESTS["sha384"],
    "1.3.132.1.14.3": DIGESTS["sha512"],
}
"""Ephemeral-static Diffie-Hellman with the X9.63 key derivation of a digest."""

AGREEMENT_OID = {"sha256": "1.3.132.1.11.1", "sha384": "1.3.132.1.11.2"} | {
    "sha512": "1.3.132.1.11.3"
}
TRIPLE_DES_WRAP = "1.2.840.113549.1.9.16.3.6"
WRAPS = {
    "2.16.840.1.101.3.4.1.5": 16,
    "2.16.840.1.101.3.4.1.25": 24,
    "2.16.840.1.101.3.4.1.45": 32,
    TRIPLE_DES_WRAP: 24,
}
"""Key wraps (RFC 3394, RFC 3217) and the octets of their key-encryption key."""

WRAP_OID = {16: "2.16.840.1.101.3.4.1.5", 24: "2.16.840.1.101.3.4.1.25"} | {
    32: "2.16.840.1.101.3.4.1.45"
}
