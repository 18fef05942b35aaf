"""What one process counted since it last noted it in the database."""

from __future__ import annotations

import re
import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping

from gateway.pipeline.effects import Effect, Keep, Record

_QUICK_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
BOUNDS_S = (*_QUICK_S, 2.5, 5.0, 10.0, 30.0, 120.0, 600.0)
"""The upper bounds of a histogram's buckets, in seconds; the last has none. A door
waits 25 s for the database, an attempt to send ends after 600."""

MOST_SERIES = 5_000
"""Label sets of one process; what comes after counts as ``other``."""

_LE = (*map(str, BOUNDS_S), "+Inf")
_DOORS = frozenset({"folder", "http", "as2", "cxml", "erp", "sftp", "sftp_drop"})
_KIND = re.compile(r"[a-z0-9_]{1,40}")
_TYPE = re.compile(r"x12_[0-9]{3}|edifact_[a-z]{6}|(?:cxml|ubl)_[a-z_]{5,40}")

Series = tuple[str, str]
"""A name, and its labels as they are written: ``kind="x12_850",partner="acme"``."""


class Counts:
    """Counters and histograms, safe to use from any thread.

    A label is one of few words: a partner in force, a message type, a state. Order
    numbers, addresses and the like are none.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._values: defaultdict[Series, float] = defaultdict(float)

    def add(self, name: str, labels: str = "", value: float = 1.0) -> None:
        """Count something."""
        with self._turn:
            self._add((name, labels), value)

    def observe(
        self, name: str, took_s: float, labels: str = "", times: int = 1
    ) -> None:
        """Note how long something took, each time."""
        le = f'le="{_LE[bisect_left(BOUNDS_S, took_s)]}"'
        with self._turn:
            bucket = f"{labels},{le}" if labels else le
            self._add((f"{name}_bucket", bucket), float(times))
            self._add((f"{name}_sum", labels), took_s * times)
            self._add((f"{name}_count", labels), float(times))

    def accepted(self, channel: str, took_s: float) -> None:
        """Count a transmission, by the kind of its door."""
        door = channel if channel in _DOORS else "other"
        self.add("gateway_receipts_total", f'door="{door}"')
        self.observe("gateway_accept_seconds", took_s)

    def sent(self, kind: str, arrived: bool, took_s: float, times: int = 1) -> None:
        """Count attempts to send that took so long each."""
        told = f'kind="{kind if _KIND.fullmatch(kind) else "other"}"'
        outcome = "sent" if arrived else "failed"
        self.add("gateway_sends_total", f'{told},outcome="{outcome}"', float(times))
        self.observe("gateway_deliver_seconds", took_s, told, times)

    def effects(
        self, effects: Iterable[Effect], partners: Mapping[str, object]
    ) -> None:
        """Count the messages and orders that were just committed."""
        with self._turn:
            for effect in effects:
                if isinstance(effect, Record):
                    who = _partner(effect.partner_id, partners)
                    for one in effect.messages:
                        kind = one.type if _TYPE.fullmatch(one.type) else "other"
                        told = f'kind="{kind}",partner="{who}",verdict="{one.verdict}"'
                        self._add(("gateway_messages_total", told), 1.0)
                elif isinstance(effect, Keep):
                    who = _partner(effect.partner_id, partners)
                    told = f'partner="{who}",state="{effect.state}"'
                    self._add(("gateway_orders_total", told), 1.0)

    def take(self) -> dict[Series, float]:
        """All that was counted; from now on it is counted from zero."""
        with self._turn:
            taken, self._values = self._values, defaultdict(float)
        return taken

    def give_back(self, taken: Mapping[Series, float]) -> None:
        """Count again what could not be noted."""
        with self._turn:
            for series, value in taken.items():
                self._values[series] += value

    def _add(self, series: Series, value: float) -> None:
        if series not in self._values and len(self._values) >= MOST_SERIES:
            series = ("gateway_uncounted_total", "")
        self._values[series] += value


def _partner(id_: str, known: Mapping[str, object]) -> str:
    return id_ if id_ in known else "other"
