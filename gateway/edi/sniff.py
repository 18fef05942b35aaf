"""Tell from the first bytes which standard a transmission keeps to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

__all__ = ["FRONT_BYTES", "HEAD_BYTES", "Kind", "beginning", "opening", "sniff"]

HEAD_BYTES = 4096
"""Bytes that are looked at, at most, behind what stands in front."""
FRONT_BYTES = 1_048_576
"""Blanks and marks that are passed over, at most."""
_IN_FRONT = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff|[\0\s]++)*+")
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


def opening(chunks: Iterable[bytes]) -> bytes:
    """The first of these chunks, as many as it takes to tell what they begin.

    They are taken from an iterator, and the others are left in it.
    """
    head, at = bytearray(), 0
    for chunk in chunks:
        head += chunk
        at = _front(head, at)
        if at >= FRONT_BYTES or len(head) - at >= HEAD_BYTES:
            break
    return bytes(head)


def beginning(head: bytes) -> bytes:
    """What is looked at of data that begin with ``head``."""
    at = _front(head)
    return head[at : at + HEAD_BYTES]


def _front(head: bytes | bytearray, at: int = 0) -> int:
    """Where blanks and marks end, of which those before ``at`` are known."""
    found = _IN_FRONT.match(head, at, FRONT_BYTES)
    return found.end() if found else at


def sniff(head: bytes) -> Kind:
    """What data that begin with ``head`` are; text in front of ISA or UNB is passed."""
    head = beginning(head)
    if head.startswith(_EBCDIC):
        return Kind.X12
    if head.startswith(b"<") or _MULTIPART.match(head):
        return Kind.XML
    first = _FIRST.search(head)
    return Kind(str(first.lastgroup)) if first else Kind.UNKNOWN
