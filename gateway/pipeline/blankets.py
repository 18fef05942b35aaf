"""Releases and the blanket orders they draw on, as the pipeline meets them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction

from gateway.catalog import Blanket, BlanketLine, Checked, Drawn, Spent, cover, draws
from gateway.order import Order
from gateway.order.ack import LineAck
from gateway.order.life import State
from gateway.order.model import OrderLine
from gateway.partner import Profile
from gateway.partner.policy import Action
from gateway.pipeline.booked import Booked, OrderPlace, There, place_of
from gateway.pipeline.own_effects import Draw

_NOT_IN_FORCE = frozenset({State.HELD, State.CANCELLED, State.REJECTED})


def blanket_place(order: Order, partner_id: str) -> OrderPlace | None:
    """Where the blanket order of a release is looked for; none: it is no release."""
    number = order.blanket_ref
    if not number or order.is_blanket:
        return None
    return place_of(partner_id, number, "", test=order.test)


def blanket_of(order: Order, profile: Profile, there: There) -> Booked | None:
    """The blanket order that a release names, as it is booked.

    Of several of that number it is the one of the same buyer.
    """
    place = blanket_place(order, profile.id)
    every = [one for one in there(place) if one.order.is_blanket] if place else []
    if len(every) > 1:
        every = [one for one in every if one.buyer == order.key.buyer]
    return every[0] if len(every) == 1 else None


def covered(
    order: Order,
    checked: Checked,
    profile: Profile,
    there: There,
    now: datetime,
    drawn: Sequence[Drawn] = (),
) -> Checked:
    """The release held against its blanket; ``drawn`` is what it has of it already."""
    if blanket_place(order, profile.id) is None and not _names_none(order):
        return checked
    booked = blanket_of(order, profile, there)
    blanket = as_blanket(booked).without(drawn) if booked else None
    offers_rest = profile.policy.action("over_blanket") is Action.CHANGE
    return cover(order, checked, blanket, now.date(), offers_rest=offers_rest)


def _names_none(order: Order) -> bool:
    """Whether it calls itself a release, and some of it is released from nothing."""
    return (
        order.order_type == "release"
        and not order.blanket_ref
        and not order.contract_ref
        and not all(line.contract_ref or line.parent_line for line in order.lines)
    )


def drawn_by(
    order: Order,
    acks: Sequence[LineAck],
    checked: Checked,
    profile: Profile,
    there: There,
    before: Sequence[Drawn] = (),
) -> Iterator[Draw]:
    """What a release has of its blanket by this answer; nothing gives it back."""
    booked = blanket_of(order, profile, there)
    if booked is None:
        return
    drawn = draws(order, acks, checked)
    if set(drawn) == set(before):
        return
    place = blanket_place(order, profile.id)
    assert place is not None  # a blanket was found at it
    yield Draw(
        partner_id=profile.id,
        order_id=order.id,
        blanket_id=booked.order.id,
        place=place,
        drawn=drawn,
        before=tuple(before),
    )


def as_blanket(booked: Booked) -> Blanket:
    """A blanket order with its limits: what was promised of each line, and values.

    Of a line that only names a value (cXML MaxAmount) any number may be released.
    Values are limits where the buyer has sent them, for a line or in all; after a
    change of the order they are none any more.
    """
    order, acks = booked.order, booked.ack.lines
    lines = tuple(
        _limit(line, ack, booked.spent.get(line.line_no, Spent()))
        for line, ack in zip(order.lines, acks, strict=True)
        if not line.parent_line
    )
    off = booked.state in _NOT_IN_FORCE
    total = order.totals.amount if order.totals is not None else None
    return Blanket(
        order=order,
        lines=lines,
        value=None if total is None else Fraction(total.amount),
        against=f"blanket order {order.po_number} is {booked.state}" if off else "",
        is_firm=order.order_type == "blanket",
    )


def _limit(line: OrderLine, ack: LineAck, spent: Spent) -> BlanketLine:
    return BlanketLine(
        line=line,
        quantity=None if line.is_open else ack.promised,
        value=None if line.amount is None else Fraction(line.amount.amount),
        spent=spent,
    )


def after_draw(there: tuple[Booked, ...], draw: Draw) -> tuple[Booked, ...]:
    """The orders at a blanket's place once this was drawn."""
    return tuple(
        replace(one, spent=_after(one, draw))
        if one.order.id == draw.blanket_id
        else one
        for one in there
    )


def _after(blanket: Booked, draw: Draw) -> dict[str, Spent]:
    spent = dict(blanket.spent)
    for sign, every in ((-1, draw.before), (1, draw.drawn)):
        for one in every:
            its = spent.get(one.blanket_line, Spent())
            spent[one.blanket_line] = its.plus(one.spent, sign)
    return spent
