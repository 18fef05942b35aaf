"""The media types of messages, by their kinds."""

from __future__ import annotations

_TYPES = {
    "x12": "application/edi-x12",
    "edifact": "application/edifact",
    "cxml": "application/xml",
    "ubl": "application/xml",
}


def media_type(kind: str) -> str:
    """The media type of a kind of message (RFC 1767), like application/edi-x12."""
    return _TYPES.get(kind.partition("_")[0], "application/octet-stream")
