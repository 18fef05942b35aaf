"""MIME cut into its parts on raw bytes, as they come: no byte is ever altered.

Lines may end with CR LF or LF. A part ends before the line break in front of the
boundary line (RFC 2046 §5.1.1).
"""

from __future__ import annotations

import binascii
import re
from typing import Protocol

__all__ = ["Base64", "Head", "Identity", "Quoted", "Splitter", "Strange", "transfer"]

MAX_HEAD = 64 * 1024
MAX_PARTS = 256
_MAX_LINE_TAIL = 1024
_HEAD_END = re.compile(rb"\n\r?\n")


class Strange(Exception):
    """The bytes are no MIME that can be read; it never leaves this room."""


class Head:
    """Takes bytes until the empty line that ends a MIME head."""

    __slots__ = ("_seen", "raw")

    def __init__(self) -> None:
        self.raw = b""
        self._seen = 0

    def feed(self, data: bytes) -> bytes | None:
        """The first bytes of the body once the head is complete; nothing before."""
        self.raw += data
        if self.raw.startswith((b"\n", b"\r\n")):
            end = self.raw.index(b"\n") + 1
        else:
            match = _HEAD_END.search(self.raw, max(0, self._seen - 3))
            end = match.end() if match else 0
        self._seen = len(self.raw)
        if end > MAX_HEAD or (not end and self._seen > MAX_HEAD):
            raise Strange("a MIME head of more than 64 KiB")
        if not end:
            return None
        body, self.raw = self.raw[end:], self.raw[:end]
        return body


class Splitter:
    """Cuts the body of a multipart at its boundary lines.

    ``feed`` and ``finish`` give pairs of a part's number, from 0, and bytes of it; a
    pair with ``None`` ends the part. What stands before the first boundary line and
    behind the last is left out.
    """

    __slots__ = ("_buffer", "_delimiter", "_first", "_part", "_searched", "closed")

    def __init__(self, boundary: str) -> None:
        self._delimiter = b"\n--" + boundary.encode("latin-1", "replace")
        self._buffer = b"\n"  # the first line may be a boundary line
        self._first = True  # the first byte of the buffer is not part of the content
        self._part = -1
        self._searched = 0
        self.closed = False

    def feed(self, data: bytes) -> list[tuple[int, bytes | None]]:
        """Take in more bytes."""
        if self.closed:
            return []
        self._buffer += data
        return self._cut(at_end=False)

    def finish(self) -> list[tuple[int, bytes | None]]:
        """The end of the data; ``closed`` says whether the last boundary line came."""
        if self.closed:
            return []
        out = self._cut(at_end=True)
        if self._part >= 0 and not self.closed:
            self._give(out, len(self._buffer))
            out.append((self._part, None))
        return out

    def _cut(self, *, at_end: bool) -> list[tuple[int, bytes | None]]:
        out = list[tuple[int, bytes | None]]()
        while not self.closed:
            start = self._buffer.find(self._delimiter, self._searched)
            if start < 0:
                self._keep_tail(out)
                break
            behind = start + len(self._delimiter)
            limit = behind + _MAX_LINE_TAIL
            line_end = self._buffer.find(b"\n", behind, limit + 1)
            if line_end < 0 and not at_end and len(self._buffer) <= limit:
                self._searched = start
                self._give(out, max(start - 1, int(self._first)))
                break
            tail = self._buffer[behind : line_end if line_end >= 0 else limit + 1]
            if len(tail) > _MAX_LINE_TAIL or tail.strip(b" \t\r") not in (b"", b"--"):
                self._searched = behind  # a longer line of the content
                continue
            rest = self._buffer[line_end:] if line_end >= 0 else b"\n"
            self._end_part(out, start)
            self.closed = tail.startswith(b"--")
            self._part += 1
            if self._part > MAX_PARTS:
                raise Strange("a multipart of more than 256 parts")
            self._buffer = rest
            self._first, self._searched = True, 0
        return out

    def _end_part(self, out: list[tuple[int, bytes | None]], start: int) -> None:
        if self._part < 0:
            return
        if self._buffer[start - 1 : start] == b"\r":
            start -= 1
        self._give(out, start)
        out.append((self._part, None))

    def _keep_tail(self, out: list[tuple[int, bytes | None]]) -> None:
        """Give what cannot be the beginning of a boundary line any more."""
        keep = len(self._delimiter)
        end = max(len(self._buffer) - keep, int(self._first))
        self._give(out, end)
        self._searched = max(0, len(self._buffer) - keep + 1)

    def _give(self, out: list[tuple[int, bytes | None]], end: int) -> None:
        """Give the buffer's content up to an offset, and forget it."""
        begin = int(self._first)
        if end <= begin:
            return
        if self._part >= 0:
            out.append((self._part, self._buffer[begin:end]))
        self._buffer = self._buffer[end:]
        self._searched = max(0, self._searched - end)
        self._first = False


class Decoder(Protocol):
    """Undoes a Content-Transfer-Encoding."""

    def feed(self, data: bytes) -> bytes:
        """Take in more bytes; gives what they stand for."""

    def finish(self) -> bytes:
        """The rest."""


class Identity:
    """7bit, 8bit and binary: the bytes as they are."""

    __slots__ = ()

    def feed(self, data: bytes) -> bytes:
        """The same bytes."""
        return data

    def finish(self) -> bytes:
        """Nothing is left."""
        return b""


class Base64:
    """Base64 (RFC 2045 §6.8); line breaks and blanks are left out."""

    __slots__ = ("_ended", "_rest")

    _KNOWN = re.compile(rb"[A-Za-z0-9+/]*={0,2}")

    def __init__(self) -> None:
        self._rest = b""
        self._ended = False

    def feed(self, data: bytes) -> bytes:
        """Take in more bytes."""
        text = self._rest + data.translate(None, b" \t\r\n")
        whole = len(text) & ~3
        self._rest, text = text[whole:], text[:whole]
        return self._decoded(text)

    def finish(self) -> bytes:
        """The last group; one that is not padded is taken as if it were."""
        text, self._rest = self._rest, b""
        return self._decoded(text + b"=" * (-len(text) % 4))

    def _decoded(self, text: bytes) -> bytes:
        if not text:
            return b""
        if self._ended or not self._KNOWN.fullmatch(text):
            raise Strange("base64 with other characters")
        self._ended = text.endswith(b"=")
        try:
            return binascii.a2b_base64(text)
        except binascii.Error:
            raise Strange("base64 that is cut off") from None


class Quoted:
    """Quoted-printable (RFC 2045 §6.7), line by line."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> bytes:
        """Take in more bytes."""
        text = self._rest + data
        end = text.rfind(b"\n") + 1
        if len(text) - end > MAX_HEAD:  # a line without end: cut outside of =XX
            end = len(text) - 4
            end = text.rfind(b"=", end, len(text)) if b"=" in text[end:] else end
        self._rest, text = text[end:], text[:end]
        return binascii.a2b_qp(text)

    def finish(self) -> bytes:
        """The last line."""
        text, self._rest = self._rest, b""
        return binascii.a2b_qp(text)


def transfer(encoding: str) -> Decoder:
    """What undoes this Content-Transfer-Encoding; none is binary in AS2, not 7bit."""
    name = encoding.strip().strip('"').lower()
    if name == "base64":
        return Base64()
    return Quoted() if name == "quoted-printable" else Identity()
