"""X12 820: from a tree of loops to the canonical remittance advice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from gateway.edi.tree import LoopRead, SegmentRead
from gateway.findings import Findings, Where
from gateway.mappers.mapped import Carrier, Mapped
from gateway.mappers.parts.ledger import Ledger
from gateway.mappers.parts.x12_advice import NAMED, first_day, references_of
from gateway.mappers.parts.x12_head import whence, without_end
from gateway.order.advice import Adjustment, Advice, Advised
from gateway.order.money import Money
from gateway.partner.profile import Profile

_PAID = ("103", "234", "206", "097")
"""Days of a payment (DE 374), where BPR-16 is not told: check, settlement, money wired,
transaction."""


def to_advice(message: LoopRead, carrier: Carrier, profile: Profile | None) -> Mapped:
    """The remittance in a message, and what was found on the way.

    Nothing is lost: each element went to a field, which ``provenance`` says, or stands
    in ``extensions``.
    """
    found = Findings()
    ledger = Ledger(found)
    bpr = message.first("BPR")
    if bpr is None:
        found.add("MAP-017", "the message has no BPR", Where(segment_tag="BPR"))
        return Mapped(None, found.done())
    trn, cur = message.first("TRN"), message.first("CUR")
    currency = ledger.text(cur, 2, "currency") if cur else ""
    total = ledger.number(bpr, 2, "amount")
    paid_on = ledger.day(bpr, 16, "paid_on")
    about: list[Advised] = []
    loose: list[Adjustment] = []
    for ent in message.inner("ENT"):
        loose += _adjustments(ledger, ent, currency, "adjustments", len(loose))
        for loop in ent.inner("RMR"):
            rmr = loop.first("RMR")
            if rmr is not None:
                about.append(_about(ledger, loop, rmr, len(about), currency))
    advice = Advice(
        kind="remittance",
        purpose=ledger.text(bpr, 1, "purpose"),
        number=ledger.text(trn, 2, "number") if trn else "",
        currency=currency,
        amount=None if total is None else Money(total, currency),
        method=ledger.text(bpr, 4, "method"),
        paid_on=paid_on or first_day(ledger, message, _PAID, "paid_on"),
        **whence(ledger, message, carrier),
        references=references_of(ledger, message),
        adjustments=tuple(loose),
        about=tuple(about),
        extensions=ledger.left_over(without_end(message)),
        provenance=ledger.provenance,
    )
    return Mapped(None, found.done(), advice=advice)


def _about(
    ledger: Ledger, loop: LoopRead, rmr: SegmentRead, n: int, currency: str
) -> Advised:
    """RMR: what is paid of one document. Without RMR-04 the parts say it."""
    field = f"about[{n}]"
    billed = _money(ledger, rmr, 5, currency, f"{field}.billed")
    discount = _money(ledger, rmr, 6, currency, f"{field}.discount")
    place = f"{field}.adjustments"
    adjustments = list(_own_adjustment(ledger, rmr, currency, f"{place}[0]"))
    adjustments += _adjustments(ledger, loop, currency, place, len(adjustments))
    about = Advised(
        kind=NAMED.get(rmr[1].rstrip(), ""),
        number=ledger.text(rmr, 2, f"{field}.number"),
        kind_sent=ledger.text(rmr, 1, f"{field}.kind_sent"),
        said="paid",
        sent=ledger.text(rmr, 3, f"{field}.sent"),
        billed=billed,
        discount=discount,
        adjustments=tuple(adjustments),
        references=references_of(ledger, loop, field),
        paid=_money(ledger, rmr, 4, currency, f"{field}.paid"),
    )
    if about.paid is not None or billed is None:
        return about
    off = discount.amount if discount else Decimal(0)
    paid = Money(billed.amount - off + about.taken_off, currency)
    return replace(about, paid=paid)


def _own_adjustment(
    ledger: Ledger, rmr: SegmentRead, currency: str, field: str
) -> Iterator[Adjustment]:
    """RMR-07 and -08, from 004010 on in the place of an ADX."""
    amount = _money(ledger, rmr, 8, currency, f"{field}.amount")
    if amount is not None:
        yield Adjustment(amount=amount, reason=ledger.text(rmr, 7, f"{field}.reason"))


def _adjustments(
    ledger: Ledger, loop: LoopRead, currency: str, field: str, before: int
) -> Iterator[Adjustment]:
    """ADX loops: the amount, why, the number it goes back to, words."""
    for n, inner in enumerate(loop.inner("ADX"), before):
        adx, at = inner.first("ADX"), f"{field}[{n}]"
        amount = _money(ledger, adx, 1, currency, f"{at}.amount") if adx else None
        if adx is None or amount is None:
            continue
        texts = [ledger.text(nte, 2, f"{at}.text") for nte in inner.all("NTE")]
        yield Adjustment(
            amount=amount,
            reason=ledger.text(adx, 2, f"{at}.reason"),
            reference=ledger.text(adx, 4, f"{at}.reference"),
            text="\n".join(text for text in texts if text),
        )


def _money(
    ledger: Ledger, segment: SegmentRead, element: int, currency: str, field: str
) -> Money | None:
    amount = ledger.number(segment, element, field)
    return None if amount is None else Money(amount, currency)
