"""AS2 messages and MDNs against the openssl command, in both directions.

What stands between the two is put together and taken apart here, by hand.
"""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import zlib
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from gateway.as2 import (
    Headers,
    MdnState,
    Payload,
    Sent,
    compose_mdn,
    read_mdn,
    settle,
)
from tests.parties import Party, party
from tests.unit.as2.sides import (
    EDI,
    NOW,
    asked,
    built,
    buyer,
    codes,
    ids,
    keyring,
    opened,
    receiving,
    sending,
    supplier,
)

ENTITY = (
    b"Content-Type: application/edi-x12\r\n"
    b'Content-Disposition: attachment; filename="po.edi"\r\n\r\n' + EDI
)
PACKED = """asn1=SEQUENCE:info
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
_edges = count(1)


def openssl(*words: object, given: bytes = b"") -> bytes:
    done = subprocess.run(
        ["openssl", *map(str, words)],
        input=given,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


# How openssl makes each layer around a MIME entity; each gives an entity again.


def pkcs7(kind: str, body: bytes) -> bytes:
    head = f"Content-Type: application/pkcs7-mime; smime-type={kind}; name=smime.p7m"
    return head.encode() + b"\r\n\r\n" + body


def signed(entity: bytes, who: Party, folder: Path, *how: str) -> bytes:
    certificate, key = who.files(folder)
    der = openssl(
        *("cms", "-sign", "-binary", "-outform", "DER"),
        *("-signer", certificate, "-inkey", key, *(how or ("-md", "sha256"))),
        given=entity,
    )
    edge = f"----{next(_edges):032X}"
    lines = base64.encodebytes(der).replace(b"\n", b"\r\n")
    return (
        'Content-Type: multipart/signed; protocol="application/pkcs7-signature";'
        f' micalg="sha-256"; boundary="{edge}"\r\n\r\n--{edge}\r\n'.encode()
        + entity
        + f"\r\n--{edge}\r\nContent-Type: application/pkcs7-signature\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n".encode()
        + lines
        + f"\r\n--{edge}--\r\n".encode()
    )


def encrypted(
    entity: bytes, whom: Party, folder: Path, cipher: str = "-aes-256-cbc", *how: str
) -> bytes:
    certificate, _ = whom.files(folder)
    der = openssl(
        *("cms", "-encrypt", "-binary", "-outform", "DER", cipher),
        *("-recip", certificate, *how),
        given=entity,
    )
    return pkcs7("enveloped-data", der)


def compressed(entity: bytes, folder: Path) -> bytes:
    """The command is often built without zlib; it writes the structure then."""
    plan, made = folder / "plan", folder / "smime.p7z"
    plan.write_text(PACKED.format(octets=zlib.compress(entity).hex()))
    openssl("asn1parse", "-genconf", plan, "-noout", "-out", made)
    return pkcs7("compressed-data", made.read_bytes())


def posted(entity: bytes) -> tuple[list[tuple[str, str]], bytes]:
    """The outermost entity as a request: its head among the fields of AS2."""
    head, _, body = entity.partition(b"\r\n\r\n")
    lines = (line.split(": ", 1) for line in head.decode().split("\r\n"))
    fields = dict(asked()) | dict(line for line in lines if len(line) == 2)
    fields["Disposition-Notification-Options"] = (
        "signed-receipt-protocol=required, pkcs7-signature;"
        " signed-receipt-micalg=required, sha-256"
    )
    return list(fields.items()), body


# How openssl opens each layer.


def der_content(body: bytes) -> bytes:
    """The zlib octets of a CompressedData, found by openssl's own reading of it."""
    shown = openssl("asn1parse", "-inform", "DER", given=body).decode()
    at, head, size = re.findall(
        r"(\d+):d=\d+\s+hl=(\d+)\s+l=\s*(\d+) prim: OCTET STRING", shown
    )[-1]
    start = int(at) + int(head)
    return zlib.decompress(body[start : start + int(size)])


def split(entity: bytes) -> tuple[str, bytes]:
    """The Content-Type of an entity and its body."""
    head, _, body = entity.partition(b"\r\n\r\n")
    found = re.search(rb"(?im)^content-type: ([^\r]+)", head)
    assert found is not None
    return found[1].decode(), body


def unsigned(kind: str, body: bytes, who: Party, folder: Path) -> bytes:
    """The signed entity, once openssl says that the signature is right."""
    edge = re.search('boundary="([^"]+)"', kind)
    assert edge is not None
    line = b"\r\n--" + edge[1].encode()
    _, entity, signature, end = (b"\r\n" + body).split(line)
    assert end == b"--\r\n"
    entity = entity.removeprefix(b"\r\n")
    content, der, known = folder / "content", folder / "der", who.files(folder)[0]
    content.write_bytes(entity)
    der.write_bytes(base64.b64decode(signature.partition(b"\r\n\r\n")[2]))
    openssl(
        *("cms", "-verify", "-binary", "-inform", "DER", "-in", der, "-content"),
        *(content, "-CAfile", known, "-purpose", "any", "-no_check_time"),
        *("-certfile", known, "-out", "/dev/null"),
    )
    return entity


def taken_apart(
    headers: tuple[tuple[str, str], ...], body: bytes, folder: Path
) -> bytes:
    """The payload of a message of ours, opened by openssl alone."""
    kind = dict(headers)["Content-Type"]
    for _ in range(5):
        if kind.startswith("multipart/signed"):
            kind, body = split(unsigned(kind, body, buyer(), folder))
        elif "compressed-data" in kind:
            kind, body = split(der_content(body))
        elif "nveloped-data" in kind:
            certificate, key = supplier().files(folder)
            kind, body = split(
                openssl(
                    *("cms", "-decrypt", "-binary", "-inform", "DER"),
                    *("-recip", certificate, "-inkey", key),
                    given=body,
                )
            )
        else:
            return body
    raise AssertionError(kind)


@pytest.mark.parametrize("receipt", ["sync", "async"])
@pytest.mark.parametrize("compress", ["none", "before", "after"])
@pytest.mark.parametrize("cipher", ["", "aes256-cbc"])
@pytest.mark.parametrize("sign", ["", "sha256"])
def test_openssl_opens_every_permutation_that_we_build(
    sign: str, cipher: str, compress: str, receipt: str, tmp_path: Path
) -> None:
    ours = sending(sign=sign, encrypt=cipher, compress=compress, receipt=receipt)
    made, body = built(ours)
    assert taken_apart(made.headers, body, tmp_path) == EDI


@pytest.mark.parametrize("compress", ["none", "before", "after"])
@pytest.mark.parametrize("cipher", ["", "-aes-256-cbc"])
@pytest.mark.parametrize("sign", [False, True])
@pytest.mark.parametrize("receipt", ["sync", "async"])
def test_we_open_every_permutation_that_openssl_makes(
    sign: bool, cipher: str, compress: str, receipt: str, tmp_path: Path
) -> None:
    entity, covered = ENTITY, ENTITY
    if compress == "before":
        entity = compressed(entity, tmp_path)
    if sign:
        covered, entity = entity, signed(entity, buyer(), tmp_path)
    if compress == "after":
        entity = compressed(entity, tmp_path)
    if cipher:
        entity = encrypted(entity, supplier(), tmp_path, cipher)
    plain = not (sign or cipher or compress != "none")
    headers, body = posted(entity)
    if receipt == "async":
        headers.append(("Receipt-Delivery-Option", "https://buyer.example/mdn"))
    theirs = receiving(require=frozenset())
    parts, result, request = opened(headers, body, theirs)
    assert (parts, result.accepted, codes(result.findings)) == ([EDI], True, [])
    assert result.mic is not None
    assert result.mic.digest == hashlib.sha256(EDI if plain else covered).digest()
    mdn = compose_mdn(request, result.disposition, result.mic, theirs, NOW, ids())
    report = unsigned(dict(mdn.headers)["Content-Type"], mdn.body, supplier(), tmp_path)
    mic = base64.b64encode(result.mic.digest)
    assert b"Received-Content-MIC: " + mic + b", sha-256\r\n" in report


@pytest.mark.parametrize("md", ["sha224", "sha256", "sha384", "sha512"])
@pytest.mark.parametrize("how", [(), ("-keyopt", "rsa_padding_mode:pss"), ("-noattr",)])
@pytest.mark.parametrize("more", [(), ("-nocerts",), ("-keyid",)])
def test_we_verify_every_digest_and_scheme(
    md: str, how: tuple[str, ...], more: tuple[str, ...], tmp_path: Path
) -> None:
    entity = signed(ENTITY, buyer(), tmp_path, "-md", md, *more, *how)
    parts, result, _ = opened(*posted(entity), receiving(require=frozenset()))
    assert (parts, codes(result.findings)) == ([EDI], [])
    assert result.layers[0].algorithms[0] == md


@pytest.mark.parametrize("curve", ["p256", "p384", "p521"])
def test_we_verify_and_open_what_comes_for_keys_on_curves(
    curve: str, tmp_path: Path
) -> None:
    them, us = party("ec-them", curve), party("ec-us", curve)
    entity = encrypted(signed(ENTITY, them, tmp_path), us, tmp_path)
    ring = keyring([us], [them])
    parts, result, _ = opened(*posted(entity), receiving(keyring=ring))
    assert (parts, result.accepted) == ([EDI], True)


OLD = frozenset(("sha1", "md5", "3des"))


@pytest.mark.parametrize("md", ["sha1", "md5"])
def test_old_digests_are_taken_only_where_that_is_agreed(
    md: str, tmp_path: Path
) -> None:
    entity = signed(ENTITY, buyer(), tmp_path, "-md", md)
    headers, body = posted(entity)
    _, refused, _ = opened(headers, body, receiving(require=frozenset()))
    assert not refused.accepted
    old = receiving(require=frozenset(), legacy=OLD)
    parts, taken, _ = opened(headers, body, old)
    assert (parts, codes(taken.findings)) == ([EDI], ["TRU-407"])


def test_sha1_without_an_allowance_is_too_weak(tmp_path: Path) -> None:
    entity = signed(ENTITY, buyer(), tmp_path, "-md", "sha1")
    _, result, _ = opened(*posted(entity), receiving(require=frozenset()))
    assert str(result.disposition) == "processed/error: insufficient-message-security"
    assert codes(result.findings) == ["TRU-405"]


def test_triple_des_is_taken_only_where_that_is_agreed(tmp_path: Path) -> None:
    entity = encrypted(ENTITY, supplier(), tmp_path, "-des3")
    headers, body = posted(entity)
    _, refused, _ = opened(headers, body, receiving(require=frozenset()))
    told = "processed/error: insufficient-message-security"
    assert (str(refused.disposition), codes(refused.findings)) == (told, ["TRU-405"])
    old = receiving(require=frozenset(), legacy=OLD)
    parts, taken, _ = opened(headers, body, old)
    assert (parts, codes(taken.findings)) == ([EDI], ["TRU-407"])


@pytest.mark.parametrize("cipher", ["-aes-128-cbc", "-aes-192-cbc", "-aes-256-gcm"])
@pytest.mark.parametrize(
    "how",
    [
        (),
        ("-keyopt", "rsa_padding_mode:oaep"),
        (
            *("-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256"),
            *("-keyopt", "rsa_mgf1_md:sha256"),
        ),
    ],
)
def test_we_open_every_cipher_and_transport(
    cipher: str, how: tuple[str, ...], tmp_path: Path
) -> None:
    entity = encrypted(
        signed(ENTITY, buyer(), tmp_path), supplier(), tmp_path, cipher, *how
    )
    parts, result, _ = opened(*posted(entity), receiving())
    assert (parts, codes(result.findings)) == ([EDI], [])


def test_indefinite_length_and_several_recipients(tmp_path: Path) -> None:
    other = party("other").files(tmp_path)[0]
    certificate, _ = supplier().files(tmp_path)
    der = openssl(
        *("cms", "-encrypt", "-binary", "-stream", "-outform", "DER", "-aes256"),
        *(other, certificate),
        given=ENTITY,
    )
    assert der[1] == 0x80
    parts, result, _ = opened(
        *posted(pkcs7("enveloped-data", der)), receiving(require=frozenset()), step=3
    )
    assert (parts, result.accepted) == ([EDI], True)


def test_opaque_signed_data_is_read_too(tmp_path: Path) -> None:
    certificate, key = buyer().files(tmp_path)
    der = openssl(
        *("cms", "-sign", "-binary", "-nodetach", "-outform", "DER"),
        *("-signer", certificate, "-inkey", key),
        given=ENTITY,
    )
    entity = encrypted(pkcs7("signed-data", der), supplier(), tmp_path)
    parts, result, _ = opened(*posted(entity), receiving())
    assert (parts, result.accepted) == ([EDI], True)
    assert result.mic is not None
    assert result.mic.digest == hashlib.sha256(ENTITY).digest()


def test_a_message_that_openssl_wrote_as_a_whole_is_read(tmp_path: Path) -> None:
    certificate, key = buyer().files(tmp_path)
    whole = openssl(
        *("cms", "-sign", "-md", "sha256", "-signer", certificate, "-inkey", key),
        given=b"Content-Type: text/plain\r\n\r\nhello\r\n",
    )
    head, _, body = whole.partition(b"\n\n")
    fields = dict(asked()) | dict(Headers.read(head).items)
    parts, result, _ = opened(
        fields.items(), body, receiving(require=frozenset()), step=5
    )
    assert (parts, result.accepted) == ([b"hello\r\n"], True)


def test_signed_with_cr_lf_and_sent_with_lf_needs_an_allowance(tmp_path: Path) -> None:
    text = ENTITY.replace(b"\r\n", b"\n")
    entity = signed(text.replace(b"\n", b"\r\n"), buyer(), tmp_path)
    sent = entity.replace(text.replace(b"\n", b"\r\n"), text)
    headers, body = posted(sent)
    _, refused, _ = opened(headers, body, receiving(require=frozenset()))
    assert str(refused.disposition) == "processed/error: integrity-check-failed"
    lenient = receiving(require=frozenset(), legacy=frozenset(("line_ends",)))
    for step in (1, 65536):
        parts, taken, _ = opened(headers, body, lenient, step=step)
        assert (parts, codes(taken.findings)) == ([EDI], ["TRU-409"])
        assert taken.mic is not None
        canonical = text.replace(b"\n", b"\r\n")
        assert taken.mic.digest == hashlib.sha256(canonical).digest()


# MDNs that openssl signs.

REPORT = (
    "Content-Type: multipart/report; report-type=disposition-notification;"
    ' boundary="r"\r\n\r\n--r\r\nContent-Type: text/plain\r\n\r\nok\r\n--r\r\n'
    "Content-Type: message/disposition-notification\r\n\r\n"
    "Final-Recipient: rfc822; SUPPLIER\r\nOriginal-Message-ID: {id}\r\n"
    "Disposition: automatic-action/MDN-sent-automatically; processed\r\n"
    "Received-Content-MIC: {mic}, sha-256\r\n\r\n--r--\r\n"
)


def answered(folder: Path, signer: Party, *how: str, mic: str = "") -> MdnState:
    """What an MDN that openssl signed makes of a message of ours."""
    made, _ = built()
    right = base64.b64encode(made.mics["sha256"]).decode()
    report = REPORT.format(id=made.message_id, mic=mic or right)
    kind, body = split(signed(report.encode(), signer, folder, *how))
    headers = Headers.of(
        [("Content-Type", kind), ("AS2-From", "SUPPLIER"), ("AS2-To", "BUYER")]
    )
    sent = Sent(
        message_id=made.message_id,
        mics=made.mics,
        asked_digest=made.asked_digest,
        receipt_signed=True,
    )
    return settle(read_mdn(headers, body, sending(), NOW), sent).state


def test_an_mdn_signed_by_openssl_is_verified(tmp_path: Path) -> None:
    assert answered(tmp_path, supplier()) is MdnState.ACCEPTED


@pytest.mark.parametrize("md", ["sha384", "sha512"])
def test_an_mdn_signed_in_another_digest_is_verified(md: str, tmp_path: Path) -> None:
    assert answered(tmp_path, supplier(), "-md", md) is MdnState.ACCEPTED


def test_an_mdn_of_openssl_by_another_signer_is_refused(tmp_path: Path) -> None:
    assert answered(tmp_path, party("stranger")) is MdnState.MDN_INVALID


def test_an_mdn_of_openssl_with_another_mic_is_a_mismatch(tmp_path: Path) -> None:
    wrong = base64.b64encode(bytes(32)).decode()
    assert answered(tmp_path, supplier(), mic=wrong) is MdnState.MIC_MISMATCH


def test_openssl_opens_several_documents_in_one_message(tmp_path: Path) -> None:
    made, body = built(
        sending(),
        Payload.of("application/edi-x12", "po.edi", EDI),
        Payload.of("application/pdf", "a.pdf", b"%PDF"),
    )
    content = taken_apart(made.headers, body, tmp_path)
    assert content.count(EDI) == 1
    assert b"%PDF" in content


def test_openssl_reads_a_signature_by_pss(tmp_path: Path) -> None:
    made, body = built(sending(signature="pss", sign="sha384"))
    assert taken_apart(made.headers, body, tmp_path) == EDI


@pytest.mark.parametrize("cipher", ["aes128-cbc", "aes256-gcm"])
@pytest.mark.parametrize("transport", ["rsa", "oaep-sha1", "oaep-sha256"])
def test_openssl_opens_every_cipher_and_transport(
    cipher: str, transport: str, tmp_path: Path
) -> None:
    made, body = built(replace(sending(), encrypt=cipher, transport=transport))
    assert taken_apart(made.headers, body, tmp_path) == EDI
