"""The 810 of what golden cases do not have: several orders, odd money, long values."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.edi.x12.writer import Draft, Envelope
from gateway.mappers.x12_810 import from_invoice
from gateway.order.invoice import Invoice, InvoiceLine
from gateway.order.item import Item, Price
from gateway.order.model import Order
from gateway.order.money import Money
from gateway.order.terms import AllowanceCharge, Tax

OUT = Envelope(
    sender_qualifier="ZZ",
    sender_id="US",
    receiver_qualifier="ZZ",
    receiver_id="THEM",
    gs_sender="US",
    gs_receiver="THEM",
    version="004010",
)
CENTS = st.decimals(0, 10**9, places=2)


def line(order: str, number: str = "1") -> InvoiceLine:
    return InvoiceLine(
        order_id=order,
        po_number=f"PO-{order}",
        line_no=number,
        quantity=Decimal(1),
        uom="EA",
        item=Item(supplier_sku="W-1"),
        price=Price(amount=Decimal(5), currency="USD"),
    )


def written(invoice: Invoice, *orders: str) -> Draft:
    known = {one: Order(po_number=f"PO-{one}", id=one) for one in orders}
    return from_invoice(invoice, known, OUT, None)


def rows(draft: Draft, tag: str) -> list[Any]:
    return [row for _, body in draft.messages for row in body if row[0] == tag]


def invoice(*lines: InvoiceLine, **more: Any) -> Invoice:
    day = dt.date(2026, 11, 22)
    return Invoice(number="I-1", invoice_date=day, currency="USD", lines=lines, **more)


def test_a_lines_own_allowances_stand_behind_it():
    off = AllowanceCharge(
        kind="allowance", text="Promotion", amount=Money(Decimal("1.25"), "USD")
    )
    draft = written(invoice(replace(line("a"), allowances_charges=(off,))), "a")
    tags = [row[0] for _, body in draft.messages for row in body]
    assert tags[tags.index("IT1") :] == ["IT1", "SAC", "TDS", "CTT"]
    assert rows(draft, "SAC")[0][:6] == ("SAC", "A", "ZZZZ", "", "", "125")


def test_each_line_names_its_order_where_there_are_several():
    draft = written(invoice(line("a"), line("b")), "a", "b")
    assert rows(draft, "BIG") == [("BIG", "20261122", "I-1")]
    assert rows(draft, "REF") == [("REF", "PO", "PO-a"), ("REF", "PO", "PO-b")]


def test_half_a_cent_is_rounded_and_told():
    draft = written(invoice(line("a"), total=Money(Decimal("1.005"), "USD")), "a")
    assert rows(draft, "TDS") == [("TDS", "101")]
    assert [one.code for one in draft.findings] == ["MAP-014"]


def test_a_currency_without_cents_has_two_implied_decimals_too():
    draft = written(invoice(line("a"), total=Money(Decimal(500), "JPY")), "a")
    assert rows(draft, "TDS") == [("TDS", "50000")]


@given(CENTS, CENTS, CENTS, CENTS)
def test_the_total_is_goods_and_taxes_and_charges_less_allowances(
    goods: Decimal, tax: Decimal, charge: Decimal, allowance: Decimal
):
    made = invoice(
        line("a"),
        goods=Money(goods, "USD"),
        taxes=(Tax(amount=Money(tax, "USD")),),
        allowances_charges=(
            AllowanceCharge(kind="charge", amount=Money(charge, "USD")),
            AllowanceCharge(kind="allowance", amount=Money(allowance, "USD")),
        ),
    )
    (tds,) = rows(written(made, "a"), "TDS")
    assert Decimal(tds[1]) / 100 == goods + tax + charge - allowance
