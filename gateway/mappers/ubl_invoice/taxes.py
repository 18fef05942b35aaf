"""The taxes and sums of an invoice as EN 16931 adds them up: per category and rate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from gateway.mappers.parts.ubl_written import Ordered
from gateway.order.invoice import Invoice, InvoiceLine, charged
from gateway.order.money import extend, round_line
from gateway.order.terms import Tax

__all__ = ["Rate", "Taxed", "Taxes"]

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Rate:
    """A tax category (UNCL 5305) and its percentage; O is outside of the tax."""

    category: str
    percent: Decimal
    currency: str

    def of(self, base: Decimal) -> Decimal:
        """The tax on an amount, rounded as the currency is."""
        return round_line(base * self.percent / 100, self.currency)


@dataclass(frozen=True, slots=True)
class Taxed:
    """A line: what it comes to without tax, and what it is taxed as."""

    net: Decimal
    rate: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxes:
    """What the lines, allowances and charges of an invoice add up to.

    ``bases`` is what is taxed at each rate, ``of_document`` what allowances and charges
    of the whole are taxed as: like the first line. ``taxed`` are the lines in order.
    """

    taxed: tuple[Taxed, ...]
    bases: Mapping[Rate, Decimal]
    of_document: Rate
    lines: Decimal
    allowances: Decimal
    charges: Decimal
    tax: Decimal

    @classmethod
    def of(cls, invoice: Invoice, ordered: Ordered) -> Taxes:
        """Worked out once: an invoice may have many lines."""
        taxed = tuple(
            Taxed(_net(line, invoice.currency), _rate_of(line, invoice, ordered))
            for line in invoice.lines
        )
        allowances, charges = _sum(invoice, "allowance"), _sum(invoice, "charge")
        first = taxed[0].rate
        bases: dict[Rate, Decimal] = {}
        for one in taxed:
            bases[one.rate] = bases.get(one.rate, _ZERO) + one.net
        bases[first] += charges - allowances
        return cls(
            taxed=taxed,
            bases=bases,
            of_document=first,
            lines=sum((one.net for one in taxed), _ZERO),
            allowances=allowances,
            charges=charges,
            tax=sum((rate.of(base) for rate, base in bases.items()), _ZERO),
        )

    @property
    def without_tax(self) -> Decimal:
        """All that is taxed."""
        return self.lines - self.allowances + self.charges

    @property
    def with_tax(self) -> Decimal:
        """All of it."""
        return self.without_tax + self.tax


def _rate_of(line: InvoiceLine, invoice: Invoice, ordered: Ordered) -> Rate:
    """What a line is taxed as: by itself, by the invoice, or as it was ordered."""
    tax = next(_told(line, invoice, ordered), None)
    if tax is None or tax.percent is None:
        return Rate("O", _ZERO, invoice.currency)
    usual = "S" if tax.percent else "Z"
    return Rate(tax.category or usual, tax.percent, invoice.currency)


def _told(line: InvoiceLine, invoice: Invoice, ordered: Ordered) -> Iterator[Tax]:
    yield from line.tax
    if len(invoice.taxes) == 1:
        yield invoice.taxes[0]
    sent = ordered.line(line.order_id, line.line_no)
    yield from sent.tax if sent else ()


def _net(line: InvoiceLine, currency: str) -> Decimal:
    """The line without tax, its own allowances and charges in it."""
    if line.amount is not None:
        return line.amount.amount
    price = line.price
    exact = extend(
        price.amount or _ZERO, line.quantity, currency, basis_qty=price.basis_qty
    )
    return exact + charged(line.allowances_charges)


def _sum(invoice: Invoice, kind: str) -> Decimal:
    found = (
        one.amount.amount
        for one in invoice.allowances_charges
        if one.kind == kind and one.amount is not None
    )
    return sum(found, _ZERO)
