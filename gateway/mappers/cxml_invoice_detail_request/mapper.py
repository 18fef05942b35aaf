"""cXML InvoiceDetailRequest: what is billed or given back, order by order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.cxml_punchout.contact import PartyContact
from gateway.cxml_punchout.envelope import MODERN
from gateway.cxml_punchout.invoice import (
    Billed,
    BilledItem,
    InvoiceDoc,
    PayTerm,
    invoice_request,
)
from gateway.mappers.cxml_draft import CxmlDraft, Envelope
from gateway.mappers.cxml_invoice_detail_request.sums import Sums
from gateway.mappers.parts.cxml_contact import contact, first_of
from gateway.mappers.parts.cxml_order_ref import order_ref
from gateway.mappers.parts.cxml_price import told as told_price
from gateway.order.invoice import Invoice, InvoiceLine
from gateway.order.model import Order
from gateway.order.money import Money
from gateway.order.party import Identifier, Party, PartyRole
from gateway.order.terms import PaymentTerm
from gateway.partner.profile import Profile
from gateway.safexml.markup import Node

__all__ = ["KIND", "from_invoice"]

KIND = "cxml_invoice_detail_request"
_ROLES: Mapping[str, PartyRole] = {
    "issuerOfInvoice": "seller",
    "soldTo": "buyer",
    "billTo": "bill_to",
    "remitTo": "remit_to",
}
"""Contact roles of InvoicePartner."""
_CREDITED = "invoice"
"""The kind of the reference that names the invoice which is credited."""


def from_invoice(
    invoice: Invoice,
    orders: Mapping[str, Order],
    envelope: Envelope,
    profile: Profile | None,
) -> CxmlDraft:
    """The invoice without payloadID and time.

    ``orders`` are those of its lines by their ids. A credit note is one by line: its
    quantities and amounts are below zero.
    """
    named = [orders[one] for one in dict.fromkeys(x.order_id for x in invoice.lines)]
    sums = Sums(
        currency=invoice.currency,
        sign=-1 if invoice.kind == "credit_note" else 1,
        modern=envelope.version >= MODERN,
    )
    said = _Told(_said(invoice, named, sums, profile, envelope))
    return CxmlDraft.of(KIND, envelope, said)


@dataclass(frozen=True, slots=True)
class _Told:
    """The invoice, which is told when it leaves."""

    said: InvoiceDoc

    def node(self, now: dt.datetime, before: str) -> Node:
        """InvoiceDetailRequest; one of today is of now, for it cannot be of later."""
        today = self.said.invoiced_at == now.date()
        told = replace(self.said, invoiced_at=now) if today else self.said
        return invoice_request(told)


def _said(
    invoice: Invoice,
    orders: Sequence[Order],
    sums: Sums,
    profile: Profile | None,
    envelope: Envelope,
) -> InvoiceDoc:
    shipments = {line.shipment for line in invoice.lines}
    its = Money(sums.sign * invoice.due.amount, sums.currency) if invoice.due else None
    return InvoiceDoc(
        invoice_id=invoice.number,
        invoiced_at=invoice.invoice_date or dt.date(1900, 1, 1),
        purpose="standard" if sums.sign > 0 else "lineLevelCreditMemo",
        partners=tuple(_partners(invoice, orders, profile, envelope)),
        credits=next((r.value for r in invoice.references if r.kind == _CREDITED), ""),
        shipment=shipments.pop() if len(shipments) == 1 else "",
        terms=tuple(_terms(invoice, orders)),
        orders=tuple(_billed(invoice, orders, sums)),
        sums=sums.of_all(invoice),
        due=its,
        comments=tuple(note.text for note in invoice.notes),
        id_references=tuple(
            (r.kind, r.value) for r in invoice.references if r.kind != _CREDITED
        ),
    )


def _partners(
    invoice: Invoice,
    orders: Sequence[Order],
    profile: Profile | None,
    envelope: Envelope,
) -> Iterator[PartyContact]:
    """The invoice's own parties, else the orders'; both sides at least by name.

    Who is to be paid is told only where it is another than us.
    """
    ours = envelope.header.from_[0].identity
    for role, of in _ROLES.items():
        party = first_of(of, invoice.parties, () if of == "remit_to" else orders)
        if of in ("seller", "buyer") and profile is not None:
            its = profile.us if of == "seller" else profile.identities
            party = party or Party(role=of, id=its.gln or its.duns or "")
            if its.vat and not party.tax_ids:
                vat = (Identifier(id=its.vat, scheme="vat"),)
                party = replace(party, tax_ids=vat)
        name = {"seller": ours, "buyer": profile.name if profile else ""}.get(of, "")
        told = contact(role, party, name=name) if party else None
        if told is not None:
            yield told


def _terms(invoice: Invoice, orders: Sequence[Order]) -> Iterator[PayTerm]:
    """Days to pay in: the invoice's own, else those of its only order."""
    terms: tuple[PaymentTerm, ...] = ()
    if invoice.payment is not None:
        terms = invoice.payment.terms
    elif invoice.due_date is not None:
        terms = (PaymentTerm(net_date=invoice.due_date),)
    elif len(orders) == 1 and orders[0].payment is not None:
        terms = orders[0].payment.terms
    for term in terms:
        less = _days(invoice, term.discount_days, term.discount_date)
        if less is not None and term.discount_pct is not None:
            yield PayTerm(days=less, percent=term.discount_pct)
        days = _days(invoice, term.net_days, term.net_date)
        if days is not None:
            yield PayTerm(days=days)


def _days(invoice: Invoice, days: int | None, date: dt.date | None) -> int | None:
    """So many days behind the invoice's date."""
    if days is None and date is not None and invoice.invoice_date is not None:
        days = (date - invoice.invoice_date).days
    return days if days is not None and days >= 0 else None


def _billed(invoice: Invoice, orders: Sequence[Order], sums: Sums) -> Iterator[Billed]:
    """The lines of each order, numbered through."""
    one_shipment = len({line.shipment for line in invoice.lines}) == 1
    numbered = list(enumerate(invoice.lines, 1))
    for order in orders:
        yield Billed(
            order=order_ref(order),
            sales_order=order.sales_order_number,
            items=tuple(
                _item(n, line, sums, told=not one_shipment)
                for n, line in numbered
                if line.order_id == order.id
            ),
        )


def _item(number: int, line: InvoiceLine, sums: Sums, *, told: bool) -> BilledItem:
    """A line; ``told``: with the shipment that it is of."""
    its = told_price(line.price, line.uom, sums.currency, with_basis=sums.modern)
    price, basis = its or (None, None)
    return BilledItem(
        invoice_line=str(number),
        line_no=line.line_no,
        quantity=sums.sign * line.quantity,
        uom=line.uom,
        unit_price=price,
        basis=basis,
        sku=line.item.supplier_sku,
        buyer_part=line.item.buyer_part,
        description=line.item.description,
        shipment=line.shipment if told else "",
        sums=sums.of_line(line),
    )
