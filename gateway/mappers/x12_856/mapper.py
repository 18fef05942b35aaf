"""X12 856, ship notice: the canonical shipment written down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from gateway.edi.x12.writer import Draft, Envelope, Row
from gateway.mappers.parts.fit import Fit, row
from gateway.mappers.parts.packing import Level
from gateway.mappers.x12_856.levels import Numbered, levels, numbered
from gateway.mappers.x12_856.rows import (
    carrier_rows,
    date_rows,
    item_rows,
    load_rows,
    marks,
    order_rows,
    party_rows,
    reference_rows,
)
from gateway.order.model import Order, OrderLine
from gateway.order.ship import ShipNotice
from gateway.partner.profile import Profile
from gateway.partner.ship import ShipNotices

_PURPOSES = {"original": "00", "replace": "05", "cancel": "01"}
"""BSN-01 (DE 353)."""
_STRUCTURES = {"pick_and_pack": "0001", "standard_pack": "0002", "flat": "0004"}
"""BSN-05 (DE 1005)."""


def from_notice(
    notice: ShipNotice,
    orders: Mapping[str, Order],
    envelope: Envelope,
    profile: Profile | None,
) -> Draft:
    """The 856 of a shipment, still without control numbers.

    ``orders`` are those of its lines by their ids. A cancellation names the shipment
    and its orders, no packages and no items.
    """
    fit = Fit(envelope.separators, envelope.version, envelope.codec)
    form = profile.ship_notice if profile else ShipNotices()
    whole = levels(notice, orders, form)
    if notice.purpose == "cancel":
        whole = Level(kind="S", lines=(), below=tuple(map(_alone, whole.below)))
    told = numbered(whole)
    body = [_bsn(fit, notice, form)]
    for each in told:
        body.append(_hl(each, form))
        body += _rows(fit, notice, each.level, orders, profile)
    body.append(_ctt(told, form))
    return Draft(
        kind="x12_856",
        functional_id="SH",
        envelope=envelope,
        messages=(("856", tuple(body)),),
        findings=fit.found.done(),
    )


def _alone(level: Level) -> Level:
    return Level(kind=level.kind, lines=(), order=level.order)


def _bsn(fit: Fit, notice: ShipNotice, form: ShipNotices) -> Row:
    at = notice.issued_at or dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
    return (
        "BSN",
        _PURPOSES[notice.purpose],
        fit.id(notice.number, 30, "BSN-02", 2),
        f"{at:%Y%m%d}",
        f"{at:%H%M}",
        _STRUCTURES[form.structure],
    )


def _hl(each: Numbered, form: ShipNotices) -> Row:
    """Number, parent, level and, unless left out, whether it has children."""
    parent = str(each.parent) if each.parent else ""
    children = "1" if each.level.below else "0"
    told = children if form.children == "told" else ""
    return row("HL", str(each.number), parent, each.level.kind, told)


def _rows(
    fit: Fit,
    notice: ShipNotice,
    level: Level,
    orders: Mapping[str, Order],
    profile: Profile | None,
) -> Iterator[Row]:
    """What stands in one level, in the order of the standard."""
    match level.kind:
        case "S":
            yield from load_rows(fit, notice)
            yield from carrier_rows(fit, notice)
            yield from reference_rows(fit, notice)
            yield from date_rows(notice)
            yield from party_rows(fit, notice, tuple(orders.values()), profile)
        case "O":
            if level.order is not None:
                yield from order_rows(fit, level.order)
        case "T" | "P":
            yield from _pack(fit, level, profile)
        case "I":
            line, told = level.lines[0], level.told or Decimal(0)
            sent = _sent(line.order_id, line.line_no, orders)
            yield from item_rows(fit, level.lines, told, sent)


def _pack(fit: Fit, level: Level, profile: Profile | None) -> Iterator[Row]:
    """SN1 where the packs of one item differ, the weight, the marks."""
    package = level.package
    if package is None:
        return
    if level.told is not None:
        unit = fit.id(level.lines[0].uom, 2, "SN1-03", 2)
        yield ("SN1", "", fit.number(level.told, 10, "SN1-02"), unit or "EA")
    yield from marks(fit, package, profile)


def _sent(order_id: str, line_no: str, orders: Mapping[str, Order]) -> OrderLine | None:
    order = orders.get(order_id)
    return order.line(line_no) if order else None


def _ctt(told: Sequence[Numbered], form: ShipNotices) -> Row:
    """The number of levels, or of lines as the partner counts them."""
    lines = sum(each.level.kind == "I" for each in told)
    return ("CTT", str(lines if form.count == "lines" else len(told)))
