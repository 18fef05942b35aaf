"""What an ORDCHG, and an ORDERS that changes an order, say alike of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.edi.edifact.segment import EdifactSegment
from gateway.edi.tree import LoopRead
from gateway.mappers.mapped import EdifactCarrier
from gateway.mappers.parts import edifact_days
from gateway.mappers.parts import edifact_terms as terms
from gateway.mappers.parts.edifact import led, notes, ordering, those
from gateway.mappers.parts.edifact_codes import ACKS_WANTED, ORDER_TYPES
from gateway.mappers.parts.edifact_head import source_of, without_service
from gateway.mappers.parts.edifact_ledger import EdifactLedger
from gateway.mappers.parts.edifact_totals import totals
from gateway.mappers.parts.edifact_unread import note_factors
from gateway.order.change import Cancel, LineChange, OrderChange, Touch
from gateway.order.model import NO_FLAGS, AckWanted, LineFlags
from gateway.order.terms import Payment

__all__ = ["EVERYTHING", "cancel_of", "change_of", "flags_of", "head_of"]

_AGREEMENTS = {"CT": "contract_ref", "BC": "contract_ref", "BO": "blanket_ref"}
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
        "parties": ordering(ledger, message),
        "notes": tuple(notes(ledger, those(message, "FTX"))),
    }


def cancel_of(ledger: EdifactLedger, message: LoopRead, head: dict[str, Any]) -> Cancel:
    """A cancellation; its lines stay in the extensions."""
    left = ledger.left_over(without_service(message, lines=True))
    return Cancel(**head, extensions=left, provenance=ledger.provenance)


def flags_of(ledger: EdifactLedger, message: LoopRead, *, whole: bool) -> LineFlags:
    """What SCC of the heading allows, where the heading says all of itself."""
    if not whole:
        return NO_FLAGS
    return terms.flags(ledger, message, "lines.flags", NO_FLAGS)


def change_of(
    ledger: EdifactLedger,
    message: LoopRead,
    head: dict[str, Any],
    condition: LineFlags,
    lines: Sequence[LineChange],
    *,
    whole: bool,
) -> OrderChange:
    """A change with its new days and terms; ``head`` has the currency.

    With ``whole`` it replaces the order, and its heading says all of itself.
    """
    days = edifact_days.delivery(ledger, those(message, "DTM"))
    payment = tuple(terms.payment_terms(ledger, message))
    currency = head["currency"]
    note_factors(ledger, [apr for apr, _ in led(message, "APR")])
    more: dict[str, Any] = {}
    if whole:
        ordered = tuple(one.line for one in lines if one.action != "delete")
        more = {
            "whole": True,
            "taxes": terms.taxes(ledger, message, currency, "taxes"),
            "totals": totals(ledger, message, ordered, currency),
        }
    return OrderChange(
        **head,
        **_agreement(ledger, message),
        **more,
        purpose="replace" if whole else "change",
        delivery=terms.with_terms(ledger, days, message, partial=condition.partial),
        payment=Payment(terms=payment) if payment else None,
        allowances_charges=terms.allowances(ledger, message, currency),
        lines=tuple(lines),
        extensions=ledger.left_over(without_service(message)),
        provenance=ledger.provenance,
    )


def _agreement(ledger: EdifactLedger, message: LoopRead) -> dict[str, Any]:
    """The contract (RFF CT, BC) and the blanket order (BO) that the order is under."""
    found: dict[str, Any] = {}
    for rff, _ in led(message, "RFF"):
        field = _AGREEMENTS.get(rff.part(1).strip(), "")
        if field and field not in found:
            found[field] = ledger.text(rff, 1, field, 2)
    return found
