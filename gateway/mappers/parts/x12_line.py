"""A PO1 or POC loop as an order line, an SLN loop as a line below it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gateway.edi.tree import LoopRead, SegmentRead
from gateway.mappers.parts import x12, x12_days, x12_terms
from gateway.mappers.parts.ledger import Ledger
from gateway.mappers.parts.one_of_a_role import note_two
from gateway.mappers.parts.prefer import Condition, Preference, allowed
from gateway.mappers.parts.split import Split
from gateway.mappers.parts.x12_item import item
from gateway.mappers.parts.x12_lead import PO1, POC, SLN, Lead, unit_of
from gateway.mappers.parts.x12_plain import Plans
from gateway.mappers.parts.x12_price import price
from gateway.mappers.parts.x12_split import split
from gateway.mappers.parts.x12_unread import note_condition, note_of_line
from gateway.order.item import LineQuantity, Pack
from gateway.order.model import LineFlags, OrderLine
from gateway.order.money import Quantity
from gateway.order.party import Note
from gateway.order.terms import NO_DELIVERY
from gateway.values import swift

_REFERENCES = {
    "CT": ("contract_ref", True),
    "Q1": ("quote_ref", True),
    "PR": ("quote_ref", False),
}
_ZERO = Decimal(0)
_WHOLE = Split((), (), ("SDQ", "SCH"))


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a line takes from its order: currency, conditions, the profile's wishes."""

    plans: Plans
    currency: str
    prefer: Preference
    flags: LineFlags
    partial: bool | None = None


_CONDITIONS: Mapping[str, Condition] = {
    "SC": Condition(partial=False),
    "BK": Condition(partial=True, backorder=True),
    "SP": Condition(partial=True, backorder=False),
    "N": Condition(backorder=False),
    "Y": Condition(backorder=True),
    "NS": Condition(substitution=False),
    "O": Condition(backorder=True),
    "IS": Condition(substitution=True),
}
"""What a sales condition (CSH-01, DE 563) lets us do."""


def flags(
    ledger: Ledger, segments: Iterable[SegmentRead], field: str, start: LineFlags
) -> LineFlags:
    """What CSH segments allow; a line's own go before its order's (``start``)."""
    said: list[Condition] = []
    for csh in segments:
        condition = _CONDITIONS.get(csh[1])
        if condition:
            ledger.took(field, csh, 1)
            said.append(condition)
        note_condition(ledger, csh)
    return allowed(said, start)


def order_line(
    book: Ledger, loop: LoopRead, ordinal: int, context: Context
) -> OrderLine:
    """The line of a PO1 loop, without the lines below it.

    Whatever is wrong with it is a finding, and the line goes on.
    """
    plain = context.plans.line(loop, context.currency, context.flags)
    return plain or _line(book, loop, ordinal, context, PO1)


def changed_line(
    book: Ledger, loop: LoopRead, ordinal: int, context: Context
) -> OrderLine:
    """The line of a POC loop: what the buyer says of it now, which may be little."""
    return _line(book, loop, ordinal, context, POC)


def sub_line(book: Ledger, loop: LoopRead, ordinal: int, context: Context) -> OrderLine:
    """The line of an SLN loop: what a line is made of, or what goes with it.

    SLN-03 says which of it and stays in the extensions. A part needs no quantity and
    no number of its own.
    """
    return _line(book, loop, ordinal, context, SLN)


def _line(
    book: Ledger, loop: LoopRead, ordinal: int, context: Context, lead: Lead
) -> OrderLine:
    ledger, first = book.line(), loop.segments[0]
    is_plain = loop.tags <= _PLAIN
    around = {} if is_plain else _around(ledger, loop)
    parts = _WHOLE if is_plain else _parts(ledger, loop, around)
    quantity = _quantity(ledger, first, lead, parts)
    return OrderLine(
        line_no=_line_no(ledger, first, ordinal, lead),
        item=item(ledger, loop, context.prefer, required=not lead.may_lack),
        quantity=quantity,
        price=price(ledger, loop, lead, quantity, context.currency),
        **(
            {"flags": context.flags}
            if is_plain
            else _behind(ledger, loop, context, around, parts)
        ),
        extensions=ledger.left_over(without(loop, "SLN")),
        provenance=ledger.provenance,
    )


_PLAIN = frozenset({"PO1", "PID", "LIN", "CTP", "CUR", "SLN"})
"""What an item and its price are made of; most lines consist of nothing else."""


def _around(ledger: Ledger, loop: LoopRead) -> dict[str, Any]:
    """What is read before the item: references, parties, dates, texts."""
    named, references = x12.references(ledger, loop.all("REF"), _REFERENCES)
    note_of_line(ledger, loop)
    contract = _contract(ledger, loop)
    n1s = list(loop.inner("N1"))
    passes = enumerate(n1s)
    parties = tuple([x12.party(ledger, n1, f"parties[{i}]") for i, n1 in passes])
    if len(n1s) > 1:
        note_two(
            ledger.found,
            (
                (party, n1.segments[0].at(1))
                for party, n1 in zip(parties, n1s, strict=True)
                if n1.first("SCH") is None  # a part of the line goes there
            ),
        )
    delivery = x12_terms.with_terms(
        ledger, x12_days.delivery_days(ledger, loop.all("DTM")), loop
    )
    return {
        "contract_ref": named.get("contract_ref", "") or contract,
        "quote_ref": named.get("quote_ref", ""),
        "references": references,
        "parties": parties,
        "delivery": None if delivery == NO_DELIVERY else delivery,
        "notes": tuple(_notes(ledger, loop)),
    }


def _parts(ledger: Ledger, loop: LoopRead, around: dict[str, Any]) -> Split:
    parties = list(zip(loop.inner("N1"), around["parties"], strict=True))
    return split(ledger, loop, parties)


def _behind(
    ledger: Ledger,
    loop: LoopRead,
    context: Context,
    around: dict[str, Any],
    parts: Split,
) -> dict[str, Any]:
    """What is read behind the price, together with what came before it."""
    amounts = (inner.segments[0] for inner in loop.inner("AMT"))
    return around | {
        "amount": x12_terms.stated(ledger, amounts, "1", "amount", context.currency),
        "allowances_charges": x12_terms.allowances(
            ledger, loop.inner("SAC"), context.currency
        ),
        "tax": x12_terms.taxes(ledger, loop, context.currency, "tax"),
        "schedules": parts.all,
        "flags": flags(ledger, loop.all("CSH"), "flags", context.flags),
        "pack": _pack(ledger, loop),
        "attachments": tuple(x12.attachments(ledger, loop.all("PWK"))),
    }


def without(loop: LoopRead, *names: str) -> LoopRead:
    """The loop but for its inner loops of these names."""
    if not loop.loops:
        return loop
    return LoopRead(
        name=loop.name,
        path=loop.path,
        segments=loop.segments,
        loops=[inner for inner in loop.loops if inner.name not in names],
    )


def _line_no(ledger: Ledger, first: SegmentRead, ordinal: int, lead: Lead) -> str:
    """PO1-01 or SLN-01 as sent; without one the line's ordinal, noted (MAP-004)."""
    number = ledger.text(first, 1, "line_no")
    if lead.is_change:
        return number
    if not number:
        ledger.took("line_no", first, 1)
        what = f"the line has no number, {ordinal} was assumed"
        ledger.found.add("MAP-004", what, first.at(1))
    return number or str(ordinal)


def _quantity(
    ledger: Ledger, first: SegmentRead, lead: Lead, parts: Split
) -> LineQuantity:
    """Quantity and unit; a line's missing quantity is 0 and noted (MAP-006).

    A line in parts may have its quantity there alone; its own holds where the parts do
    not add up to it (MAP-008).
    """
    value = ledger.amount(first, lead.quantity, "quantity.value")
    unit = unit_of(ledger, first, lead.unit, "quantity.uom_sent")
    ordered = LineQuantity(value=_ZERO if value is None else value, uom_sent=unit)
    if not first[lead.quantity].strip():
        whole = None if lead.may_lack else parts.whole
        if whole is not None:
            return LineQuantity(value=whole.value, uom_sent=unit or whole.unit)
        if not lead.may_lack:
            where = first.at(lead.quantity)
            ledger.found.add("MAP-006", "the line has no quantity", where)
        return ordered
    if not unit:
        ledger.found.add("MAP-006", "the quantity has no unit", first.at(lead.unit))
    for what in parts.differing(ordered):
        where = first.at(lead.quantity)
        ledger.found.add("MAP-008", what, where, first[lead.quantity])
    return ordered


def _contract(ledger: Ledger, loop: LoopRead) -> str:
    cn1 = loop.first("CN1")
    return x12.taken_once(ledger, cn1, 4, "contract_ref") if cn1 else ""


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
    """The line's MSG and MTX segments as one note, and its N9 loops."""
    text = "\n".join(x12.text_lines(ledger, loop, "notes[0].text"))
    own = [Note(text=text, kind="line")] if text else []
    return own + list(x12.notes(ledger, loop.inner("N9"), len(own)))
