"""How content keys travel: what is read, what is not, and what a wrong one does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.trust import der
from gateway.trust.algorithms import (
    AGREEMENT_OID,
    DIGESTS,
    EC,
    ENVELOPED_DATA,
    MGF1,
    OAEP,
    RSA,
    WRAP_OID,
)
from gateway.trust.cms import CmsFault, Decrypting, Encrypting, Kind, Limits, encrypt
from tests.parties import CURVES, Party, party

CONTENT = b"ST*850*0001~"
WE, CURVE, OTHER = party("we"), party("we", "p256"), party("other", "p256")
FAILED = "it does not decrypt with our key"


def fault(message: bytes, *holders: Party, limits: Limits | None = None) -> CmsFault:
    reader = Decrypting([one.holder for one in holders], limits=limits or Limits())
    with pytest.raises(CmsFault) as caught:
        _read(reader, message)
    return caught.value


def _read(reader: Decrypting, message: bytes) -> bytes:
    return reader.feed(message) + b"".join(reader.finish())


def changed(message: bytes, old: bytes, new: bytes) -> bytes:
    assert message.count(old) == 1
    assert len(old) == len(new)
    return message.replace(old, new)


TO_RSA = encrypt(CONTENT, [WE.certificate])
TO_OAEP = encrypt(CONTENT, [WE.certificate], transport="oaep-sha256")
TO_CURVE = encrypt(CONTENT, [CURVE.certificate], cipher="aes256-gcm")
KDF = der.oid(AGREEMENT_OID["sha256"])
WRAP = der.oid(WRAP_OID[32])


@pytest.mark.parametrize(
    "make",
    [
        lambda: changed(TO_RSA, der.oid(RSA), der.oid("1.2.840.113549.1.1.3")),
        lambda: TO_OAEP.replace(
            der.oid(DIGESTS["sha256"].oid), der.oid("2.16.840.1.101.3.4.2.77")
        ),
        lambda: changed(TO_OAEP, der.oid(MGF1), der.oid("1.2.840.113549.1.1.6")),
        lambda: changed(TO_CURVE, KDF, der.oid("1.3.132.1.11.77")),
        lambda: changed(TO_CURVE, WRAP, der.oid("2.16.840.1.101.3.4.1.77")),
    ],
    ids=["rsa", "oaep digest", "mask", "key derivation", "key wrap"],
)
def test_other_algorithms_are_told_as_not_read(make: Callable[[], bytes]):
    assert fault(make(), WE, CURVE).kind is Kind.UNSUPPORTED


def test_a_changed_key_on_a_curve_is_the_fault_of_all_failures():
    at = TO_CURVE.index(WRAP) + 90
    broken = bytearray(TO_CURVE)
    broken[at] ^= 1

    wrong = fault(bytes(broken), CURVE)

    assert (wrong.kind, wrong.what) == (Kind.DECRYPTION, FAILED)


def test_a_point_off_the_curve_is_the_fault_of_all_failures():
    at = TO_CURVE.index(b"\x00\x04", TO_CURVE.index(der.oid(EC))) + 2
    broken = bytearray(TO_CURVE)
    broken[at + 5] ^= 1

    assert fault(bytes(broken), CURVE).what == FAILED


def test_a_key_of_another_kind_than_the_recipients_is_told():
    reader = Decrypting([(WE.certificate, CURVE.key)])

    with pytest.raises(CmsFault) as caught:
        reader.feed(TO_RSA)

    assert caught.value.kind is Kind.UNSUPPORTED


def test_a_message_for_another_curve_tells_for_whom_by_key_identifier():
    writer = Encrypting([OTHER.certificate], len(CONTENT), by_key_id=True)
    message = writer.feed(CONTENT) + writer.finish()

    wrong = fault(message, CURVE)

    assert wrong.kind is Kind.DECRYPTION
    assert "key identifier" in wrong.what


def test_too_many_recipients_are_refused():
    message = encrypt(CONTENT, [WE.certificate, OTHER.certificate])

    assert fault(message, WE, limits=Limits(recipients=1)).kind is Kind.TOO_LARGE


def test_no_recipients_at_all_are_told():
    data = der.sequence(der.integer(0), der.set_of(), der.sequence())
    message = der.sequence(der.oid(ENVELOPED_DATA), der.value(0xA0, data))

    assert fault(message, WE).kind is Kind.DECRYPTION


def test_oaep_says_its_parameters_unless_they_are_the_default():
    default = encrypt(CONTENT, [WE.certificate], transport="oaep-sha1")

    assert der.algorithm(OAEP, der.sequence()) in default
    assert TO_OAEP.count(der.oid(DIGESTS["sha256"].oid)) == 2


@pytest.mark.parametrize("kind", list(CURVES))
def test_every_curve_opens_what_it_was_sent(kind: str):
    who = party("curve", kind)
    message = encrypt(CONTENT, [WE.certificate, who.certificate])
    reader = Decrypting([who.holder])

    assert _read(reader, message) == CONTENT
    assert reader.told is not None
    assert reader.told.transport == "ecdh"


def test_an_unknown_transport_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="cannot encrypt"):
        encrypt(CONTENT, [WE.certificate], transport="oaep-md4")
