"""Secrets and card numbers do not stay in what is archived."""

from __future__ import annotations

import pytest

from gateway.cxml_punchout.redact import redacted
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
        (b"", b""),
    ],
)  # fmt: skip
def test_what_is_secret_is_masked_and_the_rest_kept(before: bytes, after: bytes):
    assert redacted(before) == after
