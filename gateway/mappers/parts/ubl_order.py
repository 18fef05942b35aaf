"""What Order, OrderChange and OrderCancellation of UBL have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gateway.findings import Findings
from gateway.mappers.parts import ubl_terms
from gateway.mappers.parts.ubl_ledger import UblLedger
from gateway.mappers.parts.ubl_line import Context, order_line
from gateway.mappers.parts.ubl_party import party, taker
from gateway.mappers.parts.xml_once import UBL, told_once
from gateway.order.model import NOT_PLAIN, AckWanted, OrderLine, OrderType, Source
from gateway.order.party import Party, PartyRole
from gateway.order.terms import Delivery
from gateway.safexml import Element, attribute
from gateway.ubl.document import Document, PartyName
from gateway.ubl.names import every, inner

__all__ = ["Head", "head", "order_lines", "order_type"]

_ORDER_TYPES: Mapping[str, OrderType] = {
    "105": "standard",
    "220": "standard",
    "221": "blanket",
    "222": "standard",
    "224": "rush",
    "226": "call_off",
    "227": "consignment",
    "228": "sample",
    "402": "cross_dock",
}
"""OrderTypeCode (UNCL 1001)."""
_NO_ANSWER = "urn:fdc:peppol.eu:poacc:bis:order_only"
"""The profile whose buyers take no order response."""
_PARTIES: tuple[tuple[str, PartyRole], ...] = (
    ("cac:BuyerCustomerParty", "buyer"),
    ("cac:SellerSupplierParty", "seller"),
    ("cac:OriginatorCustomerParty", "mark_for"),
    ("cac:AccountingCustomerParty", "bill_to"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What stands above the lines, and the ledger of the whole document."""

    document: Document
    ledger: UblLedger
    source: Source
    currency: str
    ack_wanted: AckWanted
    parties: tuple[Party, ...]
    delivery: Delivery
    context: Context


def head(document: Document, found: Findings) -> Head:
    """The heading of a document about an order."""
    root = document.root
    ledger = UblLedger(found, root, document.name)
    currency = _currency(ledger, root)
    for name in ("cbc:CustomizationID", "cbc:ProfileID", "cbc:UBLVersionID"):
        _passed(ledger, inner(root, name))
    when = inner(root, "cac:Delivery")
    delivery = ubl_terms.delivery(ledger, when, "delivery")
    terms = ubl_terms.delivery_terms(ledger, root, "delivery.terms")
    told_once(ledger, root, UBL)
    return Head(
        document=document,
        ledger=ledger,
        source=_source(document),
        currency=currency,
        ack_wanted="none" if document.profile.startswith(_NO_ANSWER) else "",
        parties=_parties(ledger, root, when),
        delivery=replace(delivery, terms=terms),
        context=Context(
            currency=currency,
            peppol=document.customization.startswith("urn:fdc:peppol.eu:"),
        ),
    )


def _passed(ledger: UblLedger, element: Element | None) -> None:
    """What says which rules are kept is in ``source``."""
    ledger.passed(element)
    for key in () if element is None else element.attrib:
        ledger.passed(element, str(key))


def order_type(ledger: UblLedger, root: Element) -> OrderType:
    """What kind of order its code says; none where it has none."""
    code = inner(root, "cbc:OrderTypeCode")
    sent = ledger.text(code, "order_type")
    if code is not None and sent.isdigit() and sent not in _ORDER_TYPES:
        what = f"OrderTypeCode {sent[:40]!r} is no order that is delivered"
        ledger.found.add("MAP-002", what, ledger.at(code), sent)
    elif code is not None and sent and _ORDER_TYPES.get(sent, "") in NOT_PLAIN:
        what = f"OrderTypeCode {sent[:40]!r} is no plain order"
        ledger.found.add("MAP-019", what, ledger.at(code), sent)
    return _ORDER_TYPES.get(sent, "other" if sent else "")


def order_lines(its: Head) -> tuple[OrderLine, ...]:
    """The lines; a number that occurs twice is MAP-005."""
    lines, seen = list[OrderLine](), set[str]()
    for ordinal, place in enumerate(every(its.document.root, "cac:OrderLine"), 1):
        line = order_line(its.ledger, place, ordinal, its.context)
        if line.line_no in seen:
            what = f"line {line.line_no!r} occurs twice"
            its.ledger.found.add("MAP-005", what, its.ledger.at(place), line.line_no)
        seen.add(line.line_no)
        lines.append(line)
    return tuple(lines)


def _source(document: Document) -> Source:
    """Which document it is, whose and for whom: the first names of the parties."""
    return Source(
        standard="ubl",
        version=document.customization or document.version,
        group_control=document.profile,
        message_control=document.number,
        sender=_named(document.sender),
        receiver=_named(document.receiver),
    )


def _named(names: tuple[PartyName, ...]) -> str:
    return f"{names[0].scheme}:{names[0].id}" if names else ""


def _currency(ledger: UblLedger, root: Element) -> str:
    """DocumentCurrencyCode, else that of the first price; none is MAP-003."""
    stated = ledger.words(root, "cbc:DocumentCurrencyCode", "currency")
    if stated:
        return stated
    price = "cac:OrderLine/cac:LineItem/cac:Price/cbc:PriceAmount"
    for one in every(root, price):
        if attribute(one, "currencyID"):
            return attribute(one, "currencyID")
    if every(root, "cac:OrderLine"):
        what = "the order names no currency"
        ledger.found.add("MAP-003", what, ledger.at(root))
    return ""


def _parties(
    ledger: UblLedger, root: Element, when: Element | None
) -> tuple[Party, ...]:
    """Buyer, who gets the goods at which place, seller, who asked, and who pays."""
    made = list[Party]()
    for path, role in _PARTIES:
        place = inner(root, path)
        if place is not None:
            made.append(party(ledger, role, place, f"parties[{len(made)}]"))
        goods = taker(ledger, when, "parties[1]") if role == "buyer" else None
        if goods is not None:
            made.append(goods)
    return tuple(made)
