"""A transmission that was read: what it wants to know, and its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from gateway.catalog import Supply
from gateway.findings import Finding
from gateway.pipeline import advised, inbound
from gateway.pipeline.answer import answer
from gateway.pipeline.arrived import Read
from gateway.pipeline.blankets import after_draw
from gateway.pipeline.booked import OrderPlace, place_of
from gateway.pipeline.changes import (
    booked_of,
    is_changeable,
    known_of,
    with_booked,
)
from gateway.pipeline.claims import unsigned
from gateway.pipeline.effects import (
    Advance,
    Effect,
    Keep,
    KeepChange,
    Record,
    Refuse,
    SettleChange,
)
from gateway.pipeline.number_keys import NumberKey, SequenceKey, Standing
from gateway.pipeline.own_effects import Draw, Promise
from gateway.pipeline.rules import Rules
from gateway.pipeline.settle import after
from gateway.pipeline.world import (
    InterchangeKey,
    KnownOrder,
    OrderKey,
    Seen,
    Wants,
    World,
)
from gateway.store.claim import Claimed
from gateway.values import swift

K = TypeVar("K", InterchangeKey, NumberKey)


class Question(Protocol):
    """What reading gives: ask the store for ``wants``, then ask for the answer."""

    @property
    def wants(self) -> Wants:
        """What has to be looked up first."""
        ...

    @property
    def next(self) -> int | None:
        """The last message that this part answers, none when it is the last part."""
        ...

    def answer(self, world: World) -> tuple[Effect, ...]:
        """What is to be done. Same world, same effects."""
        ...


ReadOne = Callable[[Iterable[bytes], Claimed], Question]
"""Read the bytes of a receipt, from its cursor on. Does no I/O of its own."""


@swift
@dataclass(frozen=True, slots=True)
class _Inbound:
    read: Read
    wants: Wants

    @property
    def next(self) -> int | None:
        return self.read.next

    def answer(self, world: World) -> tuple[Effect, ...]:
        refused = unsigned(self.read)
        return (refused,) if refused else answer(self.read, world)


def by_rules(rules: Rules) -> ReadOne:
    """Reading by these tables and profiles."""

    def read_one(chunks: Iterable[bytes], claimed: Claimed) -> Question:
        read = inbound.read(
            chunks,
            rules,
            receipt_id=claimed.id,
            after=claimed.cursor,
            door=claimed.channel,
        )
        return _Inbound(read, read.wants)

    return read_one


def fenced(partner_id: str, effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
    """The effects, unless they are another partner's than the door's own.

    A door without a partner of its own takes in everybody's.
    """
    others = {effect.partner_id for effect in effects} - {"", partner_id}
    if not partner_id or not others:
        return effects
    what = f"the transmission is from {min(others)}, the door belongs to {partner_id}"
    found = Finding.of("ENV-083", what, value=min(others))
    return (Refuse(partner_id=partner_id, findings=(found,)),)


def decided(world: World, one: Claimed) -> World:
    """The world for a receipt whose conflict an operator has decided.

    What came before under its numbers is not asked about once more.
    """
    if not one.decided:
        return world
    return replace(
        world,
        interchanges=_of(one.id, world.interchanges),
        numbers=_of(one.id, world.numbers),
    )


def _of(receipt_id: str, seen: Mapping[K, Seen]) -> dict[K, Seen]:
    return {key: one for key, one in seen.items() if one.receipt_id == receipt_id}


def learned(
    world: World,
    receipt_id: str,
    effects: tuple[Effect, ...],
    asked: Wants | None = None,
) -> World:
    """The world for the next of the batch: these effects are as good as done.

    ``asked`` is what the whole batch wants; without it that may be anything.
    """
    sent = after(world.sent, effects)
    if sent is not world.sent:
        world = replace(world, sent=sent)
    interchanges: dict[InterchangeKey, Seen] = {}
    orders: dict[OrderKey, KnownOrder] = {}
    numbers: dict[NumberKey, Seen] = {}
    sequences: dict[SequenceKey, Standing] = {}
    for effect in effects:
        if isinstance(effect, Record):
            seen = Seen(sha256=effect.sha256, receipt_id=receipt_id)
            interchanges[effect.key] = seen
            for number, digest in effect.numbers:
                numbers[number] = Seen(sha256=digest, receipt_id=receipt_id)
        elif isinstance(effect, Advance):
            sequences[effect.key] = effect.standing
        elif isinstance(effect, Keep):
            known = KnownOrder(order_id=effect.order_id, digest=effect.digest)
            orders[effect.key] = known
    world = advised.learned(world, effects)
    world = _stock_left(world, effects)
    if asked is None or asked.changes or asked.blankets or world.waiting:
        world = _orders_changed(world, effects)
    if not interchanges and not orders and not sequences:
        return world
    return world.after(
        _without(interchanges, world.interchanges),
        orders,
        _without(numbers, world.numbers),
        sequences,
    )


def _orders_changed(world: World, effects: tuple[Effect, ...]) -> World:
    """The world with the orders of this batch, for changes of them in it."""
    booked, waiting = dict(world.booked), dict(world.waiting)
    changed = False
    new: dict[str, OrderPlace] = {}
    for effect in effects:
        if isinstance(effect, Keep) and is_changeable(effect):
            one = booked_of(effect)
            place = place_of(
                effect.partner_id,
                one.order.po_number,
                one.order.release_number,
                test=effect.test,
            )
            if early := waiting.pop(place, ()):
                one = replace(one, changes=early)
            booked[place] = with_booked(booked.get(place, ()), one)
            new[one.order.id] = place
            changed = True
        elif isinstance(effect, Draw):
            changed = True
            booked[effect.place] = after_draw(booked.get(effect.place, ()), effect)
            if effect.order_id in new:
                mine = new[effect.order_id]
                booked[mine] = tuple(
                    replace(one, drawn=effect.drawn)
                    if one.order.id == effect.order_id
                    else one
                    for one in booked[mine]
                )
        elif isinstance(effect, KeepChange | SettleChange):
            changed = True
            if effect.booked is not None:
                there = booked.get(effect.place, ())
                booked[effect.place] = with_booked(there, effect.booked)
            elif isinstance(effect, KeepChange):
                others = waiting.get(effect.place, ())
                waiting[effect.place] = (*others, known_of(effect))
    return replace(world, booked=booked, waiting=waiting) if changed else world


def _stock_left(world: World, effects: tuple[Effect, ...]) -> World:
    """The world without what these effects promise of the stock."""
    if not world.stock:
        return world
    stock = dict(world.stock)
    for effect in effects:
        if isinstance(effect, Promise):
            for _, sku, quantity in effect.lines:
                stock[sku] = stock.get(sku, Supply()).less(quantity)
    return replace(world, stock=stock)


def _without(new: Mapping[K, Seen], known: Mapping[K, Seen]) -> dict[K, Seen]:
    """What is new: the first receipt of a number stays its receipt."""
    return {key: seen for key, seen in new.items() if key not in known}
