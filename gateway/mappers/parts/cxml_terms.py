"""The terms of a cXML order: money, taxes, freight, payment, delivery, comments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Literal

from gateway.mappers.parts.cxml_ledger import CxmlLedger
from gateway.order.money import Money
from gateway.order.party import Attachment, Note
from gateway.order.terms import (
    AllowanceCharge,
    Carrier,
    Delivery,
    DeliveryTerms,
    Payment,
    PaymentTerm,
    Tax,
)
from gateway.safexml import Element, attribute

__all__ = [
    "attachments",
    "carrier",
    "freight",
    "modifications",
    "money",
    "notes",
    "payment",
    "taxes",
    "terms",
]

_FREIGHT: Mapping[
    str, Literal["prepaid", "prepaid_added", "collect", "third_party", "pickup"]
] = {
    "prepaid": "prepaid",
    "prepaidbyseller": "prepaid",
    "advanceprepaid": "prepaid",
    "prepaidbutchargedtocustomer": "prepaid_added",
    "advancecollect": "collect",
    "collect": "collect",
    "thirdpartypay": "third_party",
    "customerpickup": "pickup",
    "pickup": "pickup",
}
"""ShippingPaymentMethod; others are kept as sent."""
_CARD_DIGITS = 4


def money(ledger: CxmlLedger, place: Element | None, field: str) -> Money | None:
    """The Money in an element, of any sign."""
    its = place.find("Money") if place is not None else None
    amount = ledger.number(its, field)
    if its is None or amount is None:
        return None
    ledger.passed(its, "currency")
    return Money(amount, attribute(its, "currency"))


def freight(
    ledger: CxmlLedger, place: Element | None, field: str
) -> Iterator[AllowanceCharge]:
    """Shipping as a charge; an amount of zero is none."""
    if place is None:
        return
    amount = money(ledger, place, f"{field}.amount")
    if amount is not None and amount.amount:
        text = _described(ledger, place, f"{field}.text")
        yield AllowanceCharge(kind="charge", code="shipping", text=text, amount=amount)


def modifications(
    ledger: CxmlLedger, price: Element | None, start: int = 0
) -> Iterator[AllowanceCharge]:
    """What is taken off or put on a unit price, or on Shipping: Modification."""
    found = [] if price is None else price.findall("Modifications/Modification")
    for index, one in enumerate(found, start):
        field = f"allowances_charges[{index}]"
        less, more = one.find("AdditionalDeduction"), one.find("AdditionalCost")
        place = less if less is not None else more
        if place is None:
            continue
        inner = place.find("DeductionAmount") if less is not None else place
        percent = place.find("DeductionPercent")
        percent = place.find("Percentage") if percent is None else percent
        detail = one.find("ModificationDetail")
        yield AllowanceCharge(
            kind="allowance" if less is not None else "charge",
            code=ledger.attribute(detail, "name", f"{field}.code"),
            text=_described(ledger, detail, f"{field}.text"),
            amount=money(ledger, inner, f"{field}.amount"),
            percent=ledger.number(percent, f"{field}.percent", "percent"),
            base_amount=money(ledger, one.find("OriginalPrice"), f"{field}.base"),
        )


def taxes(ledger: CxmlLedger, place: Element | None, field: str) -> tuple[Tax, ...]:
    """TaxDetail by TaxDetail; without any the sum alone."""
    if place is None:
        return ()
    details = place.findall("TaxDetail")
    if not details:
        amount = money(ledger, place, f"{field}[0].amount")
        return (Tax(amount=amount),) if amount is not None and amount.amount else ()
    return tuple(
        _tax(ledger, one, f"{field}[{index}]") for index, one in enumerate(details)
    )


def _tax(ledger: CxmlLedger, one: Element, field: str) -> Tax:
    return Tax(
        kind=ledger.attribute(one, "category", f"{field}.kind").lower(),
        percent=ledger.number(one, f"{field}.percent", "percentageRate"),
        amount=money(ledger, one.find("TaxAmount"), f"{field}.amount"),
        base_amount=money(ledger, one.find("TaxableAmount"), f"{field}.base_amount"),
        jurisdiction=ledger.text(one.find("TaxLocation"), f"{field}.jurisdiction"),
    )


def payment(ledger: CxmlLedger, header: Element) -> Payment | None:
    """PaymentTerm and PCard; of a card's number the last four digits are kept."""
    found = header.findall("PaymentTerm")
    agreed = tuple(
        _payment_term(ledger, one, f"payment.terms[{index}]")
        for index, one in enumerate(found)
    )
    card = header.find("Payment/PCard")
    if not agreed and card is None:
        return None
    if card is None:
        return Payment(terms=agreed)
    expires = ledger.day(card, "expiration", "payment.card_expires", needed=False)
    digits = "".join(one for one in attribute(card, "number") if one.isdigit())
    ledger.hidden(card)
    return Payment(
        terms=agreed,
        means="card",
        card_last_four=digits[-_CARD_DIGITS:],
        card_expires=expires,
    )


def _payment_term(ledger: CxmlLedger, one: Element, field: str) -> PaymentTerm:
    """Days until payment; with a discount those in which it may be taken."""
    discount = one.find("Discount")
    field_days = f"{field}.{'net' if discount is None else 'discount'}_days"
    days = ledger.whole(one, field_days, "payInNumberOfDays")
    if discount is None:
        return PaymentTerm(net_days=days)
    percent = discount.find("DiscountPercent")
    return PaymentTerm(
        discount_days=days,
        discount_pct=ledger.number(percent, f"{field}.discount_pct", "percent"),
        discount_amount=money(
            ledger, discount.find("DiscountAmount"), f"{field}.discount_amount"
        ),
    )


def terms(
    ledger: CxmlLedger, delivery: Delivery, place: Element, field: str
) -> Delivery:
    """The delivery with TermsOfDelivery, if the element has one."""
    its = place.find("TermsOfDelivery")
    if its is None:
        return delivery
    at = f"{field}.terms"
    method = its.find("ShippingPaymentMethod")
    paid = attribute(method, "value")
    known = _FREIGHT.get(paid.lower().replace("_", ""))
    if paid and method is not None:
        ledger.took(f"{at}.freight", method, "value")
        ledger.passed(method)
    transport, code = its.find("TransportTerms"), its.find("TermsOfDeliveryCode")
    incoterm = ledger.attribute(transport, "value", f"{at}.code")
    for one in (transport, code):
        ledger.passed(one if attribute(one, "value").lower() != "other" else None)
    said = DeliveryTerms(
        code=incoterm,
        place=ledger.text(its.find("Address/Name"), f"{at}.place"),
        freight=known or ("other" if paid else ""),
        freight_sent="" if known else paid,
        text=ledger.attribute(code, "value", f"{at}.text"),
    )
    return replace(delivery, terms=said)


def carrier(ledger: CxmlLedger, ship_to: Element | None, field: str) -> Carrier | None:
    """Who carries the goods: CarrierIdentifier and TransportInformation of ShipTo."""
    if ship_to is None:
        return None
    id_, scheme, name = "", "", ""
    for one in ship_to.findall("CarrierIdentifier"):
        domain = attribute(one, "domain")
        if domain.lower() == "companyname" and not name:
            name = ledger.text(one, f"{field}.name")
        elif not id_:
            id_, scheme = ledger.text(one, f"{field}.id"), domain.lower()
        else:
            continue
        ledger.passed(one, "domain")
    info = ship_to.find("TransportInformation")
    route = None if info is None else info.find("Route")
    made = Carrier(
        id=id_,
        id_scheme=scheme,
        name=name,
        mode=ledger.attribute(route, "method", f"{field}.mode"),
        account=""
        if info is None
        else ledger.text(info.find("ShippingContractNumber"), f"{field}.account"),
    )
    return None if made == Carrier() else made


def notes(
    ledger: CxmlLedger, found: Iterable[Element], kind: str = "general"
) -> tuple[Note, ...]:
    """Comments; what is attached to them is not in their text."""
    told = list[Note]()
    for one in found:
        text = ledger.text(one, f"notes[{len(told)}]")
        if not text:
            continue
        ledger.passed(one, "xml:lang")
        ledger.passed(one, "type")
        told.append(
            Note(
                text=text,
                kind=attribute(one, "type") or kind,
                language=attribute(one, "xml:lang"),
            )
        )
    return tuple(told)


def attachments(ledger: CxmlLedger, found: Iterable[Element]) -> tuple[Attachment, ...]:
    """What Comments name: a ``cid:`` of the same transmission, or an address.

    Nothing is fetched.
    """
    made = list[Attachment]()
    for one in found:
        for url in one.iterfind("Attachment/URL"):
            at = f"attachments[{len(made)}]"
            named = ledger.attribute(url, "name", f"{at}.name")
            made.append(Attachment(name=named, url=ledger.text(url, f"{at}.url")))
    return tuple(made)


def _described(ledger: CxmlLedger, place: Element | None, field: str) -> str:
    its = None if place is None else place.find("Description")
    ledger.passed(its, "xml:lang")
    return ledger.text(its, field)
