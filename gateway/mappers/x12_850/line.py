"""A PO1 loop as an order line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from gateway.edi.tree import LoopRead, SegmentRead
from gateway.mappers.parts import x12, x12_terms
from gateway.mappers.parts.ledger import Ledger
from gateway.mappers.parts.x12_codes import (
    BASIS_FEET,
    BASIS_QTY,
    BASIS_TYPES,
    PRICE_TYPES,
)
from gateway.mappers.x12_850.item import Preference, item
from gateway.mappers.x12_850.split import schedules
from gateway.order.item import (
    UNPRICED,
    LineQuantity,
    Pack,
    Price,
    PriceType,
)
from gateway.order.model import LineFlags, OrderLine
from gateway.order.money import Money, Quantity
from gateway.order.party import Note
from gateway.order.terms import NO_DELIVERY

_REFERENCES = {
    "CT": ("contract_ref", True),
    "Q1": ("quote_ref", True),
    "PR": ("quote_ref", False),
}
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a line takes from its order: currency, conditions, the profile's wishes."""

    currency: str
    prefer: Preference
    flags: LineFlags
    partial: bool | None = None


class _Condition(NamedTuple):
    """What a sales condition (CSH-01, DE 563) lets us do; none: it does not say."""

    partial: bool | None = None
    backorder: bool | None = None
    substitution: bool | None = None


_CONDITIONS: Mapping[str, _Condition] = {
    "SC": _Condition(partial=False),
    "BK": _Condition(partial=True, backorder=True),
    "SP": _Condition(partial=True, backorder=False),
    "N": _Condition(backorder=False),
    "Y": _Condition(backorder=True),
    "NS": _Condition(substitution=False),
}


def flags(
    ledger: Ledger, segments: Iterable[SegmentRead], field: str, start: LineFlags
) -> LineFlags:
    """What CSH segments allow; a line's own go before its order's (``start``)."""
    partial, backorder, substitution = None, None, None
    for csh in segments:
        condition = _CONDITIONS.get(csh[1])
        if condition:
            ledger.took(field, csh, 1)
            partial = condition.partial if partial is None else partial
            backorder = condition.backorder if backorder is None else backorder
            if substitution is None:
                substitution = condition.substitution
    if partial is None and backorder is None and substitution is None:
        return start
    return LineFlags(
        backorder_allowed=start.backorder_allowed if backorder is None else backorder,
        substitution_allowed=(
            start.substitution_allowed if substitution is None else substitution
        ),
        partial=start.partial if partial is None else partial,
    )


def order_line(
    parent: Ledger, loop: LoopRead, ordinal: int, context: Context
) -> OrderLine:
    """The line. Whatever is wrong with it is a finding, and the line goes on."""
    ledger, po1 = parent.line(), loop.segments[0]
    quantity = _quantity(ledger, po1)
    named, refs = x12.references(ledger, loop.all("REF"), _REFERENCES)
    contract = _contract(ledger, loop)
    passes = [(inner, index) for index, inner in enumerate(loop.inner("N1"))]
    parties = [(n1, x12.party(ledger, n1, f"parties[{i}]")) for n1, i in passes]
    delivery = x12_terms.with_terms(
        ledger, x12_terms.delivery_days(ledger, loop.all("DTM")), loop
    )
    written = tuple(_notes(ledger, loop))
    return OrderLine(
        line_no=_line_no(ledger, po1, ordinal),
        item=item(ledger, loop, context.prefer),
        quantity=quantity,
        price=_price(ledger, loop, quantity, context.currency),
        amount=_amount(ledger, loop, context.currency),
        allowances_charges=x12_terms.allowances(
            ledger, loop.inner("SAC"), context.currency
        ),
        tax=x12_terms.taxes(ledger, loop, context.currency, "tax"),
        delivery=None if delivery == NO_DELIVERY else delivery,
        parties=tuple(party for _, party in parties),
        schedules=schedules(ledger, loop, parties, quantity),
        flags=flags(ledger, loop.all("CSH"), "flags", context.flags),
        contract_ref=named.get("contract_ref", "") or contract,
        quote_ref=named.get("quote_ref", ""),
        pack=_pack(ledger, loop),
        references=refs,
        notes=written,
        attachments=tuple(x12.attachments(ledger, loop.all("PWK"))),
        extensions=ledger.left_over(loop),
        provenance=ledger.provenance,
    )


def _line_no(ledger: Ledger, po1: SegmentRead, ordinal: int) -> str:
    """PO1-01 as sent; without one the line's ordinal, noted (MAP-004)."""
    number = ledger.text(po1, 1, "line_no")
    if not number:
        what = f"the line has no number, {ordinal} was assumed"
        ledger.found.add("MAP-004", what, po1.at(1))
    return number or str(ordinal)


def _quantity(ledger: Ledger, po1: SegmentRead) -> LineQuantity:
    """PO1-02 and PO1-03; a missing quantity is 0 and noted (MAP-006)."""
    value = ledger.amount(po1, 2, "quantity.value")
    unit = ledger.text(po1, 3, "quantity.uom_sent")
    if not po1[2].strip():
        ledger.found.add("MAP-006", "the line has no quantity", po1.at(2))
    elif not unit:
        ledger.found.add("MAP-006", "the quantity has no unit", po1.at(3))
    return LineQuantity(value=_ZERO if value is None else value, uom_sent=unit)


def _price(
    ledger: Ledger, loop: LoopRead, quantity: LineQuantity, currency: str
) -> Price:
    """PO1-04 per PO1-05, or the price of the first CTP where PO1 has none."""
    po1, cur = loop.segments[0], loop.first("CUR")
    own = ledger.text(cur, 2, "price.currency") if cur else ""
    amount = ledger.amount(po1, 4, "price.amount")
    sent, at, other = po1[4].strip(), (po1, 5), ""
    kind: PriceType = ""
    ctp = next((inner.segments[0] for inner in loop.inner("CTP")), None)
    if ctp is not None:
        if not sent and not ctp[6].strip():
            amount = ledger.amount(ctp, 3, "price.amount")
            at = at if po1[5].strip() or amount is None else (ctp, 9)
            other = "" if amount is None else _other_unit(ledger, ctp, quantity)
        if not sent or ctp[3].strip() in ("", sent):
            kind = _price_type(ledger, ctp)
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


def _contract(ledger: Ledger, loop: LoopRead) -> str:
    cn1 = loop.first("CN1")
    return x12.taken_once(ledger, cn1, 4, "contract_ref") if cn1 else ""


def _amount(ledger: Ledger, loop: LoopRead, currency: str) -> Money | None:
    """AMT 1: the line's extended amount."""
    for inner in loop.inner("AMT"):
        amt = inner.segments[0]
        if amt[1] == "1":
            amount = ledger.number(amt, 2, "amount")
            if amount is not None:
                ledger.qualified(amt, 1)
                return Money(amount, currency)
    return None


def _pack(ledger: Ledger, loop: LoopRead) -> Pack | None:
    """The first PO4: pack, size, kind, weight and volume."""
    po4 = loop.first("PO4")
    if po4 is None:
        return None
    return Pack(
        units=ledger.number(po4, 1, "pack.units"),
        inner_packs=ledger.number(po4, 14, "pack.inner_packs"),
        kind=ledger.text(po4, 4, "pack.kind"),
        size=_measure(ledger, po4, 2, "pack.size"),
        gross_weight=_measure(ledger, po4, 6, "pack.gross_weight"),
        volume=_measure(ledger, po4, 8, "pack.volume"),
    )


def _measure(
    ledger: Ledger, po4: SegmentRead, element: int, field: str
) -> Quantity | None:
    value = ledger.number(po4, element, f"{field}.value")
    if value is None:
        return None
    return Quantity(value, ledger.text(po4, element + 1, f"{field}.unit"))


def _notes(ledger: Ledger, loop: LoopRead) -> list[Note]:
    """The line's MSG segments as one note, and its N9 loops."""
    texts = [ledger.text(msg, 1, "notes[0].text") for msg in loop.all("MSG")]
    text = "\n".join(line for line in texts if line)
    own = [Note(text=text, kind="line")] if text else []
    return own + list(x12.notes(ledger, loop.inner("N9"), len(own)))
