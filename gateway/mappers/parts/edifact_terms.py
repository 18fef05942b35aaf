"""Terms of an EDIFACT order: payment, delivery, allowances, taxes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Literal

from gateway.edi.edifact.segment import EdifactSegment
from gateway.edi.tree import LoopRead
from gateway.mappers.parts.edifact import first, led, those
from gateway.mappers.parts.edifact_codes import AFTER_MONTH, FREIGHT, PAY_BASES
from gateway.mappers.parts.edifact_ledger import EdifactLedger
from gateway.mappers.parts.prefer import Condition, allowed
from gateway.order.model import LineFlags
from gateway.order.money import Money
from gateway.order.terms import (
    AllowanceCharge,
    Carrier,
    Delivery,
    DeliveryTerms,
    PaymentTerm,
    Tax,
)

__all__ = [
    "allowances",
    "carrier",
    "delivery_terms",
    "flags",
    "payment_terms",
    "taxes",
]

_CONDITIONS: Mapping[str, Condition] = {
    "SC": Condition(partial=False),
    "BK": Condition(partial=True, backorder=True),
    "SP": Condition(partial=True, backorder=False),
    "IS": Condition(substitution=True),
}
"""What a requirement for delivery (4493, behind 4017 in SCC) lets us do."""


def flags(
    ledger: EdifactLedger, loop: LoopRead, field: str, start: LineFlags
) -> LineFlags:
    """What SCC allows; a line's own go before its order's (``start``)."""
    said: list[Condition] = []
    for scc, _ in led(loop, "SCC"):
        condition = _CONDITIONS.get(scc.part(2).strip())
        if condition:
            ledger.took(field, scc, 2)
            said.append(condition)
    return allowed(said, start)


_PER = {"D": 1, "W": 7}
"""Days of a period (2151); months and others are no number of days."""


def payment_terms(ledger: EdifactLedger, loop: LoopRead) -> Iterator[PaymentTerm]:
    """PAT up to D.02A, PYT from D.02B on, each with its dates and percentages."""
    passes = [*led(loop, "PAT"), *led(loop, "PYT")]
    for index, (start, inner) in enumerate(passes):
        place = f"payment.terms[{index}]"
        code = ledger.text(start, 1, f"{place}.code")
        plain = start.tag == "PYT"  # C112 of PAT as elements of its own
        at = [(n, 1) for n in (3, 4, 5, 6)] if plain else [(3, n) for n in (1, 2, 3, 4)]
        basis = start.part(*at[0]).strip()
        month = start.part(*at[1]).strip() == AFTER_MONTH
        if basis in PAY_BASES:
            ledger.took(f"{place}.basis", start, *at[0])
        if month:
            ledger.qualified(start, *at[1])
        percent = _percent(ledger, inner, ("12", "7"), f"{place}.discount_pct")
        is_discount = code == "22" or percent is not None
        name = "discount" if is_discount else "net"
        term = PaymentTerm(
            code=code,
            basis="end_of_month"
            if month
            else PAY_BASES.get(basis, "other" if basis else ""),
            discount_pct=percent,
            text=" ".join(
                text
                for n in (4, 5)
                if (text := ledger.text(start, 2, f"{place}.text", n))
            ),
        )
        due = _due(ledger, inner, place)
        due[f"{name}_days"] = _term_days(ledger, start, at, f"{place}.{name}_days")
        yield replace(term, **due)


def _term_days(
    ledger: EdifactLedger, start: EdifactSegment, at: list[tuple[int, int]], field: str
) -> int | None:
    """Days of a term, of which weeks have seven; months stay in the extensions."""
    per = _PER.get(start.part(*at[2]).strip())
    element, component = at[3]
    if per is None:
        return None
    count = ledger.whole(start, element, field, component)
    if count is None:
        return None
    ledger.qualified(start, *at[2])
    return count * per


def _due(ledger: EdifactLedger, loop: LoopRead, place: str) -> dict[str, Any]:
    days: dict[str, Any] = {}
    for dtm in those(loop, "DTM"):
        code = dtm.part(1).strip()
        name = {"13": "net_date", "140": "net_date", "12": "discount_date"}.get(code)
        if name and name not in days:
            day = ledger.day(dtm, f"{place}.{name}")
            if day is not None:
                days[name] = day
    return days


def _percent(
    ledger: EdifactLedger, loop: LoopRead, kinds: Iterable[str], field: str
) -> Decimal | None:
    """The first percentage (PCD) of one of these kinds."""
    for pcd in [*those(loop, "PCD"), *(start for start, _ in led(loop, "PCD"))]:
        if pcd.part(1).strip() in kinds:
            percent = ledger.number(pcd, 1, field, 2)
            if percent is not None:
                ledger.qualified(pcd, 1)
                return percent
    return None


def delivery_terms(ledger: EdifactLedger, loop: LoopRead) -> DeliveryTerms | None:
    """The first TOD: Incoterm, place, who pays the carrier."""
    for tod, inner in led(loop, "TOD"):
        field = "delivery.terms"
        freight = ledger.text(tod, 2, f"{field}.freight_sent")
        texts = (ledger.text(tod, 3, f"{field}.text", n) for n in (4, 5))
        place = ""
        for loc in those(inner, "LOC"):
            place = place or ledger.text(loc, 2, f"{field}.place", 4)
            place = place or ledger.text(loc, 2, f"{field}.place")
        return DeliveryTerms(
            code=ledger.text(tod, 3, f"{field}.code"),
            place=place,
            freight=FREIGHT.get(freight, "other") if freight else "",
            freight_sent=freight,
            text=" ".join(text for text in texts if text),
        )
    return None


def carrier(ledger: EdifactLedger, loop: LoopRead) -> Carrier | None:
    """The first TDT: who carries the goods and by which mode."""
    for tdt, _ in led(loop, "TDT"):
        field = "delivery.carrier"
        one = Carrier(
            id=ledger.text(tdt, 5, f"{field}.id"),
            id_scheme=ledger.text(tdt, 5, f"{field}.id_scheme", 3),
            name=ledger.text(tdt, 5, f"{field}.name", 4),
            mode=ledger.text(tdt, 3, f"{field}.mode"),
        )
        return None if one == Carrier() else one
    return None


_SETTLED: Mapping[str, Literal["bill_back", "off_invoice", "paid"]] = {
    "1": "bill_back",
    "2": "off_invoice",
    "5": "paid",
    "6": "paid",
}
"""How an allowance is settled (4471)."""
_KINDS: Mapping[str, Literal["allowance", "charge"]] = {"A": "allowance", "C": "charge"}
_AMOUNTS, _BASE = ("8", "23", "204"), ("25",)


def allowances(
    ledger: EdifactLedger, loop: LoopRead, currency: str, name: str = "ALC"
) -> tuple[AllowanceCharge, ...]:
    """The ALC loops of this name: one of quantity, percentage, amount and rate each."""
    found: list[AllowanceCharge] = []
    for alc, inner in led(loop, name):
        kind = _KINDS.get(alc.part(1).strip())
        if kind is None:
            continue
        field = f"allowances_charges[{len(found)}]"
        ledger.qualified(alc, 1)
        settled = alc.part(3).strip()
        if settled in _SETTLED:
            ledger.took(f"{field}.settlement", alc, 3)
        texts = (ledger.text(alc, 5, f"{field}.text", n) for n in (4, 5))
        found.append(
            AllowanceCharge(
                kind=kind,
                code=ledger.text(alc, 5, f"{field}.code"),
                text=" ".join(text for text in texts if text),
                settlement=_SETTLED.get(settled, "other" if settled else ""),
                sequence=ledger.whole(alc, 4, f"{field}.sequence"),
                reference=ledger.text(alc, 2, f"{field}.reference"),
                percent=_percent(ledger, inner, ("1", "2", "3"), f"{field}.percent"),
                amount=money(ledger, inner, _AMOUNTS, f"{field}.amount", currency),
                base_amount=money(
                    ledger, inner, _BASE, f"{field}.base_amount", currency
                ),
                **_rated(ledger, inner, field),
            )
        )
    return tuple(found)


def _rated(ledger: EdifactLedger, loop: LoopRead, field: str) -> dict[str, Any]:
    """The quantity that an allowance is for, and its rate."""
    values: dict[str, Any] = {}
    for qty in [*those(loop, "QTY"), *(start for start, _ in led(loop, "QTY"))][:1]:
        values["quantity"] = ledger.number(qty, 1, f"{field}.quantity", 2)
        values["uom"] = ledger.text(qty, 1, f"{field}.uom", 3)
    for rte in [*those(loop, "RTE"), *(start for start, _ in led(loop, "RTE"))][:1]:
        values["rate"] = ledger.number(rte, 1, f"{field}.rate", 2)
    return values


def money(
    ledger: EdifactLedger,
    loop: LoopRead,
    kinds: Iterable[str],
    field: str,
    currency: str,
) -> Money | None:
    """The first amount (MOA) of one of these kinds, the first kind preferred."""
    every = [*those(loop, "MOA"), *(start for start, _ in led(loop, "MOA"))]
    for kind in kinds:
        for moa in every:
            if moa.part(1).strip() == kind:
                amount = ledger.number(moa, 1, field, 2)
                if amount is not None:
                    ledger.qualified(moa, 1)
                    return Money(amount, ledger.text(moa, 1, field, 3) or currency)
    return None


def taxes(
    ledger: EdifactLedger, loop: LoopRead, currency: str, field: str
) -> tuple[Tax, ...]:
    """The TAX loops: kind, category, rate, and its amounts."""
    found: list[Tax] = []
    for tax, inner in led(loop, "TAX"):
        place = f"{field}[{len(found)}]"
        kind = ledger.text(tax, 2, f"{place}.kind")
        found.append(
            Tax(
                kind=kind.lower(),
                percent=ledger.number(tax, 5, f"{place}.percent", 4),
                category=ledger.text(tax, 6, f"{place}.category"),
                id=ledger.text(tax, 7, f"{place}.id"),
                amount=money(
                    ledger, inner, ("124", "150"), f"{place}.amount", currency
                ),
                base_amount=money(
                    ledger, inner, ("125", "56"), f"{place}.base_amount", currency
                ),
            )
        )
    return tuple(found)


def with_terms(
    ledger: EdifactLedger, days: Delivery, loop: LoopRead, partial: bool | None = None
) -> Delivery:
    """The days, and what TOD and TDT say."""
    terms, by = delivery_terms(ledger, loop), carrier(ledger, loop)
    if terms is None and by is None and partial is None:
        return days
    return replace(days, terms=terms, carrier=by, partial_allowed=partial)


def first_of(loop: LoopRead, tag: str) -> EdifactSegment | None:
    """The first segment of a tag, whether it starts a loop or not."""
    found = first(loop, tag)
    return found or next((start for start, _ in led(loop, tag)), None)
