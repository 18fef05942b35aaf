"""X12 846, stock report: the canonical counts written down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from gateway.edi.x12.writer import Draft, Envelope, Row
from gateway.mappers.parts.fit import Fit, day, row
from gateway.mappers.parts.pairs import fitting, pairs_of
from gateway.mappers.parts.x12_party import us
from gateway.order.item import Item
from gateway.order.stock import StockExpected, StockLevel, StockReport
from gateway.partner.profile import Profile

LINES = 10_000
"""LIN loops in one 846 (the table's maximum); more make a further message."""


def from_stock(
    report: StockReport,
    items: Mapping[str, Item],
    envelope: Envelope,
    profile: Profile | None,
) -> Draft:
    """The 846 of what we have, still without control numbers.

    ``items`` are the numbers of each by ours; what is not among them is left out. Of
    an item counted at several places their sum is told, unless one count is of all.
    """
    fit = Fit(envelope.separators, envelope.version, envelope.codec)
    by_sku: dict[str, list[StockLevel]] = {}
    for level in report.levels:
        if level.sku in items:
            by_sku.setdefault(level.sku, []).append(level)
    every = list(by_sku)
    parts = [every[n : n + LINES] for n in range(0, len(every), LINES)]
    messages = []
    for number, part in enumerate(parts, 1):
        body = [*_heading(fit, report, number, profile)]
        for sku in part:
            body += _item(fit, items[sku], by_sku[sku])
        body.append(("CTT", str(len(part))))
        messages.append(("846", tuple(body)))
    return Draft(
        kind="x12_846",
        functional_id="IB",
        envelope=envelope,
        messages=tuple(messages),
        findings=fit.found.done(),
    )


def _heading(
    fit: Fit, report: StockReport, number: int, profile: Profile | None
) -> Iterator[Row]:
    """BIA: a seller's stock, when it was told; N1: who we are."""
    at = report.as_of or dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
    named = f"{at:%Y%m%d%H%M%S}-{number}"
    yield ("BIA", "00", "SI", named, f"{at:%Y%m%d}", f"{at:%H%M}")
    yield from us(fit, profile)


def _item(fit: Fit, item: Item, levels: Sequence[StockLevel]) -> Iterator[Row]:
    """LIN with its numbers; QTY 33 of what is there, 63 of what comes on a day."""
    yield row("LIN", "", *fitting(fit, pairs_of(item), "LIN-03"))
    whole = [one for one in levels if not one.place] or list(levels)
    units = dict.fromkeys(one.uom for one in whole)
    for unit in units:
        alike = [one for one in whole if one.uom == unit]
        there = sum((one.available for one in alike), Decimal(0))
        yield _qty(fit, "33", there, unit)
        for each in _by_day(one for level in alike for one in level.expected):
            yield _qty(fit, "63", each.quantity, unit)
            yield ("DTM", "018", day(each.date))


def _qty(fit: Fit, code: str, quantity: Decimal, unit: str) -> Row:
    known = fit.id(unit, 2, "QTY-03", 2)
    return row(
        "QTY", code, fit.number(quantity, 15, "QTY-02"), (known,) if known else ""
    )


def _by_day(expected: Iterable[StockExpected]) -> Iterator[StockExpected]:
    """What comes on each day, in their order."""
    sums: dict[dt.date, Decimal] = {}
    for one in expected:
        sums[one.date] = sums.get(one.date, Decimal(0)) + one.quantity
    for date in sorted(sums):
        yield StockExpected(date=date, quantity=sums[date])
