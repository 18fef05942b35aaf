"""Packets of SFTP version 3 (draft-ietf-secsh-filexfer-02): bytes in, bytes out."""

from __future__ import annotations

import stat
import struct
from dataclasses import dataclass
from enum import IntEnum

VERSION = 3
MOST_BYTES = 1024 * 1024
"""The longest packet that is taken from a peer."""
LONGEST_NAME = 4096


class Kind(IntEnum):
    """Types of packets (§3)."""

    INIT = 1
    VERSION = 2
    OPEN = 3
    CLOSE = 4
    READ = 5
    WRITE = 6
    LSTAT = 7
    FSTAT = 8
    OPENDIR = 11
    READDIR = 12
    REMOVE = 13
    MKDIR = 14
    RENAME = 18
    STATUS = 101
    HANDLE = 102
    DATA = 103
    NAME = 104
    ATTRS = 105
    EXTENDED = 200


class Code(IntEnum):
    """Codes of a STATUS (§7); those above 8 are of later versions, and seen."""

    OK = 0
    EOF = 1
    NO_SUCH_FILE = 2
    PERMISSION_DENIED = 3
    FAILURE = 4
    UNSUPPORTED = 8


READ, WRITE, CREATE, TRUNCATE, NEW_ONLY = 0x01, 0x02, 0x08, 0x10, 0x20
"""What a file is opened for (§6.3)."""
_SIZE, _OWNER, _MODE, _TIMES, _MORE = 0x01, 0x02, 0x04, 0x08, 0x80000000
_NO_ATTRS = struct.pack(">I", 0)


class Malformed(Exception):
    """The peer does not speak SFTP, or not so that it can be understood."""


@dataclass(frozen=True, slots=True)
class Attrs:
    """What a server tells of a file (§5); what it leaves out is none."""

    size: int | None = None
    mode: int | None = None
    mtime: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A name in a folder; ``long_name`` is how ``ls -l`` would show it."""

    name: bytes
    attrs: Attrs
    long_name: bytes = b""

    @property
    def is_file(self) -> bool:
        """Whether it is a plain file, as far as the server tells."""
        if self.attrs.mode is not None and stat.S_IFMT(self.attrs.mode):
            return stat.S_ISREG(self.attrs.mode)
        return self.long_name[:1] in (b"-", b"")


@dataclass(frozen=True, slots=True)
class Reply:
    """A packet from the server: its type, the id it answers, and the rest."""

    kind: int
    id: int
    rest: bytes


def packet(kind: Kind, body: bytes) -> bytes:
    """Type and body with their length in front."""
    return struct.pack(">IB", len(body) + 1, kind) + body


def text(value: bytes) -> bytes:
    """A string as SSH writes it (RFC 4251 §5)."""
    return struct.pack(">I", len(value)) + value


def opening(path: bytes, flags: int) -> bytes:
    """The body of an OPEN; the file's rights are left to the server."""
    return text(path) + struct.pack(">I", flags) + _NO_ATTRS


def piece(handle: bytes, offset: int, length: int) -> bytes:
    """The body of a READ, and the beginning of a WRITE."""
    return text(handle) + struct.pack(">QI", offset, length)


class Fields:
    """Reads the fields of a packet one by one, or raises ``Malformed``."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def is_over(self) -> bool:
        """Whether nothing is left."""
        return self._at >= len(self._data)

    def whole(self) -> int:
        """32 bits without a sign."""
        return int.from_bytes(self._take(4), "big")

    def long(self) -> int:
        """64 bits without a sign."""
        return int.from_bytes(self._take(8), "big")

    def text(self) -> bytes:
        """A string of bytes."""
        return self._take(self.whole())

    def attrs(self) -> Attrs:
        """Attributes, those that say nothing to us passed over."""
        flags = self.whole()
        size = self.long() if flags & _SIZE else None
        if flags & _OWNER:
            self._take(8)
        mode = self.whole() if flags & _MODE else None
        mtime = None
        if flags & _TIMES:
            self._take(4)
            mtime = self.whole()
        if flags & _MORE:
            for _ in range(self.whole()):
                self.text()
                self.text()
        return Attrs(size, mode, mtime)

    def _take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._data):
            raise Malformed("a packet ends too early")
        taken = self._data[self._at : end]
        self._at = end
        return taken


def names(rest: bytes) -> list[Entry]:
    """The entries of a NAME packet."""
    fields = Fields(rest)
    count = fields.whole()
    found = []
    for _ in range(count):
        name, long_name = fields.text(), fields.text()
        found.append(Entry(name, fields.attrs(), long_name))
    return found


def extensions(fields: Fields) -> dict[bytes, bytes]:
    """What a server says it can do besides, from its VERSION packet."""
    known = {}
    while not fields.is_over:
        name = fields.text()
        known[name] = fields.text()
    return known
