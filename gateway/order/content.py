"""What an order says, apart from how it came and what became of it."""

from __future__ import annotations

import decimal
import hashlib
from dataclasses import fields
from decimal import Decimal

from gateway.order.advice import Advice
from gateway.order.change import Cancel, Change, OrderChange
from gateway.order.item import NO_ITEM, LineQuantity
from gateway.order.model import Order, OrderLine
from gateway.order.write import Omit, converter, decimal_text, dumps, json_text
from gateway.values import values_of

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
    head = sorted(converter(Order, _shortest, _HEAD)(order).items())
    said = head, [_plain(line) or _named(line) for line in order.lines]
    return hashlib.sha256(json_text(said).encode()).hexdigest()


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
    text = str(value)
    if text.isdigit():
        return text
    if not value:
        return "0"
    if value.is_finite() and "E" not in text:
        return text.rstrip("0").rstrip(".") if "." in text else text
    return decimal_text(value.normalize(_EXACT))


_HEAD: Omit = _APART | {(Order, "lines")}
_NAMES = [field.name for field in fields(OrderLine)]
_MORE = slice(_NAMES.index("price") + 1, _NAMES.index("extensions"))
_NOTHING = values_of(
    OrderLine(line_no="", item=NO_ITEM, quantity=LineQuantity(value=Decimal(0)))
)[_MORE]
assert _NAMES[: _MORE.start] == ["line_no", "item", "quantity", "price"]
assert all((OrderLine, name) in _APART for name in _NAMES[_MORE.stop + 1 :])


def _plain(line: OrderLine) -> tuple[object, ...] | None:
    """A line of an item, a quantity, a price and extensions alone, else nothing.

    Most lines are such. Their values stand in a fixed order, which takes a fifth of
    the time of naming them. What such a line says, no line that is named says too.
    """
    if values_of(line)[_MORE] != _NOTHING:
        return None
    amount, currency, basis_qty, basis_uom, basis_factor, *of_price = values_of(
        line.price
    )
    if basis_factor is not None:
        return None
    return (
        line.line_no,
        values_of(line.item),
        _shortest(line.quantity.value),
        line.quantity.uom_sent,
        None if amount is None else _shortest(amount),
        currency,
        _shortest(basis_qty),
        basis_uom,
        of_price,
        line.extensions,
    )


def _named(line: OrderLine) -> dict[str, object]:
    return converter(OrderLine, _shortest, _APART)(line)
