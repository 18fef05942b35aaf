"""An order as a change wants it: line by line, what was and what is to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from gateway.order.change import Cancel, Change, LineChange, OrderChange, Touch
from gateway.order.item import Item, Price
from gateway.order.model import Order, OrderLine
from gateway.order.terms import NO_DELIVERY, Delivery, Totals

__all__ = ["DAYS", "Revision", "revised", "revisions", "with_head"]

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
        return Revision(change=each, before=before, after=before)
    after = _changed(before, each)
    differs = _differs(before, after, each.touches)
    return Revision(change=each, before=before, after=after, differs=differs)


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
    if "dates" in touches:
        after = replace(after, delivery=_dated(before.delivery, said.delivery))
        if said.schedules:
            after = replace(after, schedules=said.schedules)
    if after.quantity != before.quantity:
        after = replace(after, amount=said.amount)
        if not said.schedules:
            after = replace(after, schedules=())
    return after


def _price(before: Price, said: Price) -> Price:
    """The new price; its basis stays the order's where the change names none."""
    said = replace(said, currency=said.currency or before.currency)
    if said.basis_sent or said.basis_uom:
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
    """The new days in the place of all old ones; the rest of the delivery stays."""
    if said is None or not any(getattr(said, day) for day in DAYS):
        return before
    days = {day: getattr(said, day) for day in DAYS}
    return replace(before or NO_DELIVERY, **days)


def _differs(
    before: OrderLine, after: OrderLine, touches: Iterable[Touch]
) -> tuple[Touch, ...]:
    pairs: Mapping[Touch, bool] = {
        "quantity": before.quantity.value != after.quantity.value,
        "unit": before.quantity.uom_sent != after.quantity.uom_sent,
        "price": before.price.amount != after.price.amount
        or before.price.basis_qty != after.price.basis_qty,
        "item": before.item != after.item and _names(after.item),
        "dates": (before.delivery, before.schedules)
        != (after.delivery, after.schedules),
    }
    return tuple(each for each, is_other in pairs.items() if is_other)


def with_head(order: Order, change: OrderChange) -> Order:
    """The order with what the heading of the change says of days, parties and terms.

    Parties count where they have another number; what only repeats the order does not.
    """
    after = replace(
        order, delivery=_dated(order.delivery, change.delivery) or NO_DELIVERY
    )
    parties = list(order.parties)
    for party in change.parties:
        mine = order.party(party.role)
        if mine is None or not party.id or party.id == mine.id:
            continue
        parties[parties.index(mine)] = party
    payment = change.payment or order.payment
    return replace(after, parties=tuple(parties), payment=payment)


def revised(order: Order, made: Iterable[Revision]) -> Order:
    """The order with these lines; one that is deleted stays, its answer says so.

    Sums that the buyer sent with the first version no longer hold.
    """
    every = list(made)
    after = {each.after.line_no: each.after for each in every if each.after is not None}
    lines = [after.pop(line.line_no, line) for line in order.lines]
    lines += after.values()
    return replace(order, lines=tuple(lines), totals=_totals(order.totals))


def _totals(totals: Totals | None) -> Totals | None:
    if totals is None or totals.source == "computed":
        return totals
    return None
