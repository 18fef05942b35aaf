"""X12 855, purchase order acknowledgement: the canonical answer written down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from gateway.edi.x12.writer import Draft, Envelope, Row
from gateway.findings import Finding
from gateway.mappers.parts.fit import Fit, day, row
from gateway.mappers.parts.x12_answer import Form, drafted
from gateway.mappers.parts.x12_answer_head import (
    currency_rows,
    party_rows,
    reference_rows,
    terms_rows,
)
from gateway.mappers.parts.x12_notes import note_rows
from gateway.order.ack import OrderAck
from gateway.order.model import Order
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
    return drafted(_FORM, ack, order, envelope, profile)


def compose(
    ack: OrderAck, order: Order, envelope: Envelope, profile: Profile | None
) -> Composed:
    """The 855 and the values that had to be cut or left out of it."""
    draft = drafted(_FORM, ack, order, envelope, profile)
    return Composed(replace(draft, findings=()), draft.findings)


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


_FORM = Form(kind="x12_855", functional_id="PR", message="855", heading=_heading)
