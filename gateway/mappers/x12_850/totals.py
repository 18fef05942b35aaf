"""The sums of an order: as sent, else as its lines add up."""

from __future__ import annotations

from decimal import Context, Decimal

from gateway.edi.tree import LoopRead, SegmentRead
from gateway.mappers.parts.ledger import Ledger
from gateway.mappers.parts.x12_codes import BASIS_QTY
from gateway.order.model import OrderLine
from gateway.order.money import Money, round_line
from gateway.order.terms import Totals

_EXACT = Context(prec=200)


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
    added = _line_amount(lines, currency)
    if count is None and quantities is None and amount is None:
        return Totals(
            source="computed",
            line_count=len(lines),
            quantity_sum=_quantity_sum(lines),
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


def _quantity_sum(lines: tuple[OrderLine, ...]) -> Decimal:
    result = Decimal(0)
    for line in lines:
        result = _EXACT.add(result, line.quantity.value)
    return result


def _line_amount(lines: tuple[OrderLine, ...], currency: str) -> Money | None:
    """The sum of the extended lines.

    None if a line has no price, its own currency, or a basis that is not understood.
    """
    added = Decimal(0)
    for line in lines:
        price = line.price
        own_unit = price.basis_uom in ("", line.quantity.uom_sent)
        known = own_unit and (
            bool(price.basis_uom)
            or not price.basis_sent
            or price.basis_sent in BASIS_QTY
        )
        if price.amount is None or price.currency != currency or not known:
            return None
        amount = _EXACT.multiply(price.amount, line.quantity.value)
        if price.basis_qty != 1:
            amount = _EXACT.divide(amount, price.basis_qty)
        added = _EXACT.add(added, round_line(amount, currency))
    return Money(added, currency)
