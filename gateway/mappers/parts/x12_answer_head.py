"""The heading of an 855 behind BAK: what is echoed, and terms that differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.edi.x12.writer import Row
from gateway.mappers.parts.fit import Fit, day, row
from gateway.mappers.parts.x12_codes import REFERENCE_CODES, SCHEME_CODES
from gateway.order.ack import OrderAck
from gateway.order.model import Order
from gateway.order.terms import DeliveryTerms, PaymentTerm

_ECHOED = ("vendor_number", "department", "merchandise_type", "promotion")
"""References that buyers match an answer by; the others stay in the order."""

_FREIGHT: Mapping[str, str] = {
    "prepaid": "PP",
    "prepaid_added": "PC",
    "collect": "CC",
    "third_party": "TP",
    "pickup": "PB",
}
_INCOTERMS = frozenset(
    {
        "EXW",
        "FCA",
        "FAS",
        "FOB",
        "CFR",
        "CIF",
        "CPT",
        "CIP",
        "DAF",
        "DES",
        "DEQ",
        "DDU",
        "DDP",
    }
)
_OTHER = ("ZZ", "ZZZ")
"""Delivery terms that 004010 has no code for (DAP, DPU): the place names them."""
_BASIS: Mapping[str, str] = {
    "ship_date": "1",
    "delivery_date": "2",
    "invoice_date": "3",
    "receipt_date": "15",
}


def currency_rows(fit: Fit, ack: OrderAck, order: Order) -> Iterator[Row]:
    """CUR, where a price of ours stands in the answer."""
    currency = fit.id(ack.currency or order.currency, 3, "CUR-02", 3)
    priced = any(status.price for line in ack.lines for status in line.statuses)
    if currency and priced:
        yield ("CUR", "SE", currency)


def reference_rows(fit: Fit, order: Order) -> Iterator[Row]:
    """REF: the buyer's number for us, department, merchandise type, promotion."""
    for reference in order.references:
        if reference.kind in _ECHOED:
            value = fit.reference(reference.value, "REF-02")
            if value:
                yield ("REF", REFERENCE_CODES[reference.kind], value)


def terms_rows(fit: Fit, ack: OrderAck) -> Iterator[Row]:
    """FOB and ITD: only what differs from the order is in an answer."""
    terms = ack.delivery.terms if ack.delivery else None
    if terms is not None:
        yield from _fob(fit, terms)
    for term in ack.payment.terms[:5] if ack.payment else ():
        yield itd(fit, term)


def _fob(fit: Fit, terms: DeliveryTerms) -> Iterator[Row]:
    """Freight, Incoterm and place; nothing without saying who pays the freight."""
    freight = _FREIGHT.get(terms.freight, terms.freight_sent)
    if not fit.id(freight, 2, "FOB-01", 2):
        return
    known = terms.code in _INCOTERMS
    named = terms.place if known else f"{terms.code} {terms.place}".strip()
    place = fit.text(named, 80, "FOB-03")
    where = ("ZZ", place) if place else ("", "")
    if terms.code:
        yield row("FOB", freight, *where, *(("01", terms.code) if known else _OTHER))
    else:
        yield row("FOB", freight, *where)


def itd(fit: Fit, term: PaymentTerm) -> Row:
    """One term. A discount needs its days or its date (X12 ITD L03040513)."""
    when = term.discount_date or term.discount_days
    percent = term.discount_pct if when else None
    net, early = term.net_days, term.discount_days
    return row(
        "ITD",
        fit.id(term.code, 2, "ITD-01", 2),
        _BASIS.get(term.basis, ""),
        "" if percent is None else fit.number(percent, 6, "ITD-03"),
        day(term.discount_date),
        "" if early is None else fit.id(str(early), 3, "ITD-05"),
        day(term.net_date),
        "" if net is None else fit.id(str(net), 3, "ITD-07"),
        "",
        "",
        "",
        "",
        fit.text(term.text, 80, "ITD-12"),
    )


def party_rows(fit: Fit, order: Order) -> Iterator[Row]:
    """N1 ST as in the order."""
    place = order.party("ship_to")
    if place is None:
        return
    name = fit.text(place.name, 60, "N1-02")
    number = fit.id(place.id, 80, "N1-04", 2)
    scheme = SCHEME_CODES.get(place.id_scheme, place.id_scheme)
    if number and not fit.id(scheme, 2, "N1-03"):
        number = ""
    if name or number:
        yield row("N1", "ST", name, scheme if number else "", number)
