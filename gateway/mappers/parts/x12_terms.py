"""Read the terms that many X12 messages share: days, freight, payment, taxes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from gateway.edi.tree import LoopRead, SegmentRead
from gateway.mappers.parts.ledger import Ledger
from gateway.mappers.parts.x12_codes import SCHEMES
from gateway.order.money import Money
from gateway.order.terms import (
    AllowanceCharge,
    Carrier,
    Delivery,
    DeliveryTerms,
    PaymentTerm,
    Tax,
)

_Freight = Literal[
    "", "prepaid", "prepaid_added", "collect", "third_party", "pickup", "other"
]
_FREIGHT: Mapping[str, _Freight] = {
    "PP": "prepaid",
    "PC": "prepaid_added",
    "CC": "collect",
    "TP": "third_party",
    "PB": "pickup",
}
_Settlement = Literal["", "off_invoice", "bill_back", "credit", "paid", "other"]
_SETTLEMENT: Mapping[str, _Settlement] = {"01": "bill_back", "02": "off_invoice"}
_PAID = ("05", "06", "PP")
_KINDS: Mapping[str, Literal["allowance", "charge"]] = {
    "A": "allowance",
    "P": "allowance",
    "C": "charge",
    "S": "charge",
}
_Basis = Literal[
    "",
    "invoice_date",
    "order_date",
    "ship_date",
    "delivery_date",
    "receipt_date",
    "end_of_month",
    "other",
]
_BASIS: Mapping[str, _Basis] = {
    "1": "ship_date",
    "2": "delivery_date",
    "3": "invoice_date",
    "15": "receipt_date",
}
_TAXES: Mapping[str, str] = {"VA": "vat", "ST": "sales", "GS": "gst"}


def with_terms(
    ledger: Ledger, delivery: Delivery, loop: LoopRead, *, partial: bool | None = None
) -> Delivery:
    """The delivery with the loop's FOB and TD5, and what CSH says of partial ones."""
    fob, td5 = loop.first("FOB"), loop.first("TD5")
    if fob is None and td5 is None and partial is None:
        return delivery
    return replace(
        delivery,
        terms=_delivery_terms(ledger, fob) if fob else None,
        carrier=_carrier(ledger, td5) if td5 else None,
        partial_allowed=partial,
    )


def _delivery_terms(ledger: Ledger, fob: SegmentRead) -> DeliveryTerms:
    freight = ledger.text(fob, 1, "delivery.terms.freight_sent")
    code = ledger.text(fob, 5, "delivery.terms.code")
    if code:
        ledger.qualified(fob, 4)
    return DeliveryTerms(
        code=code,
        place=ledger.text(fob, 3, "delivery.terms.place"),
        freight=_FREIGHT.get(freight, "other") if freight else "",
        freight_sent=freight,
    )


def _carrier(ledger: Ledger, td5: SegmentRead) -> Carrier:
    number = ledger.text(td5, 3, "delivery.carrier.id")
    scheme = ledger.text(td5, 2, "delivery.carrier.id_scheme") if number else ""
    return Carrier(
        id=number,
        id_scheme=SCHEMES.get(scheme, scheme),
        mode=ledger.text(td5, 4, "delivery.carrier.mode"),
        routing=ledger.text(td5, 5, "delivery.carrier.routing"),
        service=ledger.text(td5, 12, "delivery.carrier.service"),
    )


def payment_terms(
    ledger: Ledger, segments: Iterable[SegmentRead], currency: str
) -> Iterator[PaymentTerm]:
    """ITD, one term each; ITD-08 has two implied decimals."""
    for index, itd in enumerate(segments):
        place = f"payment.terms[{index}]"
        basis = _BASIS.get(itd[2])
        if basis:
            ledger.text(itd, 2, f"{place}.basis")
        discount = ledger.number(itd, 8, f"{place}.discount_amount", implied=2)
        yield PaymentTerm(
            code=ledger.text(itd, 1, f"{place}.code"),
            basis=basis or ("other" if itd[2] else ""),
            net_days=ledger.whole(itd, 7, f"{place}.net_days"),
            net_date=ledger.day(itd, 6, f"{place}.net_date"),
            discount_pct=ledger.number(itd, 3, f"{place}.discount_pct"),
            discount_amount=money(discount, currency),
            discount_days=ledger.whole(itd, 5, f"{place}.discount_days"),
            discount_date=ledger.day(itd, 4, f"{place}.discount_date"),
            text=ledger.text(itd, 12, f"{place}.text"),
        )


def money(amount: Decimal | None, currency: str) -> Money | None:
    """The amount in its currency, which is empty where the order names none."""
    return None if amount is None else Money(amount, currency)


def stated(
    ledger: Ledger,
    amounts: Iterable[SegmentRead],
    code: str,
    field: str,
    currency: str,
) -> Money | None:
    """The first AMT of this kind (DE 522) that says a number."""
    for amt in amounts:
        if amt[1] == code:
            amount = ledger.number(amt, 2, field)
            if amount is not None:
                ledger.qualified(amt, 1)
                return Money(amount, currency)
    return None


def allowances(
    ledger: Ledger, loops: Iterable[LoopRead], currency: str
) -> tuple[AllowanceCharge, ...]:
    """SAC loops that take off or put on money; SAC-05 has two implied decimals."""
    done: list[AllowanceCharge] = []
    for loop in loops:
        sac = loop.segments[0]
        kind = _KINDS.get(sac[1])
        if kind is not None:
            place = f"allowances_charges[{len(done)}]"
            own = loop.first("CUR")
            unit = ledger.text(own, 2, f"{place}.amount.currency") if own else ""
            done.append(_allowance(ledger, sac, kind, unit or currency, place))
    return tuple(done)


def _allowance(
    ledger: Ledger,
    sac: SegmentRead,
    kind: Literal["allowance", "charge"],
    currency: str,
    place: str,
) -> AllowanceCharge:
    if sac[1] in ("A", "C"):
        ledger.took(f"{place}.kind", sac, 1)
    amount = ledger.number(sac, 5, f"{place}.amount", implied=2)
    settlement = _SETTLEMENT.get(sac[12])
    if settlement:
        ledger.took(f"{place}.settlement", sac, 12)
    elif sac[12]:
        settlement = "paid" if sac[12] in _PAID else "other"
    return AllowanceCharge(
        kind=kind,
        code=ledger.text(sac, 2, f"{place}.code"),
        text=ledger.text(sac, 15, f"{place}.text"),
        amount=money(amount, currency),
        percent=ledger.number(sac, 7, f"{place}.percent"),
        rate=ledger.number(sac, 8, f"{place}.rate"),
        quantity=ledger.number(sac, 10, f"{place}.quantity"),
        uom=ledger.text(sac, 9, f"{place}.uom"),
        settlement=settlement or "",
        reference=ledger.text(sac, 13, f"{place}.reference"),
    )


def taxes(ledger: Ledger, loop: LoopRead, currency: str, field: str) -> tuple[Tax, ...]:
    """TAX (numbers and exemptions) and TXI (amounts and rates) of a loop."""
    done: list[Tax] = []
    for segment in loop.segments:
        place = f"{field}[{len(done)}]"
        if segment.elements[0] == "TAX":
            done.append(
                Tax(
                    id=ledger.text(segment, 1, f"{place}.id"),
                    jurisdiction=ledger.text(segment, 3, f"{place}.jurisdiction"),
                    exemption=ledger.text(segment, 12, f"{place}.exemption"),
                )
            )
        elif segment.elements[0] == "TXI":
            done.append(_tax(ledger, segment, currency, place))
    return tuple(done)


def _tax(ledger: Ledger, txi: SegmentRead, currency: str, place: str) -> Tax:
    """One TXI; TXI-03 is a fraction of one (X12 DE 954), a Tax has percents."""
    kind = ledger.text(txi, 1, f"{place}.kind")
    fraction = ledger.number(txi, 3, f"{place}.percent")
    return Tax(
        kind=_TAXES.get(kind, kind),
        percent=None if fraction is None else fraction * 100,
        amount=money(ledger.number(txi, 2, f"{place}.amount"), currency),
        base_amount=money(ledger.number(txi, 8, f"{place}.base_amount"), currency),
        exemption=ledger.text(txi, 6, f"{place}.exemption"),
        jurisdiction=ledger.text(txi, 5, f"{place}.jurisdiction"),
        id=ledger.text(txi, 9, f"{place}.id"),
    )
