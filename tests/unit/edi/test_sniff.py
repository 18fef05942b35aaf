"""Which standard a transmission keeps to, by its first bytes."""

from __future__ import annotations

import pytest

from gateway.edi.sniff import Kind, sniff
from tests.unit.edi.edifact_parts import interchange
from tests.unit.edi.parts import ISA


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (ISA.encode(), Kind.X12),
        (ISA.encode("cp037"), Kind.X12),
        (b"To: us\r\n\r\n" + ISA.encode(), Kind.X12),
        (interchange(), Kind.EDIFACT),
        (interchange(una="UNA:+.? '"), Kind.EDIFACT),
        (b"\xef\xbb\xbf\r\n" + interchange(), Kind.EDIFACT),
        (b"UNH+1+ORDERS:D:96A:UN'", Kind.EDIFACT),
        (b"UNB\x1dUNOB\x1f2", Kind.EDIFACT),
        (b'\xef\xbb\xbf<?xml version="1.0"?>', Kind.XML),
        (b" <Order/>", Kind.XML),
        (b"\xef\xbb\xbf\xef\xbb\xbf \n\xef\xbb\xbf<cXML/>", Kind.XML),
        ("\ufeff\ufeff\n <cXML/>".encode("utf-16-le"), Kind.XML),
        ("\n\ufeff<cXML/>".encode("utf-16-be"), Kind.XML),
        (b"\xef\xbb\xbf" * 2 + ISA.encode(), Kind.X12),
        (b"UNABLE TO READ", Kind.UNKNOWN),
        (b"ISABELLA", Kind.UNKNOWN),
        (b"", Kind.UNKNOWN),
    ],
)
def test_the_first_bytes_tell_the_standard(head: bytes, kind: Kind):
    assert sniff(head) is kind
