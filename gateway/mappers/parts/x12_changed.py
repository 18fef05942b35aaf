"""What an 850 and an 860 say alike of the order that they change."""

from __future__ import annotations

from typing import Any

from gateway.edi.tree import LoopRead
from gateway.mappers.mapped import Carrier
from gateway.mappers.parts import x12, x12_terms
from gateway.mappers.parts.ledger import Ledger
from gateway.mappers.parts.x12_head import whence
from gateway.order.terms import Payment


def head_of(ledger: Ledger, message: LoopRead, carrier: Carrier) -> dict[str, Any]:
    """The fields that a change and a cancellation have beside the order's numbers."""
    _, references = x12.references(ledger, message.all("REF"), {})
    return {
        **whence(ledger, message, carrier),
        "references": references,
        "notes": tuple(x12.notes(ledger, message.inner("N9"))),
    }


def currency_of(ledger: Ledger, message: LoopRead) -> str:
    """CUR-02; without one the order's holds."""
    cur = message.first("CUR")
    return ledger.text(cur, 2, "currency") if cur else ""


def terms_of(ledger: Ledger, message: LoopRead, currency: str) -> dict[str, Any]:
    """The fields of a change that say when, how and for what: new days, payment."""
    days = x12_terms.delivery_days(ledger, message.all("DTM"))
    terms = tuple(x12_terms.payment_terms(ledger, message.all("ITD"), currency))
    return {
        "currency": currency,
        "delivery": x12_terms.with_terms(ledger, days, message),
        "payment": Payment(terms=terms) if terms else None,
    }
