"""What a change of an order makes of its heading and lines, side by side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from typing import NamedTuple

from gateway.order.change import Change, LineAction, OrderChange
from gateway.order.item import Schedule
from gateway.order.model import Order, OrderLine
from gateway.order.money import Money
from gateway.order.revise import DAYS, revisions, undated, with_head
from gateway.order.terms import Delivery

__all__ = ["Difference", "LineDifference", "differences"]

_OF_LINE = (
    "allowances_charges",
    "contract_ref",
    "quote_ref",
    "flags",
    "free_goods",
    "instructions",
    "notes",
    "attachments",
    "accounting",
    "tax",
    "references",
    "pack",
    "extensions",
)
"""Fields of a line that are told as they stand."""
_OF_HEAD = (
    "order_type",
    "parties",
    "currency",
    "payment",
    "contract_ref",
    "blanket_ref",
    "allowances_charges",
    "taxes",
    "instructions",
    "notes",
)
"""Fields of a heading that are told as they stand."""


class Difference(NamedTuple):
    """One thing of a line or heading before and after; empty where there is none."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDifference:
    """What a change wants of one line; ``differs`` is empty where it stays so.

    The heading stands in front of the lines, without a number, if it changes.
    """

    line_no: str
    action: LineAction
    differs: tuple[Difference, ...]


def differences(order: Order, change: Change) -> tuple[LineDifference, ...]:
    """What a change is about, held against the order as it was before."""
    lines = tuple(
        LineDifference(
            line_no=each.change.line.line_no,
            action=each.change.action,
            differs=tuple(_between(_of_line(each.before), _of_line(each.after))),
        )
        for each in revisions(order, change)
    )
    if not isinstance(change, OrderChange):
        return lines
    after = with_head(order, change)
    head = tuple(_between(_of_head(order), _of_head(after)))
    if not head:
        return lines
    return (LineDifference(line_no="", action="change", differs=head), *lines)


def _between(before: dict[str, str], after: dict[str, str]) -> Iterator[Difference]:
    for name in {**before, **after}:
        was, is_ = before.get(name, ""), after.get(name, "")
        if was != is_:
            yield Difference(name, was, is_)


def _of_line(line: OrderLine | None) -> dict[str, str]:
    """Everything of a line that a change may make another, in words."""
    if line is None:
        return {}
    item, price = line.item, line.price
    per = f" per {price.basis_qty:f}" if price.basis_qty != 1 else ""
    return {
        "item": item.supplier_sku or item.buyer_part or item.gtin,
        "quantity": f"{line.quantity.value:f} {line.quantity.uom_sent}".rstrip(),
        "price": "" if price.amount is None else f"{price.amount:f}{per}",
        "currency": price.currency,
        "delivery": ", ".join((*_days(line.delivery), *_parts(line.schedules))),
        "place": _words(line.party("ship_to")),
        "terms": _words(undated(line.delivery)),
        "limit": _words(line.amount) if line.is_ceiling else "",
        **{name: _words(getattr(line, name)) for name in _OF_LINE},
    }


def _of_head(order: Order) -> dict[str, str]:
    return {
        "delivery": ", ".join(_days(order.delivery)),
        "terms": _words(undated(order.delivery)),
        **{name: _words(getattr(order, name)) for name in _OF_HEAD},
    }


def _days(its: Delivery | None) -> Iterator[str]:
    for name in DAYS:
        day = getattr(its, name, None)
        if day:
            yield f"{name.replace('_', ' ')} {day}"


def _parts(schedules: tuple[Schedule, ...]) -> Iterator[str]:
    for one in schedules:
        day = f" on {one.date}" if one.date else ""
        place = _words(one.ship_to and (one.ship_to.id or one.ship_to.name))
        yield f"{one.qty:f}{day}" + (f" to {place}" if place else "")


def _words(value: object) -> str:
    """A value with all that is in it and says something."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "; ".join(text for one in value if (text := _words(one)))
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dt.date | Money):
        return str(value)
    if is_dataclass(value):
        told = ((one.name, getattr(value, one.name)) for one in fields(value))
        return " ".join(
            f"{name.replace('_', ' ')} {text}" if isinstance(it, bool) else text
            for name, it in told
            if (text := _words(it))
        )
    return str(value or "")
