"""A UBL Order (Peppol T01, or any UBL 2.1) as the canonical order."""

from __future__ import annotations

from dataclasses import replace

from gateway.findings import Findings
from gateway.mappers.mapped import Mapped
from gateway.mappers.parts import ubl_terms
from gateway.mappers.parts.sums import computed, line_amount
from gateway.mappers.parts.ubl_order import Head, head, order_lines, order_type
from gateway.order.model import Order
from gateway.order.terms import Period
from gateway.safexml import text_of
from gateway.ubl.document import Document
from gateway.ubl.names import every, inner

__all__ = ["to_order"]

_DELETED = "2"
"""LineStatusCode (UNCL 1229)."""


def to_order(document: Document) -> Mapped:
    """The order in an Order, and what was found.

    Nothing is lost: each text went to a field, which ``provenance`` says, or stands in
    ``extensions``.
    """
    found = Findings()
    its = head(document, found)
    ledger, root = its.ledger, document.root
    lines = order_lines(its)
    _no_new_ones(its)
    is_copy = ledger.whether(root, "cbc:CopyIndicator", "purpose")
    if is_copy:
        found.add("MAP-011", "a copy", ledger.at(root))
    validity = inner(root, "cac:ValidityPeriod")
    start = ledger.on(validity, "cbc:StartDate", "validity.start")
    end = ledger.on(validity, "cbc:EndDate", "validity.end")
    ledger.spanned(validity, start, end)
    order = Order(
        po_number=ledger.words(root, "cbc:ID", "po_number"),
        source=its.source,
        purpose="copy" if is_copy else "original",
        order_type=order_type(ledger, root),
        issue_date=(day := ledger.on(root, "cbc:IssueDate", "issue_date")),
        issued_at=ledger.at_time(root, "cbc:IssueTime", "issued_at", day),
        ack_wanted=its.ack_wanted,
        currency=its.currency,
        contract_ref=ledger.words(root, "cac:Contract/cbc:ID", "contract_ref"),
        quote_ref=ledger.words(
            root, "cac:QuotationDocumentReference/cbc:ID", "quote_ref"
        ),
        requisition_ref=ledger.words(
            root, "cac:OriginatorDocumentReference/cbc:ID", "requisition_ref"
        ),
        project=ledger.words(root, "cac:ProjectReference/cbc:ID", "project"),
        accounting_cost=ledger.words(root, "cbc:AccountingCost", "accounting_cost"),
        customer_reference=ledger.words(
            root, "cbc:CustomerReference", "customer_reference"
        ),
        sales_order_number=ledger.words(root, "cbc:SalesOrderID", "sales_order_number"),
        account_number=ledger.words(
            root,
            "cac:BuyerCustomerParty/cbc:SupplierAssignedAccountID",
            "account_number",
        ),
        references=tuple(ubl_terms.references(ledger, root)),
        validity=Period(start=start, end=end) if start or end else None,
        parties=its.parties,
        delivery=its.delivery,
        payment=ubl_terms.payment(ledger, root),
        allowances_charges=tuple(
            ubl_terms.allowances(ledger, root, peppol=its.context.peppol)
        ),
        taxes=tuple(ubl_terms.summed_taxes(ledger, root)),
        totals=ubl_terms.totals(ledger, root)
        or computed(lines, line_amount(lines, its.currency)),
        notes=ubl_terms.notes(ledger, every(root, "cbc:Note")),
        attachments=ubl_terms.attachments(ledger, root),
        lines=lines,
    )
    left = ledger.left_over("OrderLine")
    order = replace(order, extensions=left, provenance=ledger.provenance)
    return Mapped(order, found.done())


def _no_new_ones(its: Head) -> None:
    """Lines of an order that are deleted ones: nothing of them is to be delivered."""
    for one in every(
        its.document.root, "cac:OrderLine/cac:LineItem/cbc:LineStatusCode"
    ):
        if text_of(one) == _DELETED:
            what = "a deleted line in an order"
            its.ledger.found.add("MAP-002", what, its.ledger.at(one), _DELETED)
