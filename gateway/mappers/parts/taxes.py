"""The taxes of an invoice, those of a rate together."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from gateway.order.invoice import Invoice
from gateway.order.money import Money
from gateway.order.terms import Tax

__all__ = ["taxes_of"]

_ZERO = Decimal(0)


def taxes_of(invoice: Invoice) -> tuple[Tax, ...]:
    """The taxes by rate: the invoice's, else those of its lines, else all as one.

    Where there is one alone, it is of everything that is billed.
    """
    taxes = invoice.taxes or _of_lines(invoice)
    if not taxes and invoice.tax_total is not None:
        taxes = (Tax(amount=invoice.tax_total),)
    if len(taxes) == 1 and taxes[0].base_amount is None:
        return (replace(taxes[0], base_amount=invoice.without_tax),)
    return taxes


def _of_lines(invoice: Invoice) -> tuple[Tax, ...]:
    """The taxes of the lines, those of a rate together."""
    rates: dict[Tax, tuple[Decimal, Decimal]] = {}
    for line in invoice.lines:
        for tax in line.tax:
            rate = Tax(kind=tax.kind, category=tax.category, percent=tax.percent)
            amount, base = rates.get(rate, (_ZERO, _ZERO))
            of = tax.base_amount or line.amount
            rates[rate] = (
                amount + (tax.amount.amount if tax.amount else _ZERO),
                base + (of.amount if of else _ZERO),
            )
    currency = invoice.currency
    return tuple(
        replace(rate, amount=Money(amount, currency), base_amount=Money(base, currency))
        for rate, (amount, base) in rates.items()
    )
