"""Allowances, charges, taxes and totals of an INVOIC."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from gateway.edi.edifact.writer import Row
from gateway.mappers.edifact_invoic.form import Form
from gateway.mappers.parts.edifact_fit import EdifactFit, row
from gateway.mappers.parts.edifact_price import moa
from gateway.mappers.parts.taxes import taxes_of
from gateway.order.invoice import Invoice
from gateway.order.money import Money
from gateway.order.terms import AllowanceCharge, Tax

__all__ = ["alc_rows", "foot_rows", "tax_row"]

_ZERO = Decimal(0)
_SETTLED = {"bill_back": "1", "off_invoice": "2", "": "2"}
"""How an allowance is settled (4471)."""
_MOST_TAXES = 10
_LONGEST_CODE = 3


def alc_rows(
    fit: EdifactFit, found: Iterable[AllowanceCharge], form: Form
) -> Iterator[Row]:
    """ALC with its quantity, percentage, amount and rate, in the order they apply in.

    1227 is the step of the calculation where one is told.
    """
    for each in found:
        allowance = each.kind == "allowance"
        step = "" if each.sequence is None else str(each.sequence)
        yield row(
            "ALC",
            "A" if allowance else "C",
            (fit.id(each.reference, 35, "ALC-02"),),
            _SETTLED.get(each.settlement, ""),
            fit.id(step, 3, "ALC-04"),
            _service(fit, each, form),
        )
        if each.quantity is not None:
            count = fit.number(each.quantity, 15, "QTY-01")
            yield row("QTY", ("1", count, fit.id(each.uom, 3, "QTY-01")))
        if each.percent is not None:
            percent = fit.number(each.percent, 8, "PCD-01")
            yield row("PCD", ("1" if allowance else "2", percent))
        if each.amount is not None:
            yield moa(fit, "8", each.amount.amount)
        if each.base_amount is not None and form.base_amount:
            yield moa(fit, form.base_amount, each.base_amount.amount)
        if each.rate is not None:
            yield row(
                "RTE", ("1" if allowance else "2", fit.number(each.rate, 15, "RTE-01"))
            )


def _service(fit: EdifactFit, each: AllowanceCharge, form: Form) -> tuple[str, ...]:
    """C214: the code where it can be one of EDIFACT, and the text."""
    code = each.code if len(each.code) <= _LONGEST_CODE else ""
    text = each.text or (each.code if not code else "")
    if not text or (form.coded_services and not code):
        if text:
            fit.cut("left out, it has no code", text, "ALC-05")
        return (code,)
    return (code, "", "", fit.text(text, 35, "ALC-05"))


def tax_row(fit: EdifactFit, tax: Tax, form: Form) -> Row:
    """TAX: its kind, rate and category; a rate of nothing is an exemption."""
    rate = "" if tax.percent is None else fit.number(tax.percent, 17, "TAX-05")
    free = tax.percent is not None and not tax.percent
    category = tax.category or ("" if rate == "" else "E" if free else "S")
    return row(
        "TAX",
        "7",
        (form.taxes.get(tax.kind, ""),),
        "",
        "",
        ("", "", "", rate) if rate != "" else "",
        form.categories.get(category, ""),
        fit.id(tax.id, 20, "TAX-07"),
    )


def foot_rows(fit: EdifactFit, invoice: Invoice, form: Form) -> Iterator[Row]:
    """The totals, and each tax with its amount and what it is of."""
    for code, amount in _totals(invoice):
        if code in form.totals and amount is not None:
            yield moa(fit, code, amount.amount)
    for tax in taxes_of(invoice)[:_MOST_TAXES]:
        yield tax_row(fit, tax, form)
        if tax.amount is not None:
            yield moa(fit, "124", tax.amount.amount)
        if tax.base_amount is not None:
            yield moa(fit, "125", tax.base_amount.amount)


def _totals(invoice: Invoice) -> Iterator[tuple[str, Money | None]]:
    """Lines, charges less allowances, what is taxed, the tax, what is to be paid."""
    due = invoice.due or Money(_ZERO, invoice.currency)
    tax = invoice.tax_sum
    yield "79", invoice.goods
    if invoice.allowances_charges:
        yield "131", invoice.charged
    if tax is not None:
        yield "125", invoice.without_tax
        yield "124", tax
        yield "176", tax
    yield "77", due
    yield "86", due
