"""Which standard a transmission keeps to, by its first bytes."""

from __future__ import annotations

import pytest

from gateway.edi.sniff import FRONT_BYTES, HEAD_BYTES, Kind, opening, sniff
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
        (b" \r\n" * 3_000 + b"<cXML/>", Kind.XML),
        (b"\n" * 500_000 + interchange(), Kind.EDIFACT),
        (b"\n" * (FRONT_BYTES + 1) + b"<cXML/>", Kind.UNKNOWN),
        (b"UNABLE TO READ", Kind.UNKNOWN),
        (b"ISABELLA", Kind.UNKNOWN),
        (b"", Kind.UNKNOWN),
    ],
)
def test_the_first_bytes_tell_the_standard(head: bytes, kind: Kind):
    assert sniff(head) is kind


@pytest.mark.parametrize("size", [1, 7, 4096, 100_000])
def test_the_opening_reaches_behind_what_stands_in_front(size: int):
    data = b"\xef\xbb\xbf\n " * 2_000 + b"<cXML/>" + b"x" * 200_000
    pieces = iter([data[at : at + size] for at in range(0, len(data), size)])

    head = opening(pieces)
    assert sniff(head) is Kind.XML
    assert 10_000 + HEAD_BYTES <= len(head) < 10_000 + HEAD_BYTES + size
    assert head + b"".join(pieces) == data


def test_of_endless_blanks_no_more_is_held_than_may_stand_in_front():
    pieces = iter([b" " * 65_536] * 100)

    assert len(opening(pieces)) == FRONT_BYTES
    assert len(list(pieces)) == 100 - FRONT_BYTES // 65_536
