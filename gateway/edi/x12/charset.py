"""Bytes to text and back: ASCII first, then what the partner uses."""

from __future__ import annotations

import unicodedata

EBCDIC_MARK = b"\xc9\xe2\xc1"
"""``ISA`` in EBCDIC (code page 037)."""
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def decode(raw: bytes, encoding: str) -> tuple[str, bool]:
    """The text, and whether ``encoding`` could not read it and Latin-1 was used."""
    if raw.isascii():
        return raw.decode("ascii"), False
    try:
        return raw.decode(encoding), False
    except (UnicodeDecodeError, LookupError):
        return raw.decode("latin-1"), True


def first_other(raw: bytes, encoding: str) -> int:
    """Where the first byte stands that ``encoding`` cannot read; 0 if nowhere."""
    try:
        raw.decode(encoding)
    except UnicodeDecodeError as problem:
        return problem.start
    except LookupError:
        return next((at for at, byte in enumerate(raw) if byte > 127), 0)
    return 0


def from_ebcdic(raw: bytes) -> bytes:
    """Code page 037 bytes as Latin-1 bytes, one for one, so that offsets hold."""
    return raw.decode("cp037").encode("latin-1")


# fmt: off
_LIKE = {
    "ß": "ss", "ẞ": "SS", "Æ": "AE", "æ": "ae", "Œ": "OE", "œ": "oe", "Ø": "O",
    "ø": "o", "Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "Ð": "D", "ð": "d", "Þ": "Th",
    "þ": "th", "\u0131": "i", "€": "EUR", "£": "GBP", "\u00d7": "x", "\u2018": "'",
    "\u2019": "'", "\u201a": "'", "\u201c": '"', "\u201d": '"', "\u201e": '"',
    "«": '"', "»": '"', "\u2013": "-", "\u2014": "-", "\u2212": "-", "\u2010": "-",
    "\u2011": "-",
}
# fmt: on
"""What is written for characters that do not fall apart into a letter and its mark."""


def writable(text: str, encoding: str) -> str:
    """The text with what ``encoding`` lacks in other letters, or else as ``?``.

    ``Café`` is ``Cafe`` in ASCII. The result can always be encoded.
    """
    if text.isascii():
        return text
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(_written(character, encoding) for character in text)
    return text


def _written(character: str, encoding: str) -> str:
    likes = (character, _LIKE.get(character, ""), _without_marks(character))
    return next((like for like in likes if like and _has(encoding, like)), "?")


def _without_marks(character: str) -> str:
    parts = unicodedata.normalize("NFKD", character)
    return "".join(part for part in parts if not unicodedata.combining(part))


def _has(encoding: str, text: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
