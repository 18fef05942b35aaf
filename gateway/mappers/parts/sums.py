"""The sums of an order, as its lines add up.

What is below a line does not count: a line's price is that of all it is made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal

from gateway.mappers.parts.x12_codes import BASIS_QTY
from gateway.order.model import OrderLine
from gateway.order.money import Money, minor_units, round_price
from gateway.order.terms import Totals

__all__ = ["computed", "line_amount"]

_EXACT = Context(prec=200)
_multiply, _add = _EXACT.multiply, _EXACT.add  # a context looks them up anew each time


def computed(lines: Sequence[OrderLine], added: Money | None) -> Totals:
    """The totals of an order that states none; ``added`` is its ``line_amount``."""
    return Totals(
        source="computed",
        line_count=len(lines),
        quantity_sum=_quantity_sum(lines),
        line_amount=added,
        amount=added,
    )


def _quantity_sum(lines: Iterable[OrderLine]) -> Decimal:
    """All quantities together, whatever their units: a hash total."""
    result = Decimal(0)
    for line in lines:
        result = _add(result, line.quantity.value)
    return result


def line_amount(lines: Iterable[OrderLine], currency: str) -> Money | None:
    """The sum of the extended lines.

    None if a line has no price, its own currency, or a basis that is not understood.
    """
    added, decimals = Decimal(0), minor_units(currency)
    for line in lines:
        price, quantity = line.price, line.quantity
        if price.basis_uom:
            known = price.basis_uom == quantity.uom_sent
        else:
            known = not price.basis_sent or price.basis_sent in BASIS_QTY
        if price.amount is None or price.currency != currency or not known:
            return None
        amount = _multiply(price.amount, quantity.value)
        if price.basis_qty != 1:
            amount = _EXACT.divide(amount, price.basis_qty)
        added = _add(added, round_price(amount, decimals))
    return Money(added, currency)
