"""UBL documents written: elements with their prefixes, in the order of the schema."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from gateway.order.money import Money
from gateway.safexml.markup import Content, Node, markup
from gateway.safexml.markup import element as node
from gateway.ubl.names import CAC, CBC, namespace_of

__all__ = ["cac", "cbc", "day", "document", "figure", "measure", "number"]

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def document(name: str, *content: Content) -> bytes:
    """A whole document, in UTF-8, with the usual prefixes."""
    root = Node(
        name,
        (("xmlns", namespace_of(name)), ("xmlns:cac", CAC), ("xmlns:cbc", CBC)),
        node(name, *content).content,
    )
    return (_DECLARATION + markup(root) + "\n").encode()


def cbc(name: str, text: str | None, **attributes: str | None) -> Node | None:
    """A basic element; none without a text, for UBL has no empty ones."""
    words = " ".join((text or "").split())
    return node(f"cbc:{name}", words, **attributes) if words else None


def cac(name: str, *content: Content) -> Node | None:
    """An aggregate; none if nothing is in it."""
    made = node(f"cac:{name}", *content)
    return made if made.content else None


def day(name: str, value: dt.date | None) -> Node | None:
    """A day."""
    return None if value is None else node(f"cbc:{name}", value.isoformat())


def number(value: Decimal) -> str:
    """A number as XML Schema writes it, without zeros that say nothing."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def measure(name: str, value: Decimal | None, unit: str) -> Node | None:
    """A quantity with the unit that it counts in."""
    if value is None:
        return None
    return node(f"cbc:{name}", number(value), unitCode=unit or None)


def figure(name: str, value: Money | None) -> Node | None:
    """An amount with its currency."""
    if value is None:
        return None
    return node(f"cbc:{name}", f"{value.amount:f}", currencyID=value.currency)
