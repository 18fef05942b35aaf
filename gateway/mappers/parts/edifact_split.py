"""A line's parts by place and day: LOC and SCC with the quantities below them."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.edi.edifact.segment import EdifactSegment
from gateway.edi.tree import LoopRead
from gateway.mappers.parts import edifact_days
from gateway.mappers.parts.edifact import led, those
from gateway.mappers.parts.edifact_codes import SCHEMES
from gateway.mappers.parts.edifact_ledger import EdifactLedger
from gateway.mappers.parts.split import Split
from gateway.order.item import Schedule
from gateway.order.party import Party

__all__ = ["split"]


def split(ledger: EdifactLedger, loop: LoopRead) -> Split:
    """The parts of a LIN group."""
    by_place = tuple(_by_place(ledger, loop))
    by_day = tuple(_by_day(ledger, loop, len(by_place)))
    return Split(by_place, by_day, ("LOC", "SCC"))


def _by_place(ledger: EdifactLedger, loop: LoopRead) -> Iterator[Schedule]:
    """LOC with QTY."""
    index = 0
    for loc, inner in led(loop, "LOC"):
        for qty, dated in _quantities(inner):
            place = f"schedules[{index}]"
            store = _store(ledger, loc, place)
            made = _schedule(ledger, qty, dated, place, store)
            if made is not None:
                index += 1
                yield made


def _by_day(ledger: EdifactLedger, loop: LoopRead, index: int) -> Iterator[Schedule]:
    """SCC with QTY."""
    for scc, inner in led(loop, "SCC"):
        for qty, dated in _quantities(inner):
            place = f"schedules[{index}]"
            made = _schedule(ledger, qty, dated, place, None)
            if made is not None:
                index += 1
                ledger.noted(place, scc, 1)
                yield made


def _quantities(loop: LoopRead) -> list[tuple[EdifactSegment, LoopRead]]:
    """QTY directly in the loop, and those that lead one of their own."""
    return [*((qty, loop) for qty in those(loop, "QTY")), *led(loop, "QTY")]


def _store(ledger: EdifactLedger, loc: EdifactSegment, place: str) -> Party | None:
    number = ledger.text(loc, 2, f"{place}.ship_to.id")
    if not number:
        return None
    ledger.noted(f"{place}.ship_to.id", loc, 1)
    agency = loc.part(2, 3).strip()
    if agency:
        ledger.took(f"{place}.ship_to.id_scheme", loc, 2, 3)
    return Party(role="ship_to", id=number, id_scheme=SCHEMES.get(agency, agency))


def _schedule(
    ledger: EdifactLedger,
    qty: EdifactSegment,
    loop: LoopRead,
    place: str,
    ship_to: Party | None,
) -> Schedule | None:
    value = ledger.amount(qty, 1, f"{place}.qty", 2)
    if value is None:
        return None
    ledger.qualified(qty, 1)
    days = edifact_days.delivery(ledger.line(), those(loop, "DTM"))
    shipped = days.requested is None and days.ship_no_later is not None
    return Schedule(
        qty=value,
        uom=ledger.text(qty, 1, f"{place}.uom", 3),
        date=days.requested or days.ship_no_later,
        date_kind="ship" if shipped else "delivery",
        earliest=days.earliest,
        latest=days.latest,
        ship_to=ship_to,
    )
