"""Documents without what nobody may read later: secrets, signatures, card numbers.

Works on bytes of any shape, so that what could not be read is covered too. A document
in a form has to be taken out of it first (``forms.read_form``).
"""

from __future__ import annotations

import re

__all__ = ["MASK", "redacted"]

MASK = b"***"
_ELEMENTS = rb"SharedSecret|DigitalSignature|CredentialMac"
_CONTENT = re.compile(
    rb"(<(" + _ELEMENTS + rb")\b[^>]*+(?<!/)>)(.*?)(?=</\2\s*+>|\Z)", re.DOTALL
)
_PCARD = re.compile(rb"<PCard\b[^>]*+>")
_NUMBER = re.compile(rb"(\bnumber\s*+=\s*+)(\"[^\"]*+\"|'[^']*+')")


def redacted(data: bytes) -> bytes:
    """The document for archive and log: its secrets masked, of a card the last four.

    Data in UTF-16 are turned into UTF-8 first; the rest keeps its bytes.
    """
    if b"\0" in data[:4] or data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = _narrow(data)
    data = _CONTENT.sub(lambda match: match[1] + MASK, data)
    return _PCARD.sub(lambda tag: _NUMBER.sub(_last_four, tag[0]), data)


def _narrow(data: bytes) -> bytes:
    big = data[:1] in (b"\0", b"\xfe")
    text = data.decode("utf-16-be" if big else "utf-16-le", "replace")
    return text.lstrip("\ufeff").encode("utf-8", "replace")


def _last_four(match: re.Match[bytes]) -> bytes:
    quoted = match[2]
    digits = re.sub(rb"\D", b"", quoted)
    kept = digits[-4:] if len(digits) > 8 else b""
    return match[1] + quoted[:1] + MASK + kept + quoted[-1:]
