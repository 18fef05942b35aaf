"""Documents without what nobody may read later: secrets, signatures, card numbers.

By the names that cXML and UBL have for them. Works on bytes of any shape, so that what
could not be read is covered too. A document in a form has to be taken out of it first
(``forms.read_form``).
"""

from __future__ import annotations

import re

__all__ = ["MASK", "redacted"]

MASK = b"***"
_ELEMENTS = rb"SharedSecret|DigitalSignature|CredentialMac"
_CONTENT = re.compile(
    rb"(<(" + _ELEMENTS + rb")\b[^>]*+(?<!/)>)(.*?)(?=</\2\s*+>|\Z)", re.DOTALL
)
_CARD = re.compile(
    rb"(<((?:[^\s<>/:]++:)?+(?:PrimaryAccountNumberID|CV2ID))\b[^>]*+(?<!/)>)(.*?)"
    rb"(?=</\2\s*+>|\Z)",
    re.DOTALL,
)
"""A card's number in UBL, and the one that proves that somebody has the card."""
_PCARD = re.compile(rb"<PCard\b[^>]*+>")
_NUMBER = re.compile(rb"(\bnumber\s*+=\s*+)(\"[^\"]*+\"|'[^']*+')")


def redacted(data: bytes) -> bytes:
    """The document for archive and log: its secrets masked, of a card the last four.

    Data in UTF-16 that hold any are turned into UTF-8; the rest keeps its bytes.
    """
    wide = b"\0" in data[:4] or data.startswith((b"\xff\xfe", b"\xfe\xff"))
    plain = _narrow(data) if wide else data
    seen = _CONTENT.sub(lambda match: match[1] + MASK, plain)
    seen = _CARD.sub(_carded, seen)
    seen = _PCARD.sub(lambda tag: _NUMBER.sub(_quoted, tag[0]), seen)
    return data if seen == plain else seen


def _narrow(data: bytes) -> bytes:
    big = data[:1] in (b"\0", b"\xfe")
    text = data.decode("utf-16-be" if big else "utf-16-le", "replace")
    return text.lstrip("\ufeff").encode("utf-8", "replace")


def _quoted(match: re.Match[bytes]) -> bytes:
    quoted = match[2]
    return match[1] + quoted[:1] + _last_four(quoted) + quoted[-1:]


def _carded(match: re.Match[bytes]) -> bytes:
    proof = match[2].endswith(b"CV2ID")
    return match[1] + (MASK if proof else _last_four(match[3]))


def _last_four(number: bytes) -> bytes:
    digits = re.sub(rb"\D", b"", number)
    return MASK + (digits[-4:] if len(digits) > 8 else b"")
