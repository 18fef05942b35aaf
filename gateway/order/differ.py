"""What a change of an order makes of its lines, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from gateway.order.change import Change, LineAction
from gateway.order.model import Order, OrderLine
from gateway.order.revise import DAYS, revisions

__all__ = ["Difference", "LineDifference", "differences"]


class Difference(NamedTuple):
    """One thing of a line before and after; empty where there is none."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDifference:
    """What a change wants of one line; ``differs`` is empty where it stays so."""

    line_no: str
    action: LineAction
    differs: tuple[Difference, ...]


def differences(order: Order, change: Change) -> tuple[LineDifference, ...]:
    """The lines that a change is about, held against the order as it was before."""
    return tuple(
        LineDifference(
            line_no=each.change.line.line_no,
            action=each.change.action,
            differs=tuple(_between(each.before, each.after)),
        )
        for each in revisions(order, change)
    )


def _between(before: OrderLine | None, after: OrderLine | None) -> Iterator[Difference]:
    for name in ("item", "quantity", "price", "delivery"):
        was, is_ = _told(name, before), _told(name, after)
        if was != is_:
            yield Difference(name, was, is_)


def _told(name: str, line: OrderLine | None) -> str:
    """One thing of a line in words."""
    if line is None:
        return ""
    match name:
        case "item":
            item = line.item
            return item.supplier_sku or item.buyer_part or item.gtin
        case "quantity":
            return f"{line.quantity.value:f} {line.quantity.uom_sent}".rstrip()
        case "price":
            price = line.price
            if price.amount is None:
                return ""
            per = f" per {price.basis_qty:f}" if price.basis_qty != 1 else ""
            return f"{price.amount:f}{per}"
        case _:
            return _days(line)


def _days(line: OrderLine) -> str:
    told = line.delivery
    days = [] if told is None else [(q, getattr(told, q)) for q in DAYS]
    parts = [f"{name.replace('_', ' ')} {day}" for name, day in days if day]
    parts += [f"{one.qty:f} on {one.date}" for one in line.schedules if one.date]
    return ", ".join(parts)
