"""Digest algorithms of MICs and signatures: every spelling read, one written."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache

__all__ = ["DIGESTS", "STRONG", "digest_name", "spelled"]

DIGESTS = ("sha256", "sha384", "sha512", "sha224", "sha1", "md5")
"""Names as ``hashlib`` has them; everything inside uses these."""
STRONG = frozenset(("sha256", "sha384", "sha512", "sha224"))
"""Those that need no allowance."""

_LONGEST = 64
_SHA2 = re.compile(r"sha(224|256|384|512)")


def digest_name(text: str) -> str:
    """The digest that a name means: sha256 for SHA-256 and rsa-sha256; or empty."""
    return _named(text) if len(text) <= _LONGEST else ""


@lru_cache(maxsize=256)
def _named(text: str) -> str:
    folded = re.sub(r"[^a-z0-9]", "", text.lower())
    folded = folded.removeprefix("rsa").removesuffix("withrsa").removesuffix("rsa")
    return folded if folded in DIGESTS else ""


def spelled(name: str, style: str = "sha-256") -> str:
    """A digest as it is written: sha1 (RFC 3851), and sha-256 or sha256."""
    return _SHA2.sub(r"sha-\1", name) if style == "sha-256" else name


class Digests:
    """Digests over bytes that pass by, by whichever algorithm is asked for at the end.

    A short content is kept and digested when asked; of a long one the ``likely``
    algorithms run along, and others cannot be told any more.
    """

    __slots__ = ("_kept", "_likely", "_running", "_size")

    _KEEP = 1 << 18

    def __init__(self, likely: Iterable[str] = ()) -> None:
        self._likely = dict.fromkeys((*filter(None, likely), "sha256", "sha1"))
        self._kept: list[bytes] | None = []
        self._running: dict[str, hashlib._Hash] = {}
        self._size = 0

    def feed(self, data: bytes) -> None:
        """Take in the next bytes."""
        self._size += len(data)
        if self._kept is not None:
            self._kept.append(data)
            if self._size <= self._KEEP:
                return
            data, self._kept = b"".join(self._kept), None
            self._running = {name: _new(name) for name in self._likely}
        for digest in self._running.values():
            digest.update(data)

    def digest(self, name: str) -> bytes | None:
        """The digest by one algorithm; nothing when that cannot be told any more."""
        if self._kept is not None:
            digest = _new(name)
            for data in self._kept:
                digest.update(data)
            return digest.digest()
        running = self._running.get(name)
        return running.copy().digest() if running else None


def _new(name: str) -> hashlib._Hash:
    return hashlib.new(name, usedforsecurity=False)
