"""What data that hold no interchange look like, told from their first bytes."""

from __future__ import annotations

import re

__all__ = ["HEAD_BYTES", "looks"]

HEAD_BYTES = 64
"""Bytes that are looked at, at most."""
_PACKED = {
    b"\x1f\x8b\x08": "gzip",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"\x28\xb5\x2f\xfd": "zstd",
}
"""By the bytes that such files begin with."""
_WIDE = {
    b"\xff\xfe\0\0": "UTF-32",
    b"\0\0\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
"""By the byte order mark; the longer ones first, for they begin alike."""
_WIDE_TEXT = re.compile(rb"(?:\0[\t-~]){4}|(?:[\t-~]\0){4}")
"""Four Latin letters in UTF-16 without its mark."""
_SMALL = re.compile(rb"(?:\xef\xbb\xbf)?\s*(isa|una|un[bgh])[^0-9A-Za-z]", re.I)


def looks(head: bytes) -> str:
    """What speaks against data that begin with ``head``; nothing: nothing is known."""
    head = head[:HEAD_BYTES]
    for mark, name in _PACKED.items():
        if head.startswith(mark):
            return f"the data look packed by {name}: send what is in them"
    wide = next((name for mark, name in _WIDE.items() if head.startswith(mark)), "")
    if wide or _WIDE_TEXT.match(head):
        name = wide or "UTF-16"
        return f"the data look like text in {name}: send one byte for a character"
    if head.startswith(b"%PDF-"):
        return "the data look like a PDF: send the interchange itself"
    tag = _SMALL.match(head)
    if tag is not None and not tag[1].isupper():
        return f"{tag[1].decode()!r} is in small letters: send all tags in capitals"
    return ""
