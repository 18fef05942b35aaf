"""Signatures in XML are believed over all that counts, and refused by name else.

The documents are signed over the canonical form of the XML library, so that our own
canonical form is held against another. The refusals are named after the attacks.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from lxml import etree

from gateway.trust.report import Sub
from gateway.trust.xmldsig.algorithms import _pair
from gateway.trust.xmldsig.canonical import METHODS, canonical
from tests import pki
from tests.pki import DAY, NOW, Holder, certificate
from tests.unit.pipeline.test_signed import (
    authority,
    judged,
    signer,
    stamper,
    why,
)

DSIG = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ENVELOPED = f"{DSIG}enveloped-signature"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
ECDSA = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
XADES = "http://uri.etsi.org/01903"
HOLE = "<!--here-->"
UBL = (
    '<Order xmlns="urn:order" xmlns:b="urn:basic" xml:lang="en"><b:ID>PO-1</b:ID>'
    f"<b:Note>sound</b:Note>{HOLE}</Order>"
)
CXML = (
    '<cXML payloadID="1@agency" signatureVersion="1.0" xml:lang="en-US"><Header>'
    '<From/></Header><Request Id="cXMLData"><OrderRequest a="&#9;x"/></Request>'
    f"{HOLE}</cXML>"
)
INFO = (
    '<cXMLSignedInfo xmlns="" Id="cXMLSignedInfo" payloadID="1@agency" '
    'signatureVersion="1.0"/>'
)


def octets(text: str) -> bytes:
    """The exclusive canonical form by the XML library."""
    return etree.tostring(etree.fromstring(text), method="c14n", exclusive=True)


def sum64(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def reference(
    uri: str, over: bytes, *transforms: str, kind: str = "", digest: str = SHA256
) -> str:
    told = "".join(f'<Transform Algorithm="{one}"/>' for one in transforms)
    return (
        f'<Reference URI="{uri}" Type="{kind}"><Transforms>{told}</Transforms>'
        f'<DigestMethod Algorithm="{digest}"/><DigestValue>{sum64(over)}</DigestValue>'
        "</Reference>"
    )


def value(by: Holder, data: bytes) -> str:
    assert isinstance(by.key, ec.EllipticCurvePrivateKey)
    made = by.key.sign(data, ec.ECDSA(hashes.SHA256()))
    pair = b"".join(n.to_bytes(32, "big") for n in utils.decode_dss_signature(made))
    return base64.b64encode(pair).decode()


def element(
    *references: str,
    by: Holder | None = None,
    objects: str = "",
    how: str = ECDSA,
    form: str = EXCLUSIVE,
    shown: Holder | None = None,
) -> str:
    by = by or signer()
    info = (
        f'<SignedInfo xmlns="{DSIG}"><CanonicalizationMethod Algorithm="{form}"/>'
        f'<SignatureMethod Algorithm="{how}"/>{"".join(references)}</SignedInfo>'
    )
    certificate = base64.b64encode((shown or signer()).der).decode()
    return (
        f'<Signature xmlns="{DSIG}">{info}<SignatureValue>{value(by, octets(info))}'
        f"</SignatureValue><KeyInfo><X509Data><X509Certificate>{certificate}"
        f"</X509Certificate></X509Data></KeyInfo>{objects}</Signature>"
    )


def whole(text: str, *, by: Holder | None = None) -> str:
    """A document with a signature over all of it inside."""
    over = octets(text.replace(HOLE, ""))
    return text.replace(HOLE, element(reference("", over, ENVELOPED, EXCLUSIVE), by=by))


def cxml(payload: str = "1@agency") -> str:
    """A cXML document whose Request and payloadID are signed."""
    request = '<Request Id="cXMLData"><OrderRequest a="&#9;x"/></Request>'
    info = INFO.replace("1@agency", payload)
    signature = element(
        reference("#cXMLData", octets(request), EXCLUSIVE),
        reference("#cXMLSignedInfo", octets(info), EXCLUSIVE),
        objects=f"<Object>{info}</Object>",
    )
    return CXML.replace(HOLE, signature)


def xades(certificate: Holder, kind: str = f"{XADES}#SignedProperties") -> str:
    """A document whose signature says which certificate it is made with."""
    said = (
        f'<SignedProperties xmlns="{XADES}/v1.3.2#" Id="said"><SigningTime>'
        "2026-11-22T10:00:00Z</SigningTime><SigningCertificateV2><Cert><CertDigest>"
        f'<DigestMethod xmlns="{DSIG}" Algorithm="{SHA256}"/>'
        f'<DigestValue xmlns="{DSIG}">'
        f"{sum64(certificate.der)}</DigestValue></CertDigest></Cert>"
        "</SigningCertificateV2></SignedProperties>"
    )
    over = octets(UBL.replace(HOLE, ""))
    signature = element(
        reference("", over, ENVELOPED, EXCLUSIVE),
        reference("#said", octets(said), EXCLUSIVE, kind=kind),
        objects=f"<Object>{said}</Object>",
    )
    return UBL.replace(HOLE, signature)


def test_a_signature_over_the_whole_document_is_believed():
    found = judged(whole(UBL).encode())
    assert found.report.is_passed
    assert found.report.kind == "xml"
    assert found.content == octets(UBL.replace(HOLE, ""))


def test_a_doctype_without_content_is_no_part_of_what_is_signed():
    text = '<!DOCTYPE cXML SYSTEM "http://nowhere.example/cXML.dtd">' + whole(CXML)
    assert judged(text.encode()).report.is_passed


def test_a_request_and_payload_id_that_are_signed_go_on_with_the_header():
    found = judged(cxml().encode())
    assert found.report.is_passed
    assert found.content is not None
    root = etree.fromstring(found.content)
    assert [one.tag for one in root] == ["Header", "Request"]
    assert root.get("payloadID") == "1@agency"
    assert root[1][0].get("a") == "\tx"


def test_a_signature_around_the_document_is_believed():
    inside = f'<Object xmlns="{DSIG}" Id="it"><Order xmlns="urn:o">1</Order></Object>'
    text = element(reference("#it", octets(inside), EXCLUSIVE), objects=inside)
    found = judged(text.encode())
    assert found.report.is_passed
    assert found.content == b'<Order xmlns="urn:o">1</Order>'


@pytest.mark.parametrize(
    ("held", "encoding", "content"),
    [
        ("ISA*00~", "", b"ISA*00~"),
        ("SVNBKjAwfg==", f' Encoding="{DSIG}base64"', b"ISA*00~"),
    ],
    ids=["text", "base64"],
)
def test_a_document_that_is_no_xml_may_stand_in_the_signature(held, encoding, content):
    over = f'<Object xmlns="{DSIG}"{encoding} Id="o">{held}</Object>'
    made = element(
        reference("#o", octets(over), EXCLUSIVE),
        objects=f'<Object{encoding} Id="o">{held}</Object>',
    )
    found = judged(made.encode())
    assert found.report.is_passed, found.report.what
    assert found.content == content


def test_numbers_without_their_first_octet_are_read_as_old_java_writes_them():
    """In one of some hundred signatures on a short curve both begin with zero."""
    small = (256**31 - 1, 255)
    written = b"".join(n.to_bytes(31, "big") for n in small)
    assert _pair(written, 256) == utils.encode_dss_signature(*small)
    with pytest.raises(ValueError, match="length"):
        _pair(written[1:-1], 256)


def test_what_a_signature_says_of_its_certificate_and_time_is_told():
    found = judged(xades(signer()).encode())
    assert found.report.is_passed
    claimed = found.report.signers[0].claimed_at
    assert claimed is not None
    assert claimed.isoformat() == "2026-11-22T10:00:00+00:00"


def test_comments_in_what_is_signed_are_no_part_of_what_goes_on():
    text = whole(UBL).replace("PO-1", "PO<!-- 9 -->-1")
    found = judged(text.encode())
    assert found.report.is_passed
    assert found.content is not None
    assert b">PO-1</b:ID>" in found.content


def test_a_digest_of_the_past_is_not_believed_even_under_a_signature_of_today():
    over = octets(UBL.replace(HOLE, ""))
    sha1 = base64.b64encode(hashlib.sha1(over, usedforsecurity=False).digest())
    made = reference("", over, ENVELOPED, EXCLUSIVE, digest=f"{DSIG}sha1")
    text = UBL.replace(HOLE, element(made.replace(sum64(over), sha1.decode())))
    sub = Sub.CRYPTO_CONSTRAINTS_FAILURE_NO_POE
    assert why(judged(text.encode())) == (sub, "signature.algorithm")


# Canonical forms, where those of the XML library lose what is inherited.


def part(method: str) -> bytes:
    root = etree.fromstring(
        '<a xmlns="urn:a" xmlns:b="urn:b" xml:lang="en" xml:id="r" xml:base="http://x/y/">'
        '<b:c z="1" b:d="2" xml:base="w/"><e xmlns=""/></b:c></a>'
    )
    return canonical(root[0], METHODS[method])


def test_the_inclusive_form_takes_over_namespaces_and_attributes_of_xml():
    assert part(INCLUSIVE) == (
        b'<b:c xmlns="urn:a" xmlns:b="urn:b" z="1" xml:base="w/" xml:id="r" '
        b'xml:lang="en" b:d="2"><e xmlns=""></e></b:c>'
    )


def test_version_1_1_leaves_ids_and_joins_bases():
    assert part("http://www.w3.org/2006/12/xml-c14n11") == (
        b'<b:c xmlns="urn:a" xmlns:b="urn:b" z="1" xml:base="http://x/y/w/" '
        b'xml:lang="en" b:d="2"><e xmlns=""></e></b:c>'
    )


def test_the_exclusive_form_has_what_is_in_use():
    assert part(EXCLUSIVE) == (
        b'<b:c xmlns:b="urn:b" z="1" xml:base="w/" b:d="2"><e></e></b:c>'
    )


# Time-stamps (XAdES-T).


def stamped(
    by: Holder,
    at: datetime,
    *,
    stamp: Holder | None = None,
    over: str = "<SignatureValue>{}</SignatureValue>",
    form: str = f'<CanonicalizationMethod xmlns="{DSIG}" Algorithm="{EXCLUSIVE}"/>',
    beside: str = "",
) -> bytes:
    """A document whose signature by ``by`` has a time-stamp."""
    over_all = octets(UBL.replace(HOLE, ""))
    refers = reference("", over_all, ENVELOPED, EXCLUSIVE)
    signed = UBL.replace(HOLE, element(refers, by=by, shown=by))
    made = signed.split("<SignatureValue>")[1].split("</SignatureValue>")[0]
    imprinted = over.format(made).replace("<SignatureValue", f"{OPENING}", 1)
    token = pki.timestamp(imprinted.encode(), stamp or stamper(), at).dump()
    told = (
        f'<Object><QualifyingProperties xmlns="{XADES}/v1.3.2#"><UnsignedProperties>'
        f"<UnsignedSignatureProperties><SignatureTimeStamp>{form}"
        f"<EncapsulatedTimeStamp>{base64.b64encode(token).decode()}"
        f"</EncapsulatedTimeStamp></SignatureTimeStamp>{beside}"
        "</UnsignedSignatureProperties></UnsignedProperties></QualifyingProperties>"
        "</Object>"
    )
    return signed.replace("</KeyInfo>", f"</KeyInfo>{told}").encode()


OPENING = f'<SignatureValue xmlns="{DSIG}"'
INHERITED = '<SignatureValue xmlns:b="urn:basic" xml:lang="en">{}</SignatureValue>'


def ended() -> Holder:
    return certificate("Old", authority(), until=NOW - DAY)


def test_a_time_stamp_keeps_an_xml_signature_alive():
    found = judged(stamped(ended(), NOW - 2 * DAY))
    assert found.report.is_passed
    assert found.report.signers[0].proven_at == NOW - 2 * DAY


def test_a_time_stamp_without_a_canonical_form_is_over_the_inclusive_one():
    data = stamped(ended(), NOW - 2 * DAY, over=INHERITED, form="")
    assert judged(data).report.is_passed


def test_material_for_the_long_term_beside_a_time_stamp_proves_nothing():
    beside = (
        "<CertificateValues><EncapsulatedX509Certificate>eA==</EncapsulatedX509"
        "Certificate></CertificateValues><RevocationValues><CRLValues>"
        "<EncapsulatedCRLValue>eA==</EncapsulatedCRLValue></CRLValues>"
        "</RevocationValues>"
    )
    assert judged(stamped(ended(), NOW - 2 * DAY, beside=beside)).report.is_passed


def test_attack_expired_before_its_time_stamp_in_xml():
    """Expired against time-stamp."""
    found = why(judged(stamped(ended(), NOW)))
    assert found == (Sub.EXPIRED, "signer.validity")


def test_attack_time_stamp_of_another_signature_in_xml():
    other_value = "<SignatureValue>{}=</SignatureValue>"
    found = why(judged(stamped(ended(), NOW - 2 * DAY, over=other_value)))
    assert found == (Sub.TIMESTAMP_ORDER_FAILURE, "timestamp.imprint")


def test_attack_time_stamp_of_nobody_who_may_in_xml():
    found = why(judged(stamped(ended(), NOW - 2 * DAY, stamp=signer())))
    assert found == (Sub.TIMESTAMP_ORDER_FAILURE, "timestamp.extended_key_usage")


def test_attack_time_stamp_over_what_it_names_itself():
    include = '<Include URI="#elsewhere"/>'
    found = why(judged(stamped(ended(), NOW - 2 * DAY, form=include)))
    assert found == (Sub.TIMESTAMP_ORDER_FAILURE, "timestamp.format")


def test_attack_time_stamp_outside_of_its_signature():
    """One that stands elsewhere in the signature is not looked at."""
    data = stamped(ended(), NOW - 2 * DAY)
    moved = data.replace(b"UnsignedProperties", b"OtherProperties")
    assert why(judged(moved)) == (Sub.OUT_OF_BOUNDS_NO_POE, "signer.validity")
