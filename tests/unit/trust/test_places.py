"""Where certificates say that their lists are, and which of it may be used."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from gateway.trust.pki.certificate import Certificate
from gateway.trust.pki.places import (
    list_places,
    may_be_fetched,
    question,
    responder_places,
)
from tests.pki import Holder, certificate

HOST = ["crl.example.gov"]
BELOW = ["http://crl.example.gov/eca"]


@pytest.mark.parametrize(
    ("url", "among"),
    [
        ("http://crl.example.gov/a.crl", HOST),
        ("https://CRL.example.gov./a.crl", HOST),
        ("http://crl.example.gov:80/a.crl", HOST),
        ("http://crl.example.gov/eca/a.crl", BELOW),
        ("http://crl.example.gov/eca", BELOW),
        ("http://crl.example.gov:8080/a.crl", ["crl.example.gov:8080"]),
    ],
)
def test_what_a_profile_names_may_be_fetched(url: str, among: list[str]):
    assert may_be_fetched(url, among)


@pytest.mark.parametrize(
    ("url", "among"),
    [
        ("http://crl.example.gov.evil.example/a.crl", HOST),
        ("http://evil.example/crl.example.gov", HOST),
        ("http://crl.example.gov@evil.example/a.crl", HOST),
        ("http://crl.example.gov:6379/a.crl", HOST),
        ("ftp://crl.example.gov/a.crl", HOST),
        ("file:///etc/hosts", HOST),
        ("https://crl.example.gov/eca/a.crl", BELOW),
        ("http://crl.example.gov/eca-other/a.crl", BELOW),
        ("http://crl.example.gov/eca/../admin", BELOW),
        ("http://crl.example.gov/eca/%2e%2e/admin", BELOW),
        ("http://crl.example.gov:x/a.crl", HOST),
        ("http://[::1/a.crl", HOST),
        ("", HOST),
    ],
)
def test_attack_address_that_only_looks_like_one_that_is_named(
    url: str, among: list[str]
):
    assert not may_be_fetched(url, among)


def named() -> Holder:
    """A certificate with addresses of HTTP and of a directory."""
    lists = [
        x509.UniformResourceIdentifier(one)
        for one in ("ldap://dir/cn=x", "http://crl.example.gov/a.crl")
    ]
    points = x509.CRLDistributionPoints(
        [x509.DistributionPoint(lists, None, None, None)]
    )
    asked = x509.UniformResourceIdentifier("http://ocsp.example.gov")
    issuer = x509.UniformResourceIdentifier("http://aia.example.gov/ca.cer")
    access = x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, issuer),
            x509.AccessDescription(AuthorityInformationAccessOID.OCSP, asked),
        ]
    )
    root = certificate("Places root", ca=True)
    return certificate("Places", root, extensions=[(points, False), (access, False)])


def test_addresses_of_http_are_told_and_others_left_out():
    one = Certificate.of(named().certificate)
    assert list_places(one) == ("http://crl.example.gov/a.crl",)
    assert responder_places(one) == ("http://ocsp.example.gov",)


def test_a_responder_is_asked_about_the_number_with_a_nonce():
    one = Certificate.of(named().certificate)
    root = Certificate.of(certificate("Places root", ca=True).certificate)
    asked = ocsp.load_der_ocsp_request(question(one, root, b"n" * 32))
    assert asked.serial_number == one.serial
    nonce = asked.extensions.get_extension_for_class(x509.OCSPNonce)
    assert nonce.value.nonce == b"n" * 32
