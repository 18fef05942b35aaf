"""The days of an EDIFACT order or line: DTM with one day, or from one to another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from gateway.edi.edifact.segment import EdifactSegment
from gateway.mappers.parts.edifact_ledger import Days, EdifactLedger
from gateway.mappers.parts.window import VALIDITY, no_day
from gateway.order.terms import NO_DELIVERY, Delivery, Period

__all__ = ["delivery", "validity"]

_DAYS: Mapping[str, str] = {
    "2": "requested",
    "64": "earliest",
    "63": "latest",
    "37": "ship_not_before",
    "38": "ship_no_later",
    "61": "cancel_after",
    "383": "cancel_after",
}
_INSTEAD: Mapping[str, str] = {
    "358": "earliest",
    "359": "latest",
    "10": "ship_no_later",
    "67": "requested",
    "17": "requested",
}
"""Dates that fill a field which no date of its own fills."""
_LAST = frozenset(("latest", "ship_no_later", "cancel_after"))
"""Fields that mean the last of several days."""


def delivery(ledger: EdifactLedger, found: Iterable[EdifactSegment]) -> Delivery:
    """The days of DTM that a Delivery has a field for; others are left over.

    A requested period gives both its ends. Of two days of one kind the first holds;
    that they differ is MAP-018, and so are days that end before they begin.
    """
    days: dict[str, Any] = {}
    places: dict[str, EdifactSegment] = {}
    later: list[EdifactSegment] = []
    said: dict[str, EdifactSegment] = {}
    for dtm in found:
        code = dtm.part(1).strip()
        if code in said:
            _note_other(ledger, said[code], dtm)
        elif code in _INSTEAD:
            later.append(dtm)
            said[code] = dtm
        elif code in _DAYS:
            _take(ledger, dtm, _DAYS[code], days, places)
            said[code] = dtm
    for dtm in later:
        _take(ledger, dtm, _INSTEAD[dtm.part(1).strip()], days, places)
    if len(days) > 1 and (none := no_day(days, places)):
        ledger.found.add("MAP-018", none.said, places[none.end].at(1, 2))
    return Delivery(**days) if days else NO_DELIVERY


def validity(ledger: EdifactLedger, found: Iterable[EdifactSegment]) -> Period | None:
    """From when the order holds and until when: 273, or 157 and 206 or 36."""
    days: dict[str, dt.date] = {}
    places: dict[str, EdifactSegment] = {}
    for dtm in found:
        code = dtm.part(1).strip()
        name = {"157": "start", "206": "end", "36": "end"}.get(code, "")
        if code == "273" and "start" not in days:
            read = ledger.days(dtm)
            start = ledger.day(dtm, "validity.start") if read else None
            if read and start is not None:
                _note_reversed(ledger, dtm, read)
                ledger.noted("validity.end", dtm, 1, 2)
                days |= {"start": start, "end": read.last}
                places |= {"start": dtm, "end": dtm}
        elif name and name not in days:
            day = ledger.day(dtm, f"validity.{name}", last=name == "end")
            if day is not None:
                days[name], places[name] = day, dtm
    if none := no_day(days, places, VALIDITY):
        ledger.found.add("MAP-018", none.said, places[none.end].at(1, 2))
    return Period(**days) if days else None


def _note_other(
    ledger: EdifactLedger, first: EdifactSegment, again: EdifactSegment
) -> None:
    """Two periods that both begin and end on the same days say the same."""
    one, other = ledger.days(first), ledger.days(again)
    if one and other and (one.first, one.last) != (other.first, other.last):
        said, then = first.part(1, 2).strip(), again.part(1, 2).strip()
        what = f"DTM {again.part(1).strip()} says {said}, then {then}"
        ledger.found.add("MAP-018", what, again.at(1, 2), then)


def _note_reversed(ledger: EdifactLedger, dtm: EdifactSegment, read: Days) -> None:
    """A period that ends before it begins."""
    if read.last < read.first:
        what = f"it ends on {read.last}, and begins on {read.first}"
        ledger.found.add("MAP-018", what, dtm.at(1, 2), dtm.part(1, 2).strip())


def _take(
    ledger: EdifactLedger,
    dtm: EdifactSegment,
    name: str,
    days: dict[str, Any],
    places: dict[str, EdifactSegment],
) -> None:
    if name in days:
        return
    read = ledger.days(dtm)
    if read is None:
        return
    _note_reversed(ledger, dtm, read)
    if name == "requested" and read.first != read.last:
        for field, end in (("earliest", read.first), ("latest", read.last)):
            if field not in days:
                ledger.noted(f"delivery.{field}", dtm, 1, 2)
                days[field], places[field] = end, dtm
        ledger.qualified(dtm, 1, 2)
        ledger.qualified(dtm, 1, 3)
        ledger.qualified(dtm, 1, 1)
        return
    day = ledger.day(dtm, f"delivery.{name}", last=name in _LAST)
    if day is not None:
        days[name], places[name] = day, dtm
