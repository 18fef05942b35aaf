"""Small bytes made smaller: each by itself, with what such bytes have in common.

The first byte tells how the rest was packed, so that rows of every release are read.
"""

from __future__ import annotations

import threading
from functools import lru_cache
from importlib.resources import files
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import sqlalchemy as sa
import zstandard

PLAIN, WITH_FIRST_DICTIONARY = 0, 1
"""How bytes were packed. A dictionary that rows were written with never changes."""

_QUICK, _CLOSER = 1, 3
"""Payloads come one by one, with cold caches: 3 takes twice the time for a fiftieth
less. Texts are packed by the batch, and 3 makes an order an eighth smaller at once."""
_SHORTEST = 64
_DICTIONARIES = {WITH_FIRST_DICTIONARY: "1.zdict"}


class Damaged(ValueError):
    """Bytes that no release of ours has packed."""


@lru_cache
def _dictionary(kind: int, level: int) -> zstandard.ZstdCompressionDict:
    """What documents and messages of ours have in common (tools/dictionary.py)."""
    file = files("gateway") / "store" / "dictionaries" / _DICTIONARIES[kind]
    dictionary = zstandard.ZstdCompressionDict(file.read_bytes())
    dictionary.precompute_compress(level=level)
    return dictionary


class _Tools(threading.local):
    """A thread's own packer and unpackers: they may not be shared."""

    def __init__(self) -> None:
        self.packers = {
            level: zstandard.ZstdCompressor(
                level=level,
                dict_data=_dictionary(WITH_FIRST_DICTIONARY, level),
                write_checksum=False,
                write_dict_id=False,
            )
            for level in (_QUICK, _CLOSER)
        }
        self.unpackers = {
            kind: zstandard.ZstdDecompressor(dict_data=_dictionary(kind, _QUICK))
            for kind in _DICTIONARIES
        }


_tools = _Tools()


def pack(data: bytes, level: int = _QUICK) -> bytes:
    """The bytes, smaller if they can be: a byte that tells how, and the rest."""
    if len(data) >= _SHORTEST:
        packed = _tools.packers[level].compress(data)
        if len(packed) < len(data):
            return b"\x01" + packed
    return b"\x00" + data


def unpack(packed: bytes) -> bytes:
    """What ``pack`` was given. Raises ``Damaged`` for other bytes."""
    kind, rest = packed[:1], packed[1:]
    if kind == b"\x00":
        return rest
    unpacker = _tools.unpackers.get(packed[0]) if kind else None
    if unpacker is None:
        raise Damaged(f"bytes that begin with {kind!r} were not packed by this release")
    try:
        return unpacker.decompress(rest)
    except zstandard.ZstdError as problem:
        raise Damaged("the packed bytes are damaged") from problem


class Packed(sa.TypeDecorator[str]):
    """A longer text, packed on its way in and unpacked on its way out."""

    impl = sa.LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> bytes | None:
        """A text as packed bytes."""
        if value is None:
            return None
        data, way = pack(value.encode(), _CLOSER), _ways.get(dialect)
        return data if way is None else way.seal(data, _ABOUT)

    def process_result_value(self, value: Any, dialect: Any) -> str | None:
        """Packed bytes as the text."""
        if value is None:
            return None
        data, way = bytes(value), _ways.get(dialect)
        return unpack(data if way is None else way.open(data, _ABOUT)).decode()


class Way(Protocol):
    """How packed texts are sealed and opened."""

    def seal(self, data: bytes, about: bytes) -> bytes:
        """The bytes under lock."""
        ...

    def open(self, data: bytes, about: bytes) -> bytes:
        """What was sealed, or the bytes as they are when they were not."""
        ...


_ABOUT = b"text"
_ways: WeakKeyDictionary[sa.Dialect, Way] = WeakKeyDictionary()


def seal_with(way: Way, dialect: sa.Dialect) -> None:
    """Seal and open the texts of all connections of this dialect in this way."""
    _ways[dialect] = way
