"""Every way to protect a message goes out and in again, with its receipt."""

from __future__ import annotations

import pytest

from gateway.as2 import Kind, MdnState, Payload
from tests.parties import party
from tests.unit.as2.sides import (
    EDI,
    answered,
    built,
    codes,
    keyring,
    receiving,
    sending,
    settled,
)

SIGN = ("", "sha256")
ENCRYPT = ("", "aes256-cbc")
COMPRESS = ("none", "before", "after")
RECEIPT = ("sync", "async")


@pytest.mark.parametrize("receipt", RECEIPT)
@pytest.mark.parametrize("compress", COMPRESS)
@pytest.mark.parametrize("encrypt", ENCRYPT)
@pytest.mark.parametrize("sign", SIGN)
@pytest.mark.parametrize("step", [65536, 7])
def test_every_permutation_arrives_and_its_receipt_proves_it(
    sign: str, encrypt: str, compress: str, receipt: str, step: int
) -> None:
    ours = sending(sign=sign, encrypt=encrypt, compress=compress, receipt=receipt)
    theirs = receiving(require=frozenset())
    made, body = built(ours)
    parts, result, mdn = answered(made, body, theirs, step=step)
    assert parts == [EDI]
    assert result.accepted
    assert result.parts[0].name == "po.edi"
    assert result.parts[0].content_type == "application/edi-x12"
    assert codes(result.findings) == []
    read, end = settled(made, mdn, ours)
    assert (end.state, codes(end.findings)) == (MdnState.ACCEPTED, [])
    assert read.mic == made.mics[made.asked_digest]
    assert (read.signer is not None, read.is_signed) == (True, True)


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("scheme", ["rsa", "pss"])
def test_every_digest_and_scheme_signs(digest: str, scheme: str) -> None:
    ours = sending(sign=digest, signature=scheme)
    made, body = built(ours)
    _, result, mdn = answered(made, body, receiving(signature=scheme))
    assert result.mic is not None
    assert result.mic.algorithm == digest
    assert settled(made, mdn, ours)[1].state is MdnState.ACCEPTED


@pytest.mark.parametrize("transport", ["rsa", "oaep-sha1", "oaep-sha256"])
@pytest.mark.parametrize(
    "cipher", ["aes128-cbc", "aes192-cbc", "aes128-gcm", "aes256-gcm"]
)
def test_every_cipher_and_transport_encrypts(cipher: str, transport: str) -> None:
    made, body = built(sending(encrypt=cipher, transport=transport))
    parts, result, _ = answered(made, body, receiving())
    assert parts == [EDI]
    assert result.layers[0].algorithms == (cipher, transport)


@pytest.mark.parametrize("curve", ["p256", "p384", "p521"])
def test_keys_on_curves_sign_and_agree(curve: str) -> None:
    us, them = party("ec-us", curve), party("ec-them", curve)
    ours = sending(keyring=keyring([us], [them]))
    made, body = built(ours)
    parts, result, mdn = answered(made, body, receiving(keyring=keyring([them], [us])))
    assert (parts, result.accepted) == ([EDI], True)
    assert settled(made, mdn, ours)[1].state is MdnState.ACCEPTED


def test_several_documents_come_apart_under_their_names() -> None:
    ours = sending()
    made, body = built(
        ours,
        Payload.of("application/edi-x12", "po.edi", EDI),
        Payload.of("application/pdf", "Zeichnung für Müller.pdf", b"%PDF\n--x\r\n"),
        Payload.of("text/plain", "", b""),
    )
    parts, result, mdn = answered(made, body, receiving())
    assert parts == [EDI, b"%PDF\n--x\r\n", b""]
    assert [part.name for part in result.parts] == [
        "po.edi",
        "Zeichnung für Müller.pdf",
        "",
    ]
    assert settled(made, mdn, ours)[1].state is MdnState.ACCEPTED


@pytest.mark.parametrize("sign", SIGN)
@pytest.mark.parametrize("compress", COMPRESS)
def test_long_content_goes_through_in_pieces(sign: str, compress: str) -> None:
    lines = (b"PO1*%d*%d*EA*9.99**VP*SKU%d~\n" % (n, n % 7, n * n) for n in range(2000))
    chunk = b"".join(lines)
    ours = sending(sign=sign, compress=compress)
    payload = Payload(
        content_type="application/edi-x12",
        name="",
        size=40 * len(chunk),
        chunks=lambda: (chunk for _ in range(40)),
    )
    made, body = built(ours, payload)
    parts, result, mdn = answered(made, body, receiving(require=frozenset()))
    assert parts[0] == chunk * 40
    assert result.kind is Kind.MESSAGE
    assert settled(made, mdn, ours)[1].state is MdnState.ACCEPTED
