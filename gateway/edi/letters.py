"""Characters that an encoding lacks, in other letters."""

from __future__ import annotations

import unicodedata

__all__ = ["writable"]

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


def writable(text: str, encoding: str, lost: str = "?") -> str:
    """The text with what ``encoding`` lacks in other letters, or else as ``lost``.

    ``Café`` is ``Cafe`` in ASCII. The result can always be encoded.
    """
    if text.isascii():
        return text
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(_written(c, encoding, lost) for c in text)
    return text


def _written(character: str, encoding: str, lost: str) -> str:
    likes = (character, _LIKE.get(character, ""), _without_marks(character))
    return next((like for like in likes if like and _has(encoding, like)), lost)


def _without_marks(character: str) -> str:
    parts = unicodedata.normalize("NFKD", character)
    return "".join(part for part in parts if not unicodedata.combining(part))


def _has(encoding: str, text: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
