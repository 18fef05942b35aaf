"""Signatures: who is believed, and what is said when nobody is."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from gateway.trust import der
from gateway.trust.algorithms import DATA, DIGESTS, MGF1, PSS, RSA, SIGNED_DATA
from gateway.trust.cms import (
    CmsFault,
    DigestOf,
    Kind,
    Limits,
    SignedContent,
    Verified,
    digests_named,
    sign_detached,
    verify_detached,
)
from gateway.trust.identity import named
from tests.parties import Party, party

CONTENT = b"ST*850*0001~"
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
WE, STRANGER, CURVE = party("we"), party("stranger"), party("we", "p256")


def digest_of(name: str) -> bytes:
    return hashlib.new(name, CONTENT).digest()


def other_digest(name: str) -> bytes:
    return hashlib.new(name, b"another").digest()


def signed(who: Party, digest: str = "sha256", scheme: str = "rsa") -> bytes:
    return sign_detached(
        digest_of(digest),
        digest,
        who.key,
        who.certificate,
        scheme=scheme,
        signed_at=NOW,
    )


def fault(signature: bytes, *known: Party, of: DigestOf = digest_of) -> CmsFault:
    with pytest.raises(CmsFault) as caught:
        verify_detached(signature, of, [one.certificate for one in known])
    return caught.value


@pytest.mark.parametrize(
    ("who", "scheme", "told"),
    [(WE, "rsa", "rsa"), (WE, "pss", "pss"), (CURVE, "rsa", "ecdsa")],
)
def test_a_known_signer_is_believed(who: Party, scheme: str, told: str):
    signature = signed(who, "sha384", scheme)

    verified = verify_detached(signature, digest_of, [STRANGER.certificate, *_all()])

    assert verified == Verified(
        certificate=who.certificate,
        digest_algorithm="sha384",
        signature_algorithm=told,
        digest=digest_of("sha384"),
        signed_at=NOW,
    )


def _all() -> list[x509.Certificate]:
    return [WE.certificate, CURVE.certificate]


def test_a_stranger_is_not_believed_though_the_certificate_is_enclosed():
    wrong = fault(signed(STRANGER), WE)

    assert wrong.kind is Kind.AUTHENTICATION
    assert f"{STRANGER.certificate.serial_number:X}" in wrong.what


def test_a_signature_of_another_key_is_not_believed():
    forged = sign_detached(digest_of("sha256"), "sha256", STRANGER.key, WE.certificate)

    assert fault(forged, WE).kind is Kind.AUTHENTICATION


def test_another_content_is_told_from_a_wrong_signature():
    assert fault(signed(WE), WE, of=other_digest).kind is Kind.INTEGRITY
    assert fault(signed(CURVE), CURVE, of=other_digest).kind is Kind.INTEGRITY


def test_a_signature_of_another_content_by_a_stranger_key_is_no_integrity_fault():
    forged = sign_detached(digest_of("sha256"), "sha256", STRANGER.key, WE.certificate)

    assert fault(forged, WE, of=other_digest).kind is Kind.AUTHENTICATION


def plain(who: Party, content: bytes, signature_oid: str = RSA) -> bytes:
    """A SignedData without signed attributes, its signature over the content itself."""
    assert isinstance(who.key, rsa.RSAPrivateKey)
    value = who.key.sign(content, padding.PKCS1v15(), DIGESTS["sha256"].hash)
    return signed_data(who, der.algorithm(signature_oid), value)


def signed_data(
    who: Party, algorithm: bytes, value: bytes, attributes=b"", more=b""
) -> bytes:
    signer = der.sequence(
        der.integer(1),
        named(who.certificate),
        der.algorithm(DIGESTS["sha256"].oid, der.NULL),
        attributes,
        algorithm,
        der.value(der.OCTETS, value),
        more,
    )
    return of_signer(signer)


def of_signer(signer: bytes) -> bytes:
    data = der.sequence(
        der.integer(1), der.set_of(), der.sequence(der.oid(DATA)), der.set_of(signer)
    )
    return der.sequence(der.oid(SIGNED_DATA), der.value(0xA0, data))


def test_a_signature_without_attributes_is_read():
    verified = verify_detached(plain(WE, CONTENT), digest_of, [WE.certificate])

    assert verified.signed_at is None


def test_without_attributes_another_content_is_still_an_integrity_fault():
    assert fault(plain(WE, b"another"), WE).kind is Kind.INTEGRITY


def test_an_algorithm_of_another_digest_is_not_read():
    wrong = plain(WE, CONTENT, DIGESTS["sha512"].rsa)

    assert fault(wrong, WE).kind is Kind.UNSUPPORTED


def test_the_name_of_algorithm_and_digest_in_one_is_read():
    signature = plain(WE, CONTENT, DIGESTS["sha256"].rsa)

    assert verify_detached(signature, digest_of, [WE.certificate]).digest


def test_only_certificates_are_no_signature():
    data = der.sequence(
        der.integer(1), der.set_of(), der.sequence(der.oid(DATA)), der.set_of()
    )
    empty = der.sequence(der.oid(SIGNED_DATA), der.value(0xA0, data))

    assert fault(empty, WE).kind is Kind.AUTHENTICATION


def attribute(number: int, *values: bytes) -> bytes:
    return der.sequence(der.oid(f"1.2.840.113549.1.9.{number}"), der.set_of(*values))


TYPE = attribute(3, der.oid(DATA))
DIGEST = attribute(4, der.value(der.OCTETS, digest_of("sha256")))
TWO = attribute(4, *(der.value(der.OCTETS, digest_of(n)) for n in ("sha1", "sha256")))


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ([DIGEST], Kind.AUTHENTICATION),
        ([TYPE], Kind.AUTHENTICATION),
        ([TYPE, DIGEST, DIGEST], Kind.AUTHENTICATION),
        ([TYPE, TWO], Kind.AUTHENTICATION),
        ([attribute(3, der.oid(SIGNED_DATA)), DIGEST], Kind.AUTHENTICATION),
    ],
    ids=["no type", "no digest", "digest twice", "two digests", "another type"],
)
def test_attributes_must_be_complete_and_about_this_content(
    attributes: list[bytes], kind: Kind
):
    assert fault(with_attributes(attributes), WE).kind is kind


def with_attributes(attributes: list[bytes]) -> bytes:
    assert isinstance(WE.key, rsa.RSAPrivateKey)
    tbs = der.value(der.SET, *attributes)
    value = WE.key.sign(tbs, padding.PKCS1v15(), DIGESTS["sha256"].hash)
    coded = der.value(0xA0, *attributes)
    return signed_data(WE, der.algorithm(RSA), value, coded)


def test_attributes_may_come_in_any_order():
    signature = with_attributes([DIGEST, TYPE])

    assert verify_detached(signature, digest_of, [WE.certificate]).digest


def signed_at(time: bytes) -> datetime | None:
    signature = with_attributes([TYPE, DIGEST, attribute(5, time)])
    return verify_detached(signature, digest_of, [WE.certificate]).signed_at


@pytest.mark.parametrize(
    ("time", "told"),
    [
        (der.value(0x17, b"261122093000Z"), NOW),
        (der.value(0x17, b"261122103000+0100"), NOW),
        (der.value(0x17, b"991231235959Z"), datetime(1999, 12, 31, 23, 59, 59, 0, UTC)),
        (der.value(0x18, b"20261122093000Z"), NOW),
        (der.value(0x18, b"20261122093000"), None),
    ],
    ids=["plain", "zone", "last century", "long", "no zone"],
)
def test_the_signing_time_is_told_in_utc(time: bytes, told: datetime | None):
    assert signed_at(time) == told


def test_a_signing_time_that_is_no_time_is_malformed():
    signature = with_attributes(
        [TYPE, DIGEST, attribute(5, der.value(0x17, b"26113" + b"2093000Z"))]
    )

    assert fault(signature, WE).kind is Kind.MALFORMED


def test_unsigned_attributes_are_passed_over_and_nothing_else_may_follow():
    unsigned = der.value(0xA1, attribute(9, der.NULL))
    algorithm, value = der.algorithm(RSA, der.NULL), _bare_value()

    good = signed_data(WE, algorithm, value, more=unsigned)
    bad = signed_data(WE, algorithm, value, more=unsigned + der.NULL)

    assert verify_detached(good, digest_of, [WE.certificate]).digest
    assert fault(bad, WE).kind is Kind.MALFORMED


def _bare_value() -> bytes:
    assert isinstance(WE.key, rsa.RSAPrivateKey)
    return WE.key.sign(CONTENT, padding.PKCS1v15(), DIGESTS["sha256"].hash)


def test_a_signature_value_in_parts_is_joined():
    value = _bare_value()
    parts = (der.value(der.OCTETS, one) for one in (value[:100], value[100:]))
    whole, cut = der.value(der.OCTETS, value), der.value(0x24, *parts)
    signer = der.sequence(*(cut if one == whole else one for one in _signer()))

    assert verify_detached(of_signer(signer), digest_of, [WE.certificate]).digest


def test_an_endless_signer_in_a_set_of_known_length_is_read():
    signer = b"\x30\x80" + b"".join(_signer()) + b"\0\0"

    assert verify_detached(of_signer(signer), digest_of, [WE.certificate]).digest


def _signer() -> list[bytes]:
    return [
        der.integer(1),
        named(WE.certificate),
        der.algorithm(DIGESTS["sha256"].oid),
        der.algorithm(RSA, der.NULL),
        der.value(der.OCTETS, _bare_value()),
    ]


def test_md5_is_read_only_when_it_is_allowed():
    assert "md5" not in digests_named(signed(WE, "sha1"))
    with pytest.raises(ValueError, match="md5"):
        sign_detached(digest_of("md5"), "md5", WE.key, WE.certificate)


def test_a_digest_of_another_length_is_not_signed():
    with pytest.raises(ValueError, match="sha256"):
        sign_detached(digest_of("sha1"), "sha256", WE.key, WE.certificate)


def test_too_many_signers_are_refused():
    with pytest.raises(CmsFault) as caught:
        verify_detached(
            signed(WE), digest_of, [WE.certificate], limits=Limits(signers=0)
        )

    assert caught.value.kind is Kind.TOO_LARGE


def test_a_detached_signature_is_no_opaque_one():
    read = SignedContent([WE.certificate])
    read.feed(signed(WE))

    with pytest.raises(CmsFault) as caught:
        read.finish()

    assert caught.value.kind is Kind.MALFORMED


def test_an_opaque_signature_tells_nothing_before_its_end():
    with pytest.raises(ValueError, match="finish"):
        _ = SignedContent([WE.certificate]).verified


def test_what_follows_a_signature_may_only_be_fill():
    assert verify_detached(signed(WE) + b"\r\n", digest_of, [WE.certificate]).digest
    assert fault(signed(WE) + b"x", WE).kind is Kind.MALFORMED


def pss(parameters: bytes, digest: str = "sha256", salt: int = 32) -> bytes:
    """An RSASSA-PSS signature without attributes and with these parameters."""
    assert isinstance(WE.key, rsa.RSAPrivateKey)
    hashed = DIGESTS[digest].hash
    value = WE.key.sign(CONTENT, padding.PSS(padding.MGF1(hashed), salt), hashed)
    return signed_data(WE, der.algorithm(PSS, parameters), value)


def parameters(hashed: str, masked: str, mask: str = MGF1) -> bytes:
    ids = [der.algorithm(DIGESTS[name].oid, der.NULL) for name in (hashed, masked)]
    return der.sequence(
        der.value(0xA0, ids[0]),
        der.value(0xA1, der.algorithm(mask, ids[1])),
        der.value(0xA2, der.integer(32)),
    )


def test_pss_is_read_with_the_parameters_that_it_has():
    signature = pss(parameters("sha256", "sha256"))

    assert verify_detached(signature, digest_of, [WE.certificate]).digest


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        parameters("sha256", "sha1"),
        parameters("sha1", "sha256"),
        parameters("sha256", "sha256", "1.2.840.113549.1.1.77"),
    ],
    ids=["none means SHA-1", "another mask digest", "another digest", "another mask"],
)
def test_pss_of_another_digest_than_the_content_is_not_read(wrong: bytes):
    assert fault(pss(wrong), WE).kind is Kind.UNSUPPORTED


def test_a_signature_of_another_kind_than_the_certificates_key_is_wrong():
    value = der.sequence(der.integer(1), der.integer(1))
    ecdsa = signed_data(WE, der.algorithm(DIGESTS["sha256"].ecdsa), value)

    assert fault(ecdsa, WE).kind is Kind.AUTHENTICATION


def test_an_unknown_signature_algorithm_is_not_read():
    assert (
        fault(plain(WE, CONTENT, "1.2.840.10045.4.3.77"), WE).kind is Kind.UNSUPPORTED
    )


def test_an_unknown_digest_is_not_read():
    other = signed(WE).replace(
        der.algorithm(DIGESTS["sha256"].oid), der.algorithm("2.16.840.1.101.3.4.2.77")
    )

    assert fault(other, WE).kind is Kind.UNSUPPORTED
    assert digests_named(other) == ()


def test_an_rsa_key_signs_by_a_known_scheme_only():
    with pytest.raises(ValueError, match="raw"):
        signed(WE, scheme="raw")


def test_an_opaque_signature_must_announce_its_digest():
    sha1 = der.set_of(der.algorithm(DIGESTS["sha1"].oid))
    sha256 = der.set_of(der.algorithm(DIGESTS["sha256"].oid))
    info = der.sequence(der.oid(DATA))
    content = der.value(0xA0, der.value(der.OCTETS, CONTENT))
    opaque = signed(WE)[15:]
    assert sha256 in opaque
    read = SignedContent([WE.certificate])
    data = opaque.replace(sha256, sha1, 1).replace(
        info, der.sequence(der.oid(DATA), content), 1
    )
    inner = data[data.index(der.integer(1)) :]
    message = der.sequence(der.oid(SIGNED_DATA), der.value(0xA0, der.sequence(inner)))

    assert read.feed(message) == CONTENT
    with pytest.raises(CmsFault) as caught:
        read.finish()
    assert caught.value.kind is Kind.UNSUPPORTED


def test_attributes_that_were_signed_sorted_are_believed_unsorted():
    attributes = sorted([TYPE, DIGEST])
    assert isinstance(WE.key, rsa.RSAPrivateKey)
    tbs = der.value(der.SET, *attributes)
    value = WE.key.sign(tbs, padding.PKCS1v15(), DIGESTS["sha256"].hash)
    unsorted = der.value(0xA0, *reversed(attributes))
    signature = signed_data(WE, der.algorithm(RSA), value, unsorted)

    assert verify_detached(signature, digest_of, [WE.certificate]).digest
