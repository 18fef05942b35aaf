"""cXML StatusUpdateRequest: what became of a document of ours, as an advice."""

from __future__ import annotations

from gateway.cxml_punchout.document import Document
from gateway.cxml_punchout.status import classed
from gateway.findings import Findings
from gateway.mappers.mapped import Mapped
from gateway.mappers.parts.cxml_ledger import CxmlLedger
from gateway.mappers.parts.cxml_source import source_of
from gateway.order.advice import Advice, Advised, DocumentKind, Objection, Said
from gateway.safexml import Element, attribute

__all__ = ["to_advice"]

_MORE_TO_COME = 201
_TYPES = (
    ("InvoiceStatus", "type"),
    ("DocumentStatus", "type"),
    ("IntegrationStatus", "documentStatus"),
)
"""What tells more than the Status, and the attribute that it stands in."""
_REFUSED = frozenset(
    ("rejected", "canceled", "cancelled", "deliveryfailed", "customerfailed")
)
_FIELD = "about[0]"


def to_advice(document: Document) -> Mapped:
    """The verdict on one document of ours, and what was found on the way.

    It is named by its payloadID, an invoice perhaps by its number. A Status that more
    is to follow (201) settles nothing. Nothing is lost: what has no field stands in
    ``extensions``.
    """
    found = Findings()
    body = document.body
    status = None if body is None else body.find("Status")
    if body is None or status is None:
        found.add("MAP-017", "the request has no Status")
        return Mapped(None, found.done())
    ledger = CxmlLedger(found, body, "StatusUpdateRequest", document.zone)
    code = ledger.attribute(status, "code", f"{_FIELD}.sent")
    words = ledger.attribute(status, "text", f"{_FIELD}.objections[0].text")
    text = ledger.text(status, f"{_FIELD}.text")
    more = _more(ledger, body)
    said = _said(code, more)
    texts = [one for one in (text, *_comments(ledger, body)) if one]
    reference = body.find("DocumentReference")
    about = Advised(
        kind=_kind(body),
        number=_invoice(ledger, body),
        said=said,
        sent=" ".join(one for one in (code, more) if one),
        message_control=ledger.attribute(
            reference, "payloadID", f"{_FIELD}.message_control"
        ),
        objections=(Objection(code=code, text=": ".join((words, *texts))),)
        if said == "rejected"
        else (),
        text="\n".join(texts),
    )
    if not code.isdigit():
        found.add("MAP-016", f"{code!r} is no Status", ledger.at(status, "code"), code)
    advice = Advice(
        kind="application",
        number=document.payload_id,
        source=source_of(document),
        issue_date=document.sent.day,
        test=document.test,
        about=(about,),
        extensions=ledger.left_over(),
        provenance=ledger.provenance,
    )
    return Mapped(None, found.done(), advice=advice)


def _more(ledger: CxmlLedger, body: Element) -> str:
    """What the buyer's side says beyond the Status: rejected, paid."""
    for name, its in _TYPES:
        value = ledger.attribute(body.find(name), its, f"{_FIELD}.sent")
        if value:
            return value
    return ""


def _said(code: str, more: str) -> Said:
    if not code.isdigit() or classed(int(code)) == _MORE_TO_COME:
        return ""
    if classed(int(code)) >= 300 or more.lower() in _REFUSED:
        return "rejected"
    return "accepted"


def _kind(body: Element) -> DocumentKind:
    return "" if body.find("InvoiceStatus") is None else "invoice"


def _invoice(ledger: CxmlLedger, body: Element) -> str:
    info = body.find("InvoiceStatus/InvoiceIDInfo")
    return ledger.attribute(info, "invoiceID", f"{_FIELD}.number")


def _comments(ledger: CxmlLedger, body: Element) -> list[str]:
    found = (one for name, _ in _TYPES for one in body.iterfind(f"{name}/Comments"))
    texts = [ledger.text(one, f"{_FIELD}.text") for one in found]
    for one in body.iterfind("Extrinsic"):
        if attribute(one, "name").lower() in ("reason", "comments"):
            texts.append(ledger.text(one, f"{_FIELD}.text"))
    return texts
