"""Each condition of a message gives its exact disposition, in a signed MDN."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from asn1crypto import cms

from gateway.as2 import (
    Agreement,
    Disposition,
    Headers,
    Kind,
    MdnState,
    Opening,
    Payload,
    Sent,
    compose_mdn,
    read_mdn,
    read_request,
    settle,
    warning,
)
from gateway.as2.disposition import read_disposition
from gateway.trust.cms import compress, encrypt, sign_detached
from gateway.trust.keyring import Certificates, Keyring, State
from tests.parties import Party, party
from tests.unit.as2.sides import (
    EDI,
    NOW,
    answered,
    asked,
    built,
    buyer,
    codes,
    ids,
    keyring,
    opened,
    receiving,
    sending,
    settled,
    supplier,
)

SIGNED = (
    "signed-receipt-protocol=required, pkcs7-signature;"
    " signed-receipt-micalg=required, sha-256"
)
ANY = frozenset[str]()


def told(
    ours: Agreement,
    theirs: Agreement,
    change: Callable[[bytes], bytes] = lambda body: body,
) -> tuple[str, list[str], bool]:
    """The disposition field's end, the operator's codes, and whether a MIC is there.

    The sender reads a signed MDN that says the same, and takes it for a refusal.
    """
    made, body = built(ours)
    _, result, mdn = answered(made, change(body), theirs)
    read, end = settled(made, mdn, sending())
    assert mdn.is_signed
    assert read.signer == supplier().certificate
    assert read.disposition == result.disposition
    good = (MdnState.ACCEPTED, MdnState.ACCEPTED_WITH_WARNING)
    assert (end.state in good) is result.accepted
    assert (end.state is MdnState.REJECTED) is not result.accepted
    field = (
        f"Disposition: automatic-action/MDN-sent-automatically; {result.disposition}"
    )
    assert field.encode() + b"\r\n" in mdn.body
    return str(result.disposition), codes(result.findings), result.mic is not None


def test_fine() -> None:
    assert told(sending(), receiving()) == ("processed", [], True)


def test_signature_does_not_verify_against_a_known_certificate() -> None:
    stranger = keyring([party("stranger")], [supplier()])
    assert told(sending(keyring=stranger), receiving()) == (
        "processed/error: authentication-failed",
        ["TRU-402"],
        True,
    )


def test_signature_was_tampered_with() -> None:
    ours = sending(encrypt="")

    def swapped(body: bytes) -> bytes:
        head, lines, end = re.split(rb"(MII[A-Za-z0-9+/=\r\n]+)", body)
        der = bytearray(base64.b64decode(lines))
        der[-5] ^= 1
        return head + base64.b64encode(bytes(der)) + b"\r\n" + end

    assert told(ours, receiving(require=ANY), swapped) == (
        "processed/error: authentication-failed",
        ["TRU-402"],
        True,
    )


def test_unknown_signer() -> None:
    nobody = receiving(keyring=keyring([supplier()], []))
    assert told(sending(), nobody)[:2] == (
        "processed/error: authentication-failed",
        ["TRU-402"],
    )


def test_certificate_that_was_revoked() -> None:
    known = keyring([supplier()], [buyer()])
    revoked = (replace(one, state=State.REVOKED) for one in known.theirs.all)
    ring = Keyring(theirs=Certificates(tuple(revoked)), ours=known.ours)
    assert told(sending(), receiving(keyring=ring))[:2] == (
        "processed/error: authentication-failed",
        ["TRU-402"],
    )


def test_digest_of_content_is_not_the_message_digest() -> None:
    ours = sending(encrypt="")
    changed = told(ours, receiving(require=ANY), lambda b: b.replace(b"850", b"860"))
    assert changed == ("processed/error: integrity-check-failed", ["TRU-403"], True)


def test_cannot_decrypt_no_matching_recipient() -> None:
    other = keyring([party("other")], [buyer()])
    theirs = receiving(
        keyring=Keyring(theirs=other.theirs, ours=keyring([supplier()], []).ours)
    )
    to_other = sending(keyring=keyring([buyer()], [party("other")]))
    made, body = built(to_other)
    _, result, mdn = answered(made, body, theirs)
    assert str(result.disposition) == "processed/error: decryption-failed"
    assert (codes(result.findings), result.mic) == (["TRU-401"], None)
    assert mdn.is_signed
    assert b"Received-Content-MIC" not in mdn.body


# The last octet of the block before the last turns the padding; the octet at 200 is
# in the encrypted key.
@pytest.mark.parametrize("cipher", ["aes256-cbc", "aes256-gcm"])
@pytest.mark.parametrize("at", [-17, 200])
def test_cannot_decrypt_bad_padding_or_tag_or_key(cipher: str, at: int) -> None:
    def flipped(body: bytes) -> bytes:
        broken = bytearray(body)
        broken[at] ^= 0x55
        return bytes(broken)

    ours = sending(encrypt=cipher, sign="")
    made, body = built(ours)
    _, result, mdn = answered(made, flipped(body), receiving(require=ANY))
    assert str(result.disposition) == "processed/error: decryption-failed"
    assert [one.what for one in result.findings] == ["the message cannot be decrypted"]
    assert result.mic is None
    text = b"was received and not processed: processed/error: decryption-failed.\r\n"
    assert text in mdn.body


def test_what_a_wrong_key_makes_of_the_content_cannot_be_decrypted_either() -> None:
    content = b"\x13\x37 no MIME at all, as a wrong key makes it" * 40
    body = encrypt(content, [supplier().certificate])
    headers = asked(Content_Type="application/pkcs7-mime; smime-type=enveloped-data")
    _, result, _ = opened(headers, body, receiving(require=ANY))
    assert str(result.disposition) == "processed/error: decryption-failed"
    assert [one.what for one in result.findings] == ["the message cannot be decrypted"]


def test_decompression() -> None:
    packed = bytearray(compress(b"Content-Type: text/plain\r\n\r\n" + EDI))
    packed[-3] ^= 0xFF
    headers = asked(
        Content_Type="application/pkcs7-mime; smime-type=compressed-data",
        Disposition_Notification_Options=SIGNED,
    )
    _, result, _ = opened(headers, bytes(packed), receiving(require=ANY))
    assert str(result.disposition) == "processed/error: decompression-failed"
    assert (codes(result.findings), result.mic) == (["TRU-404"], None)


def test_a_compression_bomb_is_cut() -> None:
    bomb = compress(b"Content-Type: text/plain\r\n\r\n" + bytes(300_000_000))
    headers = asked(Content_Type="application/pkcs7-mime; smime-type=compressed-data")
    parts, result, _ = opened(headers, bomb, receiving(require=ANY))
    assert str(result.disposition) == "processed/error: decompression-failed"
    assert sum(map(len, parts)) < 100_000_000


@pytest.mark.parametrize(
    ("ours", "what"),
    [
        ({"sign": ""}, "a signature is required and there is none"),
        ({"encrypt": ""}, "encryption is required and there is none"),
    ],
)
def test_required_signature_or_encryption_is_missing(
    ours: dict[str, str], what: str
) -> None:
    said = told(sending(**ours), receiving())
    assert said == (
        "processed/error: insufficient-message-security",
        ["TRU-405"],
        True,
    )
    made, body = built(sending(**ours))
    assert [f.what for f in answered(made, body, receiving())[1].findings] == [what]


def test_weaker_than_the_profile_a_short_key() -> None:
    short = party("short", "rsa1024")
    ours = sending(keyring=keyring([short], [supplier()]))
    theirs = receiving(keyring=keyring([supplier()], [short]))
    assert told(ours, theirs)[:2] == (
        "processed/error: insufficient-message-security",
        ["TRU-405"],
    )
    allowed = replace(theirs, legacy=frozenset(("rsa1024",)))
    assert told(ours, allowed)[:2] == ("processed", ["TRU-407"])


def test_other() -> None:
    headers = asked(Content_Type="multipart/signed; micalg=sha-256")
    _, result, _ = opened(headers, b"x", receiving())
    assert str(result.disposition) == "processed/error: unexpected-processing-error"
    assert codes(result.findings) == ["AS2-105"]


def test_unknown_trading_relationship() -> None:
    _, result, request = opened(asked(AS2_From="NOBODY"), EDI, None)
    assert str(result.disposition) == "processed/error: unknown-trading-relationship"
    assert (codes(result.findings), result.mic) == (["AS2-102"], None)
    mdn = compose_mdn(request, result.disposition, None, None, NOW, ids())
    assert not mdn.is_signed
    assert dict(mdn.headers)["AS2-To"] == "NOBODY"


def test_duplicate_filename() -> None:
    two = [
        Payload.of("text/plain", "a.txt", EDI),
        Payload.of("text/plain", "A.TXT", EDI),
    ]
    made, body = built(sending(), *two)
    _, strict, _ = answered(made, body, receiving(strict_file_names=True))
    _, safe, _ = answered(made, body, receiving())
    assert str(strict.disposition) == "processed/error: duplicate-filename"
    assert codes(strict.findings) == ["AS2-110"]
    assert [part.name for part in safe.parts] == ["a.txt", "A-2.TXT"]
    assert (codes(safe.findings), safe.accepted) == (["AS2-113"], True)


def test_illegal_filename() -> None:
    made, body = built(sending(), Payload.of("text/plain", "../../etc/passwd", EDI))
    _, strict, _ = answered(made, body, receiving(strict_file_names=True))
    _, safe, _ = answered(made, body, receiving())
    assert str(strict.disposition) == "processed/error: illegal-filename"
    assert codes(strict.findings) == ["AS2-109"]
    assert (safe.parts[0].name, codes(safe.findings)) == ("passwd", ["AS2-113"])


@pytest.mark.parametrize("identity", ["", "<a b@c>"])
def test_invalid_message_id(identity: str) -> None:
    headers = asked(Message_ID=identity)
    _, bis, _ = opened(headers, EDI, receiving(version="1.3", require=ANY))
    _, older, _ = opened(headers, EDI, receiving(require=ANY))
    assert str(bis.disposition) == "processed/error: invalid-message-id"
    assert codes(bis.findings) == ["AS2-104", "AS2-106"]
    assert (str(older.disposition), codes(older.findings)) == ("processed", ["AS2-104"])


def test_duplicate_document() -> None:
    _, result, request = opened(asked(), EDI, receiving(require=ANY))
    mdn = compose_mdn(
        request, warning("duplicate-document"), result.mic, receiving(), NOW, ids()
    )
    assert b"; processed/warning: duplicate-document\r\n" in mdn.body


def test_accepted_though_authentication_failed() -> None:
    stranger = keyring([party("stranger")], [supplier()])
    theirs = receiving(legacy=frozenset(("unverified",)))
    assert told(sending(keyring=stranger), theirs) == (
        "processed/warning: authentication-failed, processing continued",
        ["TRU-406"],
        True,
    )
    changed = told(
        sending(encrypt=""),
        replace(theirs, require=ANY),
        lambda body: body.replace(b"850", b"860"),
    )
    assert changed[0] == "processed/error: integrity-check-failed"


def test_unsupported_format() -> None:
    options = "signed-receipt-protocol=required, pgp-signature"
    headers = asked(Disposition_Notification_Options=options)
    _, result, _ = opened(headers, EDI, receiving(require=ANY))
    assert str(result.disposition) == "failed/Failure: unsupported format"
    assert codes(result.findings) == ["AS2-107"]
    optional = asked(
        Disposition_Notification_Options=options.replace("required", "optional")
    )
    assert opened(optional, EDI, receiving(require=ANY))[1].accepted


@pytest.mark.parametrize("listed", ["md5", "sha1", "md2, whirlpool"])
def test_unsupported_mic_algorithms(listed: str) -> None:
    options = SIGNED.replace("sha-256", listed)
    headers = asked(Disposition_Notification_Options=options)
    _, result, request = opened(headers, EDI, receiving(require=ANY))
    assert str(result.disposition) == "failed/Failure: unsupported MIC-algorithms"
    assert codes(result.findings) == ["AS2-108"]
    mdn = compose_mdn(request, result.disposition, result.mic, receiving(), NOW, ids())
    assert (mdn.is_signed, b"Received-Content-MIC" in mdn.body) == (True, False)
    read = read_mdn(Headers.of(mdn.headers), mdn.body, sending(), NOW)
    assert read.signer == supplier().certificate


def test_sender_equals_receiver() -> None:
    headers = asked(AS2_From="SUPPLIER")
    _, result, _ = opened(headers, EDI, receiving(theirs="SUPPLIER", require=ANY))
    assert str(result.disposition) == "failed/Failure: sender-equals-receiver"
    assert codes(result.findings) == ["AS2-103"]


def test_a_certificate_that_ended_is_told_within_its_grace() -> None:
    late = buyer().certificate.not_valid_after_utc + timedelta(days=2)
    known = keyring([supplier()], [buyer()])
    grace = (replace(one, grace=timedelta(days=9)) for one in known.theirs.all)
    ring = Keyring(theirs=Certificates(tuple(grace)), ours=known.ours)
    made, body = built(sending(encrypt=""))
    request = read_request(Headers.of(made.headers))
    opening = Opening(request, receiving(keyring=ring, require=ANY), late)
    opening.feed(body)
    _, result = opening.finish()
    assert (result.accepted, codes(result.findings)) == (True, ["TRU-408"])
    strict = Opening(request, receiving(require=ANY), late)
    strict.feed(body)
    _, result = strict.finish()
    assert str(result.disposition) == "processed/error: authentication-failed"


def test_certificates_are_acknowledged_and_left_to_people() -> None:
    kind = "application/EDIINT-cert-exchange+xml"
    headers = asked(Content_Type=f'multipart/related; type="{kind}"; boundary=b')
    parts, result, _ = opened(headers, b"--b\r\n\r\nx\r\n--b--", receiving(require=ANY))
    assert (result.kind, parts) == (Kind.CERTIFICATE_EXCHANGE, [b""])
    assert (str(result.disposition), codes(result.findings)) == (
        "processed",
        ["AS2-112"],
    )


READ = [
    ("automatic-action/MDN-sent-automatically; processed", "processed"),
    ("Automatic-Action/mdn-sent-automatically;Processed", "processed"),
    ("processed", "processed"),
    ("manual-action/MDN-sent-manually ; processed", "processed"),
    ("a; processed/error: decryption-failed", None),
    (
        "automatic-action/MDN-sent-automatically; processed/Error:decryption-failed",
        "processed/error: decryption-failed",
    ),
    (
        "automatic-action/MDN-sent-automatically;processed / error : "
        "authentication-failed",
        "processed/error: authentication-failed",
    ),
    (
        "automatic-action/MDN-sent-automatically; processed/error",
        "processed/error",
    ),
    (
        "automatic-action/MDN-sent-automatically; failed/Failure: unsupported format",
        "failed/Failure: unsupported format",
    ),
    ("automatic-action/MDN-sent-automatically; failed", "failed"),
    (
        "automatic-action/MDN-sent-automatically; processed/warning: "
        "authentication-failed, processing continued",
        "processed/warning: authentication-failed, processing continued",
    ),
    (
        "automatic-action/MDN-sent-automatically; processed/error: "
        "unknown-trading-partner",
        "processed/error: unknown-trading-partner",
    ),
    (
        "automatic-action/MDN-sent-automatically; processed/signed-message-required",
        "processed/error: signed-message-required",
    ),
    (
        "automatic-action/MDN-sent-automatically; processed/error: "
        "decompresion-failed; tail",
        "processed/error: decompresion-failed; tail",
    ),
    ("automatic-action/MDN-sent-automatically; deleted", "deleted"),
    ("", None),
    ("automatic-action/MDN-sent-automatically", None),
    ("???", None),
]


@pytest.mark.parametrize(("field", "wanted"), READ)
def test_dispositions_are_read_in_every_spelling(
    field: str, wanted: str | None
) -> None:
    read = read_disposition(field)
    assert (None if read is None else str(read)) == wanted


def test_a_modifier_in_a_field_of_its_own_is_read() -> None:
    mode = "automatic-action/MDN-sent-automatically; "
    apart = read_disposition(mode + "processed/error", errors="decryption-failed")
    alone = read_disposition(mode + "processed", errors="authentication-failed")
    failed = read_disposition(mode + "failed", failures="unsupported format")
    assert str(apart) == "processed/error: decryption-failed"
    assert str(alone) == "processed/error: authentication-failed"
    assert str(failed) == "failed/Failure: unsupported format"


@pytest.mark.parametrize(
    "text",
    ["signed-message-required", "decompresion-failed", "quota exceeded", ""],
)
@pytest.mark.parametrize("form", ["processed/error: ", "failed/failure: ", "failed/"])
def test_an_unknown_modifier_is_a_rejection_and_its_text_is_kept(
    form: str, text: str
) -> None:
    read = read_disposition(form + text)
    assert isinstance(read, Disposition)
    assert not read.accepted
    assert text in read.text


def test_settle_keeps_what_the_partner_said() -> None:
    made, _ = built()
    _, _, request = opened(made.headers, b"", receiving())
    said = Disposition("processed", read_disposition("a/error").modifier, "no stock")  # type: ignore[union-attr]
    mdn = compose_mdn(request, said, None, receiving(), NOW, ids())
    read = read_mdn(Headers.of(mdn.headers), mdn.body, sending(), NOW)
    sent = Sent(
        message_id=made.message_id,
        mics=made.mics,
        asked_digest="sha256",
        receipt_signed=True,
    )
    end = settle(read, sent)
    assert (end.state, end.findings[-1].value) == (MdnState.REJECTED, "no stock")


def opaque(content: bytes, who: Party) -> bytes:
    """SignedData with the content inside, around the detached signature."""
    digest = hashlib.sha256(content).digest()
    der = sign_detached(digest, "sha256", who.key, who.certificate)
    info = cms.ContentInfo.load(der)
    inside = {"content_type": "data", "content": content}
    info["content"]["encap_content_info"] = inside
    made: bytes = info.dump(force=True)
    return made


@pytest.mark.parametrize(
    ("signer", "change", "said"),
    [
        ("buyer", b"850", "processed"),
        ("stranger", b"850", "processed/error: authentication-failed"),
        ("buyer", b"860", "processed/error: integrity-check-failed"),
    ],
)
def test_opaque_signatures_are_judged_alike(
    signer: str, change: bytes, said: str
) -> None:
    der = opaque(b"Content-Type: text/plain\r\n\r\n" + EDI, party(signer))
    headers = asked(Content_Type="application/pkcs7-mime; smime-type=signed-data")
    _, result, _ = opened(headers, der.replace(b"850", change), receiving(require=ANY))
    assert str(result.disposition) == said


def test_a_signature_over_cr_lf_where_lf_came_needs_an_allowance() -> None:
    text = Payload.of("application/edi-x12", "", EDI.replace(b"\n", b"\r\n"))
    made, body = built(sending(encrypt=""), text)
    sent = body.replace(text_of(text), EDI)
    _, refused, _ = opened(made.headers, sent, receiving(require=ANY))
    lenient = receiving(require=ANY, legacy=frozenset(("line_ends",)))
    assert str(refused.disposition) == "processed/error: integrity-check-failed"
    for step in (1, 2, 65536):
        parts, taken, _ = opened(made.headers, sent, lenient, step=step)
        assert (parts, codes(taken.findings)) == ([EDI], ["TRU-409"])
        assert taken.mic is not None
        assert taken.mic.digest == made.mics["sha256"]
    _, changed, _ = opened(made.headers, sent.replace(b"850", b"860"), lenient)
    assert str(changed.disposition) == "processed/error: integrity-check-failed"


def text_of(payload: Payload) -> bytes:
    return b"".join(payload.chunks())


def test_a_wrong_key_never_ends_in_a_long_head() -> None:
    body = encrypt(b"A" * 200_000, [supplier().certificate])
    headers = asked(Content_Type="application/pkcs7-mime")
    _, result, _ = opened(headers, body, receiving(require=ANY))
    assert str(result.disposition) == "processed/error: decryption-failed"
    short = encrypt(b"Content-Type: text/plain", [supplier().certificate])
    _, result, _ = opened(headers, short, receiving(require=ANY))
    assert str(result.disposition) == "processed/error: decryption-failed"


def test_a_signed_part_whose_head_has_no_end_is_one_finding() -> None:
    for content in (b"A" * 200_000, b"Content-Type: text/plain"):
        packed = compress(content)
        headers = asked(Content_Type="application/pkcs7-mime")
        _, result, _ = opened(headers, packed, receiving(require=ANY))
        said = "processed/error: unexpected-processing-error"
        assert (str(result.disposition), result.mic) == (said, None)


def test_long_content_under_a_digest_that_its_header_does_not_name() -> None:
    long = Payload.of("text/plain", "", EDI * 5000)
    made, body = built(sending(sign="sha384", encrypt=""), long)
    fields = dict(made.headers)
    fields["Disposition-Notification-Options"] = SIGNED
    kind = fields["Content-Type"]
    fields["Content-Type"] = kind.replace('micalg="sha-384"', "x=y")
    _, unsaid, _ = opened(fields.items(), body, receiving(require=ANY))
    fields["Content-Type"] = kind.replace('micalg="sha-384"', 'micalg="sha-512"')
    _, wrong, _ = opened(fields.items(), body, receiving(require=ANY))
    assert unsaid.accepted
    assert str(wrong.disposition) == "processed/error: authentication-failed"
