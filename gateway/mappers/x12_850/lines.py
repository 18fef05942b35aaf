"""The lines of an 850, and what is below them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gateway.edi.tree import LoopRead
from gateway.mappers.parts.ledger import Ledger
from gateway.mappers.parts.x12_line import Context, order_line, sub_line
from gateway.order.model import OrderLine


def lines(
    ledger: Ledger, message: LoopRead, context: Context, *, with_parts: bool = True
) -> Iterator[OrderLine]:
    """The lines, each before its parts; a number that occurs twice is MAP-005."""
    loops = [loop for loop in message.inner("PO1") if loop.segments]
    numbers: set[str] | None = None
    seen: set[str] = set()
    for ordinal, loop in enumerate(loops, 1):
        line = order_line(ledger, loop, ordinal, context)
        if line.line_no in seen:
            _note_twice(ledger, loop, line.line_no)
        seen.add(line.line_no)
        yield line
        if not (with_parts and loop.loops):
            continue
        if numbers is None:
            numbers = {loop.segments[0][1].rstrip() for loop in loops}
        for n, inner in enumerate(loop.inner("SLN"), 1):
            part = sub_line(ledger, inner, n, context)
            _note_deleted(ledger, inner)
            number = part.line_no
            if number in numbers or number in seen:
                number = f"{line.line_no}.{number}"
            if number in seen:
                _note_twice(ledger, inner, number)
            seen.add(number)
            yield replace(part, line_no=number, parent_line=line.line_no)


def _note_deleted(ledger: Ledger, loop: LoopRead) -> None:
    """A part of a new order that is to go (SLN-03 D): nothing is to be delivered."""
    sln = loop.segments[0]
    if sln[3].rstrip() == "D":
        ledger.found.add("MAP-002", "a deleted part in a new order", sln.at(3), "D")


def _note_twice(ledger: Ledger, loop: LoopRead, number: str) -> None:
    where = loop.segments[0].at(1)
    ledger.found.add("MAP-005", f"line {number!r} occurs twice", where, number)
