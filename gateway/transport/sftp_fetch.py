"""A message that a partner reads over SFTP, and whether they have read all of it."""

from __future__ import annotations

from pathlib import Path

from gateway.pipeline.drop import Waiting
from gateway.pipeline.ports import Blob, InMemory
from gateway.transport.spool import Spool, Spooled

_MOST_GAPS = 1_000


class Spans:
    """Which bytes were read, in any order; what is too scattered does not count."""

    def __init__(self) -> None:
        self._spans: list[tuple[int, int]] = []

    def add(self, begin: int, end: int) -> None:
        """These bytes were read."""
        if begin >= end:
            return
        apart: list[tuple[int, int]] = []
        for one in self._spans:
            if one[1] < begin or end < one[0]:
                apart.append(one)
            else:
                begin, end = min(begin, one[0]), max(end, one[1])
        if len(apart) < _MOST_GAPS:
            self._spans = [*apart, (begin, end)]

    def cover(self, size: int) -> bool:
        """Whether nothing from 0 to ``size`` is missing."""
        return not size or (0, size) in [(b, min(e, size)) for b, e in self._spans]


class Download:
    """An open message: its bytes are copied once, so they can be read in any order."""

    def __init__(self, one: Waiting, blob: Blob, folder: Path, inline: int) -> None:
        self.one = one
        self._spans = Spans()
        self._spool = Spool(folder, limit_bytes=blob.size, inline_bytes=inline)
        try:
            for chunk in blob.chunks():
                self._spool.write(chunk)
        except BaseException:
            self._spool.close()
            raise
        self._copy = self._spool.blob()

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return self._copy.size

    def read(self, at: int, size: int) -> bytes:
        """Bytes from here on; none at the end."""
        copy = self._copy
        if isinstance(copy, InMemory):
            data = copy.data[at : at + size]
        else:
            assert isinstance(copy, Spooled)
            data = copy.read(at, size)
        self._spans.add(at, at + len(data))
        return data

    @property
    def is_read(self) -> bool:
        """Whether every byte of it was read."""
        return self._spans.cover(self.size)

    def close(self) -> None:
        """Let go of the copy."""
        self._spool.close()
