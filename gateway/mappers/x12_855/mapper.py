"""X12 855, purchase order acknowledgement: the canonical answer written down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from gateway.edi.x12.writer import Draft, Envelope, Row
from gateway.findings import Finding
from gateway.mappers.x12_855.codes import (
    EXCEPTIONS_ONLY,
    NO_DETAIL,
    agreeing,
    header_code,
    says_something,
    stated_type,
)
from gateway.mappers.x12_855.fit import Fit, day, row
from gateway.mappers.x12_855.heading import (
    currency_rows,
    party_rows,
    reference_rows,
    terms_rows,
)
from gateway.mappers.x12_855.line import line_rows
from gateway.mappers.x12_855.notes import note_rows
from gateway.order.ack import AckType, LineAck, OrderAck
from gateway.order.model import Order, OrderLine
from gateway.partner.profile import Profile

_PURPOSES = {"": "00", "replace": "05"}
"""BAK-01 (DE 353)."""


@dataclass(frozen=True, slots=True)
class Composed:
    """An 855 and what did not fit into it (MAP-014)."""

    draft: Draft
    findings: tuple[Finding, ...] = ()


def from_ack(
    ack: OrderAck, order: Order, envelope: Envelope, profile: Profile | None
) -> Draft:
    """The 855 that answers ``order``, still without control numbers."""
    return _draft(ack, order, envelope, profile)


def compose(
    ack: OrderAck, order: Order, envelope: Envelope, profile: Profile | None
) -> Composed:
    """The 855 and the values that had to be cut or left out of it."""
    draft = _draft(ack, order, envelope, profile)
    return Composed(replace(draft, findings=()), draft.findings)


def _draft(
    ack: OrderAck, order: Order, envelope: Envelope, profile: Profile | None
) -> Draft:
    """The 855 with what did not fit into it.

    BAK-02 and the lines agree whatever the answer says: under a rejected header no
    line is accepted, and a line that changes anything makes the header a changed one.
    """
    fit = Fit(envelope.separators, envelope.version, envelope.codec)
    kind = stated_type(ack)
    code = header_code(
        kind,
        profile,
        lines=bool(ack.lines) and kind != "received",
        wanted=order.ack_wanted,
    )
    rows = list(_heading(fit, ack, order, code))
    lines = _lines(ack, order, kind, code)
    for line, sent in lines:
        rows += line_rows(fit, line, sent, profile)
    rows.append(_ctt(fit, order, [line for line, _ in lines]))
    return Draft(
        kind="x12_855",
        functional_id="PR",
        envelope=envelope,
        messages=(("855", tuple(rows)),),
        findings=fit.found.done(),
    )


def _heading(fit: Fit, ack: OrderAck, order: Order, code: str) -> Iterator[Row]:
    """BAK, CUR, REF, FOB, ITD, the reasons and notes, N1."""
    ordered = ack.order_date or order.issue_date
    answered = ack.ack_date or (ack.issued_at.date() if ack.issued_at else None)
    yield row(
        "BAK",
        _PURPOSES[ack.purpose],
        code,
        fit.text(ack.po_number or order.po_number, 22, "BAK-03"),
        day(ordered or answered or dt.date(1900, 1, 1)),
        fit.id(ack.release_number or order.release_number, 30, "BAK-05"),
        "",
        "",
        fit.reference(ack.sales_order_number or order.sales_order_number, "BAK-08"),
        day(answered),
    )
    yield from currency_rows(fit, ack, order)
    yield from reference_rows(fit, order)
    yield from terms_rows(fit, ack)
    for reason in ack.reasons:
        yield from note_rows(fit, reason.code, reason.text or reason.code)
    for note in ack.notes:
        yield from note_rows(fit, "", note.text)
    yield from party_rows(fit, order)


def _lines(
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


def _ctt(fit: Fit, order: Order, lines: list[LineAck]) -> Row:
    """The number of lines; the sum of their quantities if the order had one."""
    totals = order.totals
    wanted = totals and totals.source == "sent" and totals.quantity_sum is not None
    if not wanted:
        return ("CTT", str(len(lines)))
    added = sum((line.quantity.value for line in lines), Decimal(0))
    return row("CTT", str(len(lines)), fit.number(added, 10, "CTT-02"))
