"""New identifiers: opaque, prefixed, in the order of their time."""

from __future__ import annotations

import secrets
import threading
import time

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(a + b for a in _ALPHABET for b in _ALPHABET)


_turn = threading.Lock()
_last = 0


def new(prefix: str) -> str:
    """A new id such as ``rcp_01JD...``: 48 bits of milliseconds, 80 random bits.

    Written in Crockford's base 32, 26 characters. Ids sort by time, and those of one
    process in the order they were made.
    """
    global _last  # noqa: PLW0603  # the one thing to remember, under its lock
    milliseconds = time.time_ns() // 1_000_000
    with _turn:
        number = milliseconds << 80 | secrets.randbits(80)
        if number <= _last:
            number = _last + 1 + secrets.randbits(40)
        _last = number
    return f"{prefix}_{encoded(number)}"


def encoded(number: int) -> str:
    """A number below 2**130 in Crockford's base 32, 26 characters."""
    pairs = [_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)]
    return "".join(pairs)
