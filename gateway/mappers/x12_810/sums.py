"""The foot of an 810: what is to be paid, taxes, allowances and charges."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Context, Decimal

from gateway.edi.x12.writer import Row
from gateway.mappers.parts.fit import Fit, row
from gateway.order.invoice import Invoice
from gateway.order.terms import AllowanceCharge, Tax

_EXACT = Context(prec=200)
_CENT = Decimal("0.01")
_TAXES = {"vat": "VA", "sales": "ST", "gst": "GS"}
"""TXI-01 (DE 963) of a kind of tax; any other is TX, all taxes."""
_MOST = {"TXI": 10, "SAC": 25}


def foot_rows(fit: Fit, invoice: Invoice) -> Iterator[Row]:
    """TDS, TXI, SAC. Taxes stand here alone, those of the lines in their sum."""
    due = invoice.due
    yield ("TDS", n2(fit, due.amount if due else Decimal(0), "TDS-01"))
    for tax in _taxes(invoice)[: _MOST["TXI"]]:
        amount = tax.amount.amount if tax.amount else Decimal(0)
        part = tax.percent / 100 if tax.percent is not None else None
        percent = "" if part is None else fit.number(part, 10, "TXI-03")
        code = _TAXES.get(tax.kind, "TX")
        yield row("TXI", code, fit.number(amount, 18, "TXI-02"), percent)
    for each in invoice.allowances_charges[: _MOST["SAC"]]:
        yield sac(fit, each)


def _taxes(invoice: Invoice) -> tuple[Tax, ...]:
    """The taxes of the invoice, else their sum as one."""
    if invoice.taxes:
        return invoice.taxes
    return (Tax(amount=invoice.tax_sum),) if invoice.tax_sum else ()


def sac(fit: Fit, each: AllowanceCharge) -> Row:
    """SAC. What has no code of the standard is ZZZZ with its text (X12 R0203)."""
    amount = n2(fit, each.amount.amount, "SAC-05") if each.amount else ""
    percent = "" if each.percent is None else fit.number(each.percent, 6, "SAC-07")
    return row(
        "SAC",
        "A" if each.kind == "allowance" else "C",
        fit.id(each.code, 4, "SAC-02", 4) or "ZZZZ",
        "",
        "",
        amount,
        "3" if percent else "",
        percent,
        "",
        "",
        "",
        "",
        "06" if each.settlement in ("", "off_invoice") else "",
        "",
        "",
        fit.text(each.text or each.code, 80, "SAC-15"),
    )


def n2(fit: Fit, amount: Decimal, place: str) -> str:
    """Money with two implied decimals (type N2): 12.5 is 1250."""
    cents = amount.quantize(_CENT, rounding=ROUND_HALF_UP, context=_EXACT)
    if cents != amount:
        fit.cut("rounded to two decimals", f"{amount:f}", place)
    text = str(int(cents.scaleb(2, context=_EXACT)))
    if len(text.lstrip("-")) > 15:
        fit.cut("left out, over 15 digits", text, place)
        return ""
    return text
