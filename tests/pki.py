"""A public key infrastructure for tests: authorities, signers, lists, time-stamps."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SINCE, UNTIL = NOW - 300 * DAY, NOW + 300 * DAY
MEDIUM = "2.16.840.1.101.2.1.11.42"
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@lru_cache(maxsize=64)
def key(name: str, kind: str = "ec") -> Key:
    """A key that a name keeps for the whole run."""
    if kind == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, int(kind.removeprefix("rsa")))


def subject(name: str, *more: x509.NameAttribute[str]) -> x509.Name:
    """A name with an organization, as most certificates have one."""
    organization = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Test Agency")
    return x509.Name(
        [organization, *more, x509.NameAttribute(NameOID.COMMON_NAME, name)]
    )


@dataclass(frozen=True)
class Holder:
    """A certificate, its key, and who issued it."""

    certificate: x509.Certificate
    key: Key
    issuer: Holder | None = field(default=None, repr=False)

    @property
    def der(self) -> bytes:
        """The certificate's octets."""
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> str:
        """The certificate as text."""
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def sha256(self) -> str:
        """Its fingerprint."""
        return hashlib.sha256(self.der).hexdigest()


def certificate(  # noqa: PLR0913  # what the cases differ in
    name: str | x509.Name,
    issuer: Holder | None = None,
    *,
    ca: bool = False,
    path_length: int | None = None,
    since: datetime = SINCE,
    until: datetime = UNTIL,
    policies: Sequence[str] = (),
    usages: str | None = None,
    purposes: Sequence[x509.ObjectIdentifier] = (),
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    serial: int | None = None,
    kind: str = "ec",
) -> Holder:
    """A certificate below ``issuer``, or a root; its form is that of RFC 5280."""
    named = subject(name) if isinstance(name, str) else name
    mine = key(named.rfc4514_string(), kind)
    above = issuer or Holder(None, mine)  # type: ignore[arg-type]  # its own
    issued_by = issuer.certificate.subject if issuer else named
    builder = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(issued_by)
        .public_key(mine.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(_ski(mine), critical=False)
        .add_extension(_aki(above.key), critical=False)
        .add_extension(_usage(usages or ("ca" if ca else "sign")), critical=True)
    )
    if ca:
        basic = x509.BasicConstraints(ca=True, path_length=path_length)
        builder = builder.add_extension(basic, critical=True)
    if policies:
        found = [
            x509.PolicyInformation(x509.ObjectIdentifier(one), None) for one in policies
        ]
        builder = builder.add_extension(x509.CertificatePolicies(found), critical=False)
    if purposes:
        is_stamping = ExtendedKeyUsageOID.TIME_STAMPING in purposes
        eku = x509.ExtendedKeyUsage(purposes)
        builder = builder.add_extension(eku, critical=is_stamping)
    for extension, is_critical in extensions:
        builder = builder.add_extension(extension, critical=is_critical)
    return Holder(builder.sign(above.key, hashes.SHA256()), mine, issuer)


def _ski(mine: Key) -> x509.SubjectKeyIdentifier:
    return x509.SubjectKeyIdentifier.from_public_key(mine.public_key())


def _aki(above: Key) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(above.public_key())


def _usage(kind: str) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=kind == "sign",
        content_commitment=False,
        key_encipherment=kind == "encrypt",
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=kind == "ca",
        crl_sign=kind == "ca",
        encipher_only=False,
        decipher_only=False,
    )


def revocations(  # what the cases differ in
    issuer: Holder,
    *revoked: tuple[int, datetime],
    since: datetime = NOW - DAY,
    until: datetime = NOW + DAY,
    number: int = 1,
    base: int | None = None,
    signed_by: Holder | None = None,
) -> bytes:
    """A list of an authority in DER; with ``base`` one of what changed since."""
    by = (signed_by or issuer).key
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(since)
        .next_update(until)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(_aki(by), critical=False)
    )
    if base is not None:
        builder = builder.add_extension(x509.DeltaCRLIndicator(base), critical=True)
    for serial, at in revoked:
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(serial)
            .revocation_date(at)
            .add_extension(x509.CRLReason(x509.ReasonFlags.superseded), critical=False)
        )
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(by, hashes.SHA256()).public_bytes(Encoding.DER)


def answer(  # what the cases differ in
    about: Holder,
    issuer: Holder,
    *,
    responder: Holder | None = None,
    revoked_at: datetime | None = None,
    since: datetime = NOW - DAY,
    until: datetime | None = NOW + DAY,
) -> bytes:
    """An OCSP answer about a certificate in DER."""
    by = responder or issuer
    status = ocsp.OCSPCertStatus.REVOKED if revoked_at else ocsp.OCSPCertStatus.GOOD
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            cert=about.certificate,
            issuer=issuer.certificate,
            algorithm=hashes.SHA256(),
            cert_status=status,
            this_update=since,
            next_update=until,
            revocation_time=revoked_at,
            revocation_reason=None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, by.certificate)
    )
    if responder is not None:
        builder = builder.certificates([responder.certificate])
    return builder.sign(by.key, hashes.SHA256()).public_bytes(Encoding.DER)


def signature(  # noqa: PLR0913  # what the cases differ in
    content: bytes,
    *signers: Holder,
    detached: bool = False,
    chain: Sequence[Holder] = (),
    attributes: bool = True,
    digest: str = "sha256",
    content_type: str = "data",
    stamp: Holder | None = None,
    stamped_at: datetime = NOW,
    stamped: bytes | None = None,
    names: Holder | None = None,
) -> bytes:
    """A SignedData in DER. ``names`` is put into a signing-certificate attribute.

    ``stamped`` is what the time-stamp is over, if not the signature's value.
    """
    infos = [
        _signer_info(content, one, attributes, digest, content_type, names)
        for one in signers
    ]
    if stamp is not None:
        for info in infos:
            value = stamped or info["signature"].native
            token = timestamp(value, stamp, stamped_at)
            info["unsigned_attrs"] = [
                {"type": "signature_time_stamp_token", "values": [token]}
            ]
    listed = [asn1_x509.Certificate.load(one.der) for one in (*signers, *chain)]
    inside: dict[str, Any] = {"content_type": content_type}
    if not detached:
        kind = core.OctetString if content_type == "data" else core.ParsableOctetString
        inside["content"] = kind(content)
    signed = cms.SignedData(
        {
            "version": "v1" if content_type == "data" else "v3",
            "digest_algorithms": [{"algorithm": digest}],
            "encap_content_info": inside,
            "certificates": listed,
            "signer_infos": infos,
        }
    )
    whole = cms.ContentInfo({"content_type": "signed_data", "content": signed})
    return bytes(whole.dump())


def _signer_info(  # as many parts
    content: bytes,
    by: Holder,
    attributes: bool,
    digest: str,
    content_type: str,
    names: Holder | None,
) -> cms.SignerInfo:
    mine = asn1_x509.Certificate.load(by.der)
    sid = cms.IssuerAndSerialNumber(
        {"issuer": mine.issuer, "serial_number": mine.serial_number}
    )
    info: dict[str, Any] = {
        "version": "v1",
        "sid": cms.SignerIdentifier({"issuer_and_serial_number": sid}),
        "digest_algorithm": {"algorithm": digest},
    }
    tbs = content
    if attributes:
        made = hashlib.new(digest, content).digest()
        listed: list[dict[str, Any]] = [
            {"type": "content_type", "values": [content_type]},
            {"type": "message_digest", "values": [made]},
            {"type": "signing_time", "values": [cms.Time({"utc_time": NOW})]},
        ]
        if names is not None:
            sum_ = hashlib.sha256(names.der).digest()
            value = tsp.SigningCertificateV2({"certs": [{"cert_hash": sum_}]})
            listed.append({"type": "signing_certificate_v2", "values": [value]})
        info["signed_attrs"] = cms.CMSAttributes(listed)
        tbs = info["signed_attrs"].dump()
    hashed = {
        "sha1": hashes.SHA1(),  # noqa: S303  # to be refused
        "sha256": hashes.SHA256(),
    }[digest]
    if isinstance(by.key, rsa.RSAPrivateKey):
        info["signature_algorithm"] = {"algorithm": "rsassa_pkcs1v15"}
        info["signature"] = by.key.sign(tbs, padding.PKCS1v15(), hashed)
    else:
        info["signature_algorithm"] = {"algorithm": f"{digest}_ecdsa"}
        info["signature"] = by.key.sign(tbs, ec.ECDSA(hashed))
    return cms.SignerInfo(info)


def timestamp(value: bytes, by: Holder, at: datetime = NOW) -> cms.ContentInfo:
    """A time-stamp token over ``value``."""
    imprint = {
        "hash_algorithm": {"algorithm": "sha256"},
        "hashed_message": hashlib.sha256(value).digest(),
    }
    info = tsp.TSTInfo(
        {
            "version": "v1",
            "policy": "1.3.6.1.4.1.99999.1",
            "message_imprint": imprint,
            "serial_number": 7,
            "gen_time": at,
        }
    )
    token = signature(info.dump(), by, content_type="tst_info", names=by)
    return cms.ContentInfo.load(token)
