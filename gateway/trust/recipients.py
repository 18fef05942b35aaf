"""Content keys on their way to recipients (RFC 5652 6.2): by RSA, or by ECDH."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from gateway.trust import agreement, der
from gateway.trust.algorithms import (
    DIGEST_OF,
    DIGESTS,
    MGF1,
    OAEP,
    RSA,
    Digest,
)
from gateway.trust.fault import CmsFault, Kind
from gateway.trust.identity import identity, is_meant, named, told
from gateway.trust.keyring import PrivateKey
from gateway.trust.limits import Limits
from gateway.trust.signers import oid

Holder: TypeAlias = tuple[x509.Certificate, PrivateKey]
"""A certificate that others encrypt for, and our key to it."""

_MOST_TRIED = 8


@dataclass(frozen=True, slots=True)
class Sealed:
    """A content key that came for one of our certificates.

    ``transport`` is ``rsa``, ``oaep-sha1``, ``oaep-sha256`` .. or ``ecdh``; ``open``
    gives the key, or ``None`` when it does not open.
    """

    certificate: x509.Certificate
    transport: str
    open: Callable[[], bytes | None]


def sealed_for(
    infos: bytes, holders: Sequence[Holder], limits: Limits
) -> tuple[Sealed, ...]:
    """The RecipientInfos that are for one of our keys; all of them are looked at.

    None is a ``CmsFault`` of kind ``decryption`` that tells whom the message is for.
    """
    recipients = cms.RecipientInfos.load(infos)
    if len(recipients) > limits.recipients:
        text = f"more than {limits.recipients} recipients"
        raise CmsFault(Kind.TOO_LARGE, text)
    found: list[Sealed] = []
    others: list[str] = []
    for recipient in recipients:
        for rid, key in _keys(recipient):
            mine = [holder for holder in holders if is_meant(holder[0], rid)]
            found += [_sealed(holder, recipient, key) for holder in mine]
            if not mine and len(others) < 3:
                others.append(told(rid))
    if not found:
        whom = "; ".join(others) or "recipients of a kind that is not read"
        raise CmsFault(Kind.DECRYPTION, f"not for one of our keys, but for {whom}")
    # Each costs an operation with a private key; who sent it is not known yet.
    return tuple(found[:_MOST_TRIED])


def _keys(recipient: Any) -> Iterator[tuple[Any, bytes]]:
    """Whom a RecipientInfo names, and the key; one may have several recipients."""
    info = recipient.chosen
    if recipient.name == "ktri":
        yield info["rid"], info["encrypted_key"].native
    elif recipient.name == "kari":
        for one in info["recipient_encrypted_keys"]:
            yield one["rid"], one["encrypted_key"].native


def _sealed(holder: Holder, recipient: Any, key: bytes) -> Sealed:
    certificate, private = holder
    info = recipient.chosen
    if recipient.name == "ktri" and isinstance(private, rsa.RSAPrivateKey):
        name, how = _padding(info["key_encryption_algorithm"])
        return Sealed(certificate, name, lambda: _rsa_key(private, key, how))
    if recipient.name == "kari" and isinstance(private, ec.EllipticCurvePrivateKey):
        offered = agreement.offered(info)
        return Sealed(certificate, "ecdh", lambda: offered.open(private, key))
    text = "the content key was encrypted in a way that does not fit our key"
    raise CmsFault(Kind.UNSUPPORTED, text)


def _rsa_key(
    private: rsa.RSAPrivateKey, key: bytes, how: padding.AsymmetricPadding
) -> bytes | None:
    try:
        return private.decrypt(key, how)
    except ValueError:
        return None


def _padding(identifier: Any) -> tuple[str, padding.AsymmetricPadding]:
    """RSAES-PKCS1-v1_5, or RSAES-OAEP with its parameters (RFC 4055 4.1)."""
    dotted = oid(identifier)
    if dotted == RSA:
        return "rsa", padding.PKCS1v15()
    if dotted != OAEP:
        text = f"a content key encrypted by {dotted} is not read"
        raise CmsFault(Kind.UNSUPPORTED, text)
    parameters = identifier["parameters"]
    hashed, masked, label = DIGESTS["sha1"], DIGESTS["sha1"], b""
    if parameters.native is not None:
        mask = parameters["mask_gen_algorithm"]
        if oid(mask) != MGF1:
            raise CmsFault(Kind.UNSUPPORTED, "OAEP without MGF1 is not read")
        hashed = _digest(parameters["hash_algorithm"])
        masked = _digest(mask["parameters"])
        label = parameters["p_source_algorithm"]["parameters"].native
    mgf = padding.MGF1(masked.hash)
    return f"oaep-{hashed.name}", padding.OAEP(mgf, hashed.hash, label or None)


def _digest(identifier: Any) -> Digest:
    digest = DIGEST_OF.get(oid(identifier))
    if digest is None or digest.name == "md5":
        raise CmsFault(
            Kind.UNSUPPORTED, "OAEP with another digest than SHA is not read"
        )
    return digest


def sealing(
    certificate: x509.Certificate, key: bytes, transport: str, *, by_key_id: bool
) -> bytes:
    """A RecipientInfo with the content key; the kind of the certificate's key decides.

    ``transport`` is one of ``TRANSPORTS`` and is for RSA keys.
    """
    public = certificate.public_key()
    if isinstance(public, ec.EllipticCurvePublicKey):
        return agreement.sealing(public, _agreed_rid(certificate, by_key_id), key)
    if not isinstance(public, rsa.RSAPublicKey):
        raise ValueError("the certificate's key encrypts nothing")
    if transport == "rsa":
        identifier = der.algorithm(RSA, der.NULL)
        sealed = public.encrypt(key, padding.PKCS1v15())
    else:
        digest = DIGESTS[transport.removeprefix("oaep-")]
        identifier = der.algorithm(OAEP, _oaep(digest))
        how = padding.OAEP(padding.MGF1(digest.hash), digest.hash, None)
        sealed = public.encrypt(key, how)
    return der.sequence(
        der.integer(2 if by_key_id else 0),
        named(certificate, by_key_id=by_key_id),
        identifier,
        der.value(der.OCTETS, sealed),
    )


def _agreed_rid(certificate: x509.Certificate, by_key_id: bool) -> bytes:
    """A KeyAgreeRecipientIdentifier; [0] is a RecipientKeyIdentifier there."""
    if not by_key_id:
        return named(certificate)
    return der.value(0xA0, der.value(der.OCTETS, identity(certificate).key_id))


def _oaep(digest: Digest) -> bytes:
    """RSAES-OAEP-params; defaults of the standard are left out, as DER wants."""
    if digest.name == "sha1":
        return der.sequence()
    hashed = der.algorithm(digest.oid, der.NULL)
    return der.sequence(
        der.value(0xA0, hashed), der.value(0xA1, der.algorithm(MGF1, hashed))
    )
