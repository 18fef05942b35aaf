"""Keys and certificates of ours in the hands of openssl, and its own in ours."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.store.key_making import Kind, certificate, private_key
from gateway.trust.files import key_pem, pairs_in, pem, pkcs12_of, written
from gateway.trust.keyring import Use

AS2 = (Use.AS2_SIGN, Use.AS2_ENCRYPT)
TEXT = b"ISA*00*ORDER~\r\n"


class Pair:
    """A new key with its certificate, in files of a folder."""

    def __init__(self, folder: Path, kind: Kind) -> None:
        self.folder = folder
        self.key = private_key(kind)
        self.certificate = certificate(self.key, "ours", AS2, datetime.now(UTC), 30)
        (folder / "key.pem").write_text(key_pem(self.key))
        (folder / "cert.pem").write_text(pem([self.certificate]))

    def openssl(self, line: str, data: bytes = b"") -> bytes:
        """What the command prints; it has to end well."""
        done = subprocess.run(
            ["openssl", *line.split()],
            check=False,
            cwd=self.folder,
            input=data,
            capture_output=True,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout


@pytest.fixture(params=[Kind.RSA2048, Kind.P256, Kind.P521])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Pair:
    return Pair(tmp_path, request.param)


def test_openssl_takes_the_certificate_for_signing_and_encrypting(pair: Pair):
    sign = "cms -sign -nodetach -binary -signer cert.pem -inkey key.pem -outform DER"
    signed = pair.openssl(sign, TEXT)
    verify = "cms -verify -binary -inform DER -CAfile cert.pem"
    assert pair.openssl(verify, signed) == TEXT
    closed = pair.openssl("cms -encrypt -binary -aes256 -outform DER cert.pem", TEXT)
    decrypt = "cms -decrypt -binary -inform DER -recip cert.pem -inkey key.pem"
    assert pair.openssl(decrypt, closed) == TEXT


def test_openssl_opens_our_pkcs12_and_lists_our_p7c(pair: Pair):
    (pair.folder / "ours.p12").write_bytes(
        pkcs12_of("ours", pair.key, pair.certificate, [], b"word")
    )
    (pair.folder / "ours.p7c").write_bytes(written([pair.certificate], "p7c"))
    found = pairs_in(pair.openssl("pkcs12 -in ours.p12 -passin pass:word -nodes"))
    assert found.certificate == pair.certificate
    assert key_pem(found.private_key) == key_pem(pair.key)
    listed = pair.openssl("pkcs7 -inform DER -in ours.p7c -print_certs")
    assert pem([pair.certificate]).strip().encode() in listed


@pytest.mark.parametrize("lock", ["-aes256", "-des3"])
def test_we_read_the_pkcs12_and_the_locked_pem_of_openssl(pair: Pair, lock: str):
    pair.openssl(
        "pkcs12 -export -in cert.pem -inkey key.pem -passout pass:word -out o.p12"
    )
    locked = pair.openssl(f"pkey -in key.pem -passout pass:word {lock}")
    both = (pair.folder / "cert.pem").read_bytes() + locked
    for data in ((pair.folder / "o.p12").read_bytes(), both):
        found = pairs_in(data, b"word")
        assert found.certificate == pair.certificate
        assert key_pem(found.private_key) == key_pem(pair.key)
