"""Terms of payment that are not the ones agreed on."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.catalog.place import at_order
from gateway.findings import Finding
from gateway.order.model import Order
from gateway.order.terms import PaymentTerm
from gateway.partner.policy import Agreed

__all__ = ["other_payment"]


def other_payment(order: Order, agreed: Agreed | None) -> Iterator[Finding]:
    """CAT-344, once, for days or a discount other than the profile says.

    Where it says nothing of payment, terms are only shown, and so are words and dates:
    they are no days. A discount that the order leaves out takes nothing.
    """
    if agreed is None or order.payment is None:
        return
    for index, term in enumerate(order.payment.terms):
        told = tuple(_other(term, agreed))
        if told:
            field = f"payment.terms[{index}]"
            names = ("code", "net_days", "discount_pct", "discount_days")
            places = (f"{field}.{name}" for name in names)
            at = at_order(order, f"/payment/terms/{index}", *places)
            yield Finding.of("CAT-344", f"{'; '.join(told)}", at)
            return


def _other(term: PaymentTerm, agreed: Agreed) -> Iterator[str]:
    if term.net_days is not None and term.net_days != agreed.net_days:
        yield f"payment within {term.net_days} days, {agreed.net_days} are agreed on"
    if term.discount_amount is not None and term.discount_amount.amount:
        yield f"a discount of {term.discount_amount}, none by an amount is agreed on"
    if not term.discount_pct:
        return
    off = f"a discount of {term.discount_pct:f} %"
    if agreed.discount_pct is None:
        yield f"{off}, none is agreed on"
    elif term.discount_pct != agreed.discount_pct:
        yield f"{off}, {agreed.discount_pct:f} % are agreed on"
    elif term.discount_days not in (None, agreed.discount_days):
        days = agreed.discount_days or 0
        yield f"{off} within {term.discount_days} days, {days} are agreed on"
