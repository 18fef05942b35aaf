"""What operators said once: what a number, a place or a unit of theirs means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["NOTHING", "Kind", "Learned"]

Kind = Literal["item", "ship_to", "unit"]
"""What a cross-reference is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """The cross-references of one partner that are in force on one day.

    Numbers are normalised (``gateway.catalog.keys.normalise``). ``items`` are our items
    by any number of theirs, ``places`` the ship-tos that goods may go to, ``units`` our
    units by our item and their unit; without an item for any.
    """

    items: Mapping[str, str] = field(default_factory=dict)
    places: frozenset[str] = frozenset()
    units: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def unit(self, sku: str, code: str) -> str:
        """Our unit that this code means for the item; empty: nobody said."""
        return self.units.get((sku, code)) or self.units.get(("", code), "")


NOTHING = Learned()
