"""The terms of a UBL order: delivery, allowances, taxes, totals, notes, documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from gateway.mappers.parts.ubl_ledger import UblLedger
from gateway.mappers.parts.ubl_party import scheme_of
from gateway.order.money import Money
from gateway.order.party import Attachment, Note, Reference
from gateway.order.terms import (
    AllowanceCharge,
    Carrier,
    Delivery,
    DeliveryTerms,
    Payment,
    PaymentTerm,
    Tax,
    Totals,
)
from gateway.safexml import Element, attribute, text_of
from gateway.ubl.names import every, inner

__all__ = [
    "allowances",
    "attachments",
    "delivery",
    "delivery_terms",
    "notes",
    "payment",
    "references",
    "summed_taxes",
    "taxed",
    "totals",
]

_HUNDRED = Decimal(100)
_CARD_DIGITS = 4
_REFERENCES: Mapping[str, str] = {
    "cac:OrderDocumentReference/cbc:ID": "replaced_order",
    "cac:CatalogueReference/cbc:ID": "price_list",
    "cac:OrderChangeDocumentReference/cbc:ID": "order_change",
}


def references(ledger: UblLedger, root: Element, start: int = 0) -> Iterator[Reference]:
    """Documents that the order names and that have no field of their own."""
    count = start
    for path, kind in _REFERENCES.items():
        for one in every(root, path):
            value = ledger.text(one, f"references[{count}]")
            if value:
                count += 1
                yield Reference(kind=kind, value=value)


def delivery(ledger: UblLedger, its: Element | None, field: str) -> Delivery:
    """When and where the goods are wanted: a day, or a span of days."""
    period = inner(its, "cac:RequestedDeliveryPeriod")
    start = ledger.on(period, "cbc:StartDate", f"{field}.earliest")
    end = ledger.on(period, "cbc:EndDate", f"{field}.latest")
    if end is None:
        end = ledger.on(its, "cbc:LatestDeliveryDate", f"{field}.latest")
        if end is not None and start is None:
            return replace(_placed(ledger, its, field), latest=end)
    ledger.spanned(period, start, end)
    only = start if start == end else (None if start and end else start or end)
    return replace(
        _placed(ledger, its, field),
        requested=only,
        earliest=start if start != only else None,
        latest=end if end != only else None,
    )


def _placed(ledger: UblLedger, its: Element | None, field: str) -> Delivery:
    """Where the goods are wanted, who brings them, and when they leave."""
    place = inner(its, "cac:DeliveryLocation")
    return Delivery(
        ship_no_later=ledger.on(
            its, "cac:Despatch/cbc:RequestedDespatchDate", f"{field}.ship_no_later"
        ),
        location=ledger.words(place, "cbc:ID", f"{field}.location"),
        carrier=_carrier(ledger, inner(its, "cac:CarrierParty"), f"{field}.carrier"),
    )


def _carrier(ledger: UblLedger, its: Element | None, field: str) -> Carrier | None:
    if its is None:
        return None
    number = inner(its, "cac:PartyIdentification/cbc:ID")
    return Carrier(
        id=ledger.text(number, f"{field}.id"),
        id_scheme=scheme_of(number),
        name=ledger.words(its, "cac:PartyName/cbc:Name", f"{field}.name"),
    )


def delivery_terms(
    ledger: UblLedger, root: Element, field: str
) -> DeliveryTerms | None:
    """DeliveryTerms: an Incoterm where its ID says so."""
    its = inner(root, "cac:DeliveryTerms")
    if its is None:
        return None
    return DeliveryTerms(
        code=ledger.words(its, "cbc:ID", f"{field}.code"),
        place=ledger.words(its, "cac:DeliveryLocation/cbc:ID", f"{field}.place"),
        text=ledger.words(its, "cbc:SpecialTerms", f"{field}.text"),
    )


def payment(ledger: UblLedger, root: Element) -> Payment | None:
    """PaymentTerms: words; a day and a discount where they are stated. And a card."""
    made = list[PaymentTerm]()
    for one in every(root, "cac:PaymentTerms"):
        field = f"payment.terms[{len(made)}]"
        text = ledger.words(one, "cbc:Note", f"{field}.text")
        due = ledger.on(one, "cbc:PaymentDueDate", f"{field}.net_date")
        less = inner(one, "cbc:SettlementDiscountPercent")
        percent = ledger.number(less, f"{field}.discount_pct")
        if text or due or percent:
            made.append(PaymentTerm(text=text, net_date=due, discount_pct=percent))
    cards = every(root, "cac:PaymentMeans/cac:CardAccount")
    if not cards:
        return Payment(terms=tuple(made)) if made else None
    digits = [_digits(inner(one, "cbc:PrimaryAccountNumberID")) for one in cards]
    for one in cards:
        ledger.hidden(one)
    return Payment(
        terms=tuple(made), means="card", card_last_four=digits[0][-_CARD_DIGITS:]
    )


def _digits(its: Element | None) -> str:
    """Of a card's number the digits; the last four of them are kept."""
    return "".join(one for one in text_of(its) if one.isdigit())


def allowances(
    ledger: UblLedger, place: Element | None, *, peppol: bool
) -> Iterator[AllowanceCharge]:
    """AllowanceCharge. Ten percent is the factor 10 by Peppol's rules, else 0.1."""
    for n, one in enumerate(every(place, "cac:AllowanceCharge")):
        field = f"allowances_charges[{n}]"
        is_charge = ledger.whether(one, "cbc:ChargeIndicator", f"{field}.kind")
        if inner(one, "cbc:ChargeIndicator") is None:
            what = "it does not say whether it is a charge or an allowance"
            ledger.found.add("MAP-018", what, ledger.at(one))
        yield AllowanceCharge(
            kind="charge" if is_charge else "allowance",
            code=ledger.words(one, "cbc:AllowanceChargeReasonCode", f"{field}.code"),
            text=ledger.words(one, "cbc:AllowanceChargeReason", f"{field}.text"),
            amount=ledger.figure(one, "cbc:Amount", f"{field}.amount"),
            percent=_percent(ledger, one, f"{field}.percent", peppol=peppol),
            base_amount=ledger.figure(one, "cbc:BaseAmount", f"{field}.base_amount"),
        )


def _percent(
    ledger: UblLedger, one: Element, field: str, *, peppol: bool
) -> Decimal | None:
    factor = ledger.number(inner(one, "cbc:MultiplierFactorNumeric"), field)
    return factor if factor is None or peppol else factor * _HUNDRED


def taxed(
    ledger: UblLedger, place: Element | None, path: str, field: str
) -> Iterator[Tax]:
    """Tax categories at a path: what goods are taxed as."""
    for n, one in enumerate(every(place, path)):
        at = f"{field}[{n}]"
        yield Tax(
            kind=ledger.words(one, "cac:TaxScheme/cbc:ID", f"{at}.kind").lower(),
            category=ledger.words(one, "cbc:ID", f"{at}.category"),
            percent=ledger.number(inner(one, "cbc:Percent"), f"{at}.percent"),
        )


def totals(ledger: UblLedger, root: Element) -> Totals | None:
    """AnticipatedMonetaryTotal and TaxTotal as they were sent.

    The amount is what is to be paid, or all of it where some is prepaid or rounded.
    """
    its = inner(root, "cac:AnticipatedMonetaryTotal")
    count = inner(root, "cbc:LineCountNumeric")
    lines = ledger.whole(count, "totals.line_count")
    if its is None and lines is None:
        return None

    def told(name: str, field: str) -> Money | None:
        return ledger.figure(its, f"cbc:{name}", f"totals.{field}")

    pay = told("PayableAmount", "amount")
    return Totals(
        source="sent",
        line_count=lines,
        line_amount=told("LineExtensionAmount", "line_amount"),
        allowance_amount=told("AllowanceTotalAmount", "allowance_amount"),
        charge_amount=told("ChargeTotalAmount", "charge_amount"),
        without_tax=told("TaxExclusiveAmount", "without_tax"),
        tax_amount=ledger.figure(
            root, "cac:TaxTotal/cbc:TaxAmount", "totals.tax_amount"
        ),
        with_tax=(whole := told("TaxInclusiveAmount", "with_tax")),
        amount=whole if whole and _is_paid_in_part(its) else pay,
    )


def _is_paid_in_part(its: Element | None) -> bool:
    return any(
        inner(its, path) is not None
        for path in ("cbc:PrepaidAmount", "cbc:PayableRoundingAmount")
    )


def summed_taxes(ledger: UblLedger, root: Element) -> Iterator[Tax]:
    """TaxTotal: the sum of all taxes."""
    for n, one in enumerate(every(root, "cac:TaxTotal")):
        amount = ledger.figure(one, "cbc:TaxAmount", f"taxes[{n}].amount")
        if amount is not None and amount.amount:
            yield Tax(kind="vat", amount=amount)


def notes(
    ledger: UblLedger, found: Iterable[Element], kind: str = "general"
) -> tuple[Note, ...]:
    """Texts for people."""
    made = list[Note]()
    for one in found:
        text = ledger.text(one, f"notes[{len(made)}]")
        if text:
            language = attribute(one, "languageID")
            made.append(Note(text=text, kind=kind, language=language))
    return tuple(made)


def attachments(ledger: UblLedger, root: Element) -> tuple[Attachment, ...]:
    """AdditionalDocumentReference: what is named; nothing is fetched or unpacked."""
    made = list[Attachment]()
    for one in every(root, "cac:AdditionalDocumentReference"):
        at = f"attachments[{len(made)}]"
        inside = inner(one, "cac:Attachment/cbc:EmbeddedDocumentBinaryObject")
        number = ledger.words(one, "cbc:ID", f"{at}.name")
        kind = ledger.words(one, "cbc:DocumentType", f"{at}.kind")
        uri = "cac:Attachment/cac:ExternalReference/cbc:URI"
        if inside is not None:
            ledger.passed(inside)
            for key in inside.attrib:
                ledger.passed(inside, str(key))
        made.append(
            Attachment(
                name=attribute(inside, "filename") or number,
                kind=kind,
                media_type=attribute(inside, "mimeCode"),
                url=ledger.words(one, uri, f"{at}.url"),
                description=number if attribute(inside, "filename") else "",
            )
        )
    return tuple(made)
