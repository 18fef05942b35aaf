"""Which lines an answer to an order, or to its change, tells of, and how many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from gateway.edi.x12.writer import Row
from gateway.mappers.parts.fit import Fit, row
from gateway.mappers.parts.x12_answer_codes import (
    EXCEPTIONS_ONLY,
    NO_DETAIL,
    agreeing,
    says_something,
)
from gateway.order.ack import AckType, LineAck, OrderAck
from gateway.order.model import Order, OrderLine


def lines_told(
    ack: OrderAck, order: Order, kind: AckType, code: str
) -> list[tuple[LineAck, OrderLine | None]]:
    """The lines that the header's code announces, with the ones they answer.

    What a line is made of (SLN) is answered with the line.
    """
    if code in NO_DETAIL or kind == "received":
        return []
    lines = [
        (_agreeing(line, kind), sent)
        for line, sent in zip(ack.lines, _answered(ack, order), strict=True)
        if not line.parent_line
    ]
    if code not in EXCEPTIONS_ONLY:
        return lines
    return [
        (line, sent)
        for line, sent in lines
        if says_something(frozenset(status.kind for status in line.statuses))
    ]


def _answered(ack: OrderAck, order: Order) -> Iterator[OrderLine | None]:
    """The order's line for each answer: of several with one number, the next one."""
    waiting: dict[str, list[OrderLine]] = {}
    for sent in reversed(order.lines):
        waiting.setdefault(sent.line_no, []).append(sent)
    for line in ack.lines:
        alike = waiting.get(line.line_no)
        yield alike.pop() if alike else None


def _agreeing(line: LineAck, kind: AckType) -> LineAck:
    """The line with the statuses that its header allows."""
    if kind not in ("rejected", "held"):
        return line
    if all(agreeing(status.kind, kind) == status.kind for status in line.statuses):
        return line
    return replace(
        line,
        statuses=tuple(
            replace(status, kind=agreeing(status.kind, kind), date=None, price=None)
            for status in line.statuses
        ),
    )


def ctt(fit: Fit, order: Order, lines: list[LineAck]) -> Row:
    """The number of lines; the sum of their quantities if the order had one."""
    totals = order.totals
    wanted = totals and totals.source == "sent" and totals.quantity_sum is not None
    if not wanted:
        return ("CTT", str(len(lines)))
    added = sum((line.quantity.value for line in lines), Decimal(0))
    return row("CTT", str(len(lines)), fit.number(added, 10, "CTT-02"))
