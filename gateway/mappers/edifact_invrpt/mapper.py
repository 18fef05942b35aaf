"""EDIFACT INVRPT: the canonical counts written down, place by place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from gateway.edi.edifact.writer import Draft, Envelope, Row
from gateway.mappers.parts.edifact_dialect import Dialect, dialect_of, since
from gateway.mappers.parts.edifact_fit import EdifactFit, day, row
from gateway.mappers.parts.edifact_party import (
    both_rows,
    identifier,
    item_rows,
    numbers_of,
)
from gateway.order.item import Item
from gateway.order.stock import StockLevel, StockReport
from gateway.partner.profile import Profile

KIND = "edifact_invrpt"
LINES = 9_999
"""LIN loops in one INVRPT (the oldest tables' maximum); more make another message."""

_STOCK = "145"
"""6063: what is there."""
_WAREHOUSE = "18"
"""3227."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What an INVRPT has in one dialect.

    ``document`` is 1001, ``function`` 1225, ``ours`` 3035 of us. ``to_the_minute``:
    when it was counted is told with the time, as the report's date (DTM 366) too.
    ``expected`` is 6063 of what is on its way, empty: not told, and ``on`` 2005 of the
    day it comes. ``movement``: INV stands in front of each QTY (from D.97A on).
    ``one_number``: LIN has the only number of an item (D.93A), of one of the types
    ``types`` (7143), none: of any.
    """

    document: str = "35"
    function: str = "9"
    ours: str = "SU"
    to_the_minute: bool = True
    expected: str = "113"
    on: str = "17"
    movement: bool = False
    one_number: bool = False
    types: frozenset[str] = frozenset()


_UN = Form()
_97 = replace(_UN, expected="198", on="194")
_FORMS: Mapping[str, Form] = {
    "eancom94": Form(
        document="280",
        function="",
        ours="SH",
        to_the_minute=False,
        expected="",
        types=frozenset(("EN", "UP")),
    ),
    "eancom97": _97,
    "eancom2002": _97,
}


def _form_of(dialect: Dialect, directory: str) -> Form:
    form = _FORMS.get(dialect.name, _UN)
    oldest = not since(directory, "D94A")
    return replace(
        form,
        to_the_minute=form.to_the_minute and not oldest,
        movement=since(directory, "D97A"),
        one_number=oldest,
    )


def from_stock(
    report: StockReport,
    items: Mapping[str, Item],
    envelope: Envelope,
    profile: Profile | None,
) -> Draft:
    """The INVRPT of what we have, still without control numbers.

    ``items`` are the numbers of each by ours; what is not among them is left out. Each
    place that an item was counted at has its own quantity.
    """
    fit = EdifactFit()
    its = identifier(profile, KIND, "INVRPT")
    directory = its.version + its.release
    dialect = dialect_of(profile, directory, its.association)
    form = _form_of(dialect, directory)
    by_sku: dict[str, list[StockLevel]] = {}
    for level in report.levels:
        if level.sku in items and _can_be_named(fit, items[level.sku], dialect, form):
            by_sku.setdefault(level.sku, []).append(level)
    every = list(by_sku)
    messages = []
    for first in range(0, len(every), LINES):
        body = [*_heading(fit, report, first // LINES + 1, profile, form)]
        for number, sku in enumerate(every[first : first + LINES], 1):
            body += _line_start(fit, str(number), items[sku], dialect, form)
            for level in by_sku[sku]:
                body += _level(fit, level, form)
        messages.append((its, tuple(body)))
    return Draft(
        kind=KIND,
        envelope=envelope,
        messages=tuple(messages),
        findings=fit.found.done(),
    )


def _heading(
    fit: EdifactFit,
    report: StockReport,
    number: int,
    profile: Profile | None,
    form: Form,
) -> Iterator[Row]:
    """BGM, when it was told, and who tells it to whom."""
    at = report.as_of or dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
    named = f"{at:%Y%m%d%H%M%S}-{number}"
    yield row("BGM", form.document, named, form.function)
    if form.to_the_minute:
        yield row("DTM", ("137", f"{at:%Y%m%d%H%M}", "203"))
        yield row("DTM", ("366", f"{at:%Y%m%d%H%M}", "203"))
    else:
        yield row("DTM", ("137", day(at.date()), "102"))
    yield from both_rows(fit, profile, form.ours)


def _can_be_named(fit: EdifactFit, item: Item, dialect: Dialect, form: Form) -> bool:
    """Whether LIN can name the item; what it cannot name is left out, and noted."""
    types = {pair[-1] for pair in numbers_of(fit, item, dialect)}
    if types and (not form.one_number or not form.types or types & form.types):
        return True
    fit.cut(
        "left out, it has no number of a type that LIN has", item.supplier_sku, "LIN-03"
    )
    return False


def _line_start(
    fit: EdifactFit, number: str, item: Item, dialect: Dialect, form: Form
) -> Iterator[Row]:
    """LIN with the numbers of the item."""
    if form.one_number:
        yield row("LIN", number, "", numbers_of(fit, item, dialect)[0])
    else:
        yield from item_rows(fit, number, "", item, dialect)


def _level(fit: EdifactFit, level: StockLevel, form: Form) -> Iterator[Row]:
    """QTY 145 of what is there and QTY of what comes on a day, each with its place."""
    told: list[tuple[str, Decimal, dt.date | None]] = [(_STOCK, level.available, None)]
    if form.expected:
        told += [(form.expected, one.quantity, one.date) for one in level.expected]
    elif level.expected:
        text = f"{level.sku} {level.expected[0].date}"
        fit.cut("left out, the dialect has no expected stock", text, "QTY-01")
    for code, quantity, date in told:
        if form.movement:
            yield row("INV", "", "1")
        yield _qty(fit, code, quantity, level.uom)
        if level.place:
            yield row("LOC", _WAREHOUSE, (fit.id(level.place, 25, "LOC-02"),))
        if date:
            yield row("DTM", (form.on, day(date), "102"))


def _qty(fit: EdifactFit, code: str, quantity: Decimal, unit: str) -> Row:
    amount = fit.number(quantity, 15, "QTY-01")
    return row("QTY", (code, amount, fit.id(unit, 3, "QTY-01")))
