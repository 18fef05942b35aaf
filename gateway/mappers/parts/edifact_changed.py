"""What an ORDCHG, and an ORDERS that changes an order, say alike of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from gateway.edi.edifact.segment import EdifactSegment
from gateway.edi.tree import LoopRead
from gateway.mappers.mapped import EdifactCarrier
from gateway.mappers.parts import edifact_terms as terms
from gateway.mappers.parts.edifact import notes, parties, those
from gateway.mappers.parts.edifact_codes import ACKS_WANTED, ORDER_TYPES
from gateway.mappers.parts.edifact_head import source_of, without_service
from gateway.mappers.parts.edifact_ledger import EdifactLedger
from gateway.order.change import Cancel, LineChange, OrderChange, Touch
from gateway.order.model import AckWanted
from gateway.order.terms import Payment

__all__ = ["EVERYTHING", "cancel_of", "change_of", "head_of"]

EVERYTHING: tuple[Touch, ...] = ("quantity", "price", "dates", "item", "unit")
"""A changed line carries its full new state."""


def head_of(
    ledger: EdifactLedger,
    bgm: EdifactSegment,
    message: LoopRead,
    carrier: EdifactCarrier,
) -> dict[str, Any]:
    """What a change and a cancellation have in common beside the order's numbers."""
    kind, wanted = bgm.part(1).strip(), bgm.part(4).strip()
    if wanted in ACKS_WANTED:
        ledger.took("ack_wanted", bgm, 4)
    other: AckWanted = "any" if wanted else ""
    found = those(message, "DTM")
    ordered = next((dtm for dtm in found if dtm.part(1).strip() == "4"), None)
    written = next((dtm for dtm in found if dtm.part(1).strip() == "137"), None)
    return {
        "source": source_of(carrier),
        "order_type": ORDER_TYPES.get(kind, ""),
        "order_date": ledger.day(ordered, "order_date") if ordered else None,
        "requested_on": ledger.day(written, "requested_on") if written else None,
        "ack_wanted": ACKS_WANTED.get(wanted, other),
        "test": bool(carrier.interchange.test_indicator),
        "parties": parties(ledger, message),
        "notes": tuple(notes(ledger, those(message, "FTX"))),
    }


def cancel_of(ledger: EdifactLedger, message: LoopRead, head: dict[str, Any]) -> Cancel:
    """A cancellation; its lines stay in the extensions."""
    left = ledger.left_over(without_service(message, lines=True))
    return Cancel(**head, extensions=left, provenance=ledger.provenance)


def change_of(
    ledger: EdifactLedger,
    message: LoopRead,
    head: dict[str, Any],
    purpose: Literal["change", "replace"],
    lines: Iterable[LineChange],
) -> OrderChange:
    """A change with its new days and terms; ``head`` has the currency."""
    days = terms.delivery(ledger, those(message, "DTM"))
    payment = tuple(terms.payment_terms(ledger, message))
    return OrderChange(
        **head,
        purpose=purpose,
        delivery=terms.with_terms(ledger, days, message),
        payment=Payment(terms=payment) if payment else None,
        lines=tuple(lines),
        extensions=ledger.left_over(without_service(message)),
        provenance=ledger.provenance,
    )
