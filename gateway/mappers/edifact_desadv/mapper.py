"""EDIFACT DESADV: the canonical shipment written down in a partner's dialect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from gateway.edi.edifact.writer import Draft, Envelope, Row
from gateway.mappers.edifact_desadv.despatch import Despatch, despatch
from gateway.mappers.edifact_desadv.heading import NO_REFERENCE, heading, weight
from gateway.mappers.edifact_desadv.items import Items
from gateway.mappers.edifact_desadv.marks import marks
from gateway.mappers.parts.edifact_dialect import dialect_of
from gateway.mappers.parts.edifact_fit import EdifactFit, row
from gateway.mappers.parts.edifact_party import identifier
from gateway.mappers.parts.packing import Level, Packing
from gateway.order.model import Order
from gateway.order.ship import Package, ShipNotice
from gateway.partner.profile import Profile
from gateway.partner.ship import ShipNotices

KIND = "edifact_desadv"

_OUTER, _BETWEEN, _INNER = "3", "2", "1"
"""7075 of a package."""
_EANCOM = "9"
"""3055 of a type of package that is EANCOM's own."""
_SHIPMENT = 1


def from_notice(
    notice: ShipNotice,
    orders: Mapping[str, Order],
    envelope: Envelope,
    profile: Profile | None,
) -> Draft:
    """The DESADV of a shipment, still without control numbers.

    ``orders`` are those of its lines by their ids. A cancellation names the shipment,
    its orders and parties, no packages and no items.
    """
    fit = EdifactFit()
    first = next(iter(orders.values()), None)
    its = identifier(profile, KIND, "DESADV", first)
    directory = its.version + its.release
    dialect = dialect_of(profile, directory, its.association)
    codes = despatch(profile, dialect.name, directory)
    rows = heading(fit, codes, notice, tuple(orders.values()), profile)
    if notice.purpose != "cancel":
        form = profile.ship_notice if profile else ShipNotices()
        body = _Body(fit, codes, notice, form, Items(fit, codes, dialect, orders))
        rows += body.rows()
    return Draft(
        kind=KIND,
        envelope=envelope,
        messages=((its, tuple(rows)),),
        findings=fit.found.done(),
    )


@dataclass(slots=True)
class _Body:
    """The packages and items, CPS by CPS; the shipment itself is the first."""

    fit: EdifactFit
    codes: Despatch
    notice: ShipNotice
    form: ShipNotices
    items: Items
    _last: int = field(default=_SHIPMENT)

    def rows(self) -> Iterator[Row]:
        """From the first CPS to the last CNT."""
        told = tuple(Packing(self.notice, self.form).of(self.notice.lines))
        flat = self.form.structure == "flat"
        yield row("CPS", "1", "", self.codes.flat if flat else self.codes.whole)
        counts = self._counts()
        for level, count in counts.items():
            yield self._pac(count, level)
        yield from self._inside(told, _SHIPMENT)
        yield from self._totals(sum(counts.values()))

    def _counts(self) -> Counter[Literal["pallet", "carton"]]:
        """How many packages of each level there are; pallets where they are told."""
        pallets = self.form.pallets == "shown"
        levels = (one.level for one in self.notice.packages)
        return Counter(level for level in levels if pallets or level == "carton")

    def _pac(self, count: int, level: Literal["pallet", "carton"]) -> Row:
        """PAC; types that are numbers are EANCOM's own."""
        type_ = self.codes.package(level)
        agency = _EANCOM if type_.isdecimal() else ""
        return row("PAC", str(count), "", (type_, "", agency))

    def _inside(self, levels: tuple[Level, ...], parent: int) -> Iterator[Row]:
        """Items of this very CPS first, then the packages in it."""
        for level in levels:
            if level.kind == "I":
                yield from self.items.rows(level)
        for level in levels:
            if level.package is not None:
                yield from self._package(level, level.package, parent)

    def _package(self, level: Level, package: Package, parent: int) -> Iterator[Row]:
        self._last += 1
        number = self._last
        within = any(one.package is not None for one in level.below)
        depth = _BETWEEN if within else _INNER
        depth = _OUTER if parent == _SHIPMENT else depth
        yield row("CPS", str(number), str(parent), depth)
        yield self._pac(1, package.level)
        if package.weight:
            yield from weight(self.fit, "AAB", package.weight)
        if package.sscc:
            its, tracked = self.codes, self._tracked(package)
            yield from marks(its.marked, its.sscc, [package.sscc], tracked)
        yield from self._inside(level.below, number)

    def _tracked(self, package: Package) -> Iterator[Row]:
        """RFF: the carrier's number of this one package."""
        code, number = self.codes.tracking, self.fit.id(package.tracking, 35, "RFF-01")
        if number and code:
            yield row("RFF", (code, number))
        elif number:
            self.fit.cut(NO_REFERENCE, number, "RFF-01")

    def _totals(self, packages: int) -> Iterator[Row]:
        """CNT: the lines; the packages and the weight where there may be several."""
        yield row("CNT", ("2", str(self.items.count)))
        if not self.codes.counts:
            return
        if packages:
            yield row("CNT", ("11", str(packages)))
        gross = self.notice.gross_weight
        if gross and not self.codes.weighs:
            yield from weight(self.fit, "7", gross, tag="CNT")
