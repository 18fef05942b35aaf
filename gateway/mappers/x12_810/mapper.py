"""X12 810, invoice: the canonical invoice written down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from gateway.edi.x12.writer import Draft, Envelope, Row
from gateway.mappers.parts.fit import Fit, day, row
from gateway.mappers.parts.pairs import fitting, pairs_of, pairs_sent
from gateway.mappers.parts.x12_answer_head import itd, reference_rows
from gateway.mappers.parts.x12_answer_line import priced
from gateway.mappers.parts.x12_party import party
from gateway.mappers.x12_810.sums import foot_rows, sac
from gateway.order.invoice import Invoice, InvoiceLine
from gateway.order.item import UNPRICED
from gateway.order.model import Order, OrderLine
from gateway.order.party import PartyRole
from gateway.order.terms import PaymentTerm
from gateway.partner.profile import Profile

_KINDS = {"invoice": "", "credit_note": "CR"}
"""BIG-07 (DE 640)."""
_ROLES: Mapping[str, PartyRole] = {
    "ST": "ship_to",
    "BT": "bill_to",
    "BY": "buyer",
    "RI": "remit_to",
}
"""N1-01 (DE 98) of the parties that an invoice names."""
_REFERENCES = {"invoice": "IV"}
"""REF-01 (DE 128) of a word of ours; any other kind is a code already."""
_TERMS, _MOST_CHARGES = 5, 25


def from_invoice(
    invoice: Invoice,
    orders: Mapping[str, Order],
    envelope: Envelope,
    profile: Profile | None,
) -> Draft:
    """The 810 of an invoice, still without control numbers.

    ``orders`` are those of its lines by their ids. Where there are several, each line
    names its own, and BIG none.
    """
    fit = Fit(envelope.separators, envelope.version, envelope.codec)
    named = [orders[one] for one in dict.fromkeys(x.order_id for x in invoice.lines)]
    alone = named[0] if len(named) == 1 else None
    body = [_big(fit, invoice, alone)]
    body += _heading(fit, invoice, named, profile)
    for line in invoice.lines:
        body += _line(fit, line, orders, envelope.version, told=alone is None)
    body += foot_rows(fit, invoice)
    body.append(("CTT", str(len(invoice.lines))))
    return Draft(
        kind="x12_810",
        functional_id="IN",
        envelope=envelope,
        messages=(("810", tuple(body)),),
        findings=fit.found.done(),
    )


def _big(fit: Fit, invoice: Invoice, order: Order | None) -> Row:
    """Dates and numbers of the invoice and of its order; CR for a credit note."""
    return row(
        "BIG",
        day(invoice.invoice_date or dt.date(1900, 1, 1)),
        fit.id(invoice.number, 22, "BIG-02"),
        day(order.issue_date) if order else "",
        fit.id(order.po_number, 22, "BIG-04") if order else "",
        fit.id(order.release_number, 30, "BIG-05") if order else "",
        "",
        _KINDS[invoice.kind],
    )


def _heading(
    fit: Fit, invoice: Invoice, orders: Sequence[Order], profile: Profile | None
) -> Iterator[Row]:
    """NTE, CUR, REF, N1, ITD."""
    for note in invoice.notes[:100]:
        if text := fit.text(note.text, 80, "NTE-02"):
            yield ("NTE", "", text)
    if currency := fit.id(invoice.currency, 3, "CUR-02", 3):
        yield ("CUR", "SE", currency)
    yield from _references(fit, invoice, orders)
    yield from _parties(fit, invoice, orders, profile)
    terms = _terms(invoice, orders)
    for term in terms[:_TERMS]:
        yield itd(fit, term)
    if invoice.due_date and not terms:
        yield ("ITD", "", "", "", "", "", day(invoice.due_date))


def _references(fit: Fit, invoice: Invoice, orders: Sequence[Order]) -> Iterator[Row]:
    """REF: the shipment if it is one, what the order had, what the invoice has."""
    shipments = {line.shipment for line in invoice.lines}
    if len(shipments) == 1 and (number := fit.reference(shipments.pop(), "REF-02")):
        yield ("REF", "SI", number)
    if len(orders) == 1:
        yield from reference_rows(fit, orders[0])
    for reference in invoice.references:
        number = fit.reference(reference.value, "REF-02")
        kind = _REFERENCES.get(reference.kind, reference.kind)
        code = fit.id(kind, 3, "REF-01", 2)
        if number and code:
            yield ("REF", code, number)


def _parties(
    fit: Fit, invoice: Invoice, orders: Sequence[Order], profile: Profile | None
) -> Iterator[Row]:
    """N1: the invoice's own, else those of the orders; who is to be paid."""
    own = {each.role: each for each in invoice.parties}
    for code, role in _ROLES.items():
        known = (place for order in orders if (place := order.party(role)))
        its = own.get(role) or (next(known, None) if role != "remit_to" else None)
        if its is not None:
            yield from party(fit, code, its)
    if "remit_to" in own or profile is None:
        return
    if profile.us.gln:
        yield ("N1", "RI", "", "UL", profile.us.gln)
    elif profile.us.duns:
        yield ("N1", "RI", "", "1", profile.us.duns)


def _terms(invoice: Invoice, orders: Sequence[Order]) -> tuple[PaymentTerm, ...]:
    """The invoice's, else those of its only order, the day that it is due in them."""
    if invoice.payment is not None:
        return invoice.payment.terms
    if invoice.due_date or len(orders) != 1 or orders[0].payment is None:
        return ()
    return orders[0].payment.terms


def _line(
    fit: Fit,
    line: InvoiceLine,
    orders: Mapping[str, Order],
    version: str,
    *,
    told: bool,
) -> Iterator[Row]:
    """IT1 and what is said of it; ``told``: with the number of its order."""
    order = orders[line.order_id]
    sent: OrderLine | None = order.line(line.line_no)
    same = sent is not None and line.item == sent.item
    pairs = (pairs_sent(sent) if sent and same else ()) or pairs_of(line.item)
    theirs = sent.price if sent else UNPRICED
    price, basis = priced(fit, line.price, theirs, "IT1")
    yield row(
        "IT1",
        fit.id(line.line_no, 20, "IT1-01"),
        fit.number(line.quantity, 15 if version >= "004050" else 10, "IT1-02"),
        fit.id(line.uom, 2, "IT1-03", 2),
        price,
        basis,
        *fitting(fit, pairs, "IT1-07"),
    )
    if text := fit.text(line.item.description, 80, "PID-05"):
        yield ("PID", "F", "", "", "", text)
    if told and (number := fit.reference(order.po_number, "REF-02")):
        yield ("REF", "PO", number)
    for each in line.allowances_charges[:_MOST_CHARGES]:
        yield sac(fit, each)
