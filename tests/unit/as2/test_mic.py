"""The MIC, row by row: what it is over, and by which algorithm."""

from __future__ import annotations

import base64
import hashlib

import pytest

from gateway.as2 import Opened, Payload
from gateway.as2.micalg import DIGESTS, Digests, digest_name, spelled
from gateway.trust.cms import compress, encrypt
from tests.unit.as2.sides import (
    EDI,
    answered,
    asked,
    built,
    opened,
    receiving,
    sending,
    supplier,
)

ENTITY = b"Content-Type: application/edi-x12\r\nX-Own: 1\r\n\r\n" + EDI
ANY = frozenset[str]()
OPTIONS = (
    "signed-receipt-protocol=optional, pkcs7-signature;"
    " signed-receipt-micalg=optional, "
)


def pkcs7(kind: str, body: bytes, **fields: str) -> Opened:
    """A message whose outermost layer is this one."""
    headers = asked(Content_Type=f"application/pkcs7-mime; smime-type={kind}", **fields)
    return opened(headers, body, receiving(require=ANY))[1]


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def test_signed_is_over_exactly_the_first_part() -> None:
    made, body = built(sending(encrypt=""))
    _, result, _ = answered(made, body, receiving(require=ANY))
    boundary = body.split(b"\r\n", 1)[0]
    signed = body.split(boundary)[1].removeprefix(b"\r\n").removesuffix(b"\r\n")
    assert signed.endswith(EDI)
    assert result.mic is not None
    assert result.mic.digest == sha256(signed)
    assert result.mic.covers == "the signed part with its MIME header"


@pytest.mark.parametrize("order", ["before", "after"])
@pytest.mark.parametrize("cipher", ["", "aes256-cbc"])
def test_signed_and_compressed_is_over_what_was_signed(order: str, cipher: str) -> None:
    made, body = built(sending(encrypt=cipher, compress=order))
    _, result, _ = answered(made, body, receiving(require=ANY))
    assert result.mic is not None
    assert result.mic.covers == "the signed part with its MIME header"
    assert result.mic.digest == made.mics["sha256"]


def test_encrypted_unsigned_is_over_the_inner_entity_with_its_header() -> None:
    result = pkcs7("enveloped-data", encrypt(ENTITY, [supplier().certificate]))
    assert result.mic is not None
    assert (result.mic.digest, result.mic.algorithm) == (sha256(ENTITY), "sha256")


@pytest.mark.parametrize("is_encrypted", [False, True])
def test_compressed_unsigned_is_over_the_uncompressed_entity(
    is_encrypted: bool,
) -> None:
    packed = compress(ENTITY)
    kind = "compressed-data"
    if is_encrypted:
        head = b"Content-Type: application/pkcs7-mime; smime-type=compressed-data"
        packed = encrypt(head + b"\r\n\r\n" + packed, [supplier().certificate])
        kind = "enveloped-data"
    result = pkcs7(kind, packed)
    assert result.mic is not None
    assert result.mic.digest == sha256(ENTITY)


def test_plain_is_over_the_body_only() -> None:
    _, result, _ = opened(asked(), EDI, receiving(require=ANY))
    assert result.mic is not None
    assert (result.mic.digest, result.mic.covers) == (sha256(EDI), "the body")


def test_plain_is_over_the_content_before_its_transfer_encoding() -> None:
    headers = asked(Content_Transfer_Encoding="base64")
    parts, result, _ = opened(headers, base64.encodebytes(EDI), receiving(require=ANY))
    assert parts == [EDI]
    assert result.mic is not None
    assert result.mic.digest == sha256(EDI)


@pytest.mark.parametrize(("sign", "cipher"), [("sha256", ""), ("", "aes256-cbc")])
def test_attachments_are_covered_whole_with_their_own_header(
    sign: str, cipher: str
) -> None:
    parts = Payload.of("text/plain", "a", EDI), Payload.of("text/plain", "b", EDI)
    made, body = built(sending(sign=sign, encrypt=cipher), *parts)
    _, result, _ = answered(made, body, receiving(require=ANY))
    assert result.mic is not None
    assert result.mic.digest == made.mics["sha256"]


def test_plain_attachments_are_covered_without_the_outermost_header() -> None:
    parts = Payload.of("text/plain", "a", EDI), Payload.of("text/plain", "b", EDI)
    made, body = built(sending(sign="", encrypt=""), *parts)
    _, result, _ = answered(made, body, receiving(require=ANY))
    assert result.mic is not None
    assert result.mic.digest == sha256(body) == made.mics["sha256"]


@pytest.mark.parametrize(
    ("listed", "algorithm"),
    [
        ("sha-256", "sha256"),
        ("SHA256, sha1", "sha256"),
        ("sha-512, sha-256", "sha512"),
        ("md5, sha1, sha384", "sha384"),
        ("rsa-sha512", "sha512"),
        ("", "sha256"),
    ],
)
def test_unsigned_has_the_first_algorithm_of_the_list_that_is_allowed(
    listed: str, algorithm: str
) -> None:
    headers = asked(Disposition_Notification_Options=OPTIONS + listed)
    _, result, _ = opened(headers, EDI, receiving(require=ANY))
    assert result.mic is not None
    assert result.mic.algorithm == algorithm


@pytest.mark.parametrize(
    ("listed", "mic", "algorithm"),
    [
        ("sha-256", "signature", "sha256"),
        ("sha-512, sha-256", "signature", "sha256"),
        ("sha-512, sha-256", "requested", "sha512"),
        ("sha-512", "signature", "sha512"),
    ],
)
def test_signed_has_that_of_the_signature_where_the_list_holds_it(
    listed: str, mic: str, algorithm: str
) -> None:
    made, body = built()
    headers = dict(made.headers)
    headers["Disposition-Notification-Options"] = OPTIONS + listed
    replies = receiving().replies.model_copy(update={"mic": mic})
    _, result, _ = opened(headers.items(), body, receiving(replies=replies))
    assert result.mic is not None
    assert result.mic.algorithm == algorithm
    assert result.mic.digest == made.mics[algorithm]


def test_a_mic_is_there_without_being_listed() -> None:
    _, result, _ = opened(asked(), EDI, receiving(require=ANY))
    old = receiving().replies.model_copy(update={"unsigned_mic": "sha1"})
    _, former, _ = opened(asked(), EDI, receiving(require=ANY, replies=old))
    assert result.mic is not None
    assert former.mic is not None
    assert (result.mic.algorithm, former.mic.algorithm) == ("sha256", "sha1")


NAMES = {
    "sha1": ["sha1", "sha-1", "SHA1", "SHA-1", "rsa-sha1", "sha1WithRSA"],
    "sha256": ["sha256", "sha-256", "SHA256", "SHA_256", "rsa-sha256", '"sha-256"'],
    "sha384": ["sha-384", "SHA384"],
    "sha512": ["sha-512", "sha512"],
    "sha224": ["sha-224"],
    "md5": ["md5", "rsa-md5", "MD5"],
    "": ["", "sha", "sha-3", "whirlpool", "none"],
}


@pytest.mark.parametrize(
    ("text", "name"), [(text, name) for name, all_ in NAMES.items() for text in all_]
)
def test_names_are_folded_to_one(text: str, name: str) -> None:
    assert digest_name(text) == name


def test_names_are_written_as_rfc_3851_has_sha1_and_the_rest_with_a_hyphen() -> None:
    written = [spelled(name) for name in DIGESTS]
    assert written == ["sha-256", "sha-384", "sha-512", "sha-224", "sha1", "md5"]
    assert spelled("sha256", "sha256") == "sha256"


def test_old_partners_get_their_spelling() -> None:
    made, body = built()
    replies = receiving().replies.model_copy(update={"spelling": "sha256"})
    _, _, mdn = answered(made, body, receiving(replies=replies))
    assert b", sha256\r\n" in mdn.body


@pytest.mark.parametrize("size", [0, 1000, 1 << 18, (1 << 18) + 1, 1 << 20])
def test_digests_of_short_and_long_content_are_the_same(size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    digests = Digests(("sha512",))
    for start in range(0, size, 5000):
        digests.feed(data[start : min(start + 5000, size)])
    assert digests.digest("sha512") == hashlib.sha512(data[:size]).digest()
    assert digests.digest("sha1") == hashlib.sha1(data[:size]).digest()  # noqa: S324
    assert (digests.digest("md5") is None) is (size > 1 << 18)


@pytest.mark.parametrize("micalg", ["", 'micalg="sha1"', "micalg=none", "micalg=x;"])
@pytest.mark.parametrize("size", [10, 400_000])
def test_the_signature_decides_not_the_micalg_parameter(micalg: str, size: int) -> None:
    data = EDI + b"x" * size
    made, body = built(
        sending(encrypt=""), Payload.of("application/edi-x12", "po.edi", data)
    )
    headers = dict(made.headers)
    kind = headers["Content-Type"].replace('micalg="sha-256"; ', f"{micalg}; ")
    headers["Content-Type"] = kind
    parts, result, _ = opened(headers.items(), body, receiving(require=ANY))
    assert (parts, result.accepted) == ([data], True)
    assert result.mic is not None
    assert result.mic.algorithm == "sha256"
