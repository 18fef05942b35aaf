"""What a remittance pays of our invoices: whole, too little, too much, unknown."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from gateway.findings import Finding, Where
from gateway.order.advice import Advice, Advised
from gateway.pipeline.documents import KnownDocument

_CODES = {
    "short_paid": "ACC-101",
    "overpaid": "ACC-102",
    "unknown": "ACC-103",
    "other_currency": "ACC-105",
}
"""What is wrong with a payment, by what it is."""


class Payment(NamedTuple):
    """What became of one payment: its state, and the invoice as it then stands."""

    state: str
    after: KnownDocument | None = None
    found: Finding | None = None


def paid(about: Advised, invoice: KnownDocument | None) -> Payment:
    """A payment against what is due, with all that was paid of it before.

    A discount that was taken counts as paid; what else was kept back does not.
    """
    if invoice is None:
        what = f"invoice {about.number} is not known"
        return Payment("unknown", None, _found("unknown", what, about))
    due = invoice.due
    if due is None or about.paid is None:
        return Payment("")
    currency = about.paid.currency or due.currency
    if due.currency and currency != due.currency:
        what = f"invoice {about.number} is in {due.currency}, paid in {currency}"
        found = _found("other_currency", what, about)
        return Payment("other_currency", None, found)
    discount = about.discount.amount if about.discount else Decimal(0)
    so_far = invoice.paid + about.paid.amount + discount
    after = KnownDocument(
        kind=invoice.kind,
        id=invoice.id,
        number=invoice.number,
        order_id=invoice.order_id,
        sent=invoice.sent,
        due=due,
        paid=so_far,
    )
    left = due.amount - so_far if due.amount >= 0 else so_far - due.amount
    if not left:
        return Payment("paid", after)
    state = "short_paid" if left > 0 else "overpaid"
    what = f"invoice {about.number}: {due.amount:f} due, {so_far:f} paid"
    return Payment(state, after, _found(state, what + _kept_back(about), about))


def _kept_back(about: Advised) -> str:
    """What was taken off and why, for people."""
    parts = [
        f"{one.amount.amount:f} for {one.reason or one.text or 'no reason'}"
        for one in about.adjustments
    ]
    return f" ({', '.join(parts)})" if parts else ""


def added_up(advice: Advice) -> Finding | None:
    """Whether its payments come to what is paid in all; a total may leave out nothing.

    Some senders state what is paid before the adjustments of a document, not after.
    """
    if advice.amount is None or not advice.about:
        return None
    total, after = advice.amount.amount, advice.added
    before = after + sum((one.taken_off for one in advice.about), Decimal(0))
    if total in (after, before):
        return None
    what = f"the payments come to {after:f}, {total:f} is paid"
    return Finding.of("ACC-104", what, Where(path="/amount"), f"{total:f}")


def _found(state: str, what: str, about: Advised) -> Finding:
    return Finding.of(_CODES[state], what, Where(path="/about"), about.number)
