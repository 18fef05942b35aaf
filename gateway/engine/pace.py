"""How often somebody may ask: so often at once, then as the minute goes by."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from ipaddress import IPv6Address, ip_address
from threading import Lock

from gateway.findings import Finding

__all__ = ["Pace", "place", "unheard"]

_MOST = 10_000
_NETWORK_BITS = 64
"""What a subscriber of IPv6 has at least: an address alone tells nobody apart."""


class Pace:
    """``per_minute`` requests of each who asks; unused ones are kept for a minute.

    Each process counts for itself. Of more than 10,000 who asked, those who were away
    the longest are forgotten, and begin anew.
    """

    def __init__(self, per_minute: int) -> None:
        self._most = per_minute
        self._left: OrderedDict[tuple[str, ...], tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def has(self, *who: str, now: datetime) -> bool:
        """Whether a request of theirs may be looked at; it costs nothing yet."""
        with self._lock:
            return self._now(who, now.timestamp()) >= 1

    def take(self, *who: str, now: datetime) -> bool:
        """Take one request from what they have; whether there was one."""
        with self._lock:
            left = self._now(who, now.timestamp())
            self._left[who] = (left - 1 if left >= 1 else left, now.timestamp())
            self._left.move_to_end(who)
            if len(self._left) > _MOST:
                self._left.popitem(last=False)
            return left >= 1

    def _now(self, who: tuple[str, ...], now_s: float) -> float:
        left, at_s = self._left.get(who, (self._most, now_s))
        return min(self._most, left + max(0.0, now_s - at_s) * self._most / 60)


def unheard(
    pace: Pace,
    refusals: Pace,
    who: tuple[str, str],
    now: datetime,
    unproven: Callable[[], Finding | None],
) -> Finding | None:
    """Why a request is not looked at: nobody we know, or they come too often.

    ``who`` is a partner and a place; ``unproven`` says what their credentials lack. It
    is not asked once these were wrong too often.
    """
    if not refusals.has(*who, now=now):
        return Finding.of("API-018", "too often the credentials were not good")
    fault = unproven()
    if fault is not None:
        refusals.take(*who, now=now)
        return fault
    if not pace.take(*who, now=now):
        return Finding.of("API-018", "too many requests within a minute")
    return None


def place(address: str) -> str:
    """What an address counts as: itself, or the network of a subscriber of IPv6."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if not isinstance(ip, IPv6Address):
        return address
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return f"{int(ip) >> (128 - _NETWORK_BITS):x}/{_NETWORK_BITS}"
