"""The sums of an EDIFACT order: as sent, else as its lines add up."""

from __future__ import annotations

from dataclasses import replace

from gateway.edi.tree import LoopRead
from gateway.mappers.parts import edifact_terms as terms
from gateway.mappers.parts.edifact import those
from gateway.mappers.parts.edifact_ledger import EdifactLedger
from gateway.mappers.parts.sums import computed, line_amount
from gateway.order.model import OrderLine
from gateway.order.terms import Totals

__all__ = ["totals"]


def totals(
    ledger: EdifactLedger,
    message: LoopRead,
    lines: tuple[OrderLine, ...],
    currency: str,
) -> Totals:
    """MOA and CNT of the summary. Where no sum was sent, every sum is computed."""
    counted = {cnt.part(1).strip(): cnt for cnt in those(message, "CNT")}
    count = quantities = None
    if "2" in counted:
        ledger.qualified(counted["2"], 1)
        count = ledger.whole(counted["2"], 1, "totals.line_count", 2)
    if "1" in counted:
        ledger.qualified(counted["1"], 1)
        quantities = ledger.number(counted["1"], 1, "totals.quantity_sum", 2)
    sent = Totals(
        source="sent",
        line_count=count,
        quantity_sum=quantities,
        line_amount=terms.money(
            ledger, message, ("79",), "totals.line_amount", currency
        ),
        amount=terms.money(
            ledger, message, ("86", "128", "9"), "totals.amount", currency
        ),
        tax_amount=terms.money(
            ledger, message, ("176",), "totals.tax_amount", currency
        ),
    )
    top = [line for line in lines if not line.parent_line]
    added = line_amount(top, currency)
    if sent == Totals(source="sent"):
        return computed(top, added)
    return sent if sent.line_amount else replace(sent, line_amount=added)
