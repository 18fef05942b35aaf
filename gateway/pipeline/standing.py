"""How an order stands: of each line what has shipped, what is to come and when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

from gateway.order.ack import ACCEPTED, REFUSED, LineAck, LineStatus, StatusKind
from gateway.order.inquiry import (
    Inquired,
    LinePart,
    LineStanding,
    OrderStanding,
    PartKind,
    Scope,
)
from gateway.order.item import Item
from gateway.order.life import State
from gateway.order.model import OrderLine
from gateway.pipeline.booked import Booked

_OVER = frozenset({State.SHIPPED, State.INVOICED})
_GONE = ("shipped", "cancelled")
_UNDECIDED: dict[State, PartKind] = {
    State.RECEIVED: "undecided",
    State.HELD: "held",
}
_KINDS: dict[StatusKind, PartKind] = {
    "backorder": "backordered",
    "substitute": "substituted",
    "hold": "held",
    "date_pending": "unscheduled",
}
_NUMBERS = ("supplier_sku", "buyer_part", "gtin", "mfr_part")


def unknown(asked: Inquired) -> OrderStanding:
    """What is said of an order that we do not have."""
    return OrderStanding(po_number=asked.po_number, release_number=asked.release_number)


def standing(
    booked: Booked, scope: Scope = "all", asked: Inquired | None = None
) -> OrderStanding:
    """An order as it stands, with the lines and parts that are asked for.

    Sums are exact: of a line all that is not refused is shipped or still to come.
    """
    sent = {line.line_no: line for line in booked.order.lines}
    lines = []
    for ack in booked.ack.lines:
        if asked is not None and not _is_asked(ack, asked):
            continue
        line = sent.get(ack.line_no)
        every = list(_parts(booked, ack, line))
        parts = tuple(part for part in every if _is_in(part, scope))
        if parts or scope == "all":
            over = all(part.kind in _GONE for part in every)
            lines.append(LineStanding(ack=ack, sent=line, is_over=over, parts=parts))
    return OrderStanding(
        po_number=booked.order.po_number,
        release_number=booked.order.release_number,
        order=booked.order,
        lines=tuple(lines),
    )


def _is_in(part: LinePart, scope: Scope) -> bool:
    if scope == "all":
        return True
    if scope == "shipped":
        return part.kind == "shipped"
    return part.kind not in _GONE


def _is_asked(ack: LineAck, asked: Inquired) -> bool:
    if not asked.lines and not asked.items:
        return True
    return ack.line_no in asked.lines or any(
        _same(ack.item, item) for item in asked.items
    )


def _same(one: Item, other: Item) -> bool:
    """Whether a number that both have is the same, and none is another."""
    pairs = [(getattr(one, name), getattr(other, name)) for name in _NUMBERS]
    both = [(mine, theirs) for mine, theirs in pairs if mine and theirs]
    return bool(both) and all(mine == theirs for mine, theirs in both)


def _parts(booked: Booked, ack: LineAck, line: OrderLine | None) -> Iterator[LinePart]:
    """What has shipped comes off what was promised first."""
    unit = ack.quantity.uom_sent
    waits = _UNDECIDED.get(booked.state)
    if waits is not None:
        yield LinePart(kind=waits, quantity=ack.quantity.value, uom=unit)
        return
    shipped = booked.shipped.get(ack.line_no, Decimal(0))
    if shipped > 0:
        yield LinePart(kind="shipped", quantity=shipped, uom=unit)
    left = shipped
    for status in ack.statuses:
        if status.kind in REFUSED:
            yield _part(status, "cancelled", unit)
            continue
        gone = min(left, status.quantity)
        left -= gone
        if status.quantity > gone:
            rest = replace(status, quantity=status.quantity - gone)
            rest = _dated(rest, booked, line)
            yield _part(rest, _kind(booked, rest), unit)


def _dated(status: LineStatus, booked: Booked, line: OrderLine | None) -> LineStatus:
    """What is accepted as it was ordered comes on the day that the order wants."""
    if status.date is not None or status.kind not in ACCEPTED:
        return status
    own = line.delivery if line is not None else None
    for wanted in (own, booked.order.delivery):
        if wanted is not None and wanted.requested is not None:
            return replace(status, date=wanted.requested, date_kind="delivery")
        if wanted is not None and wanted.ship_no_later is not None:
            return replace(status, date=wanted.ship_no_later)
    return status


def _kind(booked: Booked, status: LineStatus) -> PartKind:
    """Of an order that is closed nothing more comes."""
    if booked.state in _OVER:
        return "cancelled"
    known = _KINDS.get(status.kind)
    return known or ("scheduled" if status.date else "unscheduled")


def _part(status: LineStatus, kind: PartKind, unit: str) -> LinePart:
    return LinePart(
        kind=kind,
        quantity=status.quantity,
        uom=status.uom or unit,
        date=None if kind == "cancelled" else status.date,
        date_kind=status.date_kind,
        substitute=status.substitute,
    )


def standings(
    about: Iterable[tuple[Inquired, tuple[Booked, ...]]], scope: Scope
) -> tuple[OrderStanding, ...]:
    """The answer to each question: all orders of the number, or that there is none."""
    found: list[OrderStanding] = []
    for asked, there in about:
        found += [standing(one, scope, asked) for one in there] or [unknown(asked)]
    return tuple(found)
