"""Which codes could have been meant: all of a short list, of a long one near ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

__all__ = ["listed", "meant"]

_MOST = 12
"""Codes told of one list."""
_NEAR = 5
"""Near codes told of a long one."""
_LONGEST = 6
_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def listed(codes: Iterable[str]) -> str:
    """The codes in their order, a long list cut: ``NE, RL, SA``."""
    every = sorted(codes)
    more = f" and {len(every) - _MOST} more" if len(every) > _MOST else ""
    return ", ".join(every[:_MOST]) + more


def meant(value: str, codes: frozenset[str]) -> str:
    """What may stand instead of a value that is not in a list, as a half sentence.

    Empty where the list is long and nothing in it is near.
    """
    if len(codes) <= _MOST:
        return f": {listed(codes)}"
    return _near(value, codes) if 0 < len(value) <= _LONGEST else ""


@lru_cache(maxsize=1024)
def _near(value: str, codes: frozenset[str]) -> str:
    near = dict.fromkeys(code for code in _alike(value) if code in codes)
    return f"; near it: {', '.join([*near][:_NEAR])}" if near else ""


def _alike(value: str) -> Iterator[str]:
    """What a slip of the hand makes of a code, likely ones first."""
    upper = value.strip().upper()
    yield upper
    yield from (upper.lstrip("0"), upper.zfill(2), upper.zfill(3))
    yield upper.replace("O", "0")
    yield upper.replace("0", "O")
    for at in range(len(upper) - 1):
        yield upper[:at] + upper[at + 1] + upper[at] + upper[at + 2 :]
    for at in range(len(upper)):
        yield upper[:at] + upper[at + 1 :]
    for at in reversed(range(len(upper))):
        yield from (f"{upper[:at]}{c}{upper[at + 1 :]}" for c in _CHARACTERS)
