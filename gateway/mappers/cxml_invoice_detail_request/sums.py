"""The sums of an invoice and of its lines, as a version of cXML tells them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from gateway.cxml_punchout.invoice import BilledTax, InvoiceSums, Modified
from gateway.mappers.parts.taxes import taxes_of
from gateway.order.invoice import Invoice, InvoiceLine, charged
from gateway.order.money import Money
from gateway.order.terms import AllowanceCharge, Tax

__all__ = ["Sums"]

_ZERO = Decimal(0)
_FREIGHT = frozenset(("D240", "FC", "FREIGHT", "SHIPPING"))
"""Service codes of what is shipping: of X12, of EDIFACT, and in words."""
_EXEMPT = {"E": "exempt", "Z": "zeroRated"}
"""exemptDetail of a category (UN/CEFACT 5305)."""
_CATEGORIES = frozenset(("vat", "sales", "gst", "usage"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Adds up in ``currency``; of a credit note ``sign`` is -1.

    ``modern`` versions tell allowances and charges one by one, old ones the sum of
    charges as special handling and that of allowances as a discount.
    """

    currency: str
    sign: int
    modern: bool

    def of_line(self, line: InvoiceLine) -> InvoiceSums:
        """The sums of a line; with neither tax nor allowances its amount alone."""
        if line.amount is None:
            return InvoiceSums(subtotal=None, net=None)
        parts = _Parts.of(line.allowances_charges)
        amount = line.amount.amount
        subtotal = amount - charged(line.allowances_charges)
        tax = sum((one.amount.amount for one in line.tax if one.amount), _ZERO)
        if not line.tax and not parts.found:
            return InvoiceSums(subtotal=self._money(subtotal), net=None)
        return self._sums(
            parts, subtotal, self._money(tax) if line.tax else None, line.tax
        )

    def of_all(self, invoice: Invoice) -> InvoiceSums:
        """The sums of the whole, those of the lines in them."""
        every = [ac for line in invoice.lines for ac in line.allowances_charges]
        head = [one for one in invoice.allowances_charges if not _is_freight(one)]
        freight = [one for one in invoice.allowances_charges if _is_freight(one)]
        goods = invoice.goods.amount if invoice.goods else None
        if goods is None:
            return InvoiceSums(subtotal=None, net=None)
        tax = invoice.tax_sum.amount if invoice.tax_sum else _ZERO
        return self._sums(
            _Parts.of(head, every),
            goods - charged(every),
            self._money(tax),
            taxes_of(invoice),
            shipping=charged(freight) if freight else None,
        )

    def _sums(
        self,
        parts: _Parts,
        subtotal: Decimal,
        tax: Money | None,
        taxes: Iterable[Tax],
        *,
        shipping: Decimal | None = None,
    ) -> InvoiceSums:
        more, less = parts.charges, parts.allowances
        taxed = subtotal + more - less + (shipping or _ZERO)
        net = taxed + self.sign * (tax.amount if tax else _ZERO)
        old = not self.modern
        return InvoiceSums(
            subtotal=self._money(subtotal),
            tax=tax,
            taxes=tuple(self._tax(one) for one in taxes),
            shipping=None if shipping is None else self._money(shipping),
            handling=self._money(more) if old and more else None,
            handling_text=", ".join(parts.names("charge")),
            gross=self._money(net + less if old else net),
            discount=self._money(less) if old and less else None,
            modified=() if old else tuple(self._modified(one) for one in parts.told),
            charges=self._money(more) if more and self.modern else None,
            allowances=self._money(less) if less and self.modern else None,
            taxed=self._money(taxed) if self.modern else None,
            net=self._money(net),
        )

    def _money(self, amount: Decimal) -> Money:
        """Below zero in a credit note; nothing is zero and not minus zero."""
        return Money(self.sign * amount + _ZERO, self.currency)

    def _modified(self, one: AllowanceCharge) -> Modified:
        assert one.amount is not None
        return Modified(
            kind=one.kind,
            amount=self._money(one.amount.amount),
            name=_name(one),
            code=one.code,
        )

    def _tax(self, one: Tax) -> BilledTax:
        free = one.percent is not None and not one.percent
        kind = one.kind.lower()
        return BilledTax(
            amount=self._money(one.amount.amount if one.amount else _ZERO),
            category=kind if kind in _CATEGORIES else one.kind or "other",
            percent=one.percent,
            of=self._money(one.base_amount.amount) if one.base_amount else None,
            text=one.exemption,
            exempt=_EXEMPT.get(one.category, "exempt" if free else ""),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """Allowances and charges: ``told`` here, and ``others`` that are told elsewhere."""

    told: tuple[AllowanceCharge, ...]
    others: tuple[AllowanceCharge, ...] = ()

    @classmethod
    def of(
        cls, told: Iterable[AllowanceCharge], others: Iterable[AllowanceCharge] = ()
    ) -> _Parts:
        """Those that have an amount."""
        return cls(
            told=tuple(one for one in told if one.amount is not None),
            others=tuple(one for one in others if one.amount is not None),
        )

    @property
    def found(self) -> tuple[AllowanceCharge, ...]:
        return (*self.told, *self.others)

    @property
    def charges(self) -> Decimal:
        return charged(one for one in self.found if one.kind == "charge")

    @property
    def allowances(self) -> Decimal:
        return -charged(one for one in self.found if one.kind == "allowance")

    def names(self, kind: str) -> Iterable[str]:
        return dict.fromkeys(_name(one) for one in self.found if one.kind == kind)


def _name(one: AllowanceCharge) -> str:
    return one.text or one.code or one.kind.capitalize()


def _is_freight(one: AllowanceCharge) -> bool:
    return one.kind == "charge" and (
        one.code.upper() in _FREIGHT or one.text.upper() in _FREIGHT
    )
