"""What an 850 and an 860 say alike of the order that they change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gateway.edi.tree import LoopRead, SegmentRead
from gateway.mappers.mapped import Carrier
from gateway.mappers.parts import x12, x12_days, x12_terms
from gateway.mappers.parts.ledger import Ledger
from gateway.mappers.parts.x12_head import note_two_parties, whence
from gateway.mappers.parts.x12_line import flags
from gateway.mappers.parts.x12_totals import totals
from gateway.mappers.parts.x12_unread import note_of_head
from gateway.order.change import LineChange
from gateway.order.model import NO_FLAGS, LineFlags
from gateway.order.terms import Payment


def head_of(ledger: Ledger, message: LoopRead, carrier: Carrier) -> dict[str, Any]:
    """The fields that a change and a cancellation have beside the order's numbers."""
    _, references = x12.references(ledger, message.all("REF"), {})
    its = whence(ledger, message, carrier)
    note_two_parties(ledger, message, its["parties"])
    return {
        **its,
        "references": references,
        "notes": tuple(x12.notes(ledger, message.inner("N9"))),
    }


def currency_of(ledger: Ledger, message: LoopRead) -> str:
    """CUR-02; without one the order's holds."""
    cur = message.first("CUR")
    return ledger.text(cur, 2, "currency") if cur else ""


def agreement_of(
    ledger: Ledger, message: LoopRead, first: SegmentRead, at: int, head: dict[str, Any]
) -> dict[str, Any]:
    """The contract (element ``at``, else REF CT), and the blanket of a release."""
    contract = ledger.text(first, at, "contract_ref")
    named = (ref for ref in message.all("REF") if ref[1].rstrip() == "CT")
    for ref in () if contract else named:
        contract = contract or ledger.text(ref, 2, "contract_ref")
    is_release = head["order_type"] == "release"
    return {
        "contract_ref": contract,
        "blanket_ref": head["po_number"] if is_release else "",
    }


def flags_of(ledger: Ledger, message: LoopRead, *, whole: bool) -> LineFlags:
    """What CSH of the heading allows, where the heading says all of itself."""
    return (
        flags(ledger, message.all("CSH"), "lines.flags", NO_FLAGS)
        if whole
        else NO_FLAGS
    )


def terms_of(
    ledger: Ledger, message: LoopRead, currency: str, condition: LineFlags
) -> dict[str, Any]:
    """The fields of a change that say when, how and for what: days, payment, money."""
    days = x12_days.delivery_days(ledger, message.all("DTM"))
    terms = tuple(x12_terms.payment_terms(ledger, message.all("ITD"), currency))
    note_of_head(ledger, message, message.tags)
    return {
        "currency": currency,
        "delivery": x12_terms.with_terms(
            ledger, days, message, partial=condition.partial
        ),
        "payment": Payment(terms=terms) if terms else None,
        "allowances_charges": x12_terms.allowances(
            ledger, message.inner("SAC"), currency
        ),
    }


def whole_of(
    ledger: Ledger, message: LoopRead, currency: str, lines: Iterable[LineChange]
) -> dict[str, Any]:
    """What counts beside it where a change replaces the order: taxes and sums."""
    ordered = tuple(one.line for one in lines if one.action != "delete")
    return {
        "whole": True,
        "taxes": x12_terms.taxes(ledger, message, currency, "taxes"),
        "totals": totals(ledger, message, ordered, currency),
    }
