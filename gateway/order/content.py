"""What an order says, apart from how it came and what became of it."""

from __future__ import annotations

import decimal
import hashlib
from decimal import Decimal

from gateway.order.advice import Advice
from gateway.order.change import Cancel, Change, OrderChange
from gateway.order.item import LineQuantity
from gateway.order.model import Order, OrderLine
from gateway.order.write import Omit, converter, decimal_text, dumps

__all__ = ["advice_digest", "change_digest", "content_digest", "same_content"]

_EXACT = decimal.Context(prec=200)

# How it came, and what we made of it: neither is what the buyer ordered.
_APART: Omit = frozenset(
    {
        (Order, "id"),
        (Order, "source"),
        (Order, "purpose"),
        (Order, "sales_order_number"),
        (Order, "signature_evidence"),
        (Order, "provenance"),
        (OrderChange, "id"),
        (OrderChange, "source"),
        (OrderChange, "provenance"),
        (Cancel, "id"),
        (Cancel, "source"),
        (Cancel, "provenance"),
        (Advice, "id"),
        (Advice, "source"),
        (Advice, "provenance"),
        (OrderLine, "status"),
        (OrderLine, "resolution"),
        (OrderLine, "provenance"),
        (LineQuantity, "uom_rec20"),
        (LineQuantity, "base_qty"),
        (LineQuantity, "factor"),
    }
)


def content_digest(order: Order) -> str:
    """SHA-256, in hex, of what the buyer ordered: equal for a repeated order.

    Control numbers, our ids and states, places in the message and the purpose
    (original or duplicate) do not count; ``12.50`` and ``12.5`` are the same.
    """
    fields = converter(Order, _shortest, _APART)(order)
    return hashlib.sha256(dumps(fields).encode()).hexdigest()


def change_digest(change: Change) -> str:
    """SHA-256, in hex, of what is to be changed: equal for a change that comes again.

    Control numbers, our ids and places in the message do not count.
    """
    kind = "cancel" if isinstance(change, Cancel) else "change"
    cls: type = type(change)
    fields = converter(cls, _shortest, _APART)(change)
    return hashlib.sha256(f"{kind} {dumps(fields)}".encode()).hexdigest()


def advice_digest(advice: Advice) -> str:
    """SHA-256, in hex, of what is advised: equal for an advice that comes again.

    Control numbers, our ids and places in the message do not count.
    """
    fields = converter(Advice, _shortest, _APART)(advice)
    return hashlib.sha256(dumps(fields).encode()).hexdigest()


def same_content(one: Order, other: Order) -> bool:
    """Whether both say the same, whatever control numbers carried them."""
    return content_digest(one) == content_digest(other)


def _shortest(value: Decimal) -> str:
    if not value:
        return "0"
    text = str(value)
    if text.isdigit():
        return text
    if value.is_finite() and "E" not in text:
        return text.rstrip("0").rstrip(".") if "." in text else text
    return decimal_text(value.normalize(_EXACT))
