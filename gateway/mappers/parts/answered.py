"""What an answer says whatever its standard: its type, and which lines it tells of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gateway.order.ack import (
    ACCEPTED,
    REFUSED,
    WAITING,
    AckType,
    LineAck,
    OrderAck,
    StatusKind,
    ack_type,
)
from gateway.order.model import Order, OrderLine

_BINDING = ("rejected", "held")
"""Headers under which a line cannot have just any status."""


def lines_told(
    ack: OrderAck, order: Order, kind: AckType, *, exceptions_only: bool = False
) -> list[tuple[LineAck, OrderLine | None]]:
    """The lines of an answer of this kind, with the ones they answer.

    What a line is made of (SLN) is answered with the line. ``exceptions_only`` leaves
    out what is plainly accepted.
    """
    if kind == "received":
        return []
    answers = zip(ack.lines, _answered(ack, order), strict=True)
    lines = [(line, sent) for line, sent in answers if not line.parent_line]
    if kind in _BINDING:
        lines = [(_agreeing(line, kind), sent) for line, sent in lines]
    if not exceptions_only:
        return lines
    return [
        (line, sent)
        for line, sent in lines
        if says_something(frozenset(status.kind for status in line.statuses))
    ]


def _answered(ack: OrderAck, order: Order) -> Iterator[OrderLine | None]:
    """The order's line for each answer: of several with one number, the next one."""
    numbers = [sent.line_no for sent in order.lines]
    alone = len(set(numbers)) == len(numbers)
    if alone and numbers == [line.line_no for line in ack.lines]:
        yield from order.lines
        return
    waiting: dict[str, list[OrderLine]] = {}
    for sent in reversed(order.lines):
        waiting.setdefault(sent.line_no, []).append(sent)
    for line in ack.lines:
        alike = waiting.get(line.line_no)
        yield alike.pop() if alike else None


def _agreeing(line: LineAck, kind: AckType) -> LineAck:
    """The line with the statuses that its header, one that binds lines, allows."""
    if all(agreeing(status.kind, kind) == status.kind for status in line.statuses):
        return line
    return replace(
        line,
        statuses=tuple(
            replace(status, kind=agreeing(status.kind, kind), date=None, price=None)
            for status in line.statuses
        ),
    )


def stated_type(ack: OrderAck) -> AckType:
    """The answer as the header has to say it so that the lines agree.

    A header that rejects, holds or only confirms receipt goes before its lines; else
    the lines decide, and a change of terms alone makes an acceptance a changed one.
    What is below a line is not written and does not decide.
    """
    answers = [line for line in ack.lines if not line.parent_line]
    if ack.type in ("rejected", "held", "received") or not answers:
        return ack.type
    lines = ack_type(answers)
    if lines == "held":
        kinds = {status.kind for line in answers for status in line.statuses}
        return "held" if kinds <= WAITING else "accepted_with_changes"
    return ack.type if lines == "accepted" else lines


def agreeing(status: StatusKind, kind: AckType) -> StatusKind:
    """The status that a line may have under this header.

    Under a rejected header every line is rejected, under a held one it is held unless
    it is refused.
    """
    if kind == "rejected" and status not in REFUSED:
        return "reject"
    if kind == "held" and status not in REFUSED and status not in WAITING:
        return "hold"
    return status


def says_something(kinds: frozenset[StatusKind]) -> bool:
    """Whether a line is an exception: anything else than plainly accepted."""
    return not kinds <= ACCEPTED
