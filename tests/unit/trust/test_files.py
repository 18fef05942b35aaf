"""Certificates and keys as files, in every form that partners send."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
)
from hypothesis import given
from hypothesis import strategies as st

from gateway.store.key_making import certificate
from gateway.trust.files import (
    NotReadable,
    certificates_in,
    key_pem,
    matched,
    pairs_in,
    pem,
    pkcs12_of,
    private_key_in,
    written,
)
from gateway.trust.keyring import Use

NOW = datetime(2026, 11, 22, tzinfo=UTC)
KEY = ec.generate_private_key(ec.SECP256R1())
CERT = certificate(KEY, "ours", {Use.AS2_SIGN}, NOW, 30)
OTHER = certificate(
    ec.generate_private_key(ec.SECP256R1()), "root", {Use.AS2_SIGN}, NOW, 30
)
LOCKED = KEY.private_bytes(
    Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"word")
)


@pytest.mark.parametrize("form", ["pem", "p7c"])
def test_several_certificates_come_back(form):
    assert set(certificates_in(written([CERT, OTHER], form))) == {CERT, OTHER}


def test_der_holds_the_first_alone():
    assert certificates_in(written([CERT, OTHER], "der")) == (CERT,)


def test_pkcs7_in_pem_is_read():
    data = pkcs7.serialize_certificates([CERT], Encoding.PEM)
    assert certificates_in(data) == (CERT,)


@pytest.mark.parametrize("data", [b"", b"no certificate", LOCKED, b"\x30\x80" * 9])
def test_a_file_without_certificates_is_not_readable(data):
    with pytest.raises(NotReadable):
        certificates_in(data)


@given(st.binary(max_size=300))
def test_any_bytes_give_certificates_or_one_kind_of_exception(data):
    for read in (certificates_in, private_key_in, pairs_in):
        with pytest.raises(NotReadable):
            read(data)


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@given(st.integers(0, 400), st.integers(0, 255))
def test_a_changed_certificate_is_read_or_refused(at, value):
    data = bytearray(CERT.public_bytes(Encoding.DER))
    data[at % len(data)] = value
    with suppress(NotReadable):
        assert len(certificates_in(bytes(data))) == 1


def test_pkcs12_comes_back_with_its_chain():
    data = pkcs12_of("ours", KEY, CERT, [OTHER], b"word")
    found = pairs_in(data, b"word")
    assert (found.certificate, found.others) == (CERT, (OTHER,))
    assert key_pem(found.private_key) == key_pem(KEY)


@pytest.mark.parametrize("password", [None, b"", b"other"])
def test_pkcs12_with_another_password_is_not_readable(password):
    with pytest.raises(NotReadable):
        pairs_in(pkcs12_of("ours", KEY, CERT, [], b"word"), password)


@pytest.mark.parametrize("lines", [(0, 1), (1, 0)])
def test_a_key_and_its_certificate_are_found_in_one_pem_in_any_order(lines):
    parts = [pem([OTHER, CERT]), key_pem(KEY)]
    found = pairs_in("".join(parts[n] for n in lines).encode())
    assert (found.certificate, found.others) == (CERT, (OTHER,))


def test_a_key_without_its_certificate_is_told():
    assert matched(KEY, [OTHER]).certificate is None
    assert pairs_in(key_pem(KEY).encode()).certificate is None


def test_a_locked_key_opens_with_its_password():
    assert key_pem(private_key_in(LOCKED, b"word")) == key_pem(KEY)


@pytest.mark.parametrize(
    ("data", "password", "told"),
    [
        (LOCKED, None, "give the password"),
        (LOCKED, b"other", "this password"),
        (key_pem(KEY).encode(), b"word", "give no password"),
    ],
)
def test_what_is_wrong_with_a_password_is_told(data, password, told):
    with pytest.raises(NotReadable, match=told):
        private_key_in(data, password)


def test_a_key_of_a_kind_that_as2_does_not_know_is_refused():
    odd = ed25519.Ed25519PrivateKey.generate().private_bytes(
        Encoding.DER, PrivateFormat.PKCS8, NoEncryption()
    )
    with pytest.raises(NotReadable, match="neither RSA"):
        private_key_in(odd)


def test_files_of_over_a_megabyte_are_not_looked_at():
    with pytest.raises(NotReadable, match="megabyte"):
        certificates_in(b"x" * 1_100_000)
    with pytest.raises(NotReadable, match="megabyte"):
        pairs_in(b"x" * 1_100_000)


def test_what_was_found_does_not_show_the_private_key():
    assert "private_key" not in repr(matched(KEY, [CERT]))
