"""What is at the end of the layers: documents, and what is not given on."""

from __future__ import annotations

from typing import Protocol

from gateway.as2 import fault as faults
from gateway.as2.headers import Headers, MediaType, media_type
from gateway.as2.micalg import Digests
from gateway.as2.names import decoded_words
from gateway.as2.opened import Piece
from gateway.as2.reading import PartRead, Reading

__all__ = ["Document", "Node", "Passed", "is_receipt"]


class Node(Protocol):
    """One layer. It raises nothing but ``Fault`` and ``Strange``."""

    def feed(self, data: bytes) -> None:
        """Take in more bytes."""

    def finish(self) -> None:
        """The end of the bytes."""


def is_receipt(kind: MediaType) -> bool:
    """Whether a MIME type is that of an MDN (RFC 8098 §3)."""
    if kind.kind == "multipart/report":
        return kind.get("report-type").lower() in ("", "disposition-notification")
    return kind.kind == "message/disposition-notification"


class Passed:
    """What is not given on as payload."""

    __slots__ = ("_digests",)

    def __init__(self, digests: Digests | None) -> None:
        self._digests = digests

    def feed(self, data: bytes) -> None:
        """Count it into the MIC only."""
        if self._digests is not None:
            self._digests.feed(data)

    def finish(self) -> None:
        """Nothing is left."""


class Document:
    """A document: its bytes go out as they are."""

    __slots__ = ("_digests", "_index", "_part", "_read")

    def __init__(
        self,
        read: Reading,
        headers: Headers,
        kind: MediaType,
        digests: Digests | None = None,
    ) -> None:
        placed = media_type(headers.get("Content-Disposition"))
        name = decoded_words(placed.get("filename") or kind.get("name"))
        self._read, self._digests = read, digests
        self._index = len(read.parts)
        self._part = PartRead(kind.kind, name)
        read.parts.append(self._part)

    def feed(self, data: bytes) -> None:
        """Deliver it, up to the limit of content."""
        if not data:
            return
        if self._digests is not None:
            self._digests.feed(data)
        self._part.size += len(data)
        if self._part.size > self._read.limits.content_bytes:
            most = self._read.limits.content_bytes
            raise faults.mime(f"the payload is longer than {most} bytes")
        self._read.give(Piece(self._index, data))

    def finish(self) -> None:
        """Nothing is left."""
