"""Which certificate a message means."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from asn1crypto import cms as asn1_cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from gateway.trust.cms import sign_detached, verify_detached
from gateway.trust.identity import identity, is_meant, named
from tests.parties import FROM, party

KEY = ec.generate_private_key(ec.SECP256R1())
NUMBER = 0x8000000000000001


def certificate(kind: _ASN1Type, name: str = "Acme Tools") -> x509.Certificate:
    """A certificate without a key identifier, its name in a type of string."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name, kind)])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(KEY.public_key())
        .serial_number(NUMBER)
        .not_valid_before(FROM)
        .not_valid_after(FROM + timedelta(days=365))
        .sign(KEY, hashes.SHA256())
    )


PRINTABLE = certificate(_ASN1Type.PrintableString)


def meant(by: x509.Certificate, one: x509.Certificate, *, by_key_id: bool) -> bool:
    sid = asn1_cms.SignerIdentifier.load(named(by, by_key_id=by_key_id))
    return is_meant(one, sid)


def test_issuer_and_number_name_a_certificate():
    assert meant(PRINTABLE, PRINTABLE, by_key_id=False)
    assert not meant(party("we").certificate, PRINTABLE, by_key_id=False)


def test_the_same_name_in_another_type_of_string_is_the_same():
    written_anew = certificate(_ASN1Type.UTF8String)

    assert identity(written_anew).issuer != identity(PRINTABLE).issuer
    assert meant(written_anew, PRINTABLE, by_key_id=False)


def test_the_same_number_of_another_issuer_is_another():
    other = certificate(_ASN1Type.PrintableString, "Other Tools")

    assert not meant(other, PRINTABLE, by_key_id=False)


def test_a_certificate_without_a_key_identifier_has_the_usual_one():
    usual = x509.SubjectKeyIdentifier.from_public_key(KEY.public_key()).digest

    assert identity(PRINTABLE).key_id == usual
    assert meant(PRINTABLE, PRINTABLE, by_key_id=True)
    assert not meant(party("we").certificate, PRINTABLE, by_key_id=True)


def test_a_signer_named_by_key_identifier_is_found_among_several():
    digest = hashlib.sha256(b"content").digest()
    signature = sign_detached(digest, "sha256", KEY, PRINTABLE, by_key_id=True)
    known = [party("we").certificate, PRINTABLE]

    assert verify_detached(signature, lambda _: digest, known).certificate == PRINTABLE
