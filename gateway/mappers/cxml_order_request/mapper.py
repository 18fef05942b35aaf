"""A cXML OrderRequest as the canonical order, or as the change of one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.cxml_punchout.document import Document, stated
from gateway.findings import Findings, Where
from gateway.mappers.mapped import Mapped
from gateway.mappers.parts import cxml_terms
from gateway.mappers.parts.cxml_control import instructions
from gateway.mappers.parts.cxml_ledger import CxmlLedger
from gateway.mappers.parts.cxml_line import Context, order_line
from gateway.mappers.parts.cxml_party import (
    buyer_of,
    contact_parties,
    contact_role,
    party,
)
from gateway.mappers.parts.cxml_source import source_of
from gateway.mappers.parts.sums import computed, line_amount
from gateway.mappers.parts.xml_once import CXML, told_once
from gateway.order.change import Cancel, LineChange, OrderChange, Touch
from gateway.order.model import (
    AckWanted,
    DocType,
    LineFlags,
    Order,
    OrderLine,
    OrderType,
)
from gateway.order.money import Money
from gateway.order.party import Party, Reference
from gateway.order.terms import AllowanceCharge, Delivery, Period, Totals
from gateway.safexml import Element, attribute

__all__ = ["to_order"]

_ORDER_TYPES: Mapping[str, OrderType] = {
    "regular": "standard",
    "release": "release",
    "blanket": "blanket",
    "stockTransport": "stock_transfer",
    "stockTransportRelease": "stock_transfer",
}
_ACKS_WANTED: Mapping[str, AckWanted] = {
    "allowed": "any",
    "notAllowed": "none",
    "requiredBeforeASN": "with_detail",
}
"""OCInstruction of ControlKeys."""
_REFERENCES: Mapping[str, str] = {
    "quoteid": "quote_ref",
    "quotenumber": "quote_ref",
    "customerreferenceid": "customer_reference",
    "customerreference": "customer_reference",
    "accountid": "account_number",
    "customerid": "account_number",
    "project": "project",
    "projectid": "project",
}
"""The field that the first IdReference of a domain fills."""
_EVERYTHING: tuple[Touch, ...] = ("quantity", "price", "dates", "item", "unit")


@dataclass(slots=True)
class _Asked:
    """An OrderRequest: its heading, and the ledger of both."""

    document: Document
    header: Element
    lines: list[Element]
    ledger: CxmlLedger

    @property
    def currency(self) -> str:
        """That of Total, else of the first price."""
        money = self.header.find("Total/Money")
        if attribute(money, "currency"):
            return self.ledger.attribute(money, "currency", "currency")
        for one in self.lines:
            its = one.find("ItemDetail/UnitPrice/Money")
            if attribute(its, "currency"):
                return attribute(its, "currency")
        where = self.ledger.at(self.header)
        self.ledger.found.add("MAP-003", "the order names no currency", where)
        return ""


def to_order(document: Document) -> Mapped:
    """The order, change or cancellation in an OrderRequest, and what was found.

    Nothing is lost: each text and attribute went to a field, which ``provenance`` says,
    or stands in ``extensions``. Without an order number there is no order (MAP-010).
    """
    found = Findings()
    body = document.body
    header = None if body is None else body.find("OrderRequestHeader")
    if body is None or header is None or not attribute(header, "orderID"):
        found.add("MAP-010", "the request has no order number")
        return Mapped(None, found.done())
    ledger = CxmlLedger(found, header, "OrderRequestHeader", document.zone)
    if len(body.findall("OrderRequestHeader")) > 1:
        found.add("MAP-018", "there is a second OrderRequestHeader", ledger.at(header))
    asked = _Asked(document, header, body.findall("ItemOut"), ledger)
    kind = stated(header, "type")
    ledger.passed(header, "type")
    if kind in ("update", "delete"):
        return _changed(asked, kind)
    if kind != "new":
        what = f"type {kind!r} makes no new order"
        found.add("MAP-002", what, ledger.at(header, "type"), kind)
    order = _order(asked)
    return Mapped(order, found.done())


def _order(asked: _Asked) -> Order:
    ledger, header = asked.ledger, asked.header
    currency = asked.currency
    flags = LineFlags(partial=False if _is_whole(ledger, header) else None)
    context = Context(currency=currency, flags=flags)
    lines = _lines(asked, context)
    _no_new_ones(asked)
    named, references = _references(ledger, header)
    issued = ledger.stamp(header, "orderDate", "issue_date")
    comments = header.findall("Comments")
    order = Order(
        **named,
        **_kinds(ledger, header),
        po_number=ledger.attribute(header, "orderID", "po_number"),
        version=ledger.attribute(header, "orderVersion", "version"),
        source=source_of(asked.document),
        issue_date=issued.day,
        issued_at=issued.at,
        ack_wanted=_ack_wanted(ledger, header),
        instructions=instructions(ledger, header),
        currency=currency,
        language=asked.document.language,
        test=asked.document.test,
        requisition_ref=ledger.attribute(header, "requisitionID", "requisition_ref"),
        references=references,
        validity=_validity(ledger, header),
        parties=_parties(asked),
        delivery=_delivery(ledger, header, flags),
        payment=cxml_terms.payment(ledger, header),
        allowances_charges=_charges(ledger, header),
        taxes=cxml_terms.taxes(ledger, header.find("Tax"), "taxes"),
        totals=_totals(ledger, header, lines, currency),
        notes=cxml_terms.notes(ledger, comments),
        attachments=cxml_terms.attachments(ledger, comments),
        lines=lines,
    )
    left = ledger.left_over()
    return replace(order, extensions=left, provenance=ledger.provenance)


def _changed(asked: _Asked, kind: str) -> Mapped:
    """An update is the whole order as it is to be, a deletion undoes all of it."""
    ledger, header = asked.ledger, asked.header
    _, references = _references(ledger, header)
    head: dict[str, Any] = {
        "po_number": ledger.attribute(header, "orderID", "po_number"),
        "source": source_of(asked.document),
        "sequence": ledger.attribute(header, "orderVersion", "sequence"),
        "order_type": (kinds := _kinds(ledger, header))["order_type"],
        "order_date": ledger.day(header, "orderDate", "order_date", needed=False),
        "requested_on": asked.document.sent.day,
        "ack_wanted": _ack_wanted(ledger, header),
        "test": asked.document.test,
        "references": references,
        "parties": _parties(asked),
        "notes": cxml_terms.notes(ledger, header.iterfind("Comments")),
    }
    if kind == "delete":
        cancel = Cancel(
            **head, extensions=ledger.left_over(), provenance=ledger.provenance
        )
        return Mapped(None, ledger.found.done(), cancel)
    currency = asked.currency
    flags = LineFlags(partial=False if _is_whole(ledger, header) else None)
    context = Context(currency=currency, flags=flags)
    lines = tuple(_line_changes(asked, context))
    change = OrderChange(
        **head,
        purpose="replace",
        whole=True,
        currency=currency,
        contract_ref=kinds["contract_ref"],
        blanket_ref=kinds["blanket_ref"],
        instructions=instructions(ledger, header),
        delivery=_delivery(ledger, header, flags),
        payment=cxml_terms.payment(ledger, header),
        allowances_charges=_charges(ledger, header),
        taxes=cxml_terms.taxes(ledger, header.find("Tax"), "taxes"),
        totals=_totals(
            ledger,
            header,
            tuple(one.line for one in lines if one.action != "delete"),
            currency,
        ),
        lines=lines,
    )
    left = ledger.left_over()
    change = replace(change, extensions=left, provenance=ledger.provenance)
    return Mapped(None, ledger.found.done(), change)


def _line_changes(asked: _Asked, context: Context) -> Iterator[LineChange]:
    """Each line as it is to be; one whose operation is delete is to go."""
    lines = zip(asked.lines, _lines(asked, context), strict=True)
    for ordinal, (place, line) in enumerate(lines, 1):
        operation = attribute(place, "operation")
        if attribute(place, "isDeliveryCompleted") == "yes":
            where = Where(path=f"ItemOut[{ordinal}]/@isDeliveryCompleted")
            what = "nothing more of the line is to be delivered"
            asked.ledger.found.add("MAP-015", what, where, "yes")
        if operation not in ("", "delete"):
            where = Where(path=f"ItemOut[{ordinal}]/@operation")
            what = f"operation {operation[:40]!r} of a line"
            asked.ledger.found.add("MAP-015", what, where, operation)
        if operation == "delete":
            yield LineChange(line=line, action="delete", sent="delete")
        else:
            yield LineChange(
                line=line,
                action="change",
                touches=_EVERYTHING,
                may_add=True,
                whole=True,
            )


def _lines(asked: _Asked, context: Context) -> tuple[OrderLine, ...]:
    """The lines; a number that occurs twice is MAP-005."""
    lines, seen = list[OrderLine](), set[str]()
    told_once(asked.ledger, asked.header, CXML)
    for ordinal, place in enumerate(asked.lines, 1):
        line = order_line(asked.ledger, place, ordinal, context)
        if line.line_no in seen:
            what = f"line {line.line_no!r} occurs twice"
            where = Where(path=f"ItemOut[{ordinal}]/@lineNumber")
            asked.ledger.found.add("MAP-005", what, where, line.line_no)
        seen.add(line.line_no)
        lines.append(line)
    _parents(asked, lines)
    return tuple(lines)


def _parents(asked: _Asked, lines: list[OrderLine]) -> None:
    """A part belongs to a line that is there and is no part itself (MAP-018).

    Else nobody would judge it: what is below a line is agreed on with the line.
    """
    heads = {line.line_no for line in lines if not line.parent_line}
    for ordinal, line in enumerate(lines, 1):
        if line.parent_line and line.parent_line not in heads:
            what = f"line {line.line_no} is part of {line.parent_line!r}, no such line"
            where = Where(path=f"ItemOut[{ordinal}]/@parentLineNumber")
            asked.ledger.found.add("MAP-018", what, where, line.parent_line)


def _no_new_ones(asked: _Asked) -> None:
    """Lines of a new order that are to go or to rest: nothing is to be delivered."""
    for ordinal, place in enumerate(asked.lines, 1):
        if attribute(place, "isDeliveryCompleted") == "yes":
            what = "nothing more of the line is to be delivered"
            where = Where(path=f"ItemOut[{ordinal}]/@isDeliveryCompleted")
            asked.ledger.found.add("MAP-002", what, where, "yes")
        operation = attribute(place, "operation")
        if operation:
            what = f"operation {operation[:40]!r} in a new order"
            where = Where(path=f"ItemOut[{ordinal}]/@operation")
            asked.ledger.found.add("MAP-002", what, where, operation)


def _kinds(ledger: CxmlLedger, header: Element) -> dict[str, Any]:
    """What kind of order it is, and the agreement that it belongs to."""
    kind = stated(header, "orderType")
    if kind in _ORDER_TYPES:
        ledger.passed(header, "orderType")
    else:
        what = f"orderType {kind[:40]!r} is none that is delivered"
        ledger.found.add("MAP-002", what, ledger.at(header, "orderType"), kind)
    if attribute(header, "isSTOOutbound") == "yes":
        what = "the goods go from the buyer to us"
        ledger.found.add("MAP-002", what, ledger.at(header, "isSTOOutbound"), "yes")
    doc_type: DocType = "order"
    parent = ledger.attribute(header, "parentAgreementID", "blanket_ref")
    field = "blanket_ref" if kind == "release" and not parent else "contract_ref"
    agreement = ledger.attribute(header, "agreementID", field)
    blanket = parent or (agreement if field == "blanket_ref" else "")
    if kind == "release" and blanket:
        doc_type = "blanket_release"
    return {
        "doc_type": doc_type,
        "order_type": _ORDER_TYPES.get(kind, "other"),
        "contract_ref": agreement if field == "contract_ref" else "",
        "blanket_ref": blanket,
    }


def _references(
    ledger: CxmlLedger, header: Element
) -> tuple[dict[str, Any], tuple[Reference, ...]]:
    """Fields that an IdReference fills, and all others; the document of a change too.

    A blanket order's or a supplier's own order number is a reference as well.
    """
    named: dict[str, Any] = {}
    others = list[Reference]()
    for one in header.findall("IdReference"):
        domain = attribute(one, "domain")
        field = _REFERENCES.get(domain.lower().replace(" ", ""))
        if field and field not in named:
            named[field] = ledger.attribute(one, "identifier", field)
        else:
            at = f"references[{len(others)}]"
            value = ledger.attribute(one, "identifier", at)
            others.append(Reference(kind=domain, value=value))
        ledger.passed(one, "domain")
    before = header.find("DocumentReference")
    for place, name, kind in (
        (before, "payloadID", "document"),
        (header.find("SupplierOrderInfo"), "orderID", "sales_order"),
    ):
        value = ledger.attribute(place, name, f"references[{len(others)}]")
        if value:
            others.append(Reference(kind=kind, value=value))
    return named, tuple(others)


def _ack_wanted(ledger: CxmlLedger, header: Element) -> AckWanted:
    its = header.find("ControlKeys/OCInstruction")
    wanted = _ACKS_WANTED.get(attribute(its, "value"), "")
    if wanted and its is not None:
        ledger.took("ack_wanted", its, "value")
    return wanted


def _is_whole(ledger: CxmlLedger, header: Element) -> bool:
    """Whether nothing may be shipped before all is there."""
    whole = attribute(header, "shipComplete") == "yes"
    if whole:
        ledger.took("delivery.partial_allowed", header, "shipComplete")
    return whole


def _validity(ledger: CxmlLedger, header: Element) -> Period | None:
    """How long a blanket order is good for."""
    if stated(header, "orderType") != "blanket":
        return None
    start = ledger.day(header, "effectiveDate", "validity.start")
    end = ledger.day(header, "expirationDate", "validity.end")
    _note_no_day(ledger, header, start, end)
    return Period(start=start, end=end) if start or end else None


def _note_no_day(
    ledger: CxmlLedger, header: Element, start: dt.date | None, end: dt.date | None
) -> None:
    """An order that expires before it is good, or before it is picked up (MAP-018)."""
    if start and end and end < start:
        what = f"it expires on {end}, and begins on {start}"
        where = ledger.at(header, "expirationDate")
        ledger.found.add("MAP-018", what, where, end.isoformat())


def _begins(ledger: CxmlLedger, header: Element, *, ends: bool) -> dt.date | None:
    """The day of the pick-up, else the one from which an order is good."""
    field = "delivery.ship_not_before"
    day = ledger.day(header, "pickUpDate", field)
    return day or (ledger.day(header, "effectiveDate", field) if ends else None)


def _delivery(ledger: CxmlLedger, header: Element, flags: LineFlags) -> Delivery:
    period = header.find("DeliveryPeriod/Period")
    ship_to = header.find("ShipTo")
    ends = stated(header, "orderType") != "blanket"
    made = Delivery(
        requested=ledger.day(header, "requestedDeliveryDate", "delivery.requested"),
        earliest=ledger.day(period, "startDate", "delivery.earliest"),
        latest=ledger.day(period, "endDate", "delivery.latest"),
        ship_not_before=_begins(ledger, header, ends=ends),
        cancel_after=ledger.day(header, "expirationDate", "delivery.cancel_after")
        if ends
        else None,
        carrier=cxml_terms.carrier(ledger, ship_to, "delivery.carrier"),
        partial_allowed=flags.partial,
    )
    ledger.spanned(period, made.earliest, made.latest)
    _note_no_day(ledger, header, made.ship_not_before, made.cancel_after)
    asked = made.requested
    if asked and (
        (made.earliest and asked < made.earliest)
        or (made.latest and asked > made.latest)
    ):
        what = f"asked for on {asked}, and that is outside of DeliveryPeriod"
        where = ledger.at(header, "requestedDeliveryDate")
        ledger.found.add("MAP-018", what, where, asked.isoformat())
    return cxml_terms.terms(ledger, made, header, "delivery")


def _charges(ledger: CxmlLedger, header: Element) -> tuple[AllowanceCharge, ...]:
    """Freight of the whole order. What is taken off or put on Total is left over.

    That is nothing that lines or contract know of, so people look at it (MAP-018).
    """
    modified = header.find("Total/Modifications")
    if modified is not None:
        what = "Total is modified, and the lines say nothing of it"
        ledger.found.add("MAP-018", what, ledger.at(modified))
    return tuple(cxml_terms.freight(ledger, header.find("Shipping"), "shipping"))


def _parties(asked: _Asked) -> tuple[Party, ...]:
    """The buyer as From names it, then ship-to, bill-to, partners and contacts.

    A contact in the role of the buyer says more of the buyer.
    """
    ledger, header = asked.ledger, asked.header
    made = [buyer_of(asked.document.header.from_)]
    for name in ("ShipTo", "BillTo"):
        place = header.find(name)
        if place is not None:
            role = contact_role(name)
            made.append(party(ledger, role, place, f"parties[{len(made)}]"))
    for place in header.findall("BusinessPartner"):
        sent = attribute(place, "role")
        its = party(ledger, contact_role(sent), place, f"parties[{len(made)}]")
        ledger.passed(place, "role")
        made.append(replace(its, role_sent=sent if its.role == "other" else ""))
    for its in contact_parties(ledger, header.findall("Contact"), len(made)):
        buyer = made[0]
        if its.role == "buyer" and not buyer.name:
            made[0] = replace(
                buyer, name=its.name, address=its.address, contacts=its.contacts
            )
        else:
            made.append(its)
    return tuple(made)


def _totals(
    ledger: CxmlLedger, header: Element, lines: tuple[OrderLine, ...], currency: str
) -> Totals:
    """Total and Tax as sent; without a total every sum is computed."""
    top = [line for line in lines if not line.parent_line]
    added = line_amount(top, currency)
    amount = cxml_terms.money(ledger, header.find("Total"), "totals.amount")
    if amount is not None and not amount.currency:
        amount = Money(amount.amount, currency)
    if amount is None:
        return computed(top, added)
    tax = cxml_terms.money(ledger, header.find("Tax"), "totals.tax_amount")
    return Totals(source="sent", line_amount=added, tax_amount=tax, amount=amount)
