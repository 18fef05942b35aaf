"""Messages and documents by a word beside their code."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.findings.marking import marked as _

__all__ = ["clock_name", "coded", "kind_name"]

_ORDER, _ANSWER = _("order"), _("answer to the order")
_CHANGE, _SHIP, _INVOICE = _("change"), _("ship notice"), _("invoice")
_PAYMENT, _VERDICT, _TEXT = _("payment"), _("verdict"), _("text")
_TAKEN, _ERP = _("acknowledgement"), _("file for our ERP")
_CANCEL = _("cancellation")
_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "order": _ORDER,
        "x12_850": _ORDER,
        "edifact_orders": _ORDER,
        "cxml_order_request": _ORDER,
        "ubl_order": _ORDER,
        "x12_855": _ANSWER,
        "edifact_ordrsp": _ANSWER,
        "cxml_confirmation_request": _ANSWER,
        "ubl_order_response": _ANSWER,
        "change": _CHANGE,
        "replace": _CHANGE,
        "x12_860": _CHANGE,
        "edifact_ordchg": _CHANGE,
        "ubl_order_change": _CHANGE,
        "cancel": _CANCEL,
        "ubl_order_cancellation": _CANCEL,
        "x12_865": _("answer to the change"),
        "shipment": _("shipment"),
        "x12_856": _SHIP,
        "edifact_desadv": _SHIP,
        "cxml_ship_notice_request": _SHIP,
        "ubl_despatch_advice": _SHIP,
        "invoice": _INVOICE,
        "x12_810": _INVOICE,
        "edifact_invoic": _INVOICE,
        "cxml_invoice_detail_request": _INVOICE,
        "ubl_invoice": _INVOICE,
        "remittance": _PAYMENT,
        "x12_820": _PAYMENT,
        "application": _VERDICT,
        "x12_824": _VERDICT,
        "edifact_aperak": _VERDICT,
        "text": _TEXT,
        "x12_864": _TEXT,
        "x12_ta1": _TAKEN,
        "x12_997": _TAKEN,
        "x12_999": _TAKEN,
        "edifact_contrl": _TAKEN,
    }
)


def kind_name(kind: str) -> str:
    """A word for a kind of message; empty where its code has to do."""
    return _ERP if kind.startswith("erp_") else _NAMES.get(kind, "")


_CODED: Mapping[str, str] = MappingProxyType(
    {
        # what a line is told
        "accept": _("as ordered"),
        "shipped": _("shipped"),
        "change_price": _("at our price"),
        "change_quantity": _("in our quantity"),
        "change_unit": _("in our unit"),
        "change_terms": _("on our terms"),
        "substitute": _("another item"),
        "reschedule": _("another day"),
        "backorder": _("backordered"),
        "date_pending": _("day not known yet"),
        "price_pending": _("price not known yet"),
        "hold": _("waits"),
        "reject": _("refused"),
        "bad_item": _("refused: item"),
        "bad_unit": _("refused: unit"),
        "bad_quantity": _("refused: quantity"),
        "bad_price": _("refused: price"),
        "bad_date": _("refused: date"),
        "not_on_contract": _("refused: not on the contract"),
        "discontinued": _("refused: discontinued"),
        # what a change wants of a line
        "add": _("added"),
        "delete": _("deleted"),
        "change": _("changed"),
        "none": _("nothing"),
        # parties
        "buyer": _("buyer"),
        "ship_to": _("ship-to"),
        "bill_to": _("bill-to"),
        "sold_to": _("sold-to"),
        "payer": _("payer"),
        "mark_for": _("marked for"),
        "ship_from": _("ship-from"),
        "seller": _("seller"),
        "remit_to": _("remit-to"),
        "other": _("other party"),
    }
)
_CLOCKS: Mapping[str, str] = MappingProxyType(
    {
        "mdn": _("our receipt (MDN)"),
        "functional_ack": _("our acknowledgement"),
        "order_answer": _("our answer to the order"),
        "change_answer": _("our answer to the change"),
        "ship_notice": _("accepted ship notice"),
        "invoice": _("our invoice"),
        "their_functional_ack": _("their acknowledgement"),
        "their_mdn": _("their receipt (MDN)"),
        "hold": _("decision"),
    }
)


def coded(words: str) -> tuple[str, ...]:
    """Codes with blanks between them as words; one that is not known as it is."""
    return tuple(_CODED.get(each, each) for each in words.split())


def clock_name(kind: str) -> str:
    """What a clock waits for, as a word; one that is not known as it is."""
    return _CLOCKS.get(kind, kind)
