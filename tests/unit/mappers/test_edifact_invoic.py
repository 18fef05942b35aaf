"""INVOIC written: each rule, and that every directory and dialect takes it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from gateway.edi.edifact.writer import Draft
from gateway.mappers.edifact_invoic import from_invoice
from gateway.order.invoice import Invoice, InvoiceLine
from gateway.order.item import Item, Price
from gateway.order.model import Order, Source
from gateway.order.money import Money
from gateway.order.party import Address, Identifier, Note, Party, Reference
from gateway.order.terms import AllowanceCharge, Payment, PaymentTerm, Tax
from tests.unit.mappers.edifact_out import DIALECTS, ENVELOPE, buyer, segments, wrong

ITEM = Item(
    gtin="4000001000104", supplier_sku="SA-1", buyer_part="B-1", description="Juice"
)


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


VAT = Tax(kind="vat", category="S", percent=Decimal(21), amount=eur("5.25"))
SHIP_TO = Party(
    role="ship_to",
    id="5412345000020",
    id_scheme="gln",
    name="Depot",
    address=Address(lines=("Street 1",), city="Ghent", country="BE"),
)


def line(number: str = "1", amount: str = "25.00", **more: Any) -> InvoiceLine:
    known: dict[str, Any] = {
        "order_id": "a",
        "po_number": "PO-a",
        "line_no": number,
        "quantity": Decimal(10),
        "uom": "PCE",
        "item": ITEM,
        "price": Price(amount=Decimal("2.50"), currency="EUR"),
        "amount": eur(amount),
        "shipment": "S-1",
    }
    return InvoiceLine(**{**known, **more})


def invoice(*lines: InvoiceLine, **more: Any) -> Invoice:
    lines = lines or (line(),)
    goods = sum((one.amount.amount for one in lines if one.amount), Decimal(0))
    known: dict[str, Any] = {
        "number": "I-1",
        "invoice_date": dt.date(2026, 11, 22),
        "currency": "EUR",
        "lines": lines,
        "goods": Money(goods, "EUR"),
        "taxes": (VAT,),
    }
    return Invoice(**{**known, **more})


def written(bill: Invoice, dialect: str = "un", **more: Any) -> Draft:
    orders = {
        one: Order(
            po_number=f"PO-{one}",
            id=one,
            issue_date=dt.date(2026, 11, 20),
            sales_order_number="SO-1",
            source=Source(standard="edifact", version="D96A"),
            parties=(
                Party(role="buyer", id="5412345000013", id_scheme="gln"),
                SHIP_TO,
            ),
        )
        for one in dict.fromkeys(each.order_id for each in bill.lines)
    }
    draft = from_invoice(
        bill, orders, ENVELOPE, buyer("edifact_invoic", dialect, **more)
    )
    assert wrong(draft) == []
    return draft


FULL = invoice(
    line(),
    line("2", "23.75", tax=(VAT,), allowances_charges=(
        AllowanceCharge(kind="allowance", code="AA", text="Promotion",
                        percent=Decimal(5), amount=eur("1.25"), sequence=1,
                        settlement="off_invoice"),
    )),
    taxes=(
        replace(VAT, amount=eur("5.25"), base_amount=eur("25.00")),
        Tax(kind="vat", category="Z", percent=Decimal(0), amount=eur("0.00"),
            base_amount=eur("28.75")),
    ),
    tax_total=eur("5.25"),
    total=eur("59.00"),
    allowances_charges=(
        AllowanceCharge(kind="charge", code="FC", text="Freight", amount=eur("5.00"),
                        quantity=Decimal(2), uom="PCE", rate=Decimal("2.5"),
                        base_amount=eur("48.75"), reference="R-1"),
    ),
    payment=Payment(terms=(PaymentTerm(
        basis="invoice_date", net_days=30, discount_days=10, discount_pct=Decimal(2)),
    )),
    notes=(Note(text="Thank you"),),
    references=(Reference(kind="contract", value="C-1", date=dt.date(2026, 1, 1)),),
)  # fmt: skip


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_directory_and_subset_takes_all_that_is_written(dialect: str):
    draft = written(FULL, dialect)
    assert draft.findings == ()
    assert segments(draft, "UNS", "CNT") == ["UNS+S", "CNT+2:2"]


def test_the_heading_names_document_order_shipment_and_parties():
    draft = written(invoice(), "eancom2002")
    rows = segments(draft, "BGM", "DTM", "RFF", "NAD", "CUX")
    assert rows == [
        "BGM+380+I-1+9",
        "DTM+137:20261122:102",
        "RFF+ON:PO-a",
        "DTM+171:20261120:102",
        "RFF+VN:SO-1",
        "RFF+DQ:S-1",
        "NAD+SU+4000001000005::9",
        "RFF+VA:DE136695976",
        "NAD+BY+5412345000013::9",
        "NAD+DP+5412345000020::9++Depot+Street 1+Ghent+++BE",
        "CUX+2:EUR:4",
        "RFF+ON:PO-a:1",
    ]


def test_an_address_has_the_three_lines_that_every_directory_has():
    at = Address(lines=("Hall 4", "Gate 2", "Street 1", "Park"), city="Ghent")
    seller = Party(role="seller", name="Us", address=at)
    rows = segments(written(invoice(parties=(seller,)), "un93"), "NAD")
    assert rows[0] == "NAD+SU+++Us+Hall 4:Gate 2:Street 1, Park+Ghent"


def test_a_credit_note_is_381_and_names_the_invoice():
    bill = invoice(
        kind="credit_note", references=(Reference(kind="invoice", value="I-0"),)
    )
    rows = segments(written(bill, "eancom97"), "BGM", "RFF")
    assert rows[0] == "BGM+381+I-1+9"
    assert "RFF+IV:I-0" in rows


def test_who_gets_despatch_advices_finds_theirs_by_number():
    more = ", {message: edifact_desadv, version: D96A}"
    draft = from_invoice(
        invoice(),
        {"a": Order(po_number="PO-a", id="a")},
        ENVELOPE,
        buyer("edifact_invoic", "un", more),
    )
    assert segments(draft, "RFF")[1:3] == ["RFF+AAK:S-1", "RFF+DQ:S-1"]


def test_lines_of_several_orders_and_shipments_name_their_own():
    bill = invoice(line(), line(order_id="b", po_number="PO-b", shipment="S-2"))
    draft = written(bill)
    assert segments(draft, "LIN", "RFF")[1:] == [
        "LIN+1++4000001000104:EN",
        "RFF+ON:PO-a:1",
        "RFF+DQ:S-1",
        "LIN+2++4000001000104:EN",
        "RFF+ON:PO-b:1",
        "RFF+DQ:S-2",
    ]


def test_a_rate_that_holds_for_all_stands_in_the_heading():
    rows = segments(written(invoice(line())), "TAX", "MOA", "LIN", "UNS")
    assert rows == [
        "TAX+7+VAT+++:::21+S",
        "LIN+1++4000001000104:EN",
        "MOA+203:25",
        "UNS+S",
        "MOA+79:25",
        "MOA+125:25",
        "MOA+124:5.25",
        "MOA+176:5.25",
        "MOA+77:30.25",
        "MOA+86:30.25",
        "TAX+7+VAT+++:::21+S",
        "MOA+124:5.25",
        "MOA+125:25",
    ]


def test_of_several_rates_each_has_its_amount_and_what_it_is_of():
    rows = segments(written(FULL, "eancom97"), "TAX", "MOA", "UNS")
    assert rows[rows.index("UNS+S") :] == [
        "UNS+S",
        "MOA+79:48.75",
        "MOA+131:5",
        "MOA+125:53.75",
        "MOA+124:5.25",
        "MOA+176:5.25",
        "MOA+77:59",
        "MOA+86:59",
        "TAX+7+VAT+++:::21+S",
        "MOA+124:5.25",
        "MOA+125:25",
        "TAX+7+VAT+++:::0+E",
        "MOA+124:0",
        "MOA+125:28.75",
    ]


def test_eancom_94_has_no_invoice_amount_but_the_total():
    totals = segments(written(invoice(), "eancom94"), "MOA")
    assert "MOA+86:30.25" in totals
    assert "MOA+77:30.25" not in totals


def test_taxes_of_the_lines_are_summed_by_rate():
    low = Tax(kind="vat", category="AA", percent=Decimal(6), amount=eur("1.50"))
    bill = invoice(
        line(tax=(VAT,)), line("2", tax=(low,)), line("3", tax=(low,)), taxes=()
    )
    draft = written(bill, "eancom97")
    rows = segments(draft, "TAX", "MOA", "UNS")
    assert rows[rows.index("TAX+7+VAT+++:::6+S", rows.index("UNS+S")) :] == [
        "TAX+7+VAT+++:::6+S",
        "MOA+124:3",
        "MOA+125:50",
    ]
    assert "MOA+86:83.25" in rows


def test_a_tax_of_which_only_the_sum_is_told_is_one_of_all():
    rows = segments(written(invoice(taxes=(), tax_total=eur("4.75"))), "TAX", "MOA")
    assert rows[-3:] == ["TAX+7+VAT", "MOA+124:4.75", "MOA+125:25"]


def test_without_a_tax_no_taxable_amount_is_told():
    rows = segments(written(invoice(taxes=())), "TAX", "MOA")
    assert rows == ["MOA+203:25", "MOA+79:25", "MOA+77:25", "MOA+86:25"]


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ("un", ["PAT+22++5:3:D:10", "PCD+12:2", "PAT+1++5:3:D:30"]),
        ("eancom2002", ["PAT+22++5:3:D:10", "PCD+12:2", "PAT+1++5:3:D:30"]),
        ("un04", ["PYT+22++5+3+D+10", "PCD+12:2", "PYT+1++5+3+D+30"]),
    ],
)
def test_terms_are_said_in_the_directorys_way(dialect: str, expected: list[str]):
    rows = segments(written(replace(FULL, lines=(line(),)), dialect), "PAT", "PYT")
    assert rows == [row for row in expected if row[:3] != "PCD"]
    assert "PCD+12:2" in segments(written(FULL, dialect), "PCD")


def test_a_due_date_is_a_fixed_date():
    draft = written(invoice(due_date=dt.date(2026, 12, 22)), "eancom97")
    assert segments(draft, "PAT", "DTM")[-2:] == ["PAT+3", "DTM+13:20261222:102"]


def test_days_from_what_the_dialect_has_no_code_for_are_left_out_and_told():
    terms = Payment(terms=(PaymentTerm(basis="delivery_date", net_days=30),))
    draft = written(invoice(payment=terms), "eancom97")
    assert segments(draft, "PAT") == ["PAT+1"]
    assert [(f.code, f.where.segment_tag) for f in draft.findings] == [
        ("MAP-014", "PAT")
    ]
    assert segments(written(invoice(payment=terms)), "PAT") == ["PAT+1++29:3:D:30"]


def test_days_behind_the_end_of_the_month_are_said_from_d01a_on():
    terms = Payment(terms=(PaymentTerm(basis="end_of_month", net_days=30),))
    bill = invoice(payment=terms)
    assert segments(written(bill, "un01"), "PAT") == ["PAT+1++5:17:D:30"]
    assert segments(written(bill, "un97"), "PAT") == ["PAT+1"]


@pytest.mark.parametrize(
    ("dialect", "category"),
    [("un", "S"), ("un97", "AA"), ("un21", "AA"), ("eancom2002", "S")],
)
def test_a_category_that_the_directory_lacks_is_the_nearest(
    dialect: str, category: str
):
    low = replace(VAT, category="AA", percent=Decimal(6))
    rows = segments(written(invoice(taxes=(low,)), dialect), "TAX")
    assert rows[0] == f"TAX+7+VAT+++:::6+{category}"


def test_an_allowance_says_step_percentage_amount_and_what_it_is_for():
    rows = segments(written(FULL, "eancom97"), "ALC", "QTY", "PCD", "MOA", "RTE", "PRI")
    at = rows.index("ALC+C+R-1+2++FC:::Freight")
    assert rows[at : at + 5] == [
        "ALC+C+R-1+2++FC:::Freight",
        "QTY+1:2:PCE",
        "MOA+8:5",
        "MOA+25:48.75",
        "RTE+2:2.5",
    ]
    at = rows.index("ALC+A++2+1+AA:::Promotion")
    assert rows[at : at + 3] == ["ALC+A++2+1+AA:::Promotion", "PCD+1:5", "MOA+8:1.25"]


def test_a_line_with_an_allowance_has_its_net_and_its_gross_price():
    rows = segments(written(FULL), "PRI")
    assert rows[1:] == ["PRI+AAA:2.375", "PRI+AAB:2.5"]


def test_a_net_price_that_does_not_end_is_one_for_all_that_is_billed():
    less = AllowanceCharge(kind="allowance", amount=eur("0.50"))
    bill = invoice(line(quantity=Decimal(3), amount="7.00", allowances_charges=(less,)))
    assert segments(written(bill), "PRI") == ["PRI+AAA:7:::3:PCE", "PRI+AAB:2.5"]


def test_a_price_for_a_hundred_says_so():
    per = Price(amount=Decimal(250), currency="EUR", basis_qty=Decimal(100))
    assert segments(written(invoice(line(price=per))), "PRI") == [
        "PRI+AAA:250:::100:PCE"
    ]


def test_codes_that_are_none_of_edifact_are_said_in_words():
    each = AllowanceCharge(kind="charge", code="D240", amount=eur("5.00"))
    rows = segments(written(invoice(allowances_charges=(each,))), "ALC")
    assert rows == ["ALC+C++2++:::D240"]


def test_in_the_oldest_directory_words_need_a_code():
    each = AllowanceCharge(kind="charge", text="Freight", amount=eur("5.00"))
    draft = written(invoice(allowances_charges=(each,)), "un93")
    assert segments(draft, "ALC") == ["ALC+C++2"]
    assert [f.value for f in draft.findings] == ["Freight"]


def test_a_reference_that_the_subset_lacks_is_left_out_and_told():
    bill = invoice(references=(Reference(kind="promotion", value="P-1"),))
    draft = written(bill, "eancom94")
    assert [f.code for f in draft.findings] == ["MAP-014"]
    assert "RFF+PD:P-1" in segments(written(bill), "RFF")


def test_both_sides_are_told_by_the_profile_where_nobody_names_them():
    own = Party(
        role="seller",
        id="4000001000999",
        id_scheme="gln",
        tax_ids=(Identifier(id="X-1", scheme="XA"),),
    )
    orders = {"a": Order(po_number="PO-a", id="a")}
    profile = buyer("edifact_invoic", "un")
    named = from_invoice(invoice(parties=(own,)), orders, ENVELOPE, profile)
    assert segments(named, "NAD", "RFF")[2:5] == [
        "NAD+SU+4000001000999::9",
        "RFF+XA:X-1",
        "NAD+BY+5412345000013::9",
    ]
