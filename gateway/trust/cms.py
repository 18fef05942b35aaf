"""Cryptographic Message Syntax: everything that other rooms need of it, in one place.

Opening takes octets in pieces of any size and raises nothing but ``CmsFault``; making
gives DER. What is weak is read all the same and told: the partner's profile judges it.
"""

from gateway.trust.algorithms import (
    CIPHERS,
    DIGESTS,
    SCHEMES,
    SENDABLE_CIPHERS,
    TRANSPORTS,
)
from gateway.trust.compressing import Decompressing, compress, compressed_prefix
from gateway.trust.decrypting import Decrypting, Hold, Told
from gateway.trust.encrypting import Encrypting, encrypt
from gateway.trust.fault import CmsFault, Kind
from gateway.trust.layer import Layer, content_kind
from gateway.trust.limits import LIMITS, Limits
from gateway.trust.recipients import Holder
from gateway.trust.signers import DigestOf, Verified
from gateway.trust.signing import sign_detached
from gateway.trust.verifying import (
    READABLE_DIGESTS,
    SignedContent,
    digests_named,
    verify_detached,
)

__all__ = [
    "CIPHERS",
    "DIGESTS",
    "LIMITS",
    "READABLE_DIGESTS",
    "SCHEMES",
    "SENDABLE_CIPHERS",
    "TRANSPORTS",
    "CmsFault",
    "Decompressing",
    "Decrypting",
    "DigestOf",
    "Encrypting",
    "Hold",
    "Holder",
    "Kind",
    "Layer",
    "Limits",
    "SignedContent",
    "Told",
    "Verified",
    "compress",
    "compressed_prefix",
    "content_kind",
    "digests_named",
    "encrypt",
    "sign_detached",
    "verify_detached",
]
