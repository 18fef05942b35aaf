"""A LIN group as an order line: the item, how many, at which price, where and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from gateway.edi.edifact.segment import EdifactSegment
from gateway.edi.tree import LoopRead
from gateway.mappers.parts import edifact_days
from gateway.mappers.parts import edifact_terms as terms
from gateway.mappers.parts.edifact import led, notes, ordering, references, those
from gateway.mappers.parts.edifact_codes import (
    BUYER_PART,
    CLASSES,
    GTIN,
    PRICE_TYPES,
    PRICES,
    SUPPLIER_SKU,
)
from gateway.mappers.parts.edifact_ledger import EdifactLedger, segments
from gateway.mappers.parts.edifact_split import split
from gateway.mappers.parts.edifact_unread import note_factors
from gateway.mappers.parts.prefer import Preference, preferred
from gateway.mappers.parts.split import Split
from gateway.order.item import (
    UNPRICED,
    Attribute,
    Classification,
    Item,
    LineQuantity,
    Pack,
    Price,
    PriceType,
)
from gateway.order.model import LineFlags, OrderLine
from gateway.order.money import Quantity
from gateway.order.party import Identifier
from gateway.order.terms import NO_DELIVERY
from gateway.partner.profile import Profile

__all__ = ["Context", "changed_line", "order_line", "preference"]

_REFERENCES = {"CT": "contract_ref", "AAG": "quote_ref"}
_ORDERED = ("21", "1", "")
"""What tells the ordered quantity (6063), the preferred one first."""
_FREE, _IN_PACK = "192", "59"
_ZERO, _ONE = Decimal(0), Decimal(1)
_OWN_IDS = ("1", "5")
"""PIA says more of the item itself (4347); other values name other items."""
_PIECES = "C62"
"""The unit of what is counted (Rec 20)."""
_PIECES_SENT = frozenset(("C62", "H87", "EA", "PCE"))
"""How pieces are written."""
_DECIDING = frozenset(("item.supplier_sku", "item.buyer_part", "item.gtin"))
"""Numbers that say which item is meant."""
_NAMES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("gtin", GTIN),
    ("mfr_part", ("MF",)),
    ("revision", ("EC",)),
    ("lot", ("NB",)),
)


def preference(profile: Profile | None) -> Preference:
    """The guide's types where it names its own, the usual ones behind them."""
    return preferred(profile, SUPPLIER_SKU, BUYER_PART)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a line takes from its order: currency, conditions, the profile's wishes."""

    currency: str
    prefer: Preference
    flags: LineFlags


def order_line(
    book: EdifactLedger, loop: LoopRead, ordinal: int, context: Context
) -> OrderLine:
    """The line of a LIN group. What is wrong with it is a finding; the line goes on."""
    return _line(book, loop, context, ordinal)


def changed_line(book: EdifactLedger, loop: LoopRead, context: Context) -> OrderLine:
    """The line of a LIN group of a change, which may say little of it."""
    return _line(book, loop, context, None)


def _line(
    book: EdifactLedger, loop: LoopRead, context: Context, ordinal: int | None
) -> OrderLine:
    """The line; without an ordinal it is a changed one, which may lack anything."""
    ledger = book.line()
    lin = next(iter(segments(loop.segments)))
    needed = ordinal is not None
    named, others = references(ledger, loop, _REFERENCES)
    its = ordering(ledger, loop)
    days = terms.with_terms(
        ledger, edifact_days.delivery(ledger, those(loop, "DTM")), loop
    )
    parts = split(ledger, loop)
    quantity = _quantity(ledger, lin, loop, parts, needed=needed)
    currency = context.currency
    return OrderLine(
        line_no=_line_no(ledger, lin, ordinal),
        parent_line=_parent(ledger, lin),
        item=_item(ledger, lin, loop, context.prefer, needed=needed),
        quantity=quantity,
        price=_price(ledger, loop, quantity, currency),
        amount=terms.money(ledger, loop, ("203",), "amount", currency),
        allowances_charges=terms.allowances(ledger, loop, currency),
        tax=terms.taxes(ledger, loop, currency, "tax"),
        delivery=None if days == NO_DELIVERY else days,
        parties=its,
        schedules=parts.all,
        flags=terms.flags(ledger, loop, "flags", context.flags),
        contract_ref=named.get("contract_ref", ""),
        quote_ref=named.get("quote_ref", ""),
        quote_line=_quote_line(ledger, loop) if "quote_ref" in named else "",
        free_goods=_other_quantity(ledger, loop, _FREE, "free_goods"),
        pack=_pack(ledger, loop),
        references=others,
        notes=tuple(notes(ledger, those(loop, "FTX"), "line")),
        extensions=ledger.left_over(loop),
        provenance=ledger.provenance,
    )


def _quote_line(ledger: EdifactLedger, loop: LoopRead) -> str:
    """The line of the quotation (RFF AAG, 1156)."""
    quoted = (rff for rff, _ in led(loop, "RFF") if rff.part(1).strip() == "AAG")
    first = next(quoted, None)
    return "" if first is None else ledger.text(first, 1, "quote_line", 3)


def _line_no(ledger: EdifactLedger, lin: EdifactSegment, ordinal: int | None) -> str:
    """1082 as sent; without one the line's ordinal, noted (MAP-004)."""
    number = ledger.text(lin, 1, "line_no")
    if ordinal is None:
        return number
    if not number:
        ledger.noted("line_no", lin, 1)
        what = f"the line has no number, {ordinal} was assumed"
        ledger.found.add("MAP-004", what, lin.at(1))
    return number or str(ordinal)


def _parent(ledger: EdifactLedger, lin: EdifactSegment) -> str:
    """C829: the line that this one is below."""
    if lin.part(4, 1).strip() != "1":
        return ""
    number = ledger.text(lin, 4, "parent_line", 2)
    if number:
        ledger.qualified(lin, 4, 1)
    return number


# How many.


def _quantity(
    ledger: EdifactLedger,
    lin: EdifactSegment,
    loop: LoopRead,
    parts: Split,
    *,
    needed: bool,
) -> LineQuantity:
    """QTY 21. Without a unit pieces are meant; a missing quantity is 0 (MAP-006).

    A line that is divided among places or days may have its quantity there alone; its
    own holds where the parts do not add up to it (MAP-008).
    """
    found = those(loop, "QTY")
    for code in _ORDERED:
        for qty in found:
            if qty.part(1).strip() != code:
                continue
            value = ledger.amount(qty, 1, "quantity.value", 2)
            ledger.qualified(qty, 1)
            unit = ledger.text(qty, 1, "quantity.uom_sent", 3)
            if value is not None:
                ordered = _counted(value, unit)
                _note_other(ledger, [q for q in found if q.part(1).strip() == code])
                for what in parts.differing(ordered):
                    ledger.found.add("MAP-008", what, qty.at(1, 2), qty.part(1, 2))
                return ordered
    whole = parts.whole
    if whole is not None:
        return _counted(whole.value, whole.unit)
    if needed:
        ledger.found.add("MAP-006", "the line has no ordered quantity", lin.at())
    return LineQuantity(value=_ZERO)


def _note_other(ledger: EdifactLedger, same: list[EdifactSegment]) -> None:
    """Note a second quantity or price of one kind that is another one: MAP-018.

    The same quantity in another unit is another one; of prices all have one unit.
    """
    for other in same[1:]:
        unit = other.tag == "QTY" and other.part(1, 3).strip()
        if other.number(1, 2) != same[0].number(1, 2) or (
            unit and unit != same[0].part(1, 3).strip()
        ):
            said, then = (
                ":".join(filter(None, one.components(1)[1:3]))
                for one in (same[0], other)
            )
            what = f"{other.tag} says {said}, then {then}"
            ledger.found.add("MAP-018", what, other.at(1, 2), then)


def _counted(value: Decimal, unit: str) -> LineQuantity:
    return LineQuantity(value=value, uom_sent=unit, uom_rec20="" if unit else _PIECES)


def _other_quantity(
    ledger: EdifactLedger, loop: LoopRead, code: str, field: str
) -> Quantity | None:
    for qty in those(loop, "QTY"):
        if qty.part(1).strip() == code:
            value = ledger.number(qty, 1, f"{field}.value", 2)
            if value is not None:
                ledger.qualified(qty, 1)
                return Quantity(value, ledger.text(qty, 1, f"{field}.unit", 3))
    return None


def _pack(ledger: EdifactLedger, loop: LoopRead) -> Pack | None:
    """QTY 59: how many consumer units are in what is traded."""
    units = _other_quantity(ledger, loop, _IN_PACK, "pack.units")
    return Pack(units=units.value) if units else None


# The item.


class _Number(NamedTuple):
    """A number of the item, its type (7143), and where it stands."""

    type: str
    segment: EdifactSegment
    element: int


def _numbers(lin: EdifactSegment, loop: LoopRead) -> list[_Number]:
    """C212 of LIN and of the PIA that say more of the item itself."""
    places = [(lin, 3)]
    for pia in those(loop, "PIA"):
        if pia.part(1).strip() in _OWN_IDS:
            places += [(pia, element) for element in range(2, len(pia.elements))]
    return [
        _Number(segment.part(element, 2).strip(), segment, element)
        for segment, element in places
        if segment.part(element).strip()
    ]


def _item(
    ledger: EdifactLedger,
    lin: EdifactSegment,
    loop: LoopRead,
    prefer: Preference,
    *,
    needed: bool,
) -> Item:
    """The item; all its numbers are kept. None where one is needed gives MAP-007."""
    numbers = _numbers(lin, loop)
    if needed and not numbers:
        ledger.found.add("MAP-007", "the line names no item", lin.at(3))
    names: dict[str, Any] = {
        name: _take(ledger, numbers, types, f"item.{name}")
        for name, types in (
            ("supplier_sku", prefer.sku),
            ("buyer_part", prefer.buyer_part),
            *_NAMES,
        )
    }
    serials: list[str] = []
    classes: list[Classification] = []
    ids: list[Identifier] = []
    for type_, segment, element in numbers:
        if type_ == "SN":
            place = f"item.serials[{len(serials)}]"
            serials.append(ledger.text(segment, element, place))
        elif type_ in CLASSES:
            place = f"item.classification[{len(classes)}]"
            code = ledger.text(segment, element, f"{place}.code")
            ledger.took(f"{place}.scheme", segment, element, 2)
            classes.append(Classification(code=code, scheme=CLASSES[type_]))
        else:
            place = f"item.ids[{len(ids)}]"
            number = ledger.text(segment, element, f"{place}.id")
            ledger.text(segment, element, f"{place}.scheme", 2)
            ids.append(Identifier(id=number, scheme=type_))
    return Item(
        **names,
        ids=tuple(ids),
        classification=tuple(classes),
        serials=tuple(serials),
        **_described(ledger, loop),
    )


def _take(
    ledger: EdifactLedger, numbers: list[_Number], types: Iterable[str], field: str
) -> str:
    """The number of the first type that is there; it leaves the list.

    The type itself is left over: a field does not say which of several it was.
    """
    for type_ in types:
        for number in numbers:
            if number.type == type_:
                numbers.remove(number)
                value = ledger.text(number.segment, number.element, field)
                if field in _DECIDING:
                    _note_other_item(ledger, numbers, type_, value)
                return value
    return ""


def _note_other_item(
    ledger: EdifactLedger, left: list[_Number], type_: str, first: str
) -> None:
    """Note a second number of one type that is another one: MAP-018."""
    for number in left:
        other = number.segment.part(number.element).strip()
        if number.type == type_ and other.casefold() != first.casefold():
            what = f"{type_ or 'a number'} says {first}, then {other}"
            where = number.segment.at(number.element)
            ledger.found.add("MAP-018", what, where, other)
            return


def _described(ledger: EdifactLedger, loop: LoopRead) -> dict[str, Any]:
    """IMD: free text, or a property by its characteristic (7081)."""
    texts: list[str] = []
    properties: list[Attribute] = []
    for imd in those(loop, "IMD"):
        words = [n for n in (4, 5) if imd.part(3, n).strip()]
        if not words:
            continue
        kind = imd.part(2).strip()
        if not kind or imd.part(1).strip() in ("F", "E", "A"):
            said = " ".join(ledger.text(imd, 3, "item.description", n) for n in words)
            texts.append(said)
            continue
        place = f"item.attributes[{len(properties)}]"
        ledger.text(imd, 2, f"{place}.name")
        said = " ".join(ledger.text(imd, 3, f"{place}.value", n) for n in words)
        properties.append(Attribute(name=kind, value=said))
    return {"description": " ".join(texts), "attributes": tuple(properties)}


# The price.


def _price(
    ledger: EdifactLedger, loop: LoopRead, quantity: LineQuantity, currency: str
) -> Price:
    """The price that the ordered quantity reaches: net, else gross (5125).

    5284 and 6411 say how many of which unit it is for. Prices with tax and for
    information stay in the extensions.
    """
    reached = _reached(loop, quantity)
    if reached is None:
        return UNPRICED
    pri, inner = reached
    amount = ledger.amount(pri, 1, "price.amount", 2)
    if amount is None:
        return UNPRICED
    ledger.qualified(pri, 1)
    _note_other(ledger, [pri, *_of_same_kind(loop, pri, quantity)])
    note_factors(ledger, those(inner, "APR"))
    basis = ledger.amount(pri, 1, "price.basis_qty", 5)
    unit = pri.part(1, 6).strip()
    if unit:
        ledger.took("price.basis_uom", pri, 1, 6)
    kind: PriceType = PRICES[pri.part(1).strip()]
    for component in (4, 3):
        known = PRICE_TYPES.get(pri.part(1, component).strip())
        if known:
            ledger.took("price.type", pri, 1, component)
            kind = known
            break
    return Price(
        amount=amount,
        currency=_own_currency(ledger, inner) or currency,
        basis_qty=basis if basis else _ONE,
        basis_uom="" if _is_own(unit, quantity) else unit,
        type=kind,
        ref=_price_list(ledger, loop),
    )


def _is_own(unit: str, quantity: LineQuantity) -> bool:
    """Whether a price is for the unit that was ordered; none at all means pieces."""
    pieces = not quantity.uom_sent and unit in _PIECES_SENT
    return pieces or unit == quantity.uom_sent


def _reached(
    loop: LoopRead, quantity: LineQuantity
) -> tuple[EdifactSegment, LoopRead] | None:
    """The first price of the best kind whose range holds the quantity."""
    passes = led(loop, "PRI")
    for code in PRICES:
        for pri, inner in passes:
            sent = pri.part(1).strip() == code and pri.part(1, 2).strip()
            if sent and all(_holds(rng, quantity) for rng in those(inner, "RNG")):
                return pri, inner
    return None


def _of_same_kind(
    loop: LoopRead, pri: EdifactSegment, quantity: LineQuantity
) -> list[EdifactSegment]:
    """Further prices of that kind and basis for this quantity, whatever the day."""
    kind = [pri.part(1, n).strip() for n in (1, 3, 4, 5, 6)]
    return [
        other
        for other, inner in led(loop, "PRI")
        if other is not pri
        and other.part(1, 2).strip()
        and [other.part(1, n).strip() for n in (1, 3, 4, 5, 6)] == kind
        and not those(inner, "DTM")
        and all(_holds(rng, quantity) for rng in those(inner, "RNG"))
    ]


def _holds(rng: EdifactSegment, quantity: LineQuantity) -> bool:
    """Whether a range of quantities (RNG 4) holds what was ordered."""
    low, high = rng.number(2, 2), rng.number(2, 3)
    above = low is None or quantity.value >= low
    return above and (high is None or quantity.value <= high)


def _own_currency(ledger: EdifactLedger, loop: LoopRead) -> str:
    for cux in those(loop, "CUX"):
        if cux.part(1, 2).strip():
            ledger.qualified(cux, 1)
            return ledger.text(cux, 1, "price.currency", 2)
    return ""


def _price_list(ledger: EdifactLedger, loop: LoopRead) -> str:
    """The price list (RFF PL), which is among the references as well."""
    for rff, _ in led(loop, "RFF"):
        if rff.part(1).strip() == "PL":
            ledger.noted("price.ref", rff, 1, 2)
            return rff.part(1, 2).strip()
    return ""
