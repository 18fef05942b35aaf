"""cXML OrderStatusRequest: the question as a canonical inquiry."""

from __future__ import annotations

from gateway.cxml_punchout.document import Document
from gateway.findings import Findings
from gateway.mappers.mapped import Mapped
from gateway.mappers.parts.cxml_ledger import CxmlLedger
from gateway.mappers.parts.cxml_party import contact_parties
from gateway.mappers.parts.cxml_source import source_of
from gateway.order.inquiry import Inquired, Inquiry

__all__ = ["to_inquiry"]

_HEADER = "OrderStatusRequestHeader"


def to_inquiry(document: Document) -> Mapped:
    """The question about one order, or some of its lines, and what was found.

    Without the order's number nothing can be asked (MAP-010).
    """
    found = Findings()
    body = document.body
    header = None if body is None else body.find(_HEADER)
    if body is None or header is None:
        found.add("MAP-010", "the request names no order")
        return Mapped(None, found.done())
    ledger = CxmlLedger(found, body, "OrderStatusRequest", document.zone)
    named = next(iter((*header.iterfind("OrderReference"), *header)))
    number = ledger.attribute(named, "orderID", "about[0].po_number")
    if not number:
        found.add("MAP-010", "the request names no order", ledger.at(header))
        return Mapped(None, found.done())
    lines = (
        ledger.attribute(one, "lineNumber", "about[0].lines")
        for one in body.iterfind("OrderStatusRequestItem/ItemReference")
    )
    asked = ledger.stamp(header, "orderStatusRequestDate", "asked_on")
    inquiry = Inquiry(
        number=ledger.attribute(header, "orderStatusRequestID", "number"),
        source=source_of(document),
        asked_on=asked.day,
        asked_at=asked.sent,
        test=document.test,
        parties=tuple(contact_parties(ledger, header.findall("Contact"))),
        about=(Inquired(po_number=number, lines=tuple(one for one in lines if one)),),
        extensions=ledger.left_over(),
        provenance=ledger.provenance,
    )
    return Mapped(None, found.done(), inquiry=inquiry)
