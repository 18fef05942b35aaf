"""An invoice's sums: by its parts, whoever of them says the tax."""

from __future__ import annotations

from decimal import Decimal

from gateway.order.invoice import Invoice, InvoiceLine
from gateway.order.money import Money
from gateway.order.terms import AllowanceCharge, Tax


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


OFF = AllowanceCharge(kind="allowance", amount=eur("3.00"))
ON = AllowanceCharge(kind="charge", amount=eur("5.00"))
UNTOLD = AllowanceCharge(kind="charge", percent=Decimal(5))
TAX = Tax(amount=eur("4.00"))
LINE = InvoiceLine(
    order_id="a", po_number="PO", line_no="1", quantity=Decimal(1), tax=(TAX,)
)
BILL = Invoice(
    number="I-1",
    currency="EUR",
    goods=eur("100.00"),
    allowances_charges=(OFF, ON, UNTOLD),
)


def test_what_is_taxed_is_goods_and_charges_less_allowances():
    assert BILL.charged == eur("2.00")
    assert BILL.without_tax == eur("102.00")


def test_the_tax_is_the_stated_one_else_the_invoices_else_the_lines():
    bill = Invoice(number="I-1", currency="EUR", lines=(LINE, LINE))
    assert BILL.tax_sum is None
    assert bill.tax_sum == eur("8.00")
    assert Invoice(number="I-1", currency="EUR", taxes=(TAX,)).tax_sum == eur("4.00")
    stated = Invoice(number="I-1", tax_total=eur("1.00"), taxes=(TAX,))
    assert stated.tax_sum == eur("1.00")


def test_what_is_to_be_paid_is_all_of_it_unless_it_is_stated():
    assert BILL.due == eur("102.00")
    assert Invoice(number="I-1").due is None
    assert Invoice(number="I-1", total=eur("1.00"), goods=eur("9.00")).due == eur(
        "1.00"
    )
