"""A transmission that was read: what it wants to know, and its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from gateway.findings import Finding
from gateway.pipeline import inbound
from gateway.pipeline.answer import answer
from gateway.pipeline.effects import Effect, Keep, Record, Refuse
from gateway.pipeline.inbound import Read
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


@dataclass(frozen=True, slots=True)
class _Inbound:
    read: Read

    @property
    def wants(self) -> Wants:
        return self.read.wants

    @property
    def next(self) -> int | None:
        return self.read.next

    def answer(self, world: World) -> tuple[Effect, ...]:
        return answer(self.read, world)


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
        return _Inbound(read)

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


def learned(world: World, receipt_id: str, effects: tuple[Effect, ...]) -> World:
    """The world for the next of the batch: these effects are as good as done."""
    world = replace(world, sent=after(world.sent, effects))
    interchanges: dict[InterchangeKey, Seen] = {}
    orders: dict[OrderKey, KnownOrder] = {}
    for effect in effects:
        if isinstance(effect, Record):
            seen = Seen(sha256=effect.sha256, receipt_id=receipt_id)
            interchanges[effect.key] = seen
        elif isinstance(effect, Keep):
            known = KnownOrder(order_id=effect.order_id, digest=effect.digest)
            orders[effect.key] = known
    if not interchanges and not orders:
        return world
    return world.after(_without(interchanges, world.interchanges), orders)


def _without(
    new: Mapping[InterchangeKey, Seen], known: Mapping[InterchangeKey, Seen]
) -> dict[InterchangeKey, Seen]:
    """What is new: the first receipt of an interchange stays its receipt."""
    return {key: seen for key, seen in new.items() if key not in known}
