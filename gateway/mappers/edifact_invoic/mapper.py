"""EDIFACT INVOIC: the canonical invoice in a partner's directory and dialect."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from gateway.edi.edifact.writer import Draft, Envelope, Row
from gateway.mappers.edifact_invoic.foot import alc_rows, foot_rows, tax_row
from gateway.mappers.edifact_invoic.form import Form, form_of
from gateway.mappers.parts.edifact_codes import REFERENCES, ROLE_CODES
from gateway.mappers.parts.edifact_dialect import Dialect, dialect_of
from gateway.mappers.parts.edifact_fit import EdifactFit, day, row
from gateway.mappers.parts.edifact_party import identifier, item_rows, nad_rows
from gateway.mappers.parts.edifact_price import moa, price_row
from gateway.mappers.parts.taxes import taxes_of
from gateway.order.invoice import Invoice, InvoiceLine
from gateway.order.item import Price
from gateway.order.model import Order
from gateway.order.party import Identifier, Party, PartyRole
from gateway.order.terms import PaymentTerm
from gateway.partner.profile import Profile

KIND = "edifact_invoic"

_DOCUMENTS = {"invoice": "380", "credit_note": "381"}
"""1001. Amounts and quantities of a credit note are above zero: this turns them."""
_ROLES: Sequence[PartyRole] = ("seller", "buyer", "bill_to", "ship_to", "remit_to")
_TAX_NUMBERS = ("VA", "XA")
_REFERENCE_CODES = {
    **{word: code for code, word in REFERENCES.items()},
    "contract": "CT",
    "invoice": "IV",
}
"""1153 for a word of ours; any other kind is a code already."""
_MOST_TEXTS, _MOST_REFERENCES, _MOST_TERMS = 10, 10, 5
_LONGEST_LINE_NO = 6


def from_invoice(
    invoice: Invoice,
    orders: Mapping[str, Order],
    envelope: Envelope,
    profile: Profile | None,
) -> Draft:
    """The INVOIC of an invoice, still without control numbers.

    ``orders`` are those of its lines by their ids. Each line names its order and the
    line that was ordered; the heading names the order where there is one alone.
    """
    fit = EdifactFit()
    named = [orders[one] for one in dict.fromkeys(x.order_id for x in invoice.lines)]
    its = identifier(profile, KIND, "INVOIC", named[0] if named else None)
    directory = its.version + its.release
    dialect = dialect_of(profile, directory, its.association)
    form = form_of(dialect, directory)
    shipments = {each.shipment for each in invoice.lines}
    told = _Told(
        dialect, form, _shipment_codes(profile), one_shipment=len(shipments) < 2
    )
    body = [*_heading(fit, invoice, named, profile, told)]
    for number, line in zip(_numbers(invoice.lines), invoice.lines, strict=True):
        body += _line(fit, number, line, told)
    body += [row("UNS", "S"), row("CNT", ("2", str(len(invoice.lines))))]
    body += foot_rows(fit, invoice, form)
    return Draft(
        kind=KIND,
        envelope=envelope,
        messages=((its, tuple(body)),),
        findings=fit.found.done(),
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """How it is told: the codes of the dialect, and those of a shipment (1153)."""

    dialect: Dialect
    form: Form
    shipment: tuple[str, ...]
    one_shipment: bool


def _shipment_codes(profile: Profile | None) -> tuple[str, ...]:
    """DQ, delivery note; AAK, despatch advice, where the partner gets them."""
    sends = profile.sends if profile else ()
    told = any(one.message == "edifact_desadv" for one in sends)
    return ("AAK", "DQ") if told else ("DQ",)


def _heading(
    fit: EdifactFit,
    invoice: Invoice,
    orders: Sequence[Order],
    profile: Profile | None,
    told: _Told,
) -> Iterator[Row]:
    """BGM to ALC: the document, the parties, what holds for all that is billed."""
    yield row(
        "BGM", _DOCUMENTS[invoice.kind], fit.id(invoice.number, 35, "BGM-02"), "9"
    )
    issued = invoice.invoice_date or dt.date(1900, 1, 1)
    yield row("DTM", ("137", day(issued), "102"))
    texts = (
        lines for note in invoice.notes for lines in fit.lines(note.text, "FTX-04")
    )
    for lines, _ in zip(texts, range(_MOST_TEXTS), strict=False):
        yield row("FTX", told.dialect.subject, "", "", lines)
    yield from _references(fit, invoice, orders, told)
    for role in _ROLES:
        party = _party(role, invoice, orders, profile)
        if party is not None:
            yield from _named(fit, ROLE_CODES[role], party)
    taxes = taxes_of(invoice)
    if len(taxes) == 1 and taxes[0].percent is not None:
        yield tax_row(fit, taxes[0], told.form)
    if currency := fit.id(invoice.currency, 3, "CUX-01"):
        yield row("CUX", ("2", currency, "4"))
    for term in _terms(invoice, orders)[:_MOST_TERMS]:
        yield from _term(fit, term, told.form)
    yield from alc_rows(fit, invoice.allowances_charges, told.form)


def _references(
    fit: EdifactFit, invoice: Invoice, orders: Sequence[Order], told: _Told
) -> Iterator[Row]:
    """RFF: the order and the shipment if it is one alone, then the invoice's own."""
    found: list[tuple[str, str, dt.date | None]] = []
    if len(orders) == 1:
        order = orders[0]
        found += [
            ("ON", order.po_number, order.issue_date),
            ("VN", order.sales_order_number, None),
            ("CT", order.contract_ref, None),
        ]
    if told.one_shipment and invoice.lines:
        found += [(code, invoice.lines[0].shipment, None) for code in told.shipment]
    for one in invoice.references:
        code = _REFERENCE_CODES.get(one.kind, one.kind)
        if told.form.references and code not in told.form.references:
            fit.cut("left out, the dialect has no such reference", one.kind, "RFF-01")
        else:
            found.append((fit.id(code, 3, "RFF-01"), one.value, one.date))
    known = [each for each in dict.fromkeys(found) if each[0] and each[1]]
    for code, value, date in known[:_MOST_REFERENCES]:
        if number := fit.id(value, 35, "RFF-01"):
            yield row("RFF", (code, number))
            if date:
                yield row("DTM", ("171", day(date), "102"))


def _party(
    role: PartyRole,
    invoice: Invoice,
    orders: Sequence[Order],
    profile: Profile | None,
) -> Party | None:
    """The invoice's own party, else the orders'; both sides at least by the profile.

    Who is to be paid is told only where it is another than us.
    """
    own = next((one for one in invoice.parties if one.role == role), None)
    known = (place for order in orders if (place := order.party(role)))
    party = own or (next(known, None) if role != "remit_to" else None)
    if profile is None or role not in ("seller", "buyer"):
        return party
    its = profile.us if role == "seller" else profile.identities
    if party is None and its.gln:
        party = Party(role=role, id=its.gln, id_scheme="gln")
    if party is not None and its.vat and not party.tax_ids:
        party = replace(party, tax_ids=(Identifier(id=its.vat, scheme="VA"),))
    return party


def _named(fit: EdifactFit, code: str, party: Party) -> Iterator[Row]:
    """NAD with number, name and address, and the tax numbers behind it."""
    rows = list(nad_rows(fit, code, party, whole=True))
    yield from rows
    for one in party.tax_ids if rows else ():
        kind = one.scheme if one.scheme in _TAX_NUMBERS else _TAX_NUMBERS[0]
        if number := fit.id(one.id, 35, "RFF-01"):
            yield row("RFF", (kind, number))


def _terms(invoice: Invoice, orders: Sequence[Order]) -> tuple[PaymentTerm, ...]:
    """The invoice's, else its due date, else those of its only order."""
    if invoice.payment is not None:
        return invoice.payment.terms
    if invoice.due_date is not None:
        return (PaymentTerm(net_date=invoice.due_date),)
    payment = orders[0].payment if len(orders) == 1 else None
    return payment.terms if payment else ()


def _term(fit: EdifactFit, term: PaymentTerm, form: Form) -> Iterator[Row]:
    """PAT or PYT of the discount, and of the whole amount."""
    less = term.discount_pct, term.discount_days, term.discount_date
    if less != (None, None, None):
        yield _days(fit, "22", term.discount_days, term, form)
        if term.discount_date:
            yield row("DTM", ("12", day(term.discount_date), "102"))
        if term.discount_pct is not None:
            yield row("PCD", ("12", fit.number(term.discount_pct, 8, "PCD-01")))
    if term.net_days is not None or term.net_date:
        kind = "1" if term.net_days is not None else "3"
        yield _days(fit, kind, term.net_days, term, form)
        if term.net_date:
            yield row("DTM", ("13", day(term.net_date), "102"))


def _days(
    fit: EdifactFit, kind: str, days: int | None, term: PaymentTerm, form: Form
) -> Row:
    """So many days behind (2009 3) what they count from."""
    tag = "PYT" if form.plain_terms else "PAT"
    if days is None:
        return row(tag, kind)
    basis = form.bases.get(term.basis)
    count = fit.number(Decimal(days), 3, f"{tag}-03")
    if basis is None or not count:
        fit.cut("left out, the dialect has no such basis", term.basis, f"{tag}-03")
        return row(tag, kind)
    its = (*basis, "D", count)
    return row(tag, kind, "", *its) if form.plain_terms else row(tag, kind, "", its)


def _numbers(lines: Sequence[InvoiceLine]) -> list[str]:
    """The lines' own numbers where they are all different ones, else 1, 2, 3."""
    own = [line.line_no for line in lines]
    fine = (one.isdecimal() and len(one) <= _LONGEST_LINE_NO for one in own)
    if len(set(own)) == len(own) and all(fine):
        return own
    return [str(n) for n in range(1, len(own) + 1)]


def _line(
    fit: EdifactFit, number: str, line: InvoiceLine, told: _Told
) -> Iterator[Row]:
    """LIN and what is said of it: what was ordered, how many, for how much."""
    yield from item_rows(fit, number, "", line.item, told.dialect)
    unit = fit.id(line.uom, 3, "QTY-01")
    yield row("QTY", ("47", fit.number(line.quantity, 15, "QTY-01"), unit))
    if line.amount is not None:
        yield moa(fit, "203", line.amount.amount)
    yield from _prices(fit, line)
    order = fit.id(line.po_number, 35, "RFF-01")
    yield row("RFF", ("ON", order, fit.id(line.line_no, 6, "RFF-01")))
    for code in () if told.one_shipment else told.shipment:
        if shipment := fit.id(line.shipment, 35, "RFF-01"):
            yield row("RFF", (code, shipment))
    for tax in line.tax:
        yield tax_row(fit, tax, told.form)
        if tax.amount is not None:
            yield moa(fit, "124", tax.amount.amount)
    yield from alc_rows(fit, line.allowances_charges, told.form)


def _prices(fit: EdifactFit, line: InvoiceLine) -> Iterator[Row]:
    """PRI AAA, the price; with allowances and charges theirs is in it, AAB is without.

    A net price that would not end is one for all that the line bills.
    """
    price = line.price
    if price.amount is None:
        return
    if not line.allowances_charges or line.amount is None or not line.quantity:
        yield price_row(fit, "AAA", price, line.uom)
        return
    net = Price(amount=line.amount.amount, basis_qty=line.quantity, basis_uom=line.uom)
    each = line.amount.amount * price.basis_qty / line.quantity
    if each * line.quantity == line.amount.amount * price.basis_qty:
        net = replace(price, amount=each)
    yield price_row(fit, "AAA", net, line.uom)
    yield price_row(fit, "AAB", price, line.uom)
