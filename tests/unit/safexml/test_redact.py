"""Secrets and card numbers do not stay in what is archived."""

from __future__ import annotations

import pytest

from gateway.safexml.redact import redacted
from tests.unit.cxml_punchout.samples import requested


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "utf-16-le"])
def test_a_secret_is_masked_in_any_encoding(encoding: str):
    text = requested().replace("open", "öpen")
    seen = redacted(text.encode(encoding)).decode("utf-8")
    assert "sesame" not in seen
    assert "<SharedSecret>***</SharedSecret>" in seen


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"<SharedSecret >a<b/>c</SharedSecret\n>",
         b"<SharedSecret >***</SharedSecret\n>"),
        (b"<SharedSecret>never closed", b"<SharedSecret>***"),
        (b"<SharedSecret/>kept", b"<SharedSecret/>kept"),
        (b"<CredentialMac type='x'>v</CredentialMac>k",
         b"<CredentialMac type='x'>***</CredentialMac>k"),
        (b"<DigitalSignature>s</DigitalSignature>",
         b"<DigitalSignature>***</DigitalSignature>"),
        (b'<PCard number="4111 1111 1111 1111" expiration="2027-01-01"/>',
         b'<PCard number="***1111" expiration="2027-01-01"/>'),
        (b"<PCard number = '1234'/>", b"<PCard number = '***'/>"),
        (b"<SharedSecret>\n<![CDATA[a]]></SharedSecret><SharedSecret>b</SharedSecret>",
         b"<SharedSecret>***</SharedSecret><SharedSecret>***</SharedSecret>"),
        (b"<cbc:PrimaryAccountNumberID>4111 1111 1111 1111"
         b"</cbc:PrimaryAccountNumberID><cbc:CV2ID>737</cbc:CV2ID>",
         b"<cbc:PrimaryAccountNumberID>***1111"
         b"</cbc:PrimaryAccountNumberID><cbc:CV2ID>***</cbc:CV2ID>"),
        (b"<PrimaryAccountNumberID schemeID='x'><![CDATA[4111111111111111]]>"
         b"</PrimaryAccountNumberID >",
         b"<PrimaryAccountNumberID schemeID='x'>***1111</PrimaryAccountNumberID >"),
        (b"<b:CV2ID>7<!-- </b:c> -->37</b:CV2ID>", b"<b:CV2ID>***</b:CV2ID>"),
        (b"<b:CV2ID/><b:CV2IDs>7</b:CV2IDs>", b"<b:CV2ID/><b:CV2IDs>7</b:CV2IDs>"),
        (b"", b""),
    ],
)  # fmt: skip
def test_what_is_secret_is_masked_and_the_rest_kept(before: bytes, after: bytes):
    assert redacted(before) == after


def test_what_holds_nothing_secret_keeps_its_bytes():
    data = "<cXML>öpen</cXML>".encode("utf-16")
    assert redacted(data) == data
