"""What may still be promised of our stock, and how an order's lines are served from it.

Quantities of a ``Supply`` are in the unit of the count, as fractions: what is promised
in another unit is taken off exactly.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from gateway.catalog.checked import Checked, LineChecked, Served
from gateway.catalog.contracts import requested_on
from gateway.catalog.dates import wanted_on
from gateway.catalog.model import Item
from gateway.catalog.place import at_line
from gateway.catalog.units import meaning
from gateway.findings import Finding
from gateway.order.model import Order, OrderLine
from gateway.values import swift

SHORT = "CAT-370"
"""The code of a line that is not in stock as a whole."""


@swift
@dataclass(frozen=True, slots=True)
class Supply:
    """So much of an item from a day on, earliest first; no day: it is there.

    ``unit`` is the count's own, empty for the item's base unit.
    """

    unit: str = ""
    parts: tuple[tuple[dt.date | None, Fraction], ...] = ()

    def less(self, quantity: Fraction) -> Supply:
        """What is left once so much is promised, the earliest first."""
        left: list[tuple[dt.date | None, Fraction]] = []
        for day, there in self.parts:
            taken = min(there, quantity)
            quantity -= taken
            if there > taken:
                left.append((day, there - taken))
        return Supply(self.unit, tuple(left))


def serve(order: Order, checked: Checked, supply: Callable[[str], Supply]) -> Checked:
    """The lines with what can be promised of them; a finding where it is too little.

    Lines of the same item are served in their order. A line whose item, unit or
    quantity is not understood, one below another, and one of an item that has a
    successor are left alone: what else was found about them decides.
    """
    left: dict[str, Supply] = {}
    lines: list[LineChecked] = []
    for line, known in zip(order.lines, checked.lines, strict=True):
        item = known.item
        if item is None or line.parent_line or not _is_served(known):
            lines.append(known)
            continue
        there = left.get(item.sku) or supply(item.sku)
        served = _served(line, known, item, there)
        taken = sum((q for _, q in served.parts), Decimal(0))
        left[item.sku] = there.less(Fraction(taken) * served.per_unit)
        by = requested_on(line) or wanted_on(order)
        served = replace(served, parts=tuple(_in_time(served.parts, by)))
        lines.append(_with(line, known, served))
    return replace(checked, lines=tuple(lines))


def _with(line: OrderLine, known: LineChecked, served: Served) -> LineChecked:
    if served.now >= line.quantity.value:
        return replace(known, served=served)
    found = (*known.findings, _short(line, known, served))
    return replace(known, served=served, findings=found)


def _is_served(known: LineChecked) -> bool:
    replaced = any(found.code == "CAT-313" for found in known.findings)
    return bool(known.base_qty) and not replaced


def _in_time(
    parts: Iterable[tuple[dt.date | None, Decimal]], by: dt.date | None
) -> Iterator[tuple[dt.date | None, Decimal]]:
    """What comes by the day that was asked for is as good as there."""
    for day, quantity in parts:
        is_late = day is not None and (by is None or day > by)
        yield (day if is_late else None), quantity


def _served(line: OrderLine, known: LineChecked, item: Item, there: Supply) -> Served:
    wanted = line.quantity.value
    unit = in_base(item, there.unit)
    assert known.base_qty is not None
    per_line = known.base_qty / Fraction(wanted)
    if unit is None:  # a unit that says nothing of this item's
        return Served(sku=item.sku, per_unit=per_line)
    per_unit = per_line / unit
    parts = tuple(_portions(wanted, there, per_unit))
    return Served(sku=item.sku, per_unit=per_unit, parts=parts)


def in_base(item: Item, unit: str) -> Fraction | None:
    """How many base units of the item one such unit is; none: nobody knows."""
    if unit in ("", item.base_unit):
        return Fraction(1)
    for one in item.units:
        if one.unit == unit:
            return one.factor
    meant = meaning(unit)
    if not meant:
        return None
    if meaning(item.base_unit) == meant:
        return Fraction(1)
    return next((u.factor for u in item.units if meaning(u.unit) == meant), None)


def _portions(
    wanted: Decimal, there: Supply, per_unit: Fraction
) -> Iterator[tuple[dt.date | None, Decimal]]:
    """The line's units that become whole day by day, up to what is wanted."""
    given, come = Decimal(0), Fraction(0)
    for day, quantity in there.parts:
        come += quantity
        so_far = min(whole(come / per_unit, wanted), wanted)
        if so_far > given:
            yield day, so_far - given
            given = so_far


def whole(value: Fraction, wanted: Decimal) -> Decimal:
    """The most up to ``value``, with no more decimals than ``wanted``, from zero on."""
    step = Decimal(1).scaleb(min(int(wanted.as_tuple().exponent), 0))
    steps = max(value, Fraction(0)) / Fraction(step)
    return Decimal(steps.numerator // steps.denominator) * step


def _short(line: OrderLine, known: LineChecked, served: Served) -> Finding:
    at = at_line(line, known.index, "/quantity", "quantity")
    told = [f"{served.now:f} of {line.quantity.value:f} in stock in time"]
    told += [f"{q:f} from {day} on" for day, q in served.parts if day is not None]
    return Finding.of(SHORT, ", ".join(told), at, f"{line.quantity.value:f}")
