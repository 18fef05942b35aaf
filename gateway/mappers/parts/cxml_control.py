"""ControlKeys: what the buyer wants told of shipping and billing, and what is over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from gateway.mappers.parts import cxml_terms
from gateway.mappers.parts.cxml_ledger import CxmlLedger
from gateway.order.terms import Instructions
from gateway.safexml import Element, attribute

__all__ = ["instructions"]

_NOTICES: Mapping[str, Literal["any", "none"]] = {
    "allowed": "any",
    "notAllowed": "none",
}
_INVOICES: Mapping[str, Literal["any", "none", "by_receipt"]] = {
    "allowed": "any",
    "isNotERS": "any",
    "notAllowed": "none",
    "isERS": "by_receipt",
}
_FIELD = "instructions"


def instructions(ledger: CxmlLedger, place: Element) -> Instructions | None:
    """ASNInstruction and InvoiceInstruction of an order or a line; none: says nothing.

    Of tolerances the upper ones of quantities shipped and prices billed are taken.
    Prices that are only temporary go before all else: nothing is billed yet.
    """
    keys = place.find("ControlKeys")
    notice = None if keys is None else keys.find("ASNInstruction")
    invoice = None if keys is None else keys.find("InvoiceInstruction")
    if notice is None and invoice is None:
        return None
    value = attribute(invoice, "value")
    temporary = None if invoice is None else invoice.find("TemporaryPrice")
    waits = attribute(temporary, "value") == "yes"
    for its, name, known in (
        (notice, "ship_notice", attribute(notice, "value") in _NOTICES),
        (invoice, "invoice", value in _INVOICES),
        (temporary, "invoice", waits),
    ):
        if its is not None and known:
            ledger.took(f"{_FIELD}.{name}", its, "value")
    most = "Upper/Tolerances/"
    quantity = None if notice is None else notice.find(f"{most}QuantityTolerance")
    price = None if invoice is None else invoice.find(f"{most}PriceTolerance")
    return Instructions(
        ship_notice=_NOTICES.get(attribute(notice, "value"), ""),
        invoice="not_yet" if waits else _INVOICES.get(value, ""),
        ship_over_pct=ledger.amount(
            _inside(quantity, "Percentage"), f"{_FIELD}.ship_over_pct", "percent"
        ),
        ship_over=ledger.amount(
            _inside(quantity, "Value"), f"{_FIELD}.ship_over", "value"
        ),
        price_over_pct=ledger.amount(
            _inside(price, "Percentage"), f"{_FIELD}.price_over_pct", "percent"
        ),
        price_over=cxml_terms.money(ledger, price, f"{_FIELD}.price_over"),
    )


def _inside(place: Element | None, name: str) -> Element | None:
    return None if place is None else place.find(name)
