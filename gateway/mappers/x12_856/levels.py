"""The hierarchy of an 856: which level stands under which, numbered in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from gateway.order.model import Order
from gateway.order.ship import Package, ShipNotice, ShippedLine, contents
from gateway.partner.ship import ShipNotices

Kind = Literal["S", "O", "T", "P", "I"]
"""HL-03 (DE 735): shipment, order, tare, pack, item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One HL and what it is about. ``lines`` are those at or below it."""

    kind: Kind
    lines: tuple[ShippedLine, ...]
    below: tuple[Level, ...] = ()
    order: Order | None = None
    package: Package | None = None
    told: Decimal | None = None
    """At an item: how many; at a pack below its item: how many of it, where the
    packs differ."""


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
    within = _Within(notice, form)
    below = [
        Level(
            kind="O",
            lines=tuple(lines),
            below=tuple(within.order(lines)),
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


@dataclass(slots=True)
class _Within:
    """The levels below an order."""

    notice: ShipNotice
    form: ShipNotices
    packages: Mapping[str, Package] = field(init=False)
    inside: Mapping[str, tuple[ShippedLine, ...]] = field(init=False)

    def __post_init__(self) -> None:
        self.packages = {one.number: one for one in self.notice.packages}
        self.inside = contents(self.notice)

    def order(self, lines: Sequence[ShippedLine]) -> Iterator[Level]:
        """What stands below an order with these lines."""
        if self.form.structure == "flat":
            yield from self._items(lines)
        elif self.form.structure == "standard_pack":
            yield from self._items(lines, packed=True)
        else:
            yield from self._packs(lines)

    def _packs(self, lines: Sequence[ShippedLine]) -> Iterator[Level]:
        """Outermost packages first, in their order; loose lines behind them."""
        mine = set(map(id, lines))
        for package in self.notice.packages:
            if package.inside not in self.packages or not self._is_shown(
                self.packages[package.inside]
            ):
                yield from self._package(package, mine)
        yield from self._items([line for line in lines if not self._is_in(line)])

    def _package(self, package: Package, mine: set[int]) -> Iterator[Level]:
        held = [one for one in self.inside[package.number] if id(one) in mine]
        if not held or not self._is_shown(package):
            return
        inner: list[Level] = []
        for each in self.notice.packages:
            if each.inside == package.number and each.number != package.number:
                inner += self._package(each, mine)
        direct = [line for line in held if line.package == package.number]
        yield Level(
            kind="T" if package.level == "pallet" else "P",
            lines=tuple(held),
            below=(*inner, *self._items(direct)),
            package=package,
        )

    def _is_shown(self, package: Package) -> bool:
        return package.level != "pallet" or self.form.pallets == "shown"

    def _is_in(self, line: ShippedLine) -> bool:
        """Whether a line stands below a package that is shown."""
        number, seen = line.package, set[str]()
        while number in self.packages and number not in seen:
            if self._is_shown(self.packages[number]):
                return True
            seen.add(number)
            number = self.packages[number].inside
        return False

    def _items(
        self, lines: Sequence[ShippedLine], *, packed: bool = False
    ) -> Iterator[Level]:
        """A level for each line and lot; ``packed``: with its packs below."""
        groups: dict[object, list[ShippedLine]] = {}
        for line in lines:
            groups.setdefault(_same(line), []).append(line)
        for alike in groups.values():
            yield Level(
                kind="I",
                lines=tuple(alike),
                told=sum((one.quantity for one in alike), Decimal(0)),
                below=tuple(self._packs_of(alike)) if packed else (),
            )

    def _packs_of(self, lines: Sequence[ShippedLine]) -> Iterator[Level]:
        """The packs of one item; each says its count where they differ."""
        counts: dict[str, Decimal] = {}
        for line in lines:
            if line.package in self.packages:
                before = counts.get(line.package, Decimal(0))
                counts[line.package] = before + line.quantity
        differ = len(set(counts.values())) > 1
        for number, count in counts.items():
            held = tuple(line for line in lines if line.package == number)
            yield Level(
                kind="P",
                lines=held,
                package=self.packages[number],
                told=count if differ else None,
            )


def _same(line: ShippedLine) -> object:
    """What lines have to share to be one item level."""
    item = line.item.supplier_sku, line.item.gtin
    return (line.line_no, line.uom, line.lot, line.expires, item)
