"""Reading BER (X.690) as it comes, in constant memory.

A reader is a generator: it yields ``None`` when it waits for more octets, and pieces
of a streamed string as they come. What is inside small elements is not looked at here.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeAlias

from gateway.trust import der
from gateway.trust.fault import CmsFault, Kind

Steps: TypeAlias = Generator[bytes | None, None, None]
"""Pieces of content, and ``None`` whenever more octets are needed."""

_MOST_DEPTH = 16
_LEAST_PIECE = 16
_FREE_PIECES = 4096
_OPEN_END = b"\x00\x00"
END = -1
"""What ``peek`` gives at the end of the value that is open."""


def malformed(what: str) -> CmsFault:
    """Bytes that are not what the standard says."""
    return CmsFault(Kind.MALFORMED, what)


class Incoming:
    """The octets of one value, given in pieces, and the values that are open in it."""

    def __init__(self) -> None:
        self._data: bytes | bytearray = b""
        self._at = 0
        self._before = 0
        self._ended = False
        self._open: list[tuple[int | None, int | None]] = []
        self._bound: int | None = None
        self._pieces = 0
        self._streamed = 0
        self._endless = False

    def give(self, data: bytes) -> None:
        """Take more octets; how they are cut changes nothing."""
        self._before += self._at
        if self._at == len(self._data):
            self._data = data
        elif isinstance(self._data, bytearray):
            del self._data[: self._at]
            self._data += data
        else:
            self._data = bytearray(self._data[self._at :])
            self._data += data
        self._at = 0

    def close(self) -> None:
        """Say that no more octets come."""
        self._ended = True

    @property
    def offset(self) -> int:
        """How many octets have been read."""
        return self._before + self._at

    def rest(self) -> bytes:
        """What was given and not read; it is gone then."""
        left = bytes(self._data[self._at :])
        self._at = len(self._data)
        return left

    def peek(self) -> Generator[None, None, int]:
        """The identifier octet of the next value, or ``END``."""
        if (yield from self._at_end()):
            return END
        if self._at == len(self._data):
            yield from self._wait(1)
        return self._data[self._at]

    def begin(self, *tags: int) -> Generator[None, None, int]:
        """Open the next value, which must have one of these identifier octets."""
        tag = yield from self.peek()
        if tag not in tags:
            raise malformed(f"unexpected value at octet {self.offset + 1}")
        size, length = yield from self._header()
        self._at += size
        end = None if length is None else self.offset + length
        self._endless = self._endless or end is None
        self._open.append((end, self._bound))
        if end is not None:
            self._bound = end
        return tag

    def end(self) -> Generator[None, None, None]:
        """Close the value that was opened last; nothing may be left in it."""
        if not (yield from self._at_end()):
            raise malformed(f"a value is longer than it may be (octet {self.offset})")
        self._close()

    def element(self, limit: int) -> Generator[None, None, bytes]:
        """The next value whole; in a message in BER all its lengths are written out."""
        taken = bytearray()
        depth = 0
        while True:
            size, length = yield from self._header()
            if len(taken) + size + (length or 0) > limit:
                raise CmsFault(Kind.TOO_LARGE, f"a value of more than {limit} octets")
            yield from self._wait(size + (length or 0))
            whole = size + (length or 0)
            closing = self._data[self._at : self._at + 2] == _OPEN_END
            taken += self._data[self._at : self._at + whole]
            self._at += whole
            if length is None:
                self._endless = True
                depth += 1
            elif closing:
                depth -= 1
            if depth == 0:
                return definite(bytes(taken)) if self._endless else bytes(taken)
            if depth < 0 or depth > _MOST_DEPTH:
                raise malformed("values are nested wrongly")

    def octets(self, tag: int) -> Steps:
        """The content of the octet string that was opened, piece by piece.

        Strings made of strings (X.690 8.7.3) are joined; the value is closed then.
        """
        base = len(self._open)
        if tag & 0x20 == 0:
            yield from self._run()
            self._close()
            return
        while len(self._open) >= base:
            if (yield from self._at_end()):
                self._close()
                continue
            inner = yield from self.begin(0x04, 0x24)
            if inner == 0x04:
                self._count()
                yield from self._run()
                self._close()
            elif len(self._open) - base > _MOST_DEPTH:
                raise malformed("strings are nested too deep")

    def _count(self) -> None:
        """Refuse a string cut into crumbs: each costs time and brings nothing."""
        self._pieces += 1
        if self._pieces > _FREE_PIECES + self._streamed // _LEAST_PIECE:
            raise CmsFault(Kind.TOO_LARGE, "a string is cut into too small pieces")

    def _run(self) -> Steps:
        end = self._open[-1][0]
        if end is None:
            raise malformed("a string has no length")
        while (left := end - self.offset) > 0:
            if self._at == len(self._data):
                yield from self._wait(1)
            piece = bytes(self._data[self._at : self._at + left])
            self._at += len(piece)
            self._streamed += len(piece)
            yield piece

    def _wait(self, count: int) -> Generator[None, None, None]:
        while len(self._data) - self._at < count:
            if self._ended:
                raise malformed("the message ends too early")
            yield

    def _header(self) -> Generator[None, None, tuple[int, int | None]]:
        """Size of the header and length of the content, ``None`` for indefinite."""
        yield from self._wait(2)
        tag, first = self._data[self._at], self._data[self._at + 1]
        if tag & 0x1F == 0x1F:
            raise malformed(f"unexpected value at octet {self.offset + 1}")
        size, length = 2, first
        if first == 0x80:
            if not tag & 0x20:
                raise malformed("a simple value has no length")
            return size, None
        if first > 0x80:
            count = first & 0x7F
            if count > 8:
                raise malformed("a length of more than eight octets")
            size += count
            yield from self._wait(size)
            digits = self._data[self._at + 2 : self._at + size]
            length = int.from_bytes(digits, "big")
        if self._bound is not None and self.offset + size + length > self._bound:
            raise malformed("a value is longer than what it lies in")
        return size, length

    def _at_end(self) -> Generator[None, None, bool]:
        if not self._open:
            return False
        end = self._open[-1][0]
        if end is not None:
            return self.offset >= end
        yield from self._wait(2)
        return self._data[self._at : self._at + 2] == _OPEN_END

    def _close(self) -> None:
        end, self._bound = self._open.pop()
        if end is None:
            self._at += 2
            if self._bound is not None and self.offset > self._bound:
                raise malformed("a value is longer than what it lies in")


def definite(encoded: bytes) -> bytes:
    """The value with every length written out and strings of parts joined.

    Values that are so already stay as they are, octet for octet.
    """
    value, end = _definite(encoded, 0, 0)
    if end != len(encoded):
        raise malformed("something follows a value")
    return value


def _definite(encoded: bytes, at: int, depth: int) -> tuple[bytes, int]:
    """The value that begins here, and where the next one does."""
    tag, start, end = _measured(encoded, at)
    if depth > _MOST_DEPTH:
        raise malformed("values are nested too deep")
    if end is not None and not tag & 0x20:
        return encoded[at:end], end
    parts: list[bytes] = []
    place = start
    while place != end:
        if end is None and encoded[place : place + 2] == _OPEN_END:
            break
        part, place = _definite(encoded, place, depth + 1)
        if end is not None and place > end:
            raise malformed("a value is longer than what it lies in")
        parts.append(octets(part) if tag == 0x24 else part)
    if tag == 0x24:
        tag = der.OCTETS
    elif end is not None and encoded[start:end] == b"".join(parts):
        return encoded[at:end], end
    return der.value(tag, *parts), place + 2 if end is None else end


def values(encoded: bytes, tag: int) -> list[bytes]:
    """What lies in a value of this kind: each whole and with its length written out."""
    found: list[bytes] = []
    came, place, whole = _measured(encoded, 0)
    if came != tag:
        raise malformed("unexpected value")
    while place != whole:
        start = place
        _, _, end = _measured(encoded, start)
        if end is None:
            value, place = _definite(encoded, start, 1)
        else:
            value, place = encoded[start:end], end
        found.append(value)
    return found


def octets(encoded: bytes) -> bytes:
    """The content of an octet string."""
    tag, start, end = _measured(encoded, 0)
    if tag == 0x24:
        return octets(definite(encoded))
    if tag != der.OCTETS:
        raise malformed("what should be a string is something else")
    return encoded[start:end]


def _measured(encoded: bytes, at: int) -> tuple[int, int, int | None]:
    """Tag of the value that begins here, and where its content begins and ends."""
    if len(encoded) < at + 2:
        raise malformed("a value ends too early")
    tag, first = encoded[at], encoded[at + 1]
    if first == 0x80 and tag & 0x20:
        return tag, at + 2, None
    start = at + 2 + (first & 0x7F if first > 0x7F else 0)
    length = int.from_bytes(encoded[at + 2 : start], "big") if first > 0x7F else first
    if tag & 0x1F == 0x1F or first == 0x80 or start + length > len(encoded):
        raise malformed("a value ends too early")
    return tag, start, start + length
