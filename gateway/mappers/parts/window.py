"""Days that leave none: what ends before it begins, said by days of their own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import NamedTuple

__all__ = ["DELIVERY", "VALIDITY", "NoDay", "no_day"]

DELIVERY = (
    ("earliest", "latest"),
    ("earliest", "requested"),
    ("requested", "latest"),
    ("ship_not_before", "ship_no_later"),
    ("ship_not_before", "latest"),
    ("ship_not_before", "cancel_after"),
    ("ship_no_later", "cancel_after"),
)
"""Days of a Delivery of which the first is never after the second.

What may not leave before a day cannot arrive before it either; goods that leave on the
last day they may are not to be cancelled by then.
"""
VALIDITY = (("start", "end"),)
_WORDS: Mapping[str, str] = {
    "requested": "asked for on",
    "earliest": "not to be delivered before",
    "latest": "to be delivered by",
    "ship_not_before": "not to be shipped before",
    "ship_no_later": "to be shipped by",
    "cancel_after": "cancelled after",
    "start": "good from",
    "end": "good until",
}


class NoDay(NamedTuple):
    """The field that ends before another begins, and what both say."""

    end: str
    said: str


def no_day(
    days: Mapping[str, dt.date],
    places: Mapping[str, object],
    pairs: Iterable[tuple[str, str]] = DELIVERY,
) -> NoDay | None:
    """The first days that leave none; of two in one place somebody else told."""
    for start, end in pairs:
        if start not in days or end not in days or days[end] >= days[start]:
            continue
        if places[end] is not places[start]:
            said = f"{_WORDS[start]} {days[start]}, {_WORDS[end]} {days[end]}"
            return NoDay(end, said)
    return None
