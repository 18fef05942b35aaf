"""New private keys with certificates that they signed themselves."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.trust.keyring import PrivateKey, Use

_SKEW = timedelta(hours=1)  # a partner's clock may be behind ours


class Kind(StrEnum):
    """Kinds of private keys."""

    RSA2048 = "rsa2048"
    RSA3072 = "rsa3072"
    RSA4096 = "rsa4096"
    P256 = "p256"
    P384 = "p384"
    P521 = "p521"


_CURVES: dict[Kind, type[ec.EllipticCurve]] = {
    Kind.P256: ec.SECP256R1,
    Kind.P384: ec.SECP384R1,
    Kind.P521: ec.SECP521R1,
}
_EXTENDED = {
    Use.AS2_SIGN: ExtendedKeyUsageOID.EMAIL_PROTECTION,
    Use.AS2_ENCRYPT: ExtendedKeyUsageOID.EMAIL_PROTECTION,
    Use.TLS_CLIENT: ExtendedKeyUsageOID.CLIENT_AUTH,
    Use.TLS_SERVER: ExtendedKeyUsageOID.SERVER_AUTH,
    Use.SIGN: ExtendedKeyUsageOID.EMAIL_PROTECTION,
}
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*", re.IGNORECASE)


def private_key(kind: Kind) -> PrivateKey:
    """A new private key."""
    curve = _CURVES.get(kind)
    if curve is not None:
        return ec.generate_private_key(curve())
    return rsa.generate_private_key(65537, int(kind.removeprefix("rsa")))


def kind_of(key: PrivateKey) -> Kind:
    """The kind of a key; of an unusual one the nearest that is not weaker."""
    if isinstance(key, rsa.RSAPrivateKey):
        sizes = (Kind.RSA2048, Kind.RSA3072, Kind.RSA4096)
        fits = (k for k in sizes if int(k.removeprefix("rsa")) >= key.key_size)
        return next(fits, Kind.RSA4096)
    kinds = (kind for kind, curve in _CURVES.items() if isinstance(key.curve, curve))
    return next(kinds, Kind.P521)


def certificate(
    key: PrivateKey, name: str, uses: Collection[Use], now: datetime, days: int
) -> x509.Certificate:
    """A certificate of a key by itself: common name, uses, so many days from now on.

    That of a server is for the host or address that it is called by, if it is one.
    """
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begins = (now - _SKEW).replace(microsecond=0)
    public = key.public_key()
    extended = dict.fromkeys(_EXTENDED[use] for use in sorted(uses))
    encrypts, is_rsa = Use.AS2_ENCRYPT in uses, isinstance(key, rsa.RSAPrivateKey)
    signs = bool(set(uses) - {Use.AS2_ENCRYPT})
    usage = x509.KeyUsage(
        digital_signature=signs,
        content_commitment=False,
        key_encipherment=is_rsa and (encrypts or Use.TLS_SERVER in uses),
        data_encipherment=False,
        key_agreement=not is_rsa and encrypts,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + _SKEW + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage(list(extended)), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
    )
    host = _host(name) if Use.TLS_SERVER in uses else None
    if host is not None:
        built = built.add_extension(x509.SubjectAlternativeName([host]), False)
    return built.sign(key, SHA256())


def _host(name: str) -> x509.GeneralName | None:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name) if _HOST.fullmatch(name) else None
