"""X12 865: the canonical answer to a change written down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from gateway.edi.x12.writer import Draft, Envelope, Row
from gateway.mappers.parts.fit import Fit, day, row
from gateway.mappers.parts.pairs import fitting, pairs_of, pairs_sent
from gateway.mappers.parts.x12_answer import Form, drafted
from gateway.mappers.parts.x12_answer_head import currency_rows, reference_rows
from gateway.mappers.parts.x12_answer_line import priced
from gateway.mappers.parts.x12_notes import note_rows
from gateway.order.ack import REFUSED, LineAck, OrderAck
from gateway.order.item import Price
from gateway.order.model import Order, OrderLine
from gateway.partner.profile import Profile

_PURPOSES = {"": "00", "replace": "05"}
"""BCA-01 (DE 353)."""

_CODES: Mapping[str, str] = {
    "add": "AI",
    "delete": "DI",
    "change": "CA",
    "none": "NC",
    "": "CA",
}
"""POC-02 (DE 670) for a change that came without a code of X12."""
_REFUSED = "RC"
"""POC-02 where the line stays as it was."""


def from_ack(
    ack: OrderAck, order: Order, envelope: Envelope, profile: Profile | None
) -> Draft:
    """The 865 that answers a change, still without control numbers.

    ``order`` is what the change asked for: its lines, with the numbers of the order.
    """
    return drafted(_FORM, ack, order, envelope, profile)


def _heading(fit: Fit, ack: OrderAck, order: Order, code: str) -> Iterator[Row]:
    """BCA, CUR, REF, the reasons and notes."""
    answered = ack.ack_date or (ack.issued_at.date() if ack.issued_at else None)
    ordered = ack.order_date or order.issue_date or answered
    yield row(
        "BCA",
        _PURPOSES[ack.purpose],
        code,
        fit.text(ack.po_number or order.po_number, 22, "BCA-03"),
        fit.id(ack.release_number or order.release_number, 30, "BCA-04"),
        fit.id(ack.order_version, 8, "BCA-05"),
        day(ordered or dt.date(1900, 1, 1)),
        "",
        "",
        fit.reference(ack.sales_order_number or order.sales_order_number, "BCA-09"),
        day(answered),
    )
    yield from currency_rows(fit, ack, order)
    yield from reference_rows(fit, order)
    for reason in ack.reasons:
        yield from note_rows(fit, reason.code, reason.text or reason.code)
    for note in ack.notes:
        yield from note_rows(fit, "", note.text)


def _poc(fit: Fit, line: LineAck, sent: OrderLine | None, own: Price | None) -> Row:
    """The line as it was asked for; a price of ours stands in place of theirs."""
    number = fit.id(line.line_no, 20, "POC-01")
    quantity = fit.number(line.quantity.value, 15, "POC-03")
    unit = fit.id(line.quantity.uom_sent, 2, "POC-05", 2)
    left = "" if line.left is None else fit.number(line.left, 9, "POC-04")
    if not quantity or not unit:
        quantity, left, unit = "", "", ""
    elif not left:
        left = fit.number(line.quantity.value, 9, "POC-04")
        quantity, unit = (quantity, unit) if left else ("", "")
    amount, basis = priced(fit, own or line.price, line.price, "POC", 6)
    pairs = pairs_sent(sent) if sent else ()
    return row(
        "POC",
        number,
        _code(line),
        quantity,
        left,
        (unit,) if unit else "",
        amount,
        basis,
        *fitting(fit, pairs or pairs_of(line.item), "POC-09"),
    )


def _code(line: LineAck) -> str:
    """What becomes of the line: their code, unless it stays as it was."""
    kinds = {status.kind for status in line.statuses}
    if line.change != "delete" and kinds and kinds <= REFUSED:
        return _REFUSED
    if line.change == "delete" and "delete" not in kinds:
        return _REFUSED
    if line.change == "none":
        return _CODES["none"]
    return line.change_sent or _CODES[line.change]


_FORM = Form(
    kind="x12_865", functional_id="CA", message="865", heading=_heading, lead=_poc
)
