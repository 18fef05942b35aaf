"""An order as a change wants it: line by line, what was and what is to be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from gateway.order.change import Cancel, Change, LineChange, OrderChange, Touch
from gateway.order.item import Item, Price
from gateway.order.model import LineFlags, Order, OrderLine
from gateway.order.party import Party
from gateway.order.terms import NO_DELIVERY, AllowanceCharge, Delivery, Totals

__all__ = [
    "DAYS",
    "Revision",
    "other_terms",
    "revised",
    "revisions",
    "undated",
    "with_head",
]

_NEW_PARTIES = frozenset(("ship_to", "bill_to"))
_STAYS = frozenset(("NC", "4", "11"))
"""Codes that say of a line that it stays as it is (X12 DE 670, UNCL 1229); of others
nobody knows what they say."""
DAYS = (
    "requested",
    "earliest",
    "latest",
    "ship_not_before",
    "ship_no_later",
    "cancel_after",
)
"""The days of a delivery that a change may touch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One line before and after a change of it.

    ``before`` is none for a line that the order lacks, ``after`` for one that is
    deleted or unknown. ``differs`` names what becomes another.
    """

    change: LineChange
    before: OrderLine | None
    after: OrderLine | None
    differs: tuple[Touch, ...] = ()

    @property
    def says_nothing(self) -> bool:
        """Whether the line stays as it is."""
        return self.change.action in ("change", "none") and not self.differs


def revisions(order: Order, change: Change) -> tuple[Revision, ...]:
    """What the change makes of each line that it is about.

    A change that replaces the order deletes every line that it does not name; a
    cancellation deletes all of them.
    """
    lines = change.lines if isinstance(change, OrderChange) else ()
    made = [_revision(order, each) for each in lines]
    if isinstance(change, Cancel) or change.purpose == "replace":
        named = {each.line.line_no for each in lines}
        made += [
            Revision(
                change=LineChange(line=line, action="delete"), before=line, after=None
            )
            for line in order.lines
            if line.line_no not in named and not line.parent_line
        ]
    return tuple(made)


def _revision(order: Order, each: LineChange) -> Revision:
    before = order.line(each.line.line_no) if each.line.line_no else None
    if each.may_add and before is None:
        each = replace(each, action="add")
    if each.action == "add":
        line = each.line
        price = replace(line.price, currency=line.price.currency or order.currency)
        after = replace(line, price=price if price.amount is not None else line.price)
        differs = ("item",) if before is None else _differs(before, after, each.touches)
        return Revision(change=each, before=before, after=after, differs=differs)
    if before is None or each.action == "delete":
        return Revision(change=each, before=before, after=None)
    if each.action == "none":
        differs = tuple(_contradicted(before, each.line) if each.sent in _STAYS else ())
        return Revision(change=each, before=before, after=before, differs=differs)
    after = _whole(before, each.line) if each.whole else _changed(before, each)
    differs = _differs(before, after, each.touches)
    return Revision(change=each, before=before, after=after, differs=differs)


def _contradicted(before: OrderLine, said: OrderLine) -> Iterator[Touch]:
    """What a line that is not to change is said to be, and is not."""
    counted = said.quantity.value != before.quantity.value
    if "quantity.value" in said.provenance and counted:
        yield "quantity"
    price = _price(before.price, said.price)
    if said.price.amount is not None and _other_price(before.price, price):
        yield "price"


def _changed(before: OrderLine, each: LineChange) -> OrderLine:
    """The line with what the change may touch, as far as it says anything of it."""
    said, touches = each.line, each.touches
    after = before
    if "quantity" in touches and "quantity.value" in said.provenance:
        unit = said.quantity.uom_sent if "unit" in touches else ""
        unit = unit or before.quantity.uom_sent
        value = said.quantity.value
        after = replace(
            after, quantity=replace(said.quantity, value=value, uom_sent=unit)
        )
    if "price" in touches and said.price.amount is not None:
        after = replace(after, price=_price(before.price, said.price))
    if "item" in touches and _names(said.item):
        after = replace(after, item=_item(before.item, said.item))
    if said.instructions is not None:
        after = replace(after, instructions=said.instructions)
    after = _agreed_to(after, said)
    if "dates" in touches:
        after = replace(after, delivery=_dated(before.delivery, said.delivery))
        if said.schedules:
            after = replace(after, schedules=said.schedules)
    if after.quantity != before.quantity:
        after = replace(after, amount=said.amount)
        if not said.schedules:
            after = replace(after, schedules=())
    return after


def _whole(before: OrderLine, said: OrderLine) -> OrderLine:
    """The line as it is to be, of which nothing is left unsaid.

    Without a readable quantity, a price or an item it keeps what it had.
    """
    if "quantity.value" not in said.provenance:
        said = replace(said, quantity=before.quantity)
    if said.price.amount is None:
        said = replace(said, price=before.price)
    elif not said.price.currency:
        price = replace(said.price, currency=before.price.currency)
        said = replace(said, price=price)
    if _message_of(said) != _message_of(before):
        said = replace(said, extensions=before.extensions)
    item = _item(before.item, said.item) if _names(said.item) else before.item
    return replace(said, item=item, status=before.status, resolution=before.resolution)


def _message_of(line: OrderLine) -> str:
    """The loop that its extensions stand in: another message has others (PO1, POC)."""
    return line.extensions[0].path.partition("[")[0] if line.extensions else ""


def _agreed_to(line: OrderLine, said: OrderLine) -> OrderLine:
    """The line with the place and terms that are said of it; notes are added."""
    goods, place = line.party("ship_to"), said.party("ship_to")
    parties = line.parties
    if place is not None and (goods is None or _is_other(goods, place)):
        parties = (*(one for one in parties if one is not goods), place)
    return replace(
        line,
        parties=parties,
        allowances_charges=said.allowances_charges or line.allowances_charges,
        contract_ref=said.contract_ref or line.contract_ref,
        flags=_flagged(line.flags, said.flags),
        notes=(*line.notes, *(one for one in said.notes if one not in line.notes)),
    )


def _flagged(before: LineFlags, said: LineFlags) -> LineFlags:
    told = {one.name: getattr(said, one.name) for one in fields(LineFlags)}
    return replace(before, **{k: v for k, v in told.items() if v is not None})


def _price(before: Price, said: Price) -> Price:
    """The new price; its basis stays the order's where the change names none."""
    said = replace(said, currency=said.currency or before.currency)
    if said.basis_sent or said.basis_uom or said.basis_qty != 1:
        return said
    return replace(before, amount=said.amount, currency=said.currency)


def _item(before: Item, said: Item) -> Item:
    """The item as it was, unless one of its numbers is another."""
    names = ("supplier_sku", "buyer_part", "gtin", "mfr_part", "nsn")
    mine = {name: getattr(before, name) for name in names}
    theirs = {name: getattr(said, name) for name in names}
    if all(not value or value == mine[name] for name, value in theirs.items()):
        return before
    return said


def _names(item: Item) -> bool:
    return bool(item.supplier_sku or item.buyer_part or item.gtin or item.mfr_part)


def _dated(before: Delivery | None, said: Delivery | None) -> Delivery | None:
    """The new days in the place of all old ones; of the rest what is said anew."""
    if said is None or said == NO_DELIVERY:
        return before
    told: dict[str, Any] = {}
    if any(getattr(said, day) for day in DAYS):
        told = {day: getattr(said, day) for day in DAYS}
    for one in fields(Delivery):
        value = getattr(said, one.name)
        if one.name not in DAYS and value not in (None, ""):
            told[one.name] = value
    return replace(before or NO_DELIVERY, **told)


def _differs(
    before: OrderLine, after: OrderLine, touches: Iterable[Touch]
) -> tuple[Touch, ...]:
    pairs: Mapping[Touch, bool] = {
        "quantity": before.quantity.value != after.quantity.value,
        "unit": before.quantity.uom_sent != after.quantity.uom_sent,
        "price": _other_price(before.price, after.price),
        "item": before.item != after.item and _names(after.item),
        "dates": (_days(before.delivery), before.schedules)
        != (_days(after.delivery), after.schedules),
        "place": _goods_to(before) != _goods_to(after),
        "terms": _terms(before) != _terms(after),
        "rest": _rest(before) != _rest(after),
    }
    return tuple(each for each, is_other in pairs.items() if is_other)


def _other_price(before: Price, after: Price) -> bool:
    """Whether it is another amount, in another currency, or for another number."""
    currencies = {before.currency, after.currency} - {""}
    return (
        before.amount != after.amount
        or len(currencies) > 1
        or (before.basis_qty, before.basis_factor)
        != (after.basis_qty, after.basis_factor)
    )


def _days(its: Delivery | None) -> tuple[object, ...]:
    return tuple(getattr(its or NO_DELIVERY, day) for day in DAYS)


def undated(its: Delivery | None) -> Delivery:
    """A delivery without its days: place, terms, carrier and conditions."""
    none: dict[str, Any] = dict.fromkeys(DAYS)
    return replace(its or NO_DELIVERY, **none)


def _goods_to(line: OrderLine) -> object:
    """Where the goods of a line go: number, name and address."""
    its = line.party("ship_to")
    return its and (its.id, its.name, its.address)


def _terms(line: OrderLine) -> tuple[object, ...]:
    return (
        undated(line.delivery),
        line.allowances_charges,
        line.contract_ref,
        line.quote_ref,
        line.flags,
        line.parent_line,
        line.amount if line.is_ceiling else None,
        line.free_goods,
    )


def _rest(line: OrderLine) -> tuple[object, ...]:
    """What reaches the ERP with the next version, and asks nobody."""
    return (
        line.instructions,
        line.notes,
        line.attachments,
        line.accounting,
        line.tax,
        line.references,
        line.pack,
        [(_inside(one.path), one.value) for one in line.extensions],
    )


def _inside(path: str) -> str:
    """A path below its line, wherever in the message the line stands."""
    return path.partition("]")[2]


def with_head(order: Order, change: OrderChange) -> Order:
    """The order with what the heading of the change says of days, parties and terms.

    Parties count where they have another number or address, and where the goods go or
    the bill goes to a party that the order did not name; what only repeats the order
    does not.
    """
    after = replace(
        order, delivery=_dated(order.delivery, change.delivery) or NO_DELIVERY
    )
    parties = list(order.parties)
    for party in change.parties:
        mine = [one for one in order.parties if _role(one) == _role(party)]
        if not mine and party.role in _NEW_PARTIES:
            parties.append(party)
        elif mine and all(_is_other(one, party) for one in mine):
            parties[parties.index(mine[0])] = party
    payment = change.payment or order.payment
    after = replace(
        after,
        parties=tuple(parties),
        payment=payment,
        currency=change.currency
        if order.currency and change.currency
        else order.currency,
        contract_ref=change.contract_ref or order.contract_ref,
        blanket_ref=change.blanket_ref or order.blanket_ref,
        allowances_charges=_in_currency(change.allowances_charges, order)
        or order.allowances_charges,
        notes=(*order.notes, *(one for one in change.notes if one not in order.notes)),
    )
    return _said_whole(after, change) if change.whole else after


def _in_currency(
    said: tuple[AllowanceCharge, ...], order: Order
) -> tuple[AllowanceCharge, ...]:
    """Allowances of a change that names no currency: they are in the order's."""
    return tuple(
        replace(one, amount=replace(one.amount, currency=order.currency))
        if one.amount is not None and not one.amount.currency
        else one
        for one in said
    )


def _role(party: Party) -> tuple[str, str]:
    return party.role, party.role_sent


def _is_other(mine: Party, party: Party) -> bool:
    """Whether it is somebody else, or at another place."""
    if party.id and party.id != mine.id:
        return True
    return party.address is not None and party.address != mine.address


def _said_whole(order: Order, change: OrderChange) -> Order:
    """The order with a heading that says all of itself.

    Totals of an order that has none any more are not held against its lines; those of
    a change that names no currency cannot be.
    """
    totals = change.totals if change.currency and order.totals else None
    if not change.currency:
        totals = order.totals
    return replace(
        order,
        delivery=change.delivery,
        currency=change.currency or order.currency,
        order_type=change.order_type or order.order_type,
        contract_ref=change.contract_ref,
        blanket_ref=change.blanket_ref,
        instructions=change.instructions,
        payment=change.payment,
        allowances_charges=_in_currency(change.allowances_charges, order),
        taxes=change.taxes,
        totals=totals,
        notes=change.notes,
    )


def other_terms(before: Order, after: Order) -> Iterator[str]:
    """What a heading changes that somebody has to agree to, in words."""
    if any(_days(before.delivery)) and not any(_days(after.delivery)):
        yield "the days of the order are no longer named"
    if before.payment != after.payment:
        yield "the terms of payment changed"
    if before.parties != after.parties:
        yield "a party of the order changed"
    if undated(before.delivery) != undated(after.delivery):
        yield "the terms of delivery changed"
    if before.allowances_charges != after.allowances_charges:
        yield "the allowances or charges of the order changed"
    if before.order_type != after.order_type:
        yield f"the order became one of the type {after.order_type}"
    if (before.contract_ref, before.blanket_ref) != (
        after.contract_ref,
        after.blanket_ref,
    ):
        yield "the agreement of the order changed"


def revised(
    order: Order, made: Iterable[Revision], totals: Totals | None = None
) -> Order:
    """The order with these lines; one that is deleted stays, its answer says so.

    Sums that the buyer sent with the first version no longer hold; ``totals`` are those
    that came with the change.
    """
    every = list(made)
    after = {each.after.line_no: each.after for each in every if each.after is not None}
    lines = [after.pop(line.line_no, line) for line in order.lines]
    lines += after.values()
    return replace(order, lines=tuple(lines), totals=totals or _totals(order.totals))


def _totals(totals: Totals | None) -> Totals | None:
    if totals is None or totals.source == "computed":
        return totals
    return None
