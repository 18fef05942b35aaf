"""New identifiers: opaque, prefixed, in the order of their time."""

from __future__ import annotations

import os
import secrets
import threading
import time

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(a + b for a in _ALPHABET for b in _ALPHABET)

_RANDOM, _STEP = 50, 20
"""Random bits, and those between two ids of one millisecond."""

_turn = threading.Lock()
_last = 0
_drawn: list[int] = []
"""Random numbers for the next ids: asked of the system 64 at a time."""
_AT_ONCE, _SIZE = 64, 7
os.register_at_fork(after_in_child=_drawn.clear)  # a child draws its own


def new(prefix: str) -> str:
    """A new id such as ``rcp_01JD...``: 48 bits of milliseconds, 50 random bits.

    Written in Crockford's base 32, 20 characters. Ids sort by time, and those of one
    process in the order they were made. An order has its ids in forty places, so that
    the 30 bits fewer than a ULID has save it 230 bytes.
    """
    global _last  # noqa: PLW0603  # the one thing to remember, under its lock
    milliseconds = time.time_ns() // 1_000_000
    with _turn:
        if not _drawn:
            _draw()
        drawn = _drawn.pop()
        number = milliseconds << _RANDOM | drawn
        if number <= _last:
            number = _last + 1 + drawn % (1 << _STEP)
        _last = number
    return f"{prefix}_{_written(number, 90)}"


def unguessable(prefix: str) -> str:
    """A new id with 80 random bits, 26 characters, that sorts by time."""
    milliseconds = time.time_ns() // 1_000_000
    return f"{prefix}_{encoded(milliseconds << 80 | secrets.randbits(80))}"


def _draw() -> None:
    """The bytes of one id take 2.2 us, those of 64 ids 6.9; an order has ten ids."""
    data = secrets.token_bytes(_AT_ONCE * _SIZE)
    parts = (data[at : at + _SIZE] for at in range(0, len(data), _SIZE))
    spare = _SIZE * 8 - _RANDOM
    _drawn.extend(int.from_bytes(part, "big") >> spare for part in parts)


def encoded(number: int) -> str:
    """A number below 2**130 in Crockford's base 32, 26 characters."""
    return _written(number, 120)


def _written(number: int, highest: int) -> str:
    pairs = [_PAIRS[number >> shift & 1023] for shift in range(highest, -1, -10)]
    return "".join(pairs)
