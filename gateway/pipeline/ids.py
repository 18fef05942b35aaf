"""Ids that follow from what they name: the same receipt gives the same ids."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from functools import lru_cache

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(a + b for a in _ALPHABET for b in _ALPHABET)


@lru_cache(maxsize=1024)
def derived(prefix: str, now: datetime, seed: str) -> str:
    """``ord_`` and 26 characters: milliseconds of ``now``, then a digest of ``seed``.

    Ids made later sort later; the digest keeps those of one moment apart.
    """
    milliseconds = int(now.timestamp() * 1000) & (2**48 - 1)
    digest = hashlib.sha256(f"{prefix}:{seed}".encode()).digest()[:10]
    number = milliseconds << 80 | int.from_bytes(digest, "big")
    digits = [_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)]
    return f"{prefix}_{''.join(digits)}"


def own_number(prefix: str, now: datetime, seed: str) -> str:
    """Our number of an order: ``SO-261121-7K2M9QXAB4``, at most 30 characters.

    The day of receipt (UTC), then 50 bits of a digest of ``seed`` (BAK-08, DE 127).
    """
    digest = hashlib.sha256(f"own:{seed}".encode()).digest()[:7]
    number = int.from_bytes(digest, "big")
    digits = [_PAIRS[number >> shift & 1023] for shift in range(40, -1, -10)]
    return f"{prefix}{_day(now.date())}-{''.join(digits)}"[-30:]


@lru_cache(maxsize=16)
def _day(day: date) -> str:
    return f"{day:%y%m%d}"
