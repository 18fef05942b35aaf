"""The lines of a ship notice: what of each order is in it, packed in what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from gateway.catalog.units import meaning
from gateway.cxml_punchout.ship import ShippedItem, ShippedPack, Weight
from gateway.mappers.parts.packing import Level, Packing
from gateway.order.model import Order
from gateway.order.money import Quantity
from gateway.order.ship import Package, ShipNotice
from gateway.partner.ship import ShipNotices

__all__ = ["Items"]

_CODES = {"carton": "Carton", "pallet": "Pallet"}
_INNER, _OUTER = "0001", "0002"
"""PackagingLevelCode."""


@dataclass(slots=True)
class Items:
    """Counts the items of a notice through all of its orders.

    ``modern`` versions know gross weights, and several items of one order line.
    """

    notice: ShipNotice
    form: ShipNotices
    modern: bool
    count: int = field(default=0, init=False)

    def of(self, order: Order) -> Iterator[ShippedItem]:
        """An item for each line and lot of the order, with the packs that hold it.

        Old versions name an order line once, so there all of it is one.
        """
        lines = [one for one in self.notice.lines if one.order_id == order.id]
        shape = "flat" if self.form.structure == "flat" else "standard_pack"
        form = self.form.model_copy(update={"structure": shape})
        for level in Packing(self.notice, form).of(lines):
            self.count += 1
            yield self._item(level)

    def weight(self, weighed: Quantity) -> Weight:
        """A weight with its unit by Recommendation 20, as the version names it."""
        unit = meaning(weighed.unit) or weighed.unit
        return Weight(
            value=weighed.value,
            uom=unit,
            type="grossWeight" if self.modern else "weight",
        )

    def _item(self, level: Level) -> ShippedItem:
        line = level.lines[0]
        lots = (line.lot,) if line.lot else ()
        return ShippedItem(
            line_no=line.line_no,
            notice_line=str(self.count),
            quantity=level.told or Decimal(0),
            uom=line.uom,
            sku=line.item.supplier_sku,
            buyer_part=line.item.buyer_part,
            packs=tuple(self._packs(level)),
            lots=lots,
            expires=line.expires,
            serials=tuple(one for each in level.lines for one in each.serials),
        )

    def _packs(self, level: Level) -> Iterator[ShippedPack]:
        """Each pack of the item, and once the pallets that they stand on."""
        known = {one.number: one for one in self.notice.packages}
        told = set[str]()
        for pack in level.below:
            package = pack.package
            if package is None or (self._hidden(package)):
                continue
            outer = known.get(package.inside)
            if outer and not self._hidden(outer) and outer.number not in told:
                told.add(outer.number)
                yield self._pack(outer, None, level.lines[0].uom, "")
            parent = outer.sscc if outer and not self._hidden(outer) else ""
            yield self._pack(package, pack.told, level.lines[0].uom, parent)

    def _hidden(self, package: Package) -> bool:
        return package.level == "pallet" and self.form.pallets == "left_out"

    def _pack(
        self, package: Package, quantity: Decimal | None, uom: str, parent: str
    ) -> ShippedPack:
        return ShippedPack(
            code=_CODES[package.level],
            level=_OUTER if package.level == "pallet" else _INNER,
            sscc=package.sscc,
            parent_sscc=parent,
            tracking=package.tracking,
            quantity=quantity,
            uom=uom,
            weight=self.weight(package.weight) if package.weight else None,
        )
