"""The price of a line: PO1 or SLN, else the one of its CTP segments that holds."""

from __future__ import annotations

from decimal import Decimal

from gateway.edi.tree import LoopRead, SegmentRead
from gateway.mappers.parts.ledger import Ledger
from gateway.mappers.parts.x12 import each
from gateway.mappers.parts.x12_codes import (
    BASIS_FEET,
    BASIS_QTY,
    BASIS_TYPES,
    NOT_PAID,
    PRICE_TYPES,
)
from gateway.mappers.parts.x12_lead import Lead
from gateway.order.item import UNPRICED, LineQuantity, Price, PriceType

_ZERO = Decimal(0)
_AGREED = ("CON", "NET")
"""Kinds of price (DE 236) that are the price to pay, not one that it comes from."""


def price(
    ledger: Ledger, loop: LoopRead, lead: Lead, quantity: LineQuantity, currency: str
) -> Price:
    """The line's own price per its basis; without one the CTP that it reaches.

    A CTP that says the line's price again, or none, tells what kind of price it is.
    """
    first, cur = loop.segments[0], loop.first("CUR")
    own = ledger.text(cur, 2, "price.currency") if cur else ""
    amount = ledger.amount(first, lead.price, "price.amount")
    sent, at, other = first[lead.price].strip(), (first, lead.basis), ""
    kind: PriceType = ""
    stated_by = each(loop, "CTP")
    if sent:
        told = next((c for c in stated_by if c[3].strip() in ("", sent)), None)
        if stated_by and amount is not None:
            _compare(ledger, (first, lead), stated_by, quantity, amount)
    else:
        told = _reached(stated_by, quantity)
        if told is not None:
            amount = ledger.amount(told, 3, "price.amount")
            at = at if at[0][at[1]].strip() or amount is None else (told, 9)
            other = "" if amount is None else _other_unit(ledger, told, quantity)
    if told is not None:
        kind = _price_type(ledger, told)
    stated = at[0][at[1]].rstrip()
    if amount is None and not stated and not kind:
        return UNPRICED
    basis, unit = _basis(ledger, at, stated, quantity.uom_sent)
    return Price(
        amount=amount,
        currency=own or currency,
        basis_qty=basis,
        basis_uom=unit or other,
        basis_sent=stated,
        type="no_charge" if stated == "NC" else kind or BASIS_TYPES.get(stated, ""),
    )


def _compare(
    ledger: Ledger,
    said: tuple[SegmentRead, Lead],
    stated_by: list[SegmentRead],
    quantity: LineQuantity,
    amount: Decimal,
) -> None:
    """Note a CTP that makes another price of the line's own: MAP-018.

    That is a net or contract price for the same unit and basis which the quantity
    reaches, or a discount (CTP-06 DIS) on the line's own price.
    """
    first, lead = said
    basis, unit = first[lead.basis].rstrip(), quantity.uom_sent
    same = [
        ctp
        for ctp in stated_by
        if ctp[2].rstrip() in _AGREED
        and ctp[5].rstrip() in ("", unit)
        and ctp[9].rstrip() in ("", basis)
    ]
    other = _reached(same, quantity)
    if other is not None and _amount(other, 3) not in (None, amount):
        what = f"the line's price is {amount:f}, CTP says {other[3].strip()}"
        ledger.found.add("MAP-018", what, other.at(3), other[3])
    for ctp in stated_by:
        factor = _amount(ctp, 7) if ctp[6].strip() == "DIS" else None
        if factor not in (None, 1) and _amount(ctp, 3) == amount:
            what = f"the line's price is {amount:f}, CTP takes {ctp[7].strip()} of it"
            ledger.found.add("MAP-018", what, ctp.at(7), ctp[7])


def _amount(ctp: SegmentRead, element: int) -> Decimal | None:
    text = ctp[element].strip()
    return Decimal(text) if text.replace(".", "", 1).isdecimal() else None


def _is_price(ctp: SegmentRead) -> bool:
    """Whether CTP-03 is what the buyer pays: no multiplier, no resale price."""
    return not ctp[6].strip() and ctp[2].rstrip() not in NOT_PAID


def _reached(stated: list[SegmentRead], quantity: LineQuantity) -> SegmentRead | None:
    """Of several price breaks the highest that the ordered quantity reaches.

    CTP-04 is where a break begins, in the line's own unit; a price without it, or for
    another unit, begins at zero.
    """
    best: tuple[Decimal, SegmentRead] | None = None
    for ctp in stated:
        if not _is_price(ctp) or not ctp[3].strip():
            continue
        begins = _begins(ctp, quantity.uom_sent)
        if begins <= quantity.value and (best is None or begins > best[0]):
            best = (begins, ctp)
    return best[1] if best else None


def _begins(ctp: SegmentRead, unit: str) -> Decimal:
    if ctp[5].rstrip() not in ("", unit):
        return _ZERO
    return _amount(ctp, 4) or _ZERO


def _other_unit(ledger: Ledger, ctp: SegmentRead, quantity: LineQuantity) -> str:
    """CTP-05, where the price is for another unit than the line's."""
    unit = ctp[5].rstrip()
    if unit in ("", quantity.uom_sent) or len(ctp.components(5)) > 1:
        return ""
    return ledger.text(ctp, 5, "price.basis_uom")


def _price_type(ledger: Ledger, ctp: SegmentRead) -> PriceType:
    kind = PRICE_TYPES.get(ctp[2], "")
    if kind:
        ledger.took("price.type", ctp, 2)
    return kind


def _basis(
    ledger: Ledger, at: tuple[SegmentRead, int], stated: str, unit: str
) -> tuple[Decimal, str]:
    """How many of which unit the price is for; a code we cannot tell is MAP-009."""
    if not stated:
        return Decimal(1), ""
    segment, element = at
    ledger.took("price.basis_sent", segment, element)
    known = BASIS_QTY.get(stated)
    if known is not None:
        return Decimal(known), ""
    if stated in BASIS_FEET and unit == "FT":
        return Decimal(BASIS_FEET[stated]), "FT"
    what = f"{stated!r} does not say how many of unit {unit!r} the price is for"
    ledger.found.add("MAP-009", what, segment.at(element), stated)
    return Decimal(1), ""
