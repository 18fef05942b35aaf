"""The sums of an order: as sent, else as its lines add up."""

from __future__ import annotations

from gateway.edi.tree import LoopRead, SegmentRead
from gateway.mappers.parts import x12_terms
from gateway.mappers.parts.ledger import Ledger
from gateway.mappers.parts.sums import computed, line_amount
from gateway.order.model import OrderLine
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
    amounts = _amounts(message)
    amount = x12_terms.stated(ledger, amounts, "TT", "totals.amount", currency)
    added = line_amount(lines, currency)
    if count is None and quantities is None and amount is None:
        return computed(lines, added)
    return Totals(
        source="sent",
        line_count=count,
        quantity_sum=quantities,
        line_amount=added,
        amount=amount,
    )


def _amounts(message: LoopRead) -> list[SegmentRead]:
    """AMT of the summary, then those of the heading."""
    summary = [amt for loop in message.inner("CTT") for amt in loop.all("AMT")]
    return summary + [loop.segments[0] for loop in message.inner("AMT")]
