"""The envelope of a document: parties, kind, defaults, and what is told of faults."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cxml_punchout.document import Document, read_document, stated
from gateway.cxml_punchout.status import Status
from tests.unit.cxml_punchout.samples import HEADER, SETUP, envelope, requested

TO = '<To><Credential domain="NetworkID"><Identity>AN02</Identity></Credential></To>'
ORDERS = "<OrderRequest/><OrderRequest/>"
ALONE = "<Request><OrderRequest/></Request>"


def good(text: str) -> Document:
    found = read_document(text.encode())
    assert isinstance(found, Document)
    return found


def codes(text: str) -> list[str]:
    found = read_document(text.encode())
    told = found.findings if isinstance(found, Document) else found
    return [one.code for one in told]


def refused(text: str) -> list[str]:
    assert not isinstance(read_document(text.encode()), Document)
    return codes(text)


def test_a_request_is_read():
    read = good(requested())
    assert (read.kind, read.name, read.test) == (
        "request",
        "PunchOutSetupRequest",
        False,
    )
    assert (read.payload_id, read.version) == ("1@buyer.example", "1.2.050")
    assert (read.language, read.declared_version) == ("en-US", "")
    assert read.sent.at == dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)
    assert read.header.from_[0].identity == "942888711"
    assert read.header.to[0].identity == "AN02"
    assert read.header.sender[0].shared_secret == "open sesame"  # noqa: S105  ours
    assert read.header.user_agent == "Test 1"
    assert read.findings == ()


def test_the_version_of_the_doctype_is_recorded():
    front = '<!DOCTYPE cXML SYSTEM "http://xml.cXML.org/schemas/cXML/1.1.010/cXML.dtd">'
    read = good(envelope(f"{HEADER}<Request>{SETUP}</Request>", front=front))
    assert read.declared_version == "1.1.010"


def test_a_message_may_have_a_status():
    header = HEADER.replace("<SharedSecret>open sesame</SharedSecret>", "")
    cart = '<Status code="204" text="No Content"/><PunchOutOrderMessage/>'
    read = good(envelope(f'{header}<Message inReplyTo="7">{cart}</Message>'))
    assert (read.kind, read.name) == ("message", "PunchOutOrderMessage")
    assert read.in_reply_to == "7"
    assert read.status == Status(code=204, text="No Content", language="")


def test_a_secret_in_a_message_is_told():
    text = envelope(f"{HEADER}<Message><PunchOutOrderMessage/></Message>")
    assert codes(text) == ["CXM-034"]


def test_a_response_needs_no_header_and_no_payload():
    status = '<Status code="200" text="OK" xml:lang="en">fine</Status>'
    read = good(envelope(f"<Response>{status}</Response>"))
    assert (read.kind, read.name, read.body) == ("response", "", None)
    assert read.status == Status(code=200, text="OK", body="fine")


@pytest.mark.parametrize("code", ["", "abc", "²00", "12345", "-20"])
def test_a_status_that_is_no_number_is_500(code: str):
    read = good(envelope(f'<Response><Status code="{code}" text=""/></Response>'))
    assert read.status is not None
    assert read.status.code == 500
    assert [one.code for one in read.findings] == ["CXM-008"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<Order/>", ["CXM-001"]),
        ('<cXML xmlns="urn:x"/>', ["CXM-001"]),
        (envelope(""), ["CXM-006", "CXM-006", "CXM-006", "CXM-002"]),
        (envelope(HEADER), ["CXM-002"]),
        (envelope(f"{HEADER}<Request/>"), ["CXM-002"]),
        (envelope(f"{HEADER}<Request><Status/></Request>"), ["CXM-002"]),
        (envelope("<Response><ProfileResponse/></Response>"), ["CXM-002"]),
        (requested(header=HEADER.replace("From", "Form")), ["CXM-006"]),
        (requested(header=HEADER.replace("AN01", " ")), ["CXM-006"]),
        (envelope(f"{HEADER}<Request>{ORDERS}</Request>"), ["CXM-002"]),
        (envelope(f"{HEADER}{ALONE}{ALONE}"), ["CXM-002"]),
        ("<cXML>", ["WIRE-030"]),
    ],
)
def test_what_nothing_can_be_done_with_is_refused(text: str, expected: list[str]):
    assert refused(text) == expected


def test_a_document_for_nobody_is_taken_with_a_warning():
    assert codes(requested(header=HEADER.replace(TO, ""))) == ["CXM-006"]


def test_parties_given_twice_are_joined():
    read = good(requested(header=HEADER.replace(TO, TO + TO.replace("02", "03"))))
    assert [one.identity for one in read.header.to] == ["AN02", "AN03"]
    assert [one.code for one in read.findings] == ["CXM-007"]


def test_of_very_many_credentials_the_first_are_read():
    one = '<Credential domain="NetworkID"><Identity>AN02</Identity></Credential>'
    read = good(requested(header=HEADER.replace(one, one * 5_000)))
    assert len(read.header.to) == 20


@pytest.mark.parametrize(
    ("mode", "test", "found"),
    [
        ("", False, []),
        ('deploymentMode="production"', False, []),
        ('deploymentMode="test"', True, []),
        ('deploymentMode="Production"', True, ["CXM-008"]),
    ],
)
def test_what_is_not_said_to_be_production_is_a_test(
    mode: str, test: bool, found: list[str]
):
    text = requested(mode=mode)
    assert (good(text).test, codes(text)) == (test, found)


def test_a_document_without_name_and_time_is_taken():
    text = requested().replace('payloadID="1@buyer.example"', "")
    assert codes(text.replace("timestamp=", "stamp=")) == ["CXM-003", "CXM-004"]


def test_attributes_that_are_not_sent_have_their_default():
    header = '<OrderRequest><OrderRequestHeader orderType="blanket"/></OrderRequest>'
    body = good(requested(header)).body
    assert body is not None
    values = [stated(body[0], name) for name in ("orderType", "type", "orderID")]
    assert values == ["blanket", "new", ""]
    assert stated(None, "type") == ""


def test_a_mac_and_a_signature_are_read():
    proofs = (
        '<CredentialMac type="FromSenderCredentials" algorithm="HMAC-SHA1-96" '
        'creationDate="a" expirationDate="b">dmFsdWU=</CredentialMac>'
    )
    proof = "<SharedSecret>open sesame</SharedSecret>"
    (sender,) = good(requested(header=HEADER.replace(proof, proofs))).header.sender
    assert sender.mac is not None
    assert (sender.mac.created, sender.mac.expires) == ("a", "b")
    assert (sender.mac.value, sender.shared_secret) == ("dmFsdWU=", None)
    signed = HEADER.replace(proof, "<DigitalSignature/>")
    assert good(requested(header=signed)).header.sender[0].signed


@given(st.text("<>/cXMLRequestHeader ='\"", max_size=60))
def test_any_inside_is_a_document_or_findings(inside: str):
    found = read_document(envelope(inside))
    assert isinstance(found, Document) or found


def test_a_time_without_an_offset_is_of_the_senders_zone():
    stamped = requested().replace("2026-01-31T12:00:00+00:00", "2026-11-20T10:00:00")
    there = good(stamped).in_zone(dt.timezone(dt.timedelta(hours=-5)))
    assert there.sent.at == dt.datetime(2026, 11, 20, 15, tzinfo=dt.UTC)
    (told,) = (one for one in there.findings if one.code == "CXM-005")
    assert told.what == "'2026-11-20T10:00:00' was read as 2026-11-20T10:00:00-05:00"
