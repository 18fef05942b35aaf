"""A UBL OrderCancellation (Peppol T115) as the cancellation of an order."""

from __future__ import annotations

from dataclasses import replace

from gateway.findings import Findings
from gateway.mappers.mapped import Mapped
from gateway.mappers.parts import ubl_terms
from gateway.mappers.parts.ubl_order import head
from gateway.order.change import Cancel
from gateway.ubl.document import Document
from gateway.ubl.names import every

__all__ = ["to_cancel"]


def to_cancel(document: Document) -> Mapped:
    """The cancellation, and what was found; MAP-010 where it names no order."""
    found = Findings()
    its = head(document, found)
    ledger, root = its.ledger, document.root
    po_number = ledger.words(root, "cac:OrderReference/cbc:ID", "po_number")
    if not po_number:
        found.add("MAP-010", "the cancellation names no order", ledger.at(root))
        return Mapped(None, found.done())
    reasons = (*every(root, "cbc:CancellationNote"), *every(root, "cbc:Note"))
    cancel = Cancel(
        po_number=po_number,
        source=its.source,
        order_date=ledger.on(root, "cac:OrderReference/cbc:IssueDate", "order_date"),
        requested_on=ledger.on(root, "cbc:IssueDate", "requested_on"),
        ack_wanted=its.ack_wanted,
        parties=its.parties,
        notes=ubl_terms.notes(ledger, reasons),
    )
    cancel = replace(
        cancel, extensions=ledger.left_over(), provenance=ledger.provenance
    )
    return Mapped(None, found.done(), cancel)
