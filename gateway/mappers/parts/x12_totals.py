"""The sums of an order: as sent, else as its lines add up."""

from __future__ import annotations

from gateway.edi.tree import LoopRead, SegmentRead
from gateway.mappers.parts.ledger import Ledger
from gateway.mappers.parts.sums import line_amount, quantity_sum
from gateway.order.model import OrderLine
from gateway.order.money import Money
from gateway.order.terms import Totals


def totals(
    ledger: Ledger, message: LoopRead, lines: tuple[OrderLine, ...], currency: str
) -> Totals:
    """CTT and AMT TT. ``line_amount`` is always ours: an 850 has no place for it.

    What is below a line does not count: CTT counts PO1, and a line's price is that of
    all it is made of. Where the buyer sent no sum at all, every sum is computed.
    """
    lines = tuple(line for line in lines if not line.parent_line)
    ctt = next((loop.segments[0] for loop in message.inner("CTT")), None)
    count = ledger.whole(ctt, 1, "totals.line_count") if ctt else None
    quantities = ledger.number(ctt, 2, "totals.quantity_sum") if ctt else None
    amount = _stated(ledger, message, currency)
    added = line_amount(lines, currency)
    if count is None and quantities is None and amount is None:
        return Totals(
            source="computed",
            line_count=len(lines),
            quantity_sum=quantity_sum(lines),
            line_amount=added,
            amount=added,
        )
    return Totals(
        source="sent",
        line_count=count,
        quantity_sum=quantities,
        line_amount=added,
        amount=amount,
    )


def _stated(ledger: Ledger, message: LoopRead, currency: str) -> Money | None:
    """The first AMT TT, of the summary or of the heading."""
    for amt in _amounts(message):
        if amt[1] == "TT":
            amount = ledger.number(amt, 2, "totals.amount")
            if amount is not None:
                ledger.qualified(amt, 1)
                return Money(amount, currency)
    return None


def _amounts(message: LoopRead) -> list[SegmentRead]:
    summary = [amt for loop in message.inner("CTT") for amt in loop.all("AMT")]
    return summary + [loop.segments[0] for loop in message.inner("AMT")]
