"""CompressedData (RFC 3274): zlib, with a bound on what comes out."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from gateway.trust import der
from gateway.trust.algorithms import COMPRESSED_DATA, DATA, ZLIB
from gateway.trust.ber import Steps
from gateway.trust.fault import CmsFault, Kind
from gateway.trust.layer import SMALL, Layer
from gateway.trust.limits import LIMITS, Limits

_STEP = 256 * 1024


def compress(content: bytes, level: int = 6) -> bytes:
    """A whole CompressedData in DER, for content that is in memory anyway."""
    packed = zlib.compress(content, level)
    return compressed_prefix(len(packed)) + packed


def compressed_prefix(size: int) -> bytes:
    """What stands before so many octets of zlib data in a CompressedData; none follow.

    For long content: zlib it into a spool, then send this and the spool.
    """
    content = der.begun(0xA0, der.header(der.OCTETS, size), size)
    encapsulated = der.begun(der.SEQUENCE, der.oid(DATA) + content, size)
    algorithm = der.algorithm(ZLIB)
    inner = der.integer(0) + algorithm + encapsulated
    data = der.begun(0xA0, der.begun(der.SEQUENCE, inner, size), size)
    return der.begun(der.SEQUENCE, der.oid(COMPRESSED_DATA) + data, size)


class Decompressing(Layer):
    """A CompressedData: feed it, get the content. Cut off when it grows too much."""

    _what = "the compressed data"

    def __init__(self, *, limits: Limits = LIMITS) -> None:
        super().__init__(limits)
        self._came = 0
        self._gone = 0

    def _run(self) -> Steps:
        yield from self._content_info("compressed-data")
        algorithm = yield from self._incoming.element(SMALL)
        if der.oid(ZLIB) not in algorithm:
            raise CmsFault(Kind.UNSUPPORTED, "another compression than zlib")
        yield from self._incoming.begin(der.SEQUENCE)
        yield from self._incoming.element(SMALL)
        yield from self._incoming.begin(0xA0)
        tag = yield from self._incoming.begin(0x04, 0x24)
        unpacker = zlib.decompressobj()
        for piece in self._incoming.octets(tag):
            if piece is None:
                yield None
            else:
                yield from self._unpacked(unpacker, piece)
        if not unpacker.eof:
            raise _broken("its end is missing")
        yield from self._end(5)

    def _unpacked(self, unpacker: zlib._Decompress, piece: bytes) -> Iterator[bytes]:
        self._came += len(piece)
        more = True
        while more and not unpacker.eof:
            try:
                content = unpacker.decompress(piece, _STEP)
            except zlib.error as wrong:
                raise _broken("its check sum or a code is wrong") from wrong
            self._gone += len(content)
            if self._gone > self._limits.free_bytes + self._limits.ratio * self._came:
                text = f"it grows to more than {self._limits.ratio} times its size"
                raise CmsFault(Kind.TOO_LARGE, text)
            yield content
            piece = unpacker.unconsumed_tail
            more = bool(piece) or len(content) == _STEP


def _broken(what: str) -> CmsFault:
    return CmsFault(Kind.DECOMPRESSION, f"the compressed data is broken: {what}")
