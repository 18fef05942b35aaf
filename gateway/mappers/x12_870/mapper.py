"""X12 870, order status report: how orders stand, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from gateway.edi.x12.writer import Draft, Envelope, Row
from gateway.mappers.parts.fit import Fit, day, row
from gateway.mappers.parts.pairs import pairs_of
from gateway.mappers.parts.x12_answer_line import po1
from gateway.order.inquiry import (
    LinePart,
    LineStanding,
    OrderStanding,
    PartKind,
    StatusReport,
)
from gateway.partner.profile import Profile

LEVELS = 1000
"""HL loops in one 870, and PO1 loops in one HL (the table's maxima)."""
_ANSWER, _UNASKED = "1", "3"
"""BSR-01 (DE 850): an answer to an inquiry, or a report that nobody asked for."""
_ALL = "PA"
_CODES: Mapping[PartKind, str] = {
    "scheduled": "PS",
    "unscheduled": "PN",
    "backordered": "BO",
    "substituted": "IS",
    "undecided": "IN",
    "held": "PH",
    "cancelled": "IC",
}
"""ISR-01 (DE 368) of what has not shipped."""
_WHOLE, _PARTLY, _ARRIVES, _UNKNOWN = "CC", "PR", "EX", "ID"
_SHIPPED, _OTHER = "39", "01"
"""QTY-01 (DE 673)."""
_MOST_PARTS = 104


def from_report(
    report: StatusReport, envelope: Envelope, profile: Profile | None
) -> Draft:
    """The 870 of how orders stand, still without control numbers.

    An order is a level of its own; one of more than 1,000 lines has several. More than
    1,000 levels make several messages.
    """
    fit = Fit(envelope.separators, envelope.version, envelope.codec)
    levels = [part for one in report.orders for part in _cut(one)]
    messages = []
    for at in range(0, len(levels), LEVELS):
        part = levels[at : at + LEVELS]
        body = [_bsr(fit, report, at // LEVELS + 1)]
        for number, one in enumerate(part, 1):
            body += _level(fit, one, number)
        body.append(("CTT", str(len(part))))
        messages.append(("870", tuple(body)))
    return Draft(
        kind="x12_870",
        functional_id="RS",
        envelope=envelope,
        messages=tuple(messages),
        findings=fit.found.done(),
    )


def _cut(one: OrderStanding) -> Iterator[OrderStanding]:
    """An order in pieces of as many lines as a level may have."""
    for at in range(0, len(one.lines), LEVELS) or (0,):
        yield replace(one, lines=one.lines[at : at + LEVELS])


def _bsr(fit: Fit, report: StatusReport, n: int) -> Row:
    """BSR: why, of what, our number and moment, then theirs."""
    number = report.number if n == 1 else f"{report.number}-{n}"
    asked = report.inquiry
    return row(
        "BSR",
        _ANSWER if asked else _UNASKED,
        (fit.id(asked.sent, 2, "BSR-02", 2) if asked else "") or _ALL,
        fit.reference(number, "BSR-03"),
        day(report.at.date()),
        "",
        "",
        f"{report.at:%H%M}",
        fit.reference(asked.number, "BSR-08") if asked else "",
        day(asked.asked_on) if asked else "",
        fit.id(asked.asked_at, 8, "BSR-10", 4) if asked else "",
    )


def _level(fit: Fit, one: OrderStanding, number: int) -> Iterator[Row]:
    """HL and PRF of an order, our number, its lines; or that it is unknown."""
    yield ("HL", str(number), "", "O")
    order = one.order
    yield row(
        "PRF",
        fit.id(one.po_number, 22, "PRF-01"),
        fit.id(one.release_number, 30, "PRF-02"),
        "",
        day(order.issue_date) if order else "",
    )
    if order is None:
        yield ("ISR", _UNKNOWN)
        yield ("PID", "F", "", "", "", "ORDER NOT KNOWN")
        return
    ours = fit.reference(order.sales_order_number, "REF-02")
    if ours:
        yield ("REF", "VN", ours)
    for line in one.lines:
        yield from _line(fit, line)


def _line(fit: Fit, line: LineStanding) -> Iterator[Row]:
    """PO1 as ordered, then ISR and QTY for each part of the line."""
    yield po1(fit, line.ack, line.sent, None)
    for part in line.parts[:_MOST_PARTS]:
        code = _CODES.get(part.kind) or (_WHOLE if line.is_over else _PARTLY)
        if part.kind == "scheduled" and part.date_kind == "delivery":
            code = _ARRIVES
        yield row("ISR", code, day(part.date))
        if part.substitute is not None:
            yield from _instead(fit, part)
        quantity = fit.number(part.quantity, 15, "QTY-02")
        unit = fit.id(part.uom, 2, "QTY-03", 2)
        kind = _SHIPPED if part.kind == "shipped" else _OTHER
        yield row("QTY", kind, quantity, (unit,) if unit else "")


def _instead(fit: Fit, part: LinePart) -> Iterator[Row]:
    """PID: the item that comes instead, in words; a status has no place for numbers."""
    assert part.substitute is not None
    named = " ".join(f"{code} {value}" for code, value in pairs_of(part.substitute))
    if text := fit.text(named, 80, "PID-05"):
        yield ("PID", "F", "", "", "", text)
