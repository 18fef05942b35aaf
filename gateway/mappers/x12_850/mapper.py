"""X12 850, purchase order: from a tree of loops to the canonical order."""

from __future__ import annotations

from dataclasses import replace

from gateway.edi.tree import LoopRead
from gateway.findings import Findings, Where
from gateway.mappers.mapped import Carrier, Mapped
from gateway.mappers.parts import x12_terms
from gateway.mappers.parts.ledger import Ledger
from gateway.mappers.parts.x12_head import (
    currency_of,
    heading,
    source_of,
    without_end,
)
from gateway.mappers.parts.x12_item import preference
from gateway.mappers.parts.x12_line import Context, flags, order_line, sub_line, without
from gateway.mappers.parts.x12_plain import plans
from gateway.mappers.x12_850.begin import begin, numbers
from gateway.mappers.x12_850.totals import totals
from gateway.order.model import NO_FLAGS, Order, OrderLine
from gateway.partner.profile import Profile


def to_order(message: LoopRead, carrier: Carrier, profile: Profile | None) -> Mapped:
    """The order in a message, and what was found on the way.

    Nothing is lost: each element went to a field, which ``provenance`` says, or
    stands in ``extensions``. Without an order number there is no order (MAP-010).
    """
    found = Findings()
    ledger = Ledger(found)
    beg = message.first("BEG")
    if beg is None or not beg[3].strip():
        where = beg.at(3) if beg else Where(segment_tag="BEG", element=3)
        found.add("MAP-010", "the message has no order number", where)
        return Mapped(None, found.done())
    begun = numbers(ledger, begin(ledger, beg))
    currency = currency_of(ledger, message)
    condition = flags(ledger, message.all("CSH"), "lines.flags", NO_FLAGS)
    days = x12_terms.delivery_days(ledger, message.all("DTM"))
    prefer = preference(profile)
    context = Context(
        plans=plans(prefer), currency=currency, prefer=prefer, flags=condition
    )
    lines = _lines(ledger, message, context)
    order = Order(
        **begun | heading(ledger, message, currency),
        currency=currency,
        delivery=x12_terms.with_terms(ledger, days, message, partial=condition.partial),
        source=source_of(ledger, message, carrier),
        test=carrier.interchange[15] == "T",
        lines=lines,
        totals=totals(ledger, message, lines, currency),
        extensions=ledger.left_over(without_end(without(message, "PO1"))),
        provenance=ledger.provenance,
    )
    return Mapped(order, found.done())


def _lines(
    ledger: Ledger, message: LoopRead, context: Context
) -> tuple[OrderLine, ...]:
    """The lines, each before those below it; a number that occurs twice is MAP-005."""
    loops = [loop for loop in message.inner("PO1") if loop.segments]
    numbers = {loop.segments[0][1].rstrip() for loop in loops}
    lines: list[OrderLine] = []
    seen: set[str] = set()
    for ordinal, loop in enumerate(loops, 1):
        line = order_line(ledger, loop, ordinal, context)
        _note_twice(ledger, loop, line.line_no, seen)
        lines.append(line)
        for n, inner in enumerate(loop.inner("SLN"), 1):
            part = sub_line(ledger, inner, n, context)
            number = part.line_no
            if number in numbers or number in seen:
                number = f"{line.line_no}.{number}"
            _note_twice(ledger, inner, number, seen)
            lines.append(replace(part, line_no=number, parent_line=line.line_no))
    return tuple(lines)


def _note_twice(ledger: Ledger, loop: LoopRead, number: str, seen: set[str]) -> None:
    if number in seen:
        where = loop.segments[0].at(1)
        ledger.found.add("MAP-005", f"line {number!r} occurs twice", where, number)
    seen.add(number)
