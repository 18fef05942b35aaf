"""A UBL OrderChange (Peppol T114) as the change of an order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from gateway.findings import Findings
from gateway.mappers.mapped import Mapped
from gateway.mappers.parts import ubl_terms
from gateway.mappers.parts.ubl_order import Head, head, order_lines, order_type
from gateway.order.change import LineAction, LineChange, OrderChange, Touch
from gateway.safexml import text_of
from gateway.ubl.document import Document
from gateway.ubl.names import every, inner

__all__ = ["to_change"]

_ACTIONS: Mapping[str, LineAction] = {
    "1": "add",
    "2": "delete",
    "3": "change",
    "4": "none",
    "74": "change",
}
"""LineStatusCode (UNCL 1229); 74 opens a line again."""
_EVERYTHING: tuple[Touch, ...] = ("quantity", "price", "dates", "item", "unit")


def to_change(document: Document) -> Mapped:
    """The change in an OrderChange, and what was found.

    A line that is not named stays as it is; one without a status is changed to what
    is said of it. Without the number of the order there is no change (MAP-010).
    """
    found = Findings()
    its = head(document, found)
    ledger, root = its.ledger, document.root
    po_number = ledger.words(root, "cac:OrderReference/cbc:ID", "po_number")
    if not po_number:
        found.add("MAP-010", "the change names no order", ledger.at(root))
        return Mapped(None, found.done())
    if ledger.whether(root, "cbc:CopyIndicator", "purpose"):
        found.add("MAP-015", "a copy of a change", ledger.at(root))
    change = OrderChange(
        po_number=po_number,
        source=its.source,
        sequence=ledger.words(root, "cbc:SequenceNumberID", "sequence"),
        order_type=order_type(ledger, root),
        sales_order_number=ledger.words(root, "cbc:SalesOrderID", "sales_order_number"),
        order_date=ledger.on(root, "cac:OrderReference/cbc:IssueDate", "order_date"),
        requested_on=ledger.on(root, "cbc:IssueDate", "requested_on"),
        ack_wanted=its.ack_wanted,
        currency=its.currency,
        contract_ref=ledger.words(root, "cac:Contract/cbc:ID", "contract_ref"),
        references=tuple(ubl_terms.references(ledger, root)),
        parties=its.parties,
        delivery=its.delivery,
        payment=ubl_terms.payment(ledger, root),
        allowances_charges=tuple(
            ubl_terms.allowances(ledger, root, peppol=its.context.peppol)
        ),
        notes=ubl_terms.notes(ledger, every(root, "cbc:Note")),
        lines=tuple(_changes(its)),
    )
    left = ledger.left_over("OrderLine")
    change = replace(change, extensions=left, provenance=ledger.provenance)
    return Mapped(None, found.done(), change)


def _changes(its: Head) -> Iterator[LineChange]:
    places = every(its.document.root, "cac:OrderLine")
    for place, line in zip(places, order_lines(its), strict=True):
        code = inner(place, "cac:LineItem/cbc:LineStatusCode")
        sent = text_of(code)
        action = _ACTIONS.get(sent, "change")
        if sent and sent not in _ACTIONS and code is not None:
            what = f"{sent!r} is no status of a changed line"
            its.ledger.found.add("MAP-015", what, its.ledger.at(code), sent)
        kept = tuple(
            one for one in line.extensions if not one.path.endswith("/LineStatusCode")
        )
        yield LineChange(
            line=replace(line, extensions=kept),
            action=action,
            touches=_EVERYTHING if action == "change" else (),
            sent=sent,
        )
