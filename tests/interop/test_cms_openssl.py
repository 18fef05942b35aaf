"""CMS with the openssl command as the other side: every algorithm, both ways."""

from __future__ import annotations

import hashlib
import subprocess
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.trust.cms import (
    CmsFault,
    Decompressing,
    Decrypting,
    Encrypting,
    Kind,
    SignedContent,
    compress,
    digests_named,
    sign_detached,
    verify_detached,
)
from tests.parties import Party, party

CONTENT = b"ISA*00*          *00*\n" + bytes(range(256)) * 79
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
DIGESTS = ["sha1", "sha224", "sha256", "sha384", "sha512"]
KINDS = ["rsa2048", "p256", "p384", "p521"]
SIGNERS = [("rsa", "rsa2048"), ("pss", "rsa2048")] + [
    ("ecdsa", kind) for kind in KINDS[1:]
]
CBC = ["aes128-cbc", "aes192-cbc", "aes256-cbc"]
GCM = ["aes128-gcm", "aes192-gcm", "aes256-gcm"]
TRANSPORTS = {
    "rsa": [],
    "oaep-sha1": ["rsa_padding_mode:oaep"],
    "oaep-sha256": ["rsa_padding_mode:oaep", "rsa_oaep_md:sha256"],
}
WAYS = [("rsa2048", transport) for transport in TRANSPORTS] + [
    (kind, "rsa") for kind in KINDS[1:]
]
"""For a key on a curve the content key is agreed, whatever the transport."""


def openssl(*arguments: object, given: bytes = b"") -> bytes:
    """Run the command; what it says when it fails is shown."""
    done = subprocess.run(
        ["openssl", *map(str, arguments)], input=given, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def flag(cipher: str) -> str:
    """How the command calls a cipher."""
    return "-des3" if cipher == "3des" else "-" + cipher.replace("aes", "aes-")


def digest_of(name: str) -> bytes:
    return hashlib.new(name, CONTENT).digest()


def signed_by_openssl(folder: Path, who: Party, *options: object) -> bytes:
    certificate, key = who.files(folder)
    signer = ["-signer", certificate, "-inkey", key]
    form = ["-binary", "-outform", "DER"]
    return openssl("cms", "-sign", *form, *signer, *options, given=CONTENT)


def options_of(scheme: str) -> list[str]:
    return ["-keyopt", "rsa_padding_mode:pss"] if scheme == "pss" else []


@pytest.mark.parametrize("digest", DIGESTS)
@pytest.mark.parametrize(("scheme", "kind"), SIGNERS)
@pytest.mark.parametrize("shape", [(), ("-noattr",), ("-keyid",), ("-nocerts",)])
def test_we_believe_what_openssl_signed(
    tmp_path: Path, digest: str, scheme: str, kind: str, shape: tuple[str, ...]
):
    who = party("openssl", kind)
    options = ["-md", digest, *options_of(scheme), *shape]
    signature = signed_by_openssl(tmp_path, who, *options)

    verified = verify_detached(signature, digest_of, [who.certificate])

    assert verified.certificate == who.certificate
    assert verified.digest_algorithm == digest
    assert verified.signature_algorithm == scheme
    assert verified.digest == digest_of(digest)
    assert (verified.signed_at is None) is ("-noattr" in shape)
    assert digests_named(signature) == (digest,)


@pytest.mark.parametrize("digest", DIGESTS)
@pytest.mark.parametrize(("scheme", "kind"), SIGNERS)
@pytest.mark.parametrize("by_key_id", [False, True])
def test_openssl_believes_what_we_signed(
    tmp_path: Path, digest: str, scheme: str, kind: str, by_key_id: bool
):
    who = party("we", kind)
    signature = tmp_path / "smime.p7s"
    content = tmp_path / "content"
    content.write_bytes(CONTENT)
    signature.write_bytes(
        sign_detached(
            digest_of(digest),
            digest,
            who.key,
            who.certificate,
            scheme=scheme,
            chain=[party("issuer").certificate],
            signed_at=NOW,
            by_key_id=by_key_id,
        )
    )
    trusted, _ = who.files(tmp_path)
    read = ["-verify", "-inform", "DER", "-in", signature, "-content", content]
    trust = ["-CAfile", trusted, "-purpose", "any", "-binary"]

    # The command refuses SHA-1 at its default level of security.
    openssl("cms", *read, *trust, "-auth_level", "0")


STREAMED = [("rsa", "rsa2048", ["-stream"]), ("ecdsa", "p256", ["-stream"])]
"""In BER of indefinite length; the command cannot do that with RSASSA-PSS."""


@pytest.mark.parametrize(("scheme", "kind", "streamed"), STREAMED)
def test_a_copy_of_the_content_in_the_signature_is_passed_over(
    tmp_path: Path, scheme: str, kind: str, streamed: list[str]
):
    who = party("openssl", kind)
    signature = signed_by_openssl(tmp_path, who, *streamed)

    verified = verify_detached(signature, digest_of, [who.certificate])

    assert verified.signature_algorithm == scheme
    with pytest.raises(CmsFault) as caught:
        verify_detached(signature, lambda name: b"\0" * 32, [who.certificate])
    assert caught.value.kind is Kind.INTEGRITY


@pytest.mark.parametrize(
    ("scheme", "kind", "streamed"), [*((*one, []) for one in SIGNERS), *STREAMED]
)
def test_we_read_opaque_signatures(
    tmp_path: Path, scheme: str, kind: str, streamed: list[str]
):
    who = party("openssl", kind)
    options = ["-nodetach", "-md", "sha384", *options_of(scheme), *streamed]
    signature = signed_by_openssl(tmp_path, who, *options)
    read = SignedContent([who.certificate])

    content = read.feed(signature) + b"".join(read.finish())

    assert content == CONTENT
    assert read.verified.signature_algorithm == scheme
    assert read.verified.digest == digest_of("sha384")


@pytest.mark.parametrize("streamed", [(), ("-stream",)])
def test_certificates_only_are_no_signature(tmp_path: Path, streamed: tuple[str, ...]):
    certificate, _ = party("openssl").files(tmp_path)
    empty = ["crl2pkcs7", "-nocrl", "-outform", "DER", "-certfile", certificate]

    with pytest.raises(CmsFault) as caught:
        verify_detached(openssl(*empty), digest_of, [party("openssl").certificate])

    assert caught.value.kind is Kind.AUTHENTICATION


def test_one_known_signer_of_several_is_enough(tmp_path: Path):
    other, known = party("stranger"), party("openssl", "p256")
    second = [*known.files(tmp_path)]
    options = ["-signer", second[0], "-inkey", second[1]]
    signature = signed_by_openssl(tmp_path, other, *options)

    verified = verify_detached(signature, digest_of, [known.certificate])

    assert verified.certificate == known.certificate


def encrypted_by_openssl(
    folder: Path, cipher: str, *options: object, to: list[tuple[Party, list[str]]]
) -> bytes:
    recipients: list[object] = []
    for who, keyopts in to:
        recipients += ["-recip", who.files(folder)[0]]
        for keyopt in keyopts:
            recipients += ["-keyopt", keyopt]
    form = ["-binary", "-outform", "DER", flag(cipher)]
    return openssl("cms", "-encrypt", *form, *options, *recipients, given=CONTENT)


def opened(message: bytes, who: Party, step: int = 4096) -> tuple[bytes, Decrypting]:
    reader = Decrypting([party("other").holder, who.holder])
    pieces = [
        reader.feed(message[at : at + step]) for at in range(0, len(message), step)
    ]
    return b"".join([*pieces, *reader.finish()]), reader


def opened_by_openssl(folder: Path, message: bytes, who: Party) -> bytes:
    path = folder / "smime.p7m"
    path.write_bytes(message)
    certificate, key = who.files(folder)
    mine = ["-recip", certificate, "-inkey", key]
    return openssl("cms", "-decrypt", "-binary", "-inform", "DER", "-in", path, *mine)


@pytest.mark.parametrize("cipher", ["3des", *CBC, *GCM])
@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("shape", [(), ("-keyid",), ("-stream",)])
def test_we_open_what_openssl_encrypted(
    tmp_path: Path, cipher: str, transport: str, shape: tuple[str, ...]
):
    who = party("we")
    to = [(who, TRANSPORTS[transport])]
    message = encrypted_by_openssl(tmp_path, cipher, *shape, to=to)

    content, reader = opened(message, who)

    assert content == CONTENT
    assert reader.told is not None
    assert (reader.told.cipher, reader.told.transport) == (cipher, transport)
    assert reader.told.certificate == who.certificate


@pytest.mark.parametrize("cipher", ["3des", *CBC, "aes256-gcm"])
@pytest.mark.parametrize("kind", ["p256", "p384", "p521"])
@pytest.mark.parametrize(
    "keyopts",
    [
        [],
        ["ecdh_kdf_md:sha256"],
        ["ecdh_kdf_md:sha512"],
        ["ecdh_kdf_md:sha384", "ecdh_cofactor_mode:1"],
    ],
)
def test_we_open_what_openssl_agreed_on_curves(
    tmp_path: Path, cipher: str, kind: str, keyopts: list[str]
):
    who = party("we", kind)
    message = encrypted_by_openssl(tmp_path, cipher, to=[(who, keyopts)])

    content, reader = opened(message, who)

    assert content == CONTENT
    assert reader.told is not None
    assert (reader.told.cipher, reader.told.transport) == (cipher, "ecdh")


def test_we_open_an_agreement_by_key_identifier(tmp_path: Path):
    who = party("we", "p256")
    message = encrypted_by_openssl(tmp_path, "aes128-cbc", "-keyid", to=[(who, [])])

    assert opened(message, who)[0] == CONTENT


@pytest.mark.parametrize("cipher", [*CBC, *GCM])
@pytest.mark.parametrize("by_key_id", [False, True])
@pytest.mark.parametrize(("kind", "transport"), WAYS)
def test_openssl_opens_what_we_encrypted(
    tmp_path: Path, cipher: str, transport: str, by_key_id: bool, kind: str
):
    who = party("openssl", kind)
    writer = Encrypting(
        [who.certificate],
        len(CONTENT),
        cipher=cipher,
        transport=transport,
        by_key_id=by_key_id,
    )
    message = writer.feed(CONTENT[:777]) + writer.feed(CONTENT[777:]) + writer.finish()

    assert len(message) == writer.encrypted_size
    assert opened_by_openssl(tmp_path, message, who) == CONTENT


def test_each_of_several_recipients_opens_it(tmp_path: Path):
    readers = [party("a"), party("b", "p256"), party("c", "rsa3072")]
    certificates = [one.certificate for one in readers]
    writer = Encrypting(certificates, len(CONTENT), transport="oaep-sha256")
    message = writer.feed(CONTENT) + writer.finish()

    assert [opened_by_openssl(tmp_path, message, one) for one in readers] == (
        [CONTENT] * 3
    )
    assert [opened(message, one)[0] for one in readers] == [CONTENT] * 3


def test_we_are_found_among_several_recipients(tmp_path: Path):
    to: list[tuple[Party, list[str]]]
    to = [(party("a"), []), (party("b", "p384"), []), (party("we"), [])]
    message = encrypted_by_openssl(tmp_path, "aes256-cbc", to=to)

    assert opened(message, party("we"))[0] == CONTENT


COMPRESSED = """asn1=SEQUENCE:info
[info]
type=OID:1.2.840.113549.1.9.16.1.9
content=EXPLICIT:0,SEQUENCE:data
[data]
version=INTEGER:0
algorithm=SEQUENCE:zlib
content=SEQUENCE:packed
[zlib]
type=OID:1.2.840.113549.1.9.16.3.8
[packed]
type=OID:1.2.840.113549.1.7.1
content=EXPLICIT:0,FORMAT:HEX,OCTETSTRING:{octets}
"""
"""The command is often built without zlib; it writes and reads the structure then."""


def test_we_read_compressed_data_that_openssl_wrote(tmp_path: Path):
    plan, made = tmp_path / "plan", tmp_path / "smime.p7z"
    plan.write_text(COMPRESSED.format(octets=zlib.compress(CONTENT[:600]).hex()))
    openssl("asn1parse", "-genconf", plan, "-noout", "-out", made)
    reader = Decompressing()

    content = reader.feed(made.read_bytes()) + b"".join(reader.finish())

    assert content == CONTENT[:600]


def test_openssl_reads_the_compressed_data_that_we_wrote():
    shown = openssl("cms", "-cmsout", "-print", "-inform", "DER", given=compress(b"x"))
    packed = zlib.compress(b"x").hex(" ", 1).replace(" ", "-", 8).replace("-", " ")

    assert b"contentType: id-smime-ct-compressedData" in shown
    assert b"zlib compression" in shown
    assert packed[:11].encode() in shown


def test_md5_is_read_only_where_it_is_allowed(tmp_path: Path):
    who = party("openssl")
    signature = signed_by_openssl(tmp_path, who, "-md", "md5")

    with pytest.raises(CmsFault) as caught:
        verify_detached(signature, digest_of, [who.certificate])
    verified = verify_detached(
        signature, digest_of, [who.certificate], digests=frozenset({"md5"})
    )

    assert caught.value.kind is Kind.UNSUPPORTED
    assert verified.digest_algorithm == "md5"


@pytest.mark.parametrize(
    ("scheme", "kind"),
    [("rsa", Kind.INTEGRITY), ("pss", Kind.AUTHENTICATION)],
)
def test_without_attributes_only_rsa_v15_tells_that_the_content_is_another(
    tmp_path: Path, scheme: str, kind: Kind
):
    who = party("openssl")
    signature = signed_by_openssl(tmp_path, who, "-noattr", *options_of(scheme))

    with pytest.raises(CmsFault) as caught:
        verify_detached(signature, lambda name: b"\0" * 32, [who.certificate])

    assert caught.value.kind is kind


@pytest.mark.parametrize("cipher", ["-rc2", "-des", "-camellia128"])
def test_other_ciphers_are_not_read(tmp_path: Path, cipher: str):
    who = party("we")
    legacy = ["-provider", "default", "-provider", "legacy"]
    form = ["-binary", "-outform", "DER", cipher, *legacy]
    recipient = who.files(tmp_path)[0]
    message = openssl("cms", "-encrypt", *form, "-recip", recipient, given=CONTENT)

    with pytest.raises(CmsFault) as caught:
        opened(message, who)

    assert caught.value.kind is Kind.UNSUPPORTED


def test_a_password_recipient_is_passed_over(tmp_path: Path):
    options = ["-pwri_password", "secret"]
    only = encrypted_by_openssl(tmp_path, "aes128-cbc", *options, to=[])
    both = encrypted_by_openssl(
        tmp_path, "aes128-cbc", *options, to=[(party("we"), [])]
    )

    with pytest.raises(CmsFault) as caught:
        opened(only, party("we"))

    assert caught.value.kind is Kind.DECRYPTION
    assert opened(both, party("we"))[0] == CONTENT


def test_a_changed_content_is_told_from_a_changed_signature(tmp_path: Path):
    who = party("openssl")
    signature = signed_by_openssl(tmp_path, who)
    broken = signature[:-1] + bytes((signature[-1] ^ 1,))

    with pytest.raises(CmsFault) as changed:
        verify_detached(signature, lambda name: b"\0" * 32, [who.certificate])
    with pytest.raises(CmsFault) as forged:
        verify_detached(broken, digest_of, [who.certificate])

    assert changed.value.kind is Kind.INTEGRITY
    assert forged.value.kind is Kind.AUTHENTICATION
