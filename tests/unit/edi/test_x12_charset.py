"""Bytes to text."""

import pytest

from gateway.edi.x12.charset import decode, from_ebcdic


@pytest.mark.parametrize(
    ("raw", "encoding", "text", "guessed"),
    [
        (b"ABC", "utf-8", "ABC", False),
        ("é".encode(), "utf-8", "é", False),
        (b"\xe9", "utf-8", "é", True),
        (b"\x80", "cp1252", "€", False),
        (b"\xe9", "no-such-codec", "é", True),
    ],
)
def test_the_agreed_encoding_first_then_latin_1(raw, encoding, text, guessed):
    assert decode(raw, encoding) == (text, guessed)


def test_ebcdic_keeps_its_length():
    raw = bytes(range(256))
    assert len(from_ebcdic(raw)) == 256
    assert from_ebcdic(b"\xc9\xe2\xc1") == b"ISA"
