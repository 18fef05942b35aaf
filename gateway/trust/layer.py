"""One CMS structure that streams: octets in, content out, little kept in between."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator
from contextlib import contextmanager

from gateway.trust import der
from gateway.trust.algorithms import CONTENTS
from gateway.trust.ber import Incoming, Steps, malformed
from gateway.trust.fault import CmsFault, Kind, reading
from gateway.trust.limits import Limits

_FILL = b"\r\n\t \0"
SMALL = 64
"""More octets than a version or an object identifier has."""
_KINDS = {der.oid(dotted): name for dotted, name in CONTENTS.items()}


def content_kind(beginning: bytes) -> str | None:
    """The smime-type of what begins so, or ``None`` when it is no CMS structure.

    ``enveloped-data``, ``authenveloped-data``, ``signed-data`` or ``compressed-data``;
    the first 32 octets are enough.
    """
    if beginning[:1] != b"\x30" or len(beginning) < 2:
        return None
    size = beginning[1] & 0x7F if beginning[1] > 0x80 else 0
    oid = beginning[2 + size :]
    return next((kind for id_, kind in _KINDS.items() if oid.startswith(id_)), None)


class Layer(ABC):
    """What opens one structure. Every fault is a ``CmsFault``; after one it is over."""

    _what = "the message"

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._incoming = Incoming()
        self._streamed = 0
        self._ended = False
        self._fault: CmsFault | None = None
        self._steps = self._run()

    def feed(self, data: bytes) -> bytes:
        """Take octets as they come; what they open to, as far as it may be given."""
        with self._once():
            return b"".join(self._advance(data))

    def finish(self) -> Iterator[bytes]:
        """Say that no more comes; the rest of the content, piece by piece.

        Once it has returned, the structure was complete, and tag or check sum agreed.
        """
        with self._once():
            self._incoming.close()
            pieces = self._advance(b"")
            return iter(pieces) if pieces else self._kept_back()

    @abstractmethod
    def _run(self) -> Steps:
        """The steps through the structure: content, or ``None`` to wait."""

    def _kept_back(self) -> Iterator[bytes]:
        """Content that may only be given out once all of it has come."""
        return iter(())

    @contextmanager
    def _once(self) -> Iterator[None]:
        if self._fault is not None:
            raise self._fault
        try:
            with reading(self._what):
                yield
        except CmsFault as fault:
            self._fault = fault
            raise

    def _advance(self, data: bytes) -> list[bytes]:
        self._incoming.give(data)
        pieces: list[bytes] = []
        if not self._ended:
            for piece in self._steps:
                if piece is None:
                    return pieces
                self._count(len(piece))
                pieces.append(piece)
            self._ended = True
        if self._incoming.rest().strip(_FILL):
            raise malformed(f"something follows {self._what}")
        return pieces

    def _count(self, size: int) -> None:
        self._streamed += size
        if self._streamed > self._limits.content_bytes:
            most = self._limits.content_bytes
            raise CmsFault(Kind.TOO_LARGE, f"the content is longer than {most} octets")

    def _content_info(self, *kinds: str) -> Generator[None, None, str]:
        """Enter a ContentInfo of one of these kinds, up to behind its version."""
        yield from self._incoming.begin(der.SEQUENCE)
        oid = yield from self._incoming.element(SMALL)
        kind = _KINDS.get(oid)
        if kind is None or kind not in kinds:
            raise malformed(f"this is no {kinds[0]}")
        yield from self._incoming.begin(0xA0)
        yield from self._incoming.begin(der.SEQUENCE)
        yield from self._incoming.element(SMALL)
        return kind

    def _end(self, count: int) -> Generator[None, None, None]:
        for _ in range(count):
            yield from self._incoming.end()

    def _optional(self, *tags: int) -> Generator[None, None, dict[int, bytes]]:
        """The small values that may follow here, by their identifier octet."""
        found: dict[int, bytes] = {}
        while (tag := (yield from self._incoming.peek())) in tags and tag not in found:
            found[tag] = yield from self._incoming.element(self._limits.structure_bytes)
        return found
