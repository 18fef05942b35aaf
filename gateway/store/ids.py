"""New identifiers: opaque, prefixed, in the order of their time."""

from __future__ import annotations

import secrets
import threading
import time

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(a + b for a in _ALPHABET for b in _ALPHABET)

_RANDOM, _STEP = 50, 20
"""Random bits, and those between two ids of one millisecond."""

_turn = threading.Lock()
_last = 0


def new(prefix: str) -> str:
    """A new id such as ``rcp_01JD...``: 48 bits of milliseconds, 50 random bits.

    Written in Crockford's base 32, 20 characters. Ids sort by time, and those of one
    process in the order they were made. An order has its ids in forty places, so that
    the 30 bits fewer than a ULID has save it 230 bytes.
    """
    global _last  # noqa: PLW0603  # the one thing to remember, under its lock
    milliseconds = time.time_ns() // 1_000_000
    with _turn:
        number = milliseconds << _RANDOM | secrets.randbits(_RANDOM)
        if number <= _last:
            number = _last + 1 + secrets.randbits(_STEP)
        _last = number
    return f"{prefix}_{_written(number, 90)}"


def unguessable(prefix: str) -> str:
    """A new id with 80 random bits, 26 characters, that sorts by time."""
    milliseconds = time.time_ns() // 1_000_000
    return f"{prefix}_{encoded(milliseconds << 80 | secrets.randbits(80))}"


def encoded(number: int) -> str:
    """A number below 2**130 in Crockford's base 32, 26 characters."""
    return _written(number, 120)


def _written(number: int, highest: int) -> str:
    pairs = [_PAIRS[number >> shift & 1023] for shift in range(highest, -1, -10)]
    return "".join(pairs)
