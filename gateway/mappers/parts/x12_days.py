"""The days of an X12 order or line: DTM with one day, or from one to another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from gateway.edi.tree import SegmentRead
from gateway.mappers.parts.ledger import Ledger, date_of
from gateway.mappers.parts.window import VALIDITY, no_day
from gateway.order.terms import NO_DELIVERY, Delivery, Period

__all__ = ["delivery_days", "validity"]

_DELIVERY_DAYS: Mapping[str, str] = {
    "002": "requested",
    "064": "earliest",
    "063": "latest",
    "037": "ship_not_before",
    "038": "ship_no_later",
    "001": "cancel_after",
}
_INSTEAD: Mapping[str, str] = {
    "071": "earliest",
    "074": "latest",
    "010": "ship_no_later",
    "118": "ship_no_later",
    "106": "requested",
    "067": "requested",
    "017": "requested",
    "061": "cancel_after",
    "175": "cancel_after",
}
"""Dates that fill a field of a Delivery which no date of its own fills."""
_VALIDITY: Mapping[str, str] = {"007": "start", "036": "end"}
_LAST = frozenset(("latest", "ship_no_later", "cancel_after", "end"))
"""Fields that mean the last of several days."""
_ENDS: Mapping[str, tuple[str, ...]] = {
    "requested": ("earliest", "latest"),
    "start": ("start", "end"),
}
"""Fields that both ends of a period fill."""
_PLAIN_DAYS = ("D8", "D6")
"""Formats of one day (DTM-05, DE 1250)."""
_RANGE = "RD8"
_SHORT = 6
"""Digits of a day without its century."""


class _Span(NamedTuple):
    start: dt.date
    end: dt.date


class _Days:
    """Days by the field that they go to, and where each of them stands."""

    def __init__(self, ledger: Ledger, field: str) -> None:
        self.days: dict[str, dt.date] = {}
        self._places: dict[str, SegmentRead] = {}
        self._ledger, self._field = ledger, field

    def take(self, dtm: SegmentRead, name: str) -> bool:
        """Whether the day went into its field; a period may give two."""
        if name in self.days:
            return False
        span = None if dtm[2].strip() else _period(self._ledger, dtm)
        if span is None:
            day = _day(self._ledger, dtm, f"{self._field}.{name}")
            if day is None:
                return False
            self.days[name], self._places[name] = day, dtm
            return True
        for field in (name,) if span.start == span.end else _ENDS.get(name, (name,)):
            if field not in self.days:
                self.days[field] = span.end if field in _LAST else span.start
                self._places[field] = dtm
                self._ledger.took(f"{self._field}.{field}", dtm, 6)
        self._ledger.qualified(dtm, 5)
        return True

    def judge(self, *pairs: tuple[str, str]) -> None:
        """MAP-018 where they leave no day."""
        none = no_day(self.days, self._places, *([pairs] if pairs else []))
        if none is not None:
            where = self._places[none.end].at(2)
            self._ledger.found.add("MAP-018", none.said, where)


def delivery_days(ledger: Ledger, segments: Iterable[SegmentRead]) -> Delivery:
    """The days of DTM that a Delivery has a field for; others are left over.

    A requested period gives both its ends. Of two days of one kind the first holds;
    that they differ is MAP-018, and so are days that end before they begin.
    """
    found = _Days(ledger, "delivery")
    said: dict[str, str] = {}
    later: list[SegmentRead] = []
    for dtm in segments:
        code = dtm[1]
        name = _DELIVERY_DAYS.get(code, "")
        if code in said:
            _note_other(ledger, said[code], dtm)
        elif code in _INSTEAD:
            later.append(dtm)
            said[code] = _stated_day(dtm)
        elif name and found.take(dtm, name):
            ledger.qualified(dtm, 1)
            said[code] = _stated_day(dtm)
    for dtm in later:
        found.take(dtm, _INSTEAD[dtm[1]])
    if not found.days:
        return NO_DELIVERY
    if len(found.days) > 1:
        found.judge()
    return Delivery(**found.days)  # type: ignore[arg-type]  # names of Delivery's days


def validity(ledger: Ledger, segments: Iterable[SegmentRead]) -> Period | None:
    """DTM 007 and 036: from when the order holds, and when it expires."""
    found: _Days | None = None
    for dtm in segments:
        name = _VALIDITY.get(dtm[1], "")
        if name:
            found = found or _Days(ledger, "validity")
            if found.take(dtm, name):
                ledger.qualified(dtm, 1)
    if found is None or not found.days:
        return None
    found.judge(*VALIDITY)
    return Period(start=found.days.get("start"), end=found.days.get("end"))


def _note_other(ledger: Ledger, first: str, again: SegmentRead) -> None:
    """Note a second day of a kind that is another one, with its century or without."""
    other = _stated_day(again)
    is_span = "-" in other + first
    if other != first and (is_span or other[-_SHORT:] != first[-_SHORT:]):
        what = f"DTM {again[1]} says {first}, then {other}"
        ledger.found.add("MAP-018", what, again.at(2), other)


def _stated_day(dtm: SegmentRead) -> str:
    """The day as it stands, in DTM-02 or DTM-06."""
    return dtm[2].strip() or dtm[6].strip()


def _period(ledger: Ledger, dtm: SegmentRead) -> _Span | None:
    """The days of DTM-06 where DTM-05 says that they are a range (RD8).

    One that ends before it begins is MAP-018.
    """
    parts = dtm[6].strip().split("-") if dtm[5] == _RANGE else []
    days = [day for day in map(date_of, parts) if day is not None]
    if len(parts) != 2 or len(days) != 2:
        return None
    span = _Span(*days)
    if span.end < span.start:
        what = f"it ends on {span.end}, and begins on {span.start}"
        ledger.found.add("MAP-018", what, dtm.at(6), dtm[6])
    return span


def _day(ledger: Ledger, dtm: SegmentRead, field: str) -> dt.date | None:
    """The day of a DTM: DTM-02, or DTM-06 where DTM-05 says that it is one.

    What is there in another format is none (MAP-013).
    """
    text = dtm[6].strip()
    if dtm[2].strip() or not text:
        return ledger.day(dtm, 2, field)
    if dtm[5] not in _PLAIN_DAYS:
        what = f"{text!r} is no day that is read, of format {dtm[5]}"
        ledger.found.add("MAP-013", what, dtm.at(6), text)
        return None
    day = ledger.day(dtm, 6, field)
    if day is not None:
        ledger.qualified(dtm, 5)
    return day
