"""Ids that follow from what they name: the same receipt gives the same ids."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(a + b for a in _ALPHABET for b in _ALPHABET)


@lru_cache(maxsize=1024)
def derived(prefix: str, now: datetime, seed: str) -> str:
    """``ord_`` and 26 characters: milliseconds of ``now``, then a digest of ``seed``.

    Ids made later sort later; the digest keeps those of one moment apart.
    """
    digest = hashlib.sha256(f"{prefix}:{seed}".encode()).digest()
    number = int.from_bytes(digest[:10], "big")
    digits = [_PAIRS[number >> shift & 1023] for shift in _DIGEST_SHIFTS]
    return f"{prefix}_{_moment(now)}{''.join(digits)}"


_DIGEST_SHIFTS = range(70, -1, -10)


@lru_cache(maxsize=16)
def _moment(now: datetime) -> str:
    """Milliseconds, 48 bits of them in ten characters; a batch has one moment."""
    milliseconds = int(now.timestamp() * 1000) & (2**48 - 1)
    return "".join(
        [_PAIRS[milliseconds >> shift & 1023] for shift in (40, 30, 20, 10, 0)]
    )


def own_number(prefix: str, now: datetime, seed: str) -> str:
    """Our number of an order: ``SO-261121-7K2M9QXAB4``, at most 30 characters.

    The day of receipt (UTC), then 50 bits of a digest of ``seed`` (BAK-08, DE 127).
    """
    digest = hashlib.sha256(f"own:{seed}".encode()).digest()[:7]
    number = int.from_bytes(digest, "big")
    digits = [_PAIRS[number >> shift & 1023] for shift in range(40, -1, -10)]
    return f"{prefix}{_day(now.date())}-{''.join(digits)}"[-30:]


class OwnNumber(NamedTuple):
    """A number that may be one of ours for an order.

    Its order has an id from ``first`` up to, but not including, ``end``.
    """

    text: str
    first: str
    end: str

    def names(self, order_id: str) -> bool:
        """Whether it is the number of this order, whatever stands in front of it."""
        made = own_number("", datetime(2000, 1, 1, tzinfo=UTC), order_id)
        return self.text.endswith(made.partition("-")[2])


def own_number_in(text: str) -> OwnNumber | None:
    """The number, where it has the form of ours; its day tells when it was made."""
    match = _OWN_NUMBER.match(text)
    if match is None:
        return None
    try:
        day = datetime.strptime(match[2], "%y%m%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    # as many milliseconds as ids begin with
    first, end = (derived("ord", day + timedelta(days=n), "")[:-16] for n in (0, 1))
    return OwnNumber(match[1], first, end)


_OWN_NUMBER = re.compile(
    r"(.*([0-9]{6})-[0-9A-HJKMNP-TV-Z]{10})(?:-[0-9A-F]{4})?\Z", re.ASCII
)
"""Our number, and behind it the mark of the answer to a change."""


@lru_cache(maxsize=16)
def _day(day: date) -> str:
    return f"{day:%y%m%d}"
