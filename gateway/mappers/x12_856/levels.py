"""The hierarchy of an 856: which level stands under which, numbered in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from gateway.mappers.parts.packing import Level, Packing
from gateway.order.model import Order
from gateway.order.ship import ShipNotice, ShippedLine
from gateway.partner.ship import ShipNotices


@dataclass(frozen=True, slots=True)
class Numbered:
    """A level with its number and its parent's, both from 1; 0: no parent."""

    level: Level
    number: int
    parent: int


def numbered(top: Level) -> list[Numbered]:
    """All levels in the order in which they are written, counted from 1."""
    found: list[Numbered] = []
    waiting: list[tuple[Level, int]] = [(top, 0)]
    while waiting:
        level, parent = waiting.pop()
        number = len(found) + 1
        found.append(Numbered(level, number, parent))
        waiting += [(each, number) for each in reversed(level.below)]
    return found


def levels(notice: ShipNotice, orders: Mapping[str, Order], form: ShipNotices) -> Level:
    """The shipment as a tree in the structure that the partner wants."""
    packing = Packing(notice, form)
    below = [
        Level(
            kind="O",
            lines=tuple(lines),
            below=tuple(map(_counted, packing.of(lines))),
            order=orders.get(order_id),
        )
        for order_id, lines in _by_order(notice.lines).items()
    ]
    return Level(kind="S", lines=notice.lines, below=tuple(below))


def _by_order(lines: Iterable[ShippedLine]) -> dict[str, list[ShippedLine]]:
    found: dict[str, list[ShippedLine]] = {}
    for line in lines:
        found.setdefault(line.order_id, []).append(line)
    return found


def _counted(level: Level) -> Level:
    """The packs of an item say how many are in each only where they differ."""
    if level.kind != "I" or len({one.told for one in level.below}) > 1:
        return level
    return replace(level, below=tuple(replace(one, told=None) for one in level.below))
