"""A session with a partner's SFTP server, over any connection that carries bytes."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

from gateway.transport import sftp_packets as packets
from gateway.transport.sftp_packets import (
    Attrs,
    Code,
    Entry,
    Fields,
    Kind,
    Malformed,
    Reply,
)

PIECE_BYTES = 32 * 1024
"""What every server reads and writes at once (§3 of the draft)."""
IN_FLIGHT = 64
"""Pieces that are asked for, or sent, before the first is answered."""
MOST_NAMES = 200_000
_RECEIVED_BYTES = 256 * 1024
_POSIX_RENAME = b"posix-rename@openssh.com"
_LONGEST_HANDLE = 256


class Wire(Protocol):
    """A connection to a server's SFTP subsystem."""

    def send(self, data: bytes) -> None:
        """Send all of it, or raise ``OSError``."""
        ...

    def receive(self, most: int) -> bytes:
        """Some bytes, none at the end; an ``OSError`` when they are too late."""
        ...

    def close(self) -> None:
        """Hang up."""
        ...


class Refusal(Exception):
    """The server's answer was no; ``what`` is for people, and printable."""

    def __init__(self, code: int, words: bytes) -> None:
        said = words[:200].decode("utf-8", "replace")
        self.what = "".join(one if one.isprintable() else " " for one in said).strip()
        super().__init__(self.what)
        self.code = code

    @property
    def is_missing(self) -> bool:
        """Whether there is no such file or folder."""
        return self.code == Code.NO_SUCH_FILE

    @property
    def is_unknown(self) -> bool:
        """Whether the server cannot do that."""
        return self.code == Code.UNSUPPORTED


class Lost(Exception):
    """The connection is gone, silent, or not to be understood."""


class Changed(Exception):
    """The file is not the one that was listed, or is being written to."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A piece of a file that is on its way."""

    offset: int
    length: int
    id: int


class Session:
    """Files on a server. One thread at a time; after ``Lost`` it is of no more use.

    Paths are bytes, as the server has them: nobody says which characters they are.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._held = bytearray()
        self._last = 0
        self._open: set[int] = set()
        self._early: dict[int, Reply] = {}
        self._forgotten: set[int] = set()
        self.extensions: dict[bytes, bytes] = {}
        self._begin()

    def close(self) -> None:
        """Hang up."""
        with suppress(OSError):
            self._wire.close()

    def entries(self, folder: bytes) -> Iterator[Entry]:
        """What lies in a folder, page by page, in the server's order."""
        with self._handle(Kind.OPENDIR, packets.text(folder)) as handle:
            count = 0
            while True:
                reply = self._ask(Kind.READDIR, packets.text(handle))
                if reply.kind == Kind.STATUS:
                    if self._status(reply) == Code.EOF:
                        return
                    raise self._refusal(reply)
                page = self._names(reply)
                count += len(page)
                if not page or count > MOST_NAMES:
                    raise Lost(f"the folder has more than {MOST_NAMES} names")
                yield from page

    def status(self, path: bytes) -> Entry | None:
        """What the server tells of a path, not of where a link leads; none: nothing."""
        try:
            return Entry(path, self._attrs(Kind.LSTAT, path))
        except Refusal as refusal:
            if refusal.is_missing:
                return None
            raise

    def read(
        self, path: bytes, offset: int, size: int, mtime: int | None = None
    ) -> Iterator[bytes]:
        """The bytes from ``offset`` on, of a file of this size and time.

        Those of the open file are compared at both ends: ``Changed`` tells that it is
        another one, or is being written to.
        """
        opened = packets.opening(path, packets.READ)
        with self._handle(Kind.OPEN, opened) as handle:
            self._same(handle, size, mtime)
            yield from self._pieces(handle, offset, size)
            self._same(handle, size, mtime)

    def write(self, path: bytes, offset: int, chunks: Iterable[bytes]) -> None:
        """Write from ``offset`` on; from 0 the file is made, or emptied before."""
        flags = packets.WRITE | packets.CREATE
        flags |= 0 if offset else packets.TRUNCATE
        waiting: deque[int] = deque()
        try:
            with self._handle(Kind.OPEN, packets.opening(path, flags)) as handle:
                for part in _in_pieces(chunks):
                    head = packets.piece(handle, offset, len(part))
                    waiting.append(self._send(Kind.WRITE, head + part))
                    offset += len(part)
                    if len(waiting) >= IN_FLIGHT:
                        self._done(self._reply_to(waiting.popleft()))
                while waiting:
                    self._done(self._reply_to(waiting.popleft()))
        finally:
            self._forget(waiting)

    def make(self, path: bytes) -> None:
        """Make an empty file; one that is there stays as it is."""
        opened = packets.opening(path, packets.WRITE | packets.CREATE)
        with self._handle(Kind.OPEN, opened):
            pass

    def rename(self, old: bytes, new: bytes) -> None:
        """Rename; what happens to a file of the new name is the server's choice."""
        body = packets.text(old) + packets.text(new)
        self._done(self._ask(Kind.RENAME, body))

    def replace(self, old: bytes, new: bytes) -> None:
        """Rename over what is there, in one step; ``is_unknown`` if it cannot."""
        if _POSIX_RENAME not in self.extensions:
            raise Refusal(Code.UNSUPPORTED, b"no posix-rename")
        body = packets.text(_POSIX_RENAME) + packets.text(old) + packets.text(new)
        self._done(self._ask(Kind.EXTENDED, body))

    def remove(self, path: bytes) -> None:
        """Delete a file."""
        self._done(self._ask(Kind.REMOVE, packets.text(path)))

    def _begin(self) -> None:
        self._put(packets.packet(Kind.INIT, struct.pack(">I", packets.VERSION)))
        kind, body = self._packet()
        fields = Fields(body)
        with _understood():
            if kind != Kind.VERSION or fields.whole() < packets.VERSION:
                raise Malformed("the server does not speak SFTP version 3")
            self.extensions = packets.extensions(fields)

    @contextmanager
    def _handle(self, kind: Kind, body: bytes) -> Iterator[bytes]:
        reply = self._ask(kind, body)
        if reply.kind != Kind.HANDLE:
            raise self._refusal(reply)
        with _understood():
            handle = Fields(reply.rest).text()
            if len(handle) > _LONGEST_HANDLE:
                raise Malformed("a handle is too long")
        try:
            yield handle
        except Lost:
            raise
        except BaseException:
            with suppress(Refusal, Lost):
                self._ask(Kind.CLOSE, packets.text(handle))
            raise
        else:
            self._done(self._ask(Kind.CLOSE, packets.text(handle)))

    def _pieces(self, handle: bytes, offset: int, size: int) -> Iterator[bytes]:
        """Pieces in order; many are on their way at a time."""
        asked: deque[_Asked] = deque()
        try:
            while offset < size or asked:
                while offset < size and len(asked) < IN_FLIGHT:
                    length = min(PIECE_BYTES, size - offset)
                    asked.append(self._piece(handle, offset, length))
                    offset += length
                first = asked[0]
                data = self._data(self._reply_to(first.id), first.length)
                asked.popleft()
                if not data:
                    raise Changed("the file has become shorter")
                short = first.length - len(data)
                if short:
                    more = self._piece(handle, first.offset + len(data), short)
                    asked.appendleft(more)
                yield data
        finally:
            self._forget(one.id for one in asked)

    def _piece(self, handle: bytes, offset: int, length: int) -> _Asked:
        body = packets.piece(handle, offset, length)
        return _Asked(offset, length, self._send(Kind.READ, body))

    def _data(self, reply: Reply, most: int) -> bytes:
        if reply.kind != Kind.DATA:
            if reply.kind == Kind.STATUS and self._status(reply) == Code.EOF:
                return b""
            raise self._refusal(reply)
        with _understood():
            data = Fields(reply.rest).text()
            if not data or len(data) > most:
                raise Malformed("the server sends other bytes than were asked for")
        return data

    def _same(self, handle: bytes, size: int, mtime: int | None) -> None:
        try:
            attrs = self._attrs(Kind.FSTAT, handle)
        except Refusal as refusal:
            if refusal.is_unknown:
                return
            raise
        if attrs.size is not None and attrs.size != size:
            raise Changed(f"the file has {attrs.size} bytes, and had {size}")
        if None not in (mtime, attrs.mtime) and attrs.mtime != mtime:
            raise Changed("the file has been written to")

    def _attrs(self, kind: Kind, of: bytes) -> Attrs:
        reply = self._ask(kind, packets.text(of))
        if reply.kind != Kind.ATTRS:
            raise self._refusal(reply)
        with _understood():
            return Fields(reply.rest).attrs()

    def _names(self, reply: Reply) -> list[Entry]:
        if reply.kind != Kind.NAME:
            raise Lost("the server lists something else than names")
        with _understood():
            return packets.names(reply.rest)

    def _done(self, reply: Reply) -> None:
        if self._status(reply) != Code.OK:
            raise self._refusal(reply)

    def _status(self, reply: Reply) -> int:
        if reply.kind != Kind.STATUS:
            raise Lost(f"a packet of type {reply.kind} is no answer to that")
        with _understood():
            return Fields(reply.rest).whole()

    def _refusal(self, reply: Reply) -> Refusal:
        code = self._status(reply)
        fields = Fields(reply.rest)
        fields.whole()
        words = b""
        with suppress(Malformed):
            words = fields.text()
        return Refusal(code, words or b"code %d" % code)

    def _ask(self, kind: Kind, body: bytes) -> Reply:
        return self._reply_to(self._send(kind, body))

    def _send(self, kind: Kind, body: bytes) -> int:
        self._last = self._last % 0xFFFFFFFF + 1
        self._put(packets.packet(kind, struct.pack(">I", self._last) + body))
        self._open.add(self._last)
        return self._last

    def _reply_to(self, id_: int) -> Reply:
        """The answer to this request; what comes before it waits for its turn (§6)."""
        while id_ not in self._early:
            kind, body = self._packet()
            number = int.from_bytes(body[:4], "big")
            if len(body) < 4 or number not in self._open:
                raise Lost("an answer to something that was not asked")
            self._open.discard(number)
            if number in self._forgotten:
                self._forgotten.discard(number)
            else:
                self._early[number] = Reply(kind, number, body[4:])
        return self._early.pop(id_)

    def _forget(self, ids: Iterable[int]) -> None:
        """Nobody waits for the answers to these requests any more."""
        for id_ in ids:
            if self._early.pop(id_, None) is None and id_ in self._open:
                self._forgotten.add(id_)

    def _packet(self) -> tuple[int, bytes]:
        length = int.from_bytes(self._get(4), "big")
        if not 0 < length <= packets.MOST_BYTES:
            raise Lost(f"a packet of {length} bytes")
        data = self._get(length)
        return data[0], data[1:]

    def _get(self, count: int) -> bytes:
        while len(self._held) < count:
            try:
                more = self._wire.receive(_RECEIVED_BYTES)
            except (OSError, EOFError) as problem:
                raise Lost(_said(problem)) from None
            if not more:
                raise Lost("the server has hung up")
            self._held += more
        taken = bytes(self._held[:count])
        del self._held[:count]
        return taken

    def _put(self, data: bytes) -> None:
        try:
            self._wire.send(data)
        except (OSError, EOFError) as problem:
            raise Lost(_said(problem)) from None


@contextmanager
def _understood() -> Iterator[None]:
    try:
        yield
    except Malformed as problem:
        raise Lost(str(problem)) from None


def _said(problem: BaseException) -> str:
    if isinstance(problem, TimeoutError):
        return "the server does not answer in time"
    return f"the connection broke: {type(problem).__name__}"


def _in_pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces that a server takes."""
    for chunk in chunks:
        for at in range(0, len(chunk), PIECE_BYTES):
            yield chunk[at : at + PIECE_BYTES]
