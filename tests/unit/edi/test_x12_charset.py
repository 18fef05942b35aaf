"""Bytes to text."""

import pytest

from gateway.edi.letters import writable
from gateway.edi.x12.charset import decode, first_other, from_ebcdic


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


@pytest.mark.parametrize(
    ("encoding", "at"),
    [("utf-8", 4), ("cp1252", 2), ("no-such-codec", 2), ("latin-1", 0)],
)
def test_the_first_byte_of_another_encoding_has_its_place(encoding, at):
    raw = b"A \xc3\x81\xff" if encoding != "cp1252" else b"A \x81"
    assert first_other(raw, encoding) == at


@pytest.mark.parametrize(
    ("text", "encoding", "written"),
    [
        ("Café Ångström", "ascii", "Cafe Angstrom"),
        ("Łódź", "latin-1", "Lódz"),
        ("5 €", "latin-1", "5 EUR"),
        ("\ufb01 \u2116", "ascii", "fi No"),
        ("中", "cp1252", "?"),
        ("Café", "utf-8", "Café"),
    ],
)
def test_what_an_encoding_lacks_is_written_in_other_letters(text, encoding, written):
    assert writable(text, encoding) == written
