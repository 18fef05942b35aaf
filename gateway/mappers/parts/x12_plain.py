"""Lines of one PO1 segment alone: most lines of most orders, read by a plan.

A plan is made for what such a segment consists of: which elements are there, the basis
of the price, the qualifiers of the item's numbers. It says which element goes to which
field, and how the places are written. Whatever no plan covers is read as usual, and
gives the same line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from itertools import count
from typing import NamedTuple

from gateway.edi.tree import LoopRead, SegmentRead
from gateway.mappers.parts.prefer import Preference
from gateway.mappers.parts.x12_codes import BASIS_QTY, BASIS_TYPES
from gateway.mappers.parts.x12_item import NAMES, NUMBERS
from gateway.order.item import Item, LineQuantity, Price, PriceType
from gateway.order.model import LineFlags, OrderLine
from gateway.order.party import Extension
from gateway.order.places import Places

_MOST_PLANS = 1024
"""Kept for one preference; segments of further kinds are read as usual."""
_MOST_PLACED = 8_192
"""Kept for all plans; beyond it all is made anew."""
_SERIALS = count()
_FIRST_PAIR, _LAST_PAIR = 6, 24
_NUMBER = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,18})?").fullmatch

Key = tuple[bytes | int | str, ...]


class Plan(NamedTuple):
    """How segments of one kind are read."""

    names: tuple[tuple[str, int], ...]
    """Fields of the item with their elements."""
    places: tuple[tuple[str, str], ...]
    """Fields with the beginning of their place: ``PO1-04 (segment ``."""
    left: tuple[tuple[str, int], ...]
    """The end of the path of each element that no field takes, and the element."""
    basis_qty: Decimal
    basis: str
    type: PriceType
    serial: int
    """Its number among all plans."""
    is_fixed: bool
    """What is left is the same in all segments of the kind."""


class Plans:
    """The plans for one preference, each made when its kind is first seen."""

    def __init__(self, prefer: Preference) -> None:
        self._item: Mapping[str, tuple[str, ...]] = {
            "supplier_sku": prefer.sku,
            "buyer_part": prefer.buyer_part,
            **dict(NAMES),
        }
        self._plans: dict[Key, Plan | None] = {}

    def line(self, loop: LoopRead, currency: str, flags: LineFlags) -> OrderLine | None:
        """The line of a loop, or none where it has to be read as usual."""
        if loop.loops or len(loop.segments) != 1:
            return None
        segment = loop.segments[0]
        elements = segment.elements
        # a segment without a hole is told by its length, which is asked in no time
        present = bytes(map(bool, elements)) if "" in elements else len(elements)
        key: Key = (present, *elements[5:6], *elements[_FIRST_PAIR::2])
        plan = self._plans.get(key) or self._made(key, elements)
        if plan is None or not (_NUMBER(elements[2]) and _NUMBER(elements[4])):
            return None
        number, unit = elements[1].rstrip(), elements[3].rstrip()
        names = {name: elements[n].rstrip() for name, n in plan.names}
        if not (number and unit and all(names.values())):
            return None
        if segment.component and segment.component in unit:
            return None
        at = plan.serial, segment.loop, segment.position
        extensions, places = _placed.get(at) or _place(plan, segment, at)
        return OrderLine(
            line_no=number,
            item=Item(**names),  # type: ignore[arg-type]  # fields that are texts
            quantity=LineQuantity(value=Decimal(elements[2]), uom_sent=unit),
            price=Price(
                amount=Decimal(elements[4]),
                currency=currency,
                basis_qty=plan.basis_qty,
                basis_sent=plan.basis,
                type=plan.type,
            ),
            flags=flags,
            extensions=extensions or _left(plan, segment),
            provenance=places,
        )

    def _made(self, key: Key, elements: list[str]) -> Plan | None:
        if key in self._plans or len(self._plans) >= _MOST_PLANS:
            return None
        plan = self._plans[key] = self._plan(elements)
        return plan

    def _plan(self, elements: list[str]) -> Plan | None:
        present = bytes(map(bool, elements))
        if elements[0] != "PO1" or present[1:5] != b"\x01\x01\x01\x01":
            return None
        basis = elements[5].rstrip() if len(elements) > 5 else ""
        if basis and basis not in BASIS_QTY:
            return None
        last = min(_LAST_PAIR, len(elements) - 2)
        pairs = {
            n + 1: elements[n].rstrip()
            for n in range(_FIRST_PAIR, last + 1, 2)
            if present[n + 1]
        }
        names: list[tuple[str, int]] = []
        for name, qualifiers in self._item.items():
            taken = _first(pairs, qualifiers)
            if taken:
                names.append((name, taken))
                del pairs[taken]
        if pairs or not any(name in NUMBERS for name, _ in names):
            return None
        fields = {"quantity.value": 2, "quantity.uom_sent": 3, "line_no": 1}
        fields |= {f"item.{name}": n for name, n in names}
        fields |= {"price.amount": 4} | ({"price.basis_sent": 5} if basis else {})
        rest = {n for n in range(1, len(elements)) if present[n]} - {*fields.values()}
        return Plan(
            serial=next(_SERIALS),
            is_fixed=all(n >= _FIRST_PAIR and n % 2 == 0 for n in rest),
            names=tuple(names),
            places=tuple((f, f"PO1-{n:02d} (segment ") for f, n in fields.items()),
            left=tuple((f"PO1-{n:02d}", n) for n in sorted(rest)),
            basis_qty=Decimal(BASIS_QTY[basis] if basis else 1),
            basis=basis,
            type="no_charge" if basis == "NC" else BASIS_TYPES.get(basis, ""),
        )


_Placed = tuple[tuple[Extension, ...], Places]
_placed: dict[tuple[int, str, int], _Placed] = {}
"""What lines of one kind have in common that stand in one place of a message."""


def _place(plan: Plan, segment: SegmentRead, at: tuple[int, str, int]) -> _Placed:
    end = f"{segment.position})"
    places = Places([(field, place + end) for field, place in plan.places])
    placed = _left(plan, segment) if plan.is_fixed else (), places
    if len(_placed) >= _MOST_PLACED:
        _placed.clear()
    _placed[at] = placed
    return placed


def _left(plan: Plan, segment: SegmentRead) -> tuple[Extension, ...]:
    """What no field takes."""
    path = f"{segment.loop}/" if segment.loop else ""
    elements = segment.elements
    return tuple([Extension(path=path + at, value=elements[n]) for at, n in plan.left])


def _first(pairs: Mapping[int, str], qualifiers: tuple[str, ...]) -> int:
    """The element of the first qualifier that is there; 0 where none is."""
    for qualifier in qualifiers:
        for element, sent in pairs.items():
            if sent == qualifier:
                return element
    return 0


@lru_cache(maxsize=256)
def plans(prefer: Preference) -> Plans:
    """The plans of everybody who prefers the same qualifiers."""
    return Plans(prefer)
