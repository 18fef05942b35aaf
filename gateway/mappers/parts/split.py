"""A line in parts: by place, by day. Each of the two is the whole line again."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from gateway.order.item import LineQuantity, Schedule
from gateway.order.money import Quantity

__all__ = ["Split"]


class Split(NamedTuple):
    """The parts of a line by place and by day, and the tags that they stand in."""

    by_place: tuple[Schedule, ...]
    by_day: tuple[Schedule, ...]
    tags: tuple[str, str]

    @property
    def all(self) -> tuple[Schedule, ...]:
        """The parts of both kinds."""
        return (*self.by_place, *self.by_day)

    @property
    def whole(self) -> Quantity | None:
        """What parts of one unit come to; the days tell it, else the places."""
        parts = self.by_day or self.by_place
        units = {part.uom for part in parts}
        if len(units) != 1:
            return None
        return Quantity(sum((part.qty for part in parts), Decimal(0)), units.pop())

    def differing(self, ordered: LineQuantity) -> Iterator[str]:
        """How the parts of a kind do not add up to what was ordered."""
        for tag, parts in zip(self.tags, (self.by_place, self.by_day), strict=True):
            units = (part.uom for part in parts)
            other = next((u for u in units if u not in ("", ordered.uom_sent)), "")
            total = sum((part.qty for part in parts), Decimal(0))
            if other:
                yield f"{tag} counts in {other}, the line in {ordered.uom_sent!r}"
            elif parts and total != ordered.value:
                yield f"{tag} adds up to {total:f}, the line says {ordered.value:f}"
