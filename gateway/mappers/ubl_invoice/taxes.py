"""The taxes and sums of an invoice as EN 16931 adds them up: per category and rate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from gateway.order.invoice import Invoice, InvoiceLine, charged
from gateway.order.model import Order
from gateway.order.money import extend, round_line
from gateway.order.terms import Tax

__all__ = ["Rate", "Taxes"]

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
class Taxes:
    """What the lines, allowances and charges of an invoice add up to."""

    invoice: Invoice
    orders: Mapping[str, Order]

    def rate(self, line: InvoiceLine) -> Rate:
        """What a line is taxed as: by itself, by the invoice, or as it was ordered."""
        return self._rate(next(self._told(line), None))

    def _told(self, line: InvoiceLine) -> Iterator[Tax]:
        yield from line.tax
        if len(self.invoice.taxes) == 1:
            yield self.invoice.taxes[0]
        ordered = self.orders[line.order_id].line(line.line_no)
        yield from ordered.tax if ordered else ()

    def _rate(self, tax: Tax | None) -> Rate:
        currency = self.invoice.currency
        if tax is None or tax.percent is None:
            return Rate("O", _ZERO, currency)
        usual = "S" if tax.percent else "Z"
        return Rate(tax.category or usual, tax.percent, currency)

    @property
    def of_document(self) -> Rate:
        """What allowances and charges of the whole invoice are taxed as."""
        return self.rate(self.invoice.lines[0])

    def net(self, line: InvoiceLine) -> Decimal:
        """The line without tax, its own allowances and charges in it."""
        if line.amount is not None:
            return line.amount.amount
        price = line.price
        exact = extend(
            price.amount or _ZERO,
            line.quantity,
            self.invoice.currency,
            basis_qty=price.basis_qty,
        )
        return exact + charged(line.allowances_charges)

    @property
    def bases(self) -> dict[Rate, Decimal]:
        """What is taxed at each rate."""
        made: dict[Rate, Decimal] = {}
        for line in self.invoice.lines:
            rate = self.rate(line)
            made[rate] = made.get(rate, _ZERO) + self.net(line)
        rate = self.of_document
        made[rate] += self.charges - self.allowances
        return made

    @property
    def lines(self) -> Decimal:
        """The sum of the lines."""
        return sum(map(self.net, self.invoice.lines), _ZERO)

    @property
    def allowances(self) -> Decimal:
        """Allowances of the whole invoice."""
        return self._sum("allowance")

    @property
    def charges(self) -> Decimal:
        """Charges of the whole invoice."""
        return self._sum("charge")

    def _sum(self, kind: str) -> Decimal:
        found = (
            one.amount.amount
            for one in self.invoice.allowances_charges
            if one.kind == kind and one.amount is not None
        )
        return sum(found, _ZERO)

    @property
    def without_tax(self) -> Decimal:
        """All that is taxed."""
        return self.lines - self.allowances + self.charges

    @property
    def tax(self) -> Decimal:
        """All tax, rate by rate."""
        return sum((rate.of(base) for rate, base in self.bases.items()), _ZERO)

    @property
    def with_tax(self) -> Decimal:
        """All of it."""
        return self.without_tax + self.tax
