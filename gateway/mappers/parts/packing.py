"""What lies in what: a shipment's packages and items as a tree, for any ship notice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from gateway.order.model import Order
from gateway.order.ship import Package, ShipNotice, ShippedLine, contents
from gateway.partner.ship import ShipNotices

__all__ = ["Level", "Packing"]

Kind = Literal["S", "O", "T", "P", "I"]
"""Shipment, order, pallet, carton, item, in the letters of X12 (DE 735)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One level of the tree. ``lines`` are those at or below it."""

    kind: Kind
    lines: tuple[ShippedLine, ...]
    below: tuple[Level, ...] = ()
    order: Order | None = None
    package: Package | None = None
    told: Decimal | None = None
    """At an item: how many; at a pack below its item: how many of it."""


@dataclass(slots=True)
class Packing:
    """The packages of a shipment in the structure that the partner wants."""

    notice: ShipNotice
    form: ShipNotices
    packages: Mapping[str, Package] = field(init=False)
    held: Mapping[str, tuple[ShippedLine, ...]] = field(init=False)
    inside: Mapping[str, Sequence[Package]] = field(init=False)

    def __post_init__(self) -> None:
        self.packages = {one.number: one for one in self.notice.packages}
        self.held = contents(self.notice)
        inside: dict[str, list[Package]] = {}
        for each in self.notice.packages:
            if each.inside != each.number:
                inside.setdefault(each.inside, []).append(each)
        self.inside = inside

    def of(self, lines: Sequence[ShippedLine]) -> Iterator[Level]:
        """Packages and items of these lines, outermost first."""
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
        held = [one for one in self.held[package.number] if id(one) in mine]
        if not held or not self._is_shown(package):
            return
        inner: list[Level] = []
        for each in self.inside.get(package.number, ()):
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
        """The packs of one item, each with how many of it are in it."""
        held: dict[str, list[ShippedLine]] = {}
        for line in lines:
            if line.package in self.packages:
                held.setdefault(line.package, []).append(line)
        for number, its in held.items():
            yield Level(
                kind="P",
                lines=tuple(its),
                package=self.packages[number],
                told=sum((one.quantity for one in its), Decimal(0)),
            )


def _same(line: ShippedLine) -> object:
    """What lines have to share to be one item level."""
    item = line.item.supplier_sku, line.item.gtin
    its = line.order_id, line.line_no, line.uom
    return (its, line.lot, line.expires, item)
