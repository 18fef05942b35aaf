"""What can be wrong with a CMS message, as the one exception this room lets out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum


class Kind(StrEnum):
    """What a partner is told about it; each is a row of the dispositions of an MDN."""

    MALFORMED = "malformed"  # not the structure of RFC 5652
    DECRYPTION = "decryption"  # no recipient of ours, bad padding or tag
    AUTHENTICATION = "authentication"  # no known signer, or the signature is wrong
    INTEGRITY = "integrity"  # the signature is right, the content another
    DECOMPRESSION = "decompression"
    UNSUPPORTED = "unsupported"  # an algorithm we do not read
    TOO_LARGE = "too_large"  # over one of the limits


class CmsFault(Exception):  # a fault of a message, not of ours
    """A message that cannot be opened or believed. ``what`` is for the operator."""

    def __init__(self, kind: Kind, what: str) -> None:
        super().__init__(f"{kind}: {what}")
        self.kind = kind
        self.what = what


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Whatever a parser says about a partner's bytes becomes a fault of the message.

    The parser is written for well-formed input and lets many kinds of exception out.
    """
    try:
        yield
    except CmsFault:
        raise
    except Exception as wrong:
        name = type(wrong).__name__
        raise CmsFault(Kind.MALFORMED, f"{what} cannot be read ({name})") from wrong
