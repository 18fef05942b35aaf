"""The lines of a DESADV: what lies where, of which order, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from gateway.catalog.units import meaning
from gateway.edi.edifact.writer import Row
from gateway.mappers.edifact_desadv.despatch import Despatch
from gateway.mappers.edifact_desadv.marks import marks
from gateway.mappers.parts.edifact_dialect import Dialect
from gateway.mappers.parts.edifact_fit import EdifactFit, day, row
from gateway.mappers.parts.edifact_party import item_rows, numbers_of
from gateway.mappers.parts.packing import Level
from gateway.order.model import Order, OrderLine
from gateway.order.ship import ShippedLine

__all__ = ["Items"]

_BACK, _CUT = "BP", "CP"
"""4221: the rest follows, or it does not."""
_PIECES = "PCE"
"""What everybody writes for pieces; EANCOM has no C62."""
_ZERO = Decimal(0)
_LONGEST_LINE = 6


@dataclass(slots=True)
class Items:
    """Writes LIN by LIN and counts them. ``orders`` are those of the lines, by id."""

    fit: EdifactFit
    codes: Despatch
    dialect: Dialect
    orders: Mapping[str, Order]
    count: int = 0
    _told: set[tuple[str, str]] = field(default_factory=set)
    """The ordered lines that a LIN has told of."""

    def rows(self, level: Level) -> Iterator[Row]:
        """One item level, in the order of every directory: LIN to QVR.

        How many were ordered and how many are missing stand at the first LIN of an
        ordered line alone: they are about all of them.
        """
        line = level.lines[0]
        order = self.orders.get(line.order_id)
        sent = order.line(line.line_no) if order else None
        unit = self._unit(line, order)
        key = (line.order_id, line.line_no)
        first = key not in self._told
        self._told.add(key)
        self.count += 1
        yield from item_rows(
            self.fit,
            str(self.count),
            "",
            line.item,
            self.dialect,
            more_numbers=self._other_numbers(line, sent),
        )
        yield self._quantity("12", level.told or _ZERO, unit)
        if first and line.ordered is not None:
            yield self._quantity("21", line.ordered, unit)
        yield from self._best_before(line)
        yield self._ordered(line)
        yield from self._packs(level.below, unit)
        yield from self._numbered(level.lines)
        if first:
            yield from self._missing(line)

    def _unit(self, line: ShippedLine, order: Order | None) -> str:
        """The order's unit as sent; of an order in X12 what it means."""
        unit = line.uom
        if order is not None and order.source.standard != "edifact":
            meant = meaning(unit)
            unit = _PIECES if meant == "C62" else meant or unit
        return self.fit.id(unit, 3, "QTY-01")

    def _quantity(self, code: str, value: Decimal, unit: str) -> Row:
        return row("QTY", (code, self.fit.number(value, 15, "QTY-01"), unit))

    def _other_numbers(
        self, line: ShippedLine, sent: OrderLine | None
    ) -> Iterator[Row]:
        """PIA 4: what it came instead of; PIA 1: the batch where GIN has none."""
        other = sent is not None and line.item.supplier_sku != sent.item.supplier_sku
        if sent is not None and other:
            numbers = numbers_of(self.fit, sent.item, self.dialect)
            yield from [row("PIA", "4", *numbers[:5])] if numbers else []
        lot = "" if self.codes.batch else self.fit.id(line.lot, 35, "PIA-02")
        if lot:
            yield row("PIA", "1", (lot, "NB"))

    def _best_before(self, line: ShippedLine) -> Iterator[Row]:
        code, its = self.codes.best_before, day(line.expires)
        if its and code:
            yield row("DTM", (code, its, "102"))
        elif its:
            self.fit.cut("left out, the dialect has no best before", its, "DTM-01")

    def _ordered(self, line: ShippedLine) -> Row:
        """RFF ON: the order and its line."""
        number = self.fit.id(line.po_number, 35, "RFF-01")
        at = self.fit.id(line.line_no, _LONGEST_LINE, "RFF-01")
        return row("RFF", ("ON", number, at))

    def _packs(self, packs: Sequence[Level], unit: str) -> Iterator[Row]:
        """PCI for all packages with as many of it, QTY 52 how many are in each."""
        alike: dict[Decimal, list[str]] = {}
        for one in packs:
            if one.package is not None and one.package.sscc:
                alike.setdefault(one.told or _ZERO, []).append(one.package.sscc)
        for count, numbers in alike.items():
            each = self._quantity("52", count, unit)
            yield from marks(self.codes.marked, self.codes.sscc, numbers, [each])

    def _numbered(self, lines: Sequence[ShippedLine]) -> Iterator[Row]:
        """PCI and GIN: the batch (BX), and serial numbers (BN)."""
        lot = self.fit.id(lines[0].lot, 35, "GIN-02") if self.codes.batch else ""
        if lot:
            yield from marks(self.codes.batch, "BX", [lot])
        serials = (one for each in lines for one in each.serials)
        fitting = [self.fit.id(one, 35, "GIN-02") for one in serials]
        kept = [one for one in fitting if one]
        if self.codes.serial:
            yield from marks(self.codes.serial, "BN", kept)
        elif kept:
            self.fit.cut("left out, the dialect has no serials", kept[0], "GIN-02")

    def _missing(self, line: ShippedLine) -> Iterator[Row]:
        """QVR: how many more or less left than were ordered, and if they follow."""
        if line.missing is None or not line.missing:
            return
        why = (_BACK if line.follows else _CUT) if line.missing > 0 else ""
        amount = self.fit.number(-line.missing, 15, f"{self.dialect.variance}-01")
        yield row(self.dialect.variance, (amount, "21"), why)
