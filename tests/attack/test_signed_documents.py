"""Traps and attacks of signed documents, each by the name of its row.

Every document here is one that is believed, changed in one place; it must be refused by
the rule that the change breaks, and nothing of it may go on. What else is held against
these rows stands in the table of docs/conformance.md.
"""

from __future__ import annotations

import base64
from typing import Any

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.trust.judging import Judged
from gateway.trust.pki.certificate import Certificate, Unreadable
from gateway.trust.pki.ocsp import OcspAnswer
from gateway.trust.pki.revocation import Facts
from tests import pki
from tests.pki import DAY, NOW, certificate, revocations, signature
from tests.unit.pipeline.test_signed import (
    BODY,
    authority,
    judged,
    lists,
    nothing_revoked,
    other,
    root,
    rules,
    signer,
    why,
)
from tests.unit.pipeline.test_signed_xml import (
    DSIG,
    ENVELOPED,
    EXCLUSIVE,
    HOLE,
    UBL,
    cxml,
    element,
    reference,
    whole,
    xades,
)

REQUEST = '<Request Id="cXMLData"><OrderRequest a="&#9;x"/></Request>'
TWIN = '<Request Id="other"><OrderRequest a="evil"/></Request>'


def refused(text: str, **how: Any) -> str:
    """The rule that a document in XML broke; it must not be believed."""
    return why(judged(text.encode(), **how))[1]


def over(uri: str, *transforms: str) -> str:
    """A document whose signature is over that, by those transforms."""
    return UBL.replace(HOLE, element(reference(uri, b"", *transforms)))


def test_what_the_attacks_change_is_believed_without_the_change():
    assert judged(whole(UBL).encode()).report.is_passed
    assert judged(cxml().encode()).report.is_passed
    assert judged(xades(signer()).encode()).report.is_passed
    assert judged(signature(BODY, signer())).report.is_passed


# Wrapping (XML): what is signed is moved, and something else stands in its place.


def test_wrapping_a_twin_stands_where_the_signed_part_was():
    text = cxml().replace(REQUEST, f"{TWIN}<Extrinsic>{REQUEST}</Extrinsic>")
    assert refused(text) == "structure.coverage"


def test_wrapping_the_signed_part_is_moved_into_the_signature():
    moved = f"<Object>{REQUEST}</Object></Signature>"
    text = cxml().replace(REQUEST, TWIN).replace("</Signature>", moved)
    assert refused(text) == "structure.coverage"


def test_wrapping_the_signed_document_is_put_into_another():
    inner = whole(UBL)
    text = f'<Order xmlns="urn:order"><ID>PO-9</ID>{inner}</Order>'
    assert refused(text) == "crypto.content"


def test_wrapping_the_signed_document_hangs_in_an_object_of_another_signature():
    inner = whole(UBL)
    text = UBL.replace(
        HOLE,
        element(reference("", b"", ENVELOPED), objects=f"<Object>{inner}</Object>"),
    )
    assert refused(text) == "crypto.content"


def test_only_the_signed_octets_go_on():
    """What is put in beside a signature that is over an Object does not come out."""
    text = '<Order xmlns="urn:o">evil</Order>'
    over_ = f'<Object xmlns="{DSIG}" Id="o"><Order xmlns="urn:o">1</Order></Object>'
    good = element(
        reference("#o", over_.encode(), EXCLUSIVE),
        objects=over_.replace(f' xmlns="{DSIG}"', ""),
    )
    put_in = good.replace("</Signature>", f"<Object>{text}</Object></Signature>")
    found = judged(put_in.encode())
    assert found.report.is_passed
    assert found.content == b'<Order xmlns="urn:o">1</Order>'


# Ids.


def test_duplicate_ids():
    text = cxml().replace("<From/>", '<From id="cXMLData"/>')
    assert refused(text) == "structure.ids"


def test_duplicate_ids_in_another_spelling_and_namespace():
    text = cxml().replace("<From/>", '<From xmlns:w="urn:w" w:ID="cXMLData"/>')
    assert refused(text) == "structure.ids"


def test_an_id_that_is_nowhere():
    text = cxml().replace('<Request Id="cXMLData"', "<Request ")
    assert refused(text) == "structure.ids"


# Comments in an identity.


def test_comments_in_an_identity_do_not_cut_it_short():
    """A name that is read up to a comment is somebody else's name."""
    text = cxml().replace("<From/>", "<From>agency<!-- -->.evil.example</From>")
    found = judged(text.encode())
    assert found.content is not None
    assert b"<From>agency.evil.example</From>" in found.content


def test_comments_in_what_is_signed_change_nothing():
    found = judged(whole(UBL).replace("PO-1", "PO<!---->-1").encode())
    assert found.content is not None
    assert b">PO-1<" in found.content


def test_instructions_in_what_is_signed_are_a_change():
    assert refused(whole(UBL).replace("PO-1", "PO<?x y?>-1")) == "crypto.content"


# Transforms.


def test_transforms_xslt():
    text = over("", "http://www.w3.org/TR/1999/REC-xslt-19991116")
    assert refused(text) == "structure.transform"


def test_transforms_xpath():
    text = over("", "http://www.w3.org/TR/1999/REC-xpath-19991116")
    assert refused(text) == "structure.transform"


def test_transforms_xpath_filter():
    text = over("", "http://www.w3.org/2002/06/xmldsig-filter2")
    assert refused(text) == "structure.transform"


def test_transforms_one_after_the_other():
    assert refused(over("", ENVELOPED, EXCLUSIVE, EXCLUSIVE)) == "structure.transform"


def test_transforms_enveloped_behind_the_canonical_form():
    assert refused(over("", EXCLUSIVE, ENVELOPED)) == "structure.transform"


# References.


def test_references_file():
    assert refused(over("file:///etc/hosts", EXCLUSIVE)) == "structure.reference"


def test_references_http():
    text = over("http://127.0.0.1:9/order.xml", EXCLUSIVE)
    assert refused(text) == "structure.reference"


def test_references_relative_file():
    assert refused(over("order.xml", EXCLUSIVE)) == "structure.reference"


def test_references_xpointer():
    assert refused(over("#xpointer(/)", EXCLUSIVE)) == "structure.reference"


def test_references_xpointer_to_an_id():
    assert refused(over("#xpointer(id('n'))", EXCLUSIVE)) == "structure.reference"


def test_references_to_nothing():
    assert refused(UBL.replace(HOLE, element())) == "structure.signature"


def test_references_without_end():
    many = element(*[reference("", b"", ENVELOPED)] * 17)
    assert refused(UBL.replace(HOLE, many)) == "limits.references"


# What is covered.


def test_coverage_of_a_part_of_the_document():
    text = UBL.replace("<b:Note>", '<b:Note Id="n">')
    text = text.replace(HOLE, element(reference("#n", b"", EXCLUSIVE)))
    assert refused(text) == "structure.coverage"


def test_coverage_of_another_payload_id():
    assert refused(cxml("2@agency")) == "structure.coverage"


def test_coverage_of_signed_properties_is_no_coverage_of_business():
    """A signature over nothing but what it says of itself."""
    kind = "http://uri.etsi.org/01903#SignedProperties"
    text = UBL.replace("<b:Note>", '<b:Note Id="n">')
    text = text.replace(HOLE, element(reference("#n", b"", EXCLUSIVE, kind=kind)))
    assert refused(text) == "structure.signed_properties"


def test_signed_properties_that_nobody_signed():
    assert refused(xades(signer(), kind="urn:other")) == "structure.signed_properties"


def test_signing_certificate_of_another():
    assert refused(xades(other())) == "signer.signing_certificate"


# The document itself.


def test_document_type_with_entities():
    text = '<!DOCTYPE Order [<!ENTITY e "x">]>' + whole(UBL)
    assert refused(text) == "structure.xml"


def test_document_type_that_is_to_be_fetched():
    text = '<!DOCTYPE Order SYSTEM "http://127.0.0.1:9/x.dtd" [ ]>' + whole(UBL)
    assert refused(text) == "structure.xml"


def test_changed_content():
    assert refused(whole(UBL).replace("PO-1", "PO-2")) == "crypto.content"


def test_no_signature():
    text = UBL.replace(HOLE, f'<b:Note xmlns:d="{DSIG}"/>')
    assert refused(text) == "structure.signature"


def test_signature_without_parts():
    text = UBL.replace(HOLE, f'<Signature xmlns="{DSIG}"/>')
    assert refused(text) == "structure.signature"


def test_signatures_without_end():
    one = element(reference("", b"", ENVELOPED))
    assert refused(UBL.replace(HOLE, one * 17)) == "limits.signatures"


# Keys and algorithms.


def test_key_that_both_sides_have():
    how = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"
    text = UBL.replace(HOLE, element(reference("", b"", ENVELOPED), how=how))
    assert refused(text) == "crypto.algorithm"


def test_key_that_stands_in_the_signature_alone():
    """A KeyValue is a key, and nobody's."""
    text = whole(UBL)
    at, end = text.index("<X509Data>"), text.index("</KeyInfo>")
    value = "<KeyValue><RSAKeyValue><Modulus>AQAB</Modulus><Exponent>AQAB</Exponent>"
    bare = f"{text[:at]}{value}</RSAKeyValue></KeyValue>{text[end:]}"
    by = rules()
    by = type(by)(name=by.name, partner_id=by.partner_id, anchors=by.anchors)
    assert refused(bare, by=by) == "signer.certificate"


def test_key_of_another_than_the_certificate():
    assert refused(whole(UBL, by=other())) == "crypto.signature"


# Certificates and paths.


def test_pinned_certificate_that_is_for_something_else():
    """Dates are not all that counts of a certificate that is known by its sum."""
    wrong = certificate("Encrypts", usages="encrypt")
    by = rules((), profile="pinned", signers=[{"sha256": wrong.sha256}])
    found = why(judged(signature(BODY, wrong), by=by))
    assert found[1] == "signer.key_usage"


def test_extension_that_comes_twice():
    """Two answers to one question: a certificate is read once, and strictly."""
    tbs = cms.Certificate.load(signer().der)["tbs_certificate"]
    extensions = list(tbs["extensions"])
    tbs["extensions"] = [*extensions, extensions[-1]]
    key = authority().key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    signed = key.sign(tbs.dump(force=True), ec.ECDSA(hashes.SHA256()))
    whole_ = cms.Certificate.load(signer().der)
    whole_["tbs_certificate"] = tbs
    whole_["signature_value"] = signed
    with pytest.raises(Unreadable):
        Certificate.read(whole_.dump(force=True))


def test_certificate_that_is_not_in_der():
    """The same certificate with its length written out longer than need be."""
    der = signer().der
    assert der[1] == 0x82
    longer = b"\x30\x83\x00" + der[2:]
    with pytest.raises(Unreadable):
        Certificate.read(longer)


def test_anchor_that_allows_no_authority_below_it():
    narrow = certificate("Narrow", ca=True, path_length=0)
    below = certificate("Below", narrow, ca=True)
    end = certificate("End", below)
    found = judged(signature(BODY, end, chain=[below]), by=rules((narrow,)))
    assert why(found)[1] == "path.length"


def test_anchor_that_allows_other_names():
    tree = x509.DirectoryName(pki.subject("Only this"))
    constraint = x509.NameConstraints([tree], None)
    narrow = certificate("Named", ca=True, extensions=[(constraint, True)])
    found = judged(signature(BODY, certificate("Someone", narrow)), by=rules((narrow,)))
    assert why(found)[1] == "path.name_constraints"


def test_root_of_the_generation_before():
    """Two roots of one name and two keys: the one that was taken away is none."""
    old = certificate("Generation", ca=True)
    new = certificate("Generation", ca=True, kind="rsa2048")
    assert old.certificate.subject == new.certificate.subject
    end = certificate("Of the old one", old)
    found = judged(signature(BODY, end), by=rules((new,)))
    assert why(found)[1] in ("path.signature", "path.anchor")


# Revocation.


def test_list_that_no_certificate_names_counts_all_the_same():
    """The signer's certificate has no distribution point; the list has its number."""
    assert not known_points(signer())
    facts = lists(
        revocations(root()),
        revocations(authority(), (signer().certificate.serial_number, NOW - DAY)),
    )
    found = judged(signature(BODY, signer()), facts=facts)
    assert why(found)[1] == "signer.revocation"


def known_points(one: pki.Holder) -> bool:
    return (
        Certificate.of(one.certificate).extension(x509.CRLDistributionPoints)
        is not None
    )


def test_stale_list():
    facts = lists(
        revocations(root()),
        revocations(authority(), since=NOW - 9 * DAY, until=NOW - DAY),
    )
    found = judged(signature(BODY, signer()), facts=facts)
    assert why(found)[1] == "path.revocation"


def test_list_of_the_future():
    facts = lists(
        revocations(root()),
        revocations(authority(), since=NOW + DAY, until=NOW + 9 * DAY),
    )
    found = judged(signature(BODY, signer()), facts=facts)
    assert why(found)[1] == "path.revocation"


def test_list_of_an_authority_below_another_anchor():
    """The name is right, and so is the key: it is the anchor that is another."""
    stranger = certificate("Stranger", ca=True)
    there = pki.Holder(authority().certificate, stranger.key)
    facts = lists(revocations(root()), revocations(there))
    found = judged(signature(BODY, signer(), chain=[stranger]), facts=facts)
    assert why(found)[1] == "path.revocation"


def test_answer_of_a_responder_about_another_serial():
    facts = Facts(
        lists(revocations(root())).lists,
        (OcspAnswer.read(pki.answer(other(), authority())),),
    )
    found = judged(signature(BODY, signer()), facts=facts)
    assert why(found)[1] == "path.revocation"


def test_answer_of_a_responder_about_the_same_serial_of_another_authority():
    elsewhere = certificate("Elsewhere", ca=True)
    twin = certificate("Twin", elsewhere, serial=signer().certificate.serial_number)
    facts = Facts(
        lists(revocations(root())).lists,
        (OcspAnswer.read(pki.answer(twin, elsewhere)),),
    )
    found = judged(signature(BODY, signer()), facts=facts)
    assert why(found)[1] == "path.revocation"


def test_answer_of_a_responder_that_was_changed():
    good = bytearray(pki.answer(signer(), authority()))
    good[-1] ^= 1
    facts = Facts(lists(revocations(root())).lists, (OcspAnswer.read(bytes(good)),))
    found = judged(signature(BODY, signer()), facts=facts)
    assert why(found)[1] == "path.revocation"


# Layers.


def test_unsigned_part_beside_a_signed_one():
    """Nothing that no signature is over comes out, however it is packed."""
    signed = base64.encodebytes(signature(BODY, signer()))
    mixed = (
        b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
        b"--b\r\n"
        b"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + signed + b"\r\n--b\r\n"
        b"Content-Type: application/EDI-X12\r\n\r\nISA*evil~\r\n--b--\r\n"
    )
    found: Judged = judged(mixed, facts=nothing_revoked())
    assert found.content is None
    assert why(found)[1] == "structure.signature"
