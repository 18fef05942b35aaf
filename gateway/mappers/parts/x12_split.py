"""A line's parts by place and day: SDQ and SCH."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Literal

from gateway.edi.tree import LoopRead, SegmentRead
from gateway.mappers.parts.ledger import Ledger
from gateway.mappers.parts.split import Split
from gateway.mappers.parts.window import no_day
from gateway.mappers.parts.x12_codes import ROLES, SCHEMES
from gateway.order.item import Schedule
from gateway.order.party import Party

_Day = Literal["date", "earliest", "latest"]
_DAYS: dict[str, _Day] = {
    "002": "date",
    "010": "date",
    "017": "date",
    "067": "date",
    "069": "date",
    "106": "date",
    "118": "date",
    "064": "earliest",
    "037": "earliest",
    "071": "earliest",
    "063": "latest",
    "038": "latest",
    "074": "latest",
}
_SHIP = ("010", "037", "038", "118")


def split(
    ledger: Ledger, loop: LoopRead, parties: list[tuple[LoopRead, Party]]
) -> Split:
    """All parts of a line."""
    by_place = tuple(_by_place(ledger, loop.all("SDQ"), 0))
    by_day: list[Schedule] = []
    for inner in loop.inner("SCH"):
        by_day += _by_day(ledger, inner.segments[:1], len(by_place) + len(by_day), None)
    for inner, party in parties:
        start = len(by_place) + len(by_day)
        by_day += _by_day(ledger, inner.all("SCH"), start, party)
    return Split(by_place, tuple(by_day), ("SDQ", "SCH"))


def _by_place(
    ledger: Ledger, segments: Iterable[SegmentRead], index: int
) -> Iterator[Schedule]:
    """SDQ: up to ten places with their quantities in each segment."""
    for sdq in segments:
        for element in range(3, min(21, len(sdq) - 1) + 1, 2):
            place = f"schedules[{index}]"
            quantity = ledger.amount(sdq, element + 1, f"{place}.qty")
            if quantity is None:
                continue
            store = ledger.text(sdq, element, f"{place}.ship_to.id")
            scheme = ledger.text(sdq, 2, f"{place}.ship_to.id_scheme")
            yield Schedule(
                qty=quantity,
                uom=ledger.text(sdq, 1, f"{place}.uom"),
                ship_to=Party(
                    role="ship_to", id=store, id_scheme=SCHEMES.get(scheme, scheme)
                ),
            )
            index += 1


def _by_day(
    ledger: Ledger, segments: Iterable[SegmentRead], index: int, party: Party | None
) -> Iterator[Schedule]:
    """SCH: a quantity with one or two days, and perhaps the name of a place."""
    for sch in segments:
        place = f"schedules[{index}]"
        quantity = ledger.amount(sch, 1, f"{place}.qty")
        if quantity is None:
            continue
        days: dict[str, dt.date] = {}
        at: dict[str, int] = {}
        ships = False
        for element in (5, 8):
            name = _DAYS.get(sch[element])
            if name and name not in days:
                day = ledger.day(sch, element + 1, f"{place}.{name}")
                if day is not None:
                    days[name], at[name] = day, element + 1
                    ships = ships or sch[element] in _SHIP
        if none := no_day(days, at):
            where = sch.at(at["latest"])
            ledger.found.add("MAP-018", none.said, where)
        yield Schedule(
            qty=quantity,
            uom=ledger.text(sch, 2, f"{place}.uom"),
            date=days.get("date"),
            date_kind="ship" if ships else "delivery",
            earliest=days.get("earliest"),
            latest=days.get("latest"),
            ship_to=_place_named(ledger, sch, f"{place}.ship_to") or party,
            reference=ledger.text(sch, 11, f"{place}.reference"),
        )
        index += 1


def _place_named(ledger: Ledger, sch: SegmentRead, field: str) -> Party | None:
    """The place that SCH-03 and SCH-04 name."""
    if ROLES.get(sch[3]) != "ship_to" or not sch[4].rstrip():
        return None
    ledger.text(sch, 3, f"{field}.role")
    return Party(role="ship_to", name=ledger.text(sch, 4, f"{field}.name"))
