"""Tell from the first bytes which standard a transmission keeps to."""

from __future__ import annotations

import re
from enum import StrEnum

__all__ = ["HEAD_BYTES", "Kind", "sniff"]

HEAD_BYTES = 4096
"""Bytes that are looked at, at most."""
_IN_FRONT = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff|[\0\s])*+")
"""Blanks and marks, in bytes or UTF-16: readers pass them over, however many."""
_EBCDIC = b"\xc9\xe2\xc1"
_FIRST = re.compile(
    rb"(?P<x12>ISA[^0-9A-Za-z])|(?P<edifact>UNA[^0-9A-Za-z]{2}|UN[BGH][^0-9A-Za-z ])"
)

_MULTIPART = re.compile(rb"--[^\r\n]{1,72}\r?\nContent-", re.IGNORECASE)
"""The first line of a multipart, in which documents of cXML travel."""


class Kind(StrEnum):
    """A standard on the wire."""

    X12 = "x12"
    EDIFACT = "edifact"
    XML = "xml"
    UNKNOWN = "unknown"


def sniff(head: bytes) -> Kind:
    """What data that begin with ``head`` are; text in front of ISA or UNB is passed."""
    head = _IN_FRONT.sub(b"", head[:HEAD_BYTES], count=1)
    if head.startswith(_EBCDIC):
        return Kind.X12
    if head.startswith(b"<") or _MULTIPART.match(head):
        return Kind.XML
    first = _FIRST.search(head)
    return Kind(str(first.lastgroup)) if first else Kind.UNKNOWN
