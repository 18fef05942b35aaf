"""Encrypted messages: who opens them, and that every failure looks the same."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from gateway.trust import der
from gateway.trust.algorithms import AUTH_ENVELOPED_DATA, CIPHERS, DATA
from gateway.trust.cms import (
    SENDABLE_CIPHERS,
    TRANSPORTS,
    CmsFault,
    Decrypting,
    Encrypting,
    Holder,
    Kind,
    Limits,
    content_kind,
    encrypt,
)
from gateway.trust.recipients import sealing
from tests.parties import party

CONTENT = b"ISA*00*          *00*          *ZZ*BUYER          ~" * 9
WE, OLD, STRANGER = party("we"), party("old"), party("stranger")
KEY, NONCE = b"k" * 32, b"n" * 12
FAILED = "it does not decrypt with our key"


def opened(message: bytes, *holders: Holder, step: int = 50) -> bytes:
    reader = Decrypting(holders or [WE.holder])
    pieces = [
        reader.feed(message[at : at + step]) for at in range(0, len(message), step)
    ]
    return b"".join([*pieces, *reader.finish()])


def fault(message: bytes, *holders: Holder) -> CmsFault:
    with pytest.raises(CmsFault) as caught:
        opened(message, *holders)
    return caught.value


@pytest.mark.parametrize("cipher", SENDABLE_CIPHERS)
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_what_is_encrypted_is_opened(cipher: str, transport: str):
    message = encrypt(CONTENT, [WE.certificate], cipher=cipher, transport=transport)

    assert opened(message) == CONTENT
    assert opened(message, step=1) == CONTENT


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 31, 32, 100_000])
@pytest.mark.parametrize("cipher", ["aes128-cbc", "aes128-gcm"])
def test_the_size_is_known_before(size: int, cipher: str):
    writer = Encrypting([WE.certificate], size, cipher=cipher)
    message = writer.feed(b"x" * size) + writer.finish()

    assert writer.encrypted_size == len(message)
    assert opened(message, step=4096) == b"x" * size


def test_both_keys_of_a_roll_over_open():
    for_old, for_new = (
        encrypt(CONTENT, [OLD.certificate]),
        encrypt(CONTENT, [WE.certificate]),
    )

    assert opened(for_old, WE.holder, OLD.holder) == CONTENT
    assert opened(for_new, WE.holder, OLD.holder) == CONTENT


def test_a_message_for_another_tells_for_whom_it_is():
    wrong = fault(encrypt(CONTENT, [STRANGER.certificate]))

    assert wrong.kind is Kind.DECRYPTION
    assert f"{STRANGER.certificate.serial_number:X}" in wrong.what


def changed(message: bytes, at: int) -> bytes:
    broken = bytearray(message)
    broken[at] ^= 1
    return bytes(broken)


def wrong_key(transport: str) -> bytes:
    """A message whose content key is for another key of the same certificate."""
    message = encrypt(
        CONTENT, [WE.certificate], cipher="aes256-gcm", transport=transport
    )
    return changed(message, len(message) - len(CONTENT) - 120)


@pytest.mark.parametrize(
    "make",
    [
        lambda: changed(encrypt(CONTENT, [WE.certificate]), -17),
        lambda: wrong_key("rsa"),
        lambda: wrong_key("oaep-sha1"),
        lambda: changed(encrypt(CONTENT, [WE.certificate], cipher="aes256-gcm"), -1),
        lambda: changed(encrypt(CONTENT, [WE.certificate], cipher="aes256-gcm"), -99),
    ],
    ids=["padding", "rsa key", "oaep key", "tag", "gcm content"],
)
def test_every_failure_to_decrypt_is_the_same_fault(make: Callable[[], bytes]):
    wrong = fault(make())

    assert (wrong.kind, wrong.what) == (Kind.DECRYPTION, FAILED)


def test_a_key_of_another_size_takes_the_way_of_a_wrong_key():
    drawn: list[int] = []

    def octets(count: int) -> bytes:
        drawn.append(count)
        return b"\1" * count

    short = sealing(WE.certificate, b"k" * 16, "rsa", by_key_id=False)
    message = gcm(recipient=short)
    reader = Decrypting([WE.holder], octets=octets)
    reader.feed(message)

    with pytest.raises(CmsFault) as caught:
        reader.finish()

    assert caught.value.what == FAILED
    assert drawn == [32]


def test_gcm_content_is_kept_back_until_the_tag_was_right():
    hold = io.BytesIO()
    message = encrypt(CONTENT, [WE.certificate], cipher="aes128-gcm")
    reader = Decrypting([WE.holder], hold=hold)

    assert reader.feed(message) == b""
    assert CONTENT[:20] not in hold.getvalue()
    assert b"".join(reader.finish()) == CONTENT


def gcm(
    *,
    recipient: bytes = b"",
    tag: int = 16,
    told: int | None = 16,
    attributes: bytes = b"",
) -> bytes:
    """An AuthEnvelopedData as other products write it."""
    encryptor = Cipher(AES(KEY), modes.GCM(NONCE)).encryptor()
    encryptor.authenticate_additional_data(attributes and b"\x31" + attributes[1:])
    sealed = encryptor.update(CONTENT) + encryptor.finalize()
    size = b"" if told is None else der.integer(told)
    parameters = der.sequence(der.value(der.OCTETS, NONCE), size)
    info = recipient or sealing(WE.certificate, KEY, "rsa", by_key_id=False)
    data = der.sequence(
        der.integer(0),
        der.set_of(info),
        der.sequence(
            der.oid(DATA),
            der.algorithm(CIPHERS["aes256-gcm"].oid, parameters),
            der.value(0x80, sealed),
        ),
        attributes,
        der.value(der.OCTETS, encryptor.tag[:tag]),
    )
    return der.sequence(der.oid(AUTH_ENVELOPED_DATA), der.value(0xA0, data))


ATTRIBUTES = der.value(
    0xA1,
    der.sequence(der.oid("1.2.840.113549.1.9.3"), der.set_of(der.oid(DATA))),
)


@pytest.mark.parametrize(
    ("tag", "told"), [(16, 16), (12, None), (12, 12), (13, 13), (15, 15)]
)
def test_a_tag_of_twelve_to_sixteen_octets_is_read(tag: int, told: int | None):
    assert opened(gcm(tag=tag, told=told)) == CONTENT


def test_a_shorter_tag_is_refused():
    assert fault(gcm(tag=8, told=8)).kind is Kind.MALFORMED
    assert fault(gcm(tag=12, told=16)).what == FAILED


def test_authenticated_attributes_are_part_of_the_tag():
    message = gcm(attributes=ATTRIBUTES)

    assert opened(message) == CONTENT
    assert fault(gcm()[:-1] + b"\0").what == FAILED
    assert fault(changed(message, message.rindex(der.oid(DATA)) + 9)).what == FAILED


def test_gcm_in_enveloped_data_is_refused():
    wrong = gcm().replace(der.oid(AUTH_ENVELOPED_DATA), der.oid("1.2.840.113549.1.7.3"))

    assert fault(wrong).kind in {Kind.MALFORMED, Kind.UNSUPPORTED}


def test_the_size_that_was_said_must_come():
    writer = Encrypting([WE.certificate], 5)

    with pytest.raises(ValueError, match="less"):
        writer.finish()
    with pytest.raises(ValueError, match="more"):
        writer.feed(b"123456")


@pytest.mark.parametrize("cipher", ["3des", "rc2", "aes128-ccm"])
def test_old_ciphers_are_not_sent(cipher: str):
    with pytest.raises(ValueError, match="cannot encrypt"):
        Encrypting([WE.certificate], 5, cipher=cipher)


def test_it_is_for_somebody():
    with pytest.raises(ValueError, match="cannot encrypt"):
        Encrypting([], 5)


def test_content_over_its_limit_is_cut():
    message = encrypt(CONTENT, [WE.certificate])
    reader = Decrypting([WE.holder], limits=Limits(content_bytes=100))

    with pytest.raises(CmsFault) as first:
        reader.feed(message)
    with pytest.raises(CmsFault) as again:
        reader.feed(b"")

    assert first.value.kind is Kind.TOO_LARGE
    assert again.value is first.value


def test_a_message_that_ends_too_early_is_malformed():
    assert fault(encrypt(CONTENT, [WE.certificate])[:-20]).kind is Kind.MALFORMED


@pytest.mark.parametrize(
    ("beginning", "kind"),
    [
        (encrypt(b"", [WE.certificate])[:32], "enveloped-data"),
        (gcm()[:32], "authenveloped-data"),
        (bytes.fromhex("308006092a864886f70d010702a080"), "signed-data"),
        (b"Content-Type: text/plain", None),
        (b"", None),
    ],
    ids=["enveloped", "authenveloped", "signed", "text", "nothing"],  # ours is random
)
def test_the_kind_is_seen_in_the_first_octets(beginning: bytes, kind: str | None):
    assert content_kind(beginning) == kind
