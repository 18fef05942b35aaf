"""Why a held order waits for people: one cause for each line, or for the whole."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from gateway.catalog.keys import normalise
from gateway.order import Order
from gateway.order.ack import WAITING, LineAck, OrderAck
from gateway.order.model import OrderLine
from gateway.order.money import Money, minor
from gateway.partner.policy import Action

__all__ = ["MAPPED", "Cause", "Wait", "cause_of", "key_of", "value_of", "waits"]


class Cause(StrEnum):
    """What kind of thing has to be decided; equal ones are decided together."""

    PRICE = "price"
    ITEM = "item"
    SHIP_TO = "ship_to"
    UNIT = "unit"
    QUANTITY = "quantity"
    DATE = "date"
    TOTAL = "total"
    CONTRACT = "contract"
    STOCK = "stock"
    BLANKET = "blanket"
    DUPLICATE = "duplicate"
    SIGNATURE = "signature"
    RULES = "rules"
    MAPPING = "mapping"
    HELD = "held"


MAPPED: Mapping[Cause, str] = MappingProxyType(
    {Cause.ITEM: "item", Cause.SHIP_TO: "ship_to", Cause.UNIT: "unit"}
)
"""The kind of cross-reference that answers a cause for good."""

_BEGINS: tuple[tuple[str, Cause], ...] = (
    ("CAT-30", Cause.PRICE),
    ("CAT-31", Cause.ITEM),
    ("CAT-320", Cause.UNIT),
    ("CAT-33", Cause.QUANTITY),
    ("CAT-34", Cause.TOTAL),
    ("CAT-35", Cause.DATE),
    ("CAT-360", Cause.CONTRACT),
    ("CAT-36", Cause.PRICE),
    ("CAT-370", Cause.STOCK),
    ("CAT-38", Cause.BLANKET),
    ("CAT-11", Cause.SHIP_TO),
    ("CAT-10", Cause.CONTRACT),
    ("CAT-20", Cause.CONTRACT),
    ("DUP-", Cause.DUPLICATE),
    ("TRU-", Cause.SIGNATURE),
    ("UBL-012", Cause.TOTAL),
    ("UBL-", Cause.RULES),
    ("MAP-", Cause.MAPPING),
)
_KEYED = ("CAT-310", "CAT-110", "CAT-320")
"""The findings that a cross-reference answers."""
_HELD = "order is held"
_MOST = 2**63 - 1
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """One reason why an order waits. No ``line_no``: the order as a whole.

    ``stake`` is the money that it is about, in minor units of the order's currency:
    of a price the difference, of all else the value. ``theirs`` is what a
    cross-reference would answer, ``key`` the same as it is looked for; empty: none.
    """

    cause: Cause
    code: str
    what: str
    line_no: str = ""
    key: str = ""
    theirs: str = ""
    stake: int = 0


def cause_of(code: str) -> Cause:
    """What a finding makes an order wait for."""
    found = (cause for begins, cause in _BEGINS if code.startswith(begins))
    return next(found, Cause.HELD)


def key_of(theirs: str) -> str:
    """A number of theirs as it is looked for: without case, blanks and zeros."""
    return normalise(theirs)


def waits(order: Order, ack: OrderAck, report: str, reason: str = "") -> list[Wait]:
    """Why an order that is held waits; ``reason`` where nothing of it says so.

    ``report`` is as it is kept (``gateway.pipeline.report``).
    """
    told: dict[str, Any] = json.loads(report)
    found = [*_of_head(order, told)]
    rows = {row.get("line"): row for row in told.get("lines", ())}
    for line, answer in zip(order.lines, ack.lines, strict=False):
        if _is_waiting(answer):
            found += _of_line(order, line, answer, rows.get(line.line_no, {}))
    if found:
        return found
    what = reason or _HELD
    return [Wait(cause=Cause.HELD, code="", what=what, stake=value_of(order))]


def _is_waiting(answer: LineAck) -> bool:
    kinds = {status.kind for status in answer.statuses}
    return bool(kinds & WAITING) and not answer.parent_line


def _of_head(order: Order, told: Mapping[str, Any]) -> Iterator[Wait]:
    for reason in told.get("reasons", ()):
        if reason.get("action") != Action.HOLD:
            continue
        code = reason["code"]
        theirs = reason.get("value", "") if code in _KEYED else ""
        yield Wait(
            cause=cause_of(code),
            code=code,
            what=reason["what"],
            key=key_of(theirs),
            theirs=theirs,
            stake=value_of(order),
        )


def _of_line(
    order: Order, line: OrderLine, answer: LineAck, row: Mapping[str, Any]
) -> Iterator[Wait]:
    holding = [
        one for one in row.get("findings", ()) if one.get("action") == Action.HOLD
    ]
    if not holding:
        first = answer.statuses[0]
        code, what = first.reason_code, first.note or _HELD
        holding = [{"code": code, "what": what}]
    for one in holding:
        code, cause = one["code"], cause_of(one["code"])
        theirs = one.get("value", "") if code in _KEYED else ""
        is_price = cause is Cause.PRICE and "at_stake" in row
        stake = _difference(order, row) if is_price else _line_value(order, line)
        yield Wait(
            cause=cause,
            code=code,
            what=one["what"],
            line_no=line.line_no,
            key=key_of(theirs),
            theirs=theirs,
            stake=stake,
        )


def value_of(order: Order) -> int:
    """What the lines come to by the buyer's prices, in minor units."""
    return min(sum(_line_value(order, line) for line in order.lines), _MOST)


def _line_value(order: Order, line: OrderLine) -> int:
    price = line.price
    if price.amount is None or not price.basis_qty:
        return 0
    its = _EXACT.multiply(price.amount, line.quantity.value)
    return minor(Money(_EXACT.divide(its, price.basis_qty), order.currency))


def _difference(order: Order, row: Mapping[str, Any]) -> int:
    return minor(Money(abs(Decimal(row["at_stake"])), order.currency))
