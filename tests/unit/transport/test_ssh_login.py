"""Pinned host keys, and private keys in any form."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from gateway.transport.ssh_login import (
    Credentials,
    Pinned,
    Unfit,
    fingerprint,
    private_key,
)

KEY = b"some public key of the type that is named beside it"
ED, RSA = "ssh-ed25519", "ssh-rsa"
KEYS: dict[str, Any] = {
    "rsa": rsa.generate_private_key(65537, 2048),
    "ec": ec.generate_private_key(ec.SECP256R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
}


def test_a_key_and_its_fingerprint_pin_the_same():
    whole = f"{ED} {base64.b64encode(KEY).decode()}"
    assert Pinned.of([whole]) == Pinned.of([f"{ED} {fingerprint(KEY)}"])


def test_a_key_is_pinned_with_its_type():
    pinned = Pinned.of([f"{ED} {fingerprint(KEY)}"])
    held = [pinned.holds(ED, KEY), pinned.holds(RSA, KEY), pinned.holds(ED, KEY[1:])]
    assert held == [True, False, False]


def test_rsa_keys_sign_with_sha_2_and_with_sha_1_only_where_that_is_allowed():
    pinned = Pinned.of([f"{RSA} {fingerprint(KEY)}"])
    assert pinned.signatures() == ("rsa-sha2-512", "rsa-sha2-256")
    assert pinned.signatures(sha1=True)[-1] == RSA


def test_both_slots_are_asked_for():
    pinned = Pinned.of([f"{ED} {fingerprint(KEY)}", f"{RSA} {fingerprint(KEY)}"])
    assert set(pinned.signatures()) == {ED, "rsa-sha2-512", "rsa-sha2-256"}


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.OpenSSH])
@pytest.mark.parametrize("password", [None, "open sesame"])
def test_private_keys_are_read_in_any_form(kind: str, form: PrivateFormat, password):
    lock = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    data = KEYS[kind].private_bytes(Encoding.PEM, form, lock)
    read = private_key(Credentials(data, password, None))
    assert read.startswith("-----BEGIN OPENSSH PRIVATE KEY-----")


@pytest.mark.parametrize("data", [b"", b"ssh-ed25519 AAAA", b"-----BEGIN PRIVATE KEY"])
def test_what_is_no_private_key_is_our_own_trouble(data: bytes):
    with pytest.raises(Unfit) as unfit:
        private_key(Credentials(data, None, None))
    assert (unfit.value.finding.code, unfit.value.ours) == ("TRN-011", True)


def test_a_password_that_does_not_fit_is_our_own_trouble_and_not_shown():
    lock = BestAvailableEncryption(b"right")
    data = KEYS["ec"].private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, lock)
    with pytest.raises(Unfit) as unfit:
        private_key(Credentials(data, "wrong-word", None))
    assert "wrong-word" not in unfit.value.finding.what
    assert "wrong-word" not in repr(Credentials(data, "wrong-word", None))
