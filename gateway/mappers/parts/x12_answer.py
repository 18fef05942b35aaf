"""An answer to an order or to its change: what 855 and 865 are made of alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from gateway.edi.x12.writer import Draft, Envelope, Row
from gateway.mappers.parts.answered import lines_told, stated_type
from gateway.mappers.parts.fit import Fit, row
from gateway.mappers.parts.x12_answer_codes import (
    EXCEPTIONS_ONLY,
    NO_DETAIL,
    header_code,
)
from gateway.mappers.parts.x12_answer_line import Lead, line_rows, plain_rows
from gateway.order.ack import LineAck, OrderAck
from gateway.order.model import Order
from gateway.partner.profile import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What sets an 855 and an 865 apart.

    ``heading`` writes what stands before the lines, from the header's code on;
    ``lead`` the segment that begins a line, PO1 where it is none.
    """

    kind: str
    functional_id: str
    message: str
    heading: Callable[[Fit, OrderAck, Order, str], Iterable[Row]]
    lead: Lead | None = None


def drafted(
    form: Form,
    ack: OrderAck,
    order: Order,
    envelope: Envelope,
    profile: Profile | None,
) -> Draft:
    """The answer without control numbers, with what did not fit into it.

    The header's code and the lines agree whatever the answer says: under a rejected
    header no line is accepted, and a line that changes anything makes the header a
    changed one.
    """
    fit = Fit(envelope.separators, envelope.version, envelope.codec)
    kind = stated_type(ack)
    code = header_code(
        kind,
        profile,
        lines=bool(ack.lines) and kind != "received",
        wanted=order.ack_wanted,
    )
    rows = list(form.heading(fit, ack, order, code))
    only = code in EXCEPTIONS_ONLY
    detailed = code not in NO_DETAIL
    lines = lines_told(ack, order, kind, exceptions_only=only) if detailed else []
    codes = profile.policy.codes_855 if profile else {}
    for line, sent in lines:
        plain = plain_rows(fit, line, sent, codes) if form.lead is None else None
        rows += plain or line_rows(fit, line, sent, profile, form.lead)
    rows.append(_ctt(fit, order, [line for line, _ in lines]))
    return Draft(
        kind=form.kind,
        functional_id=form.functional_id,
        envelope=envelope,
        messages=((form.message, tuple(rows)),),
        findings=fit.found.done(),
    )


def _ctt(fit: Fit, order: Order, lines: list[LineAck]) -> Row:
    """The number of lines; the sum of their quantities if the order had one."""
    totals = order.totals
    wanted = totals and totals.source == "sent" and totals.quantity_sum is not None
    if not wanted:
        return ("CTT", str(len(lines)))
    added = sum((line.quantity.value for line in lines), Decimal(0))
    return row("CTT", str(len(lines)), fit.number(added, 10, "CTT-02"))
