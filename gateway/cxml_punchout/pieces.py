"""Small elements that many documents hold: money, quantities, texts, references."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from gateway.cxml_punchout.stamps import write_stamp
from gateway.findings import Findings, Where
from gateway.order.money import Money
from gateway.safexml import Element, path_of
from gateway.safexml.markup import Node, element

__all__ = [
    "OrderRef",
    "amount",
    "comments",
    "described",
    "document_reference",
    "extrinsics",
    "id_references",
    "number",
    "on",
    "read_number",
    "text",
    "uom",
]

_NUMBER = re.compile(r"[0-9]{1,18}(?:\.[0-9]{0,9})?|\.[0-9]{1,9}")


def number(value: Decimal) -> str:
    """A decimal as cXML has it: digits, one point, no exponent."""
    return f"{value:f}"


def amount(name: str, money: Money | None) -> Node | None:
    """``Total``, ``UnitPrice`` or another element around a Money."""
    if money is None:
        return None
    return element(
        name, element("Money", number(money.amount), currency=money.currency)
    )


def described(
    name: str, money: Money | None, said: str, language: str = "en"
) -> Node | None:
    """``Tax`` or ``Shipping``: an amount and what it is."""
    node = amount(name, money)
    if node is None:
        return None
    return element(name, *node.content, element("Description", said, lang=language))


def text(name: str, said: str, language: str = "en") -> Node | None:
    """A text in a language: Description, Comments, ServiceLevel; none where empty."""
    return element(name, said, lang=language) if said else None


def comments(said: Iterable[str], language: str = "en") -> Iterable[Node | None]:
    """A Comments for each text."""
    return (text("Comments", one, language) for one in said)


def uom(code: str) -> Node:
    """UnitOfMeasure, by UN/CEFACT Rec 20 or as agreed."""
    return element("UnitOfMeasure", code)


def read_number(sent: str, of: Element, found: Findings) -> Decimal | None:
    """A quantity or amount that was sent; one that is no plain decimal is CXM-052."""
    if _NUMBER.fullmatch(sent):
        return Decimal(sent)
    found.add(
        "CXM-052", f"{sent[:40]!r} is no number", Where(path=path_of(of)), sent[:40]
    )
    return None


def on(when: dt.datetime | dt.date | None) -> str | None:
    """A time or a day, as an attribute; a day is its noon in UTC.

    A mere day is no time to strict readers, and its noon is the same day nearly
    everywhere.
    """
    if when is None:
        return None
    if isinstance(when, dt.datetime):
        return write_stamp(when)
    return write_stamp(dt.datetime.combine(when, dt.time(12, tzinfo=dt.UTC)))


def document_reference(payload_id: str) -> Node | None:
    """The document that is meant, by its payloadID."""
    if not payload_id:
        return None
    return element("DocumentReference", payloadID=payload_id)


def extrinsics(pairs: Iterable[tuple[str, str]]) -> Iterable[Node]:
    """Name and value of each Extrinsic."""
    return (element("Extrinsic", value, name=name) for name, value in pairs)


def id_references(pairs: Iterable[tuple[str, str]]) -> Iterable[Node]:
    """Domain and identifier of each IdReference that has both."""
    return (
        element("IdReference", identifier=one, domain=domain)
        for domain, one in pairs
        if domain and one
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRef:
    """The order that a document is about, as its OrderRequest named it."""

    payload_id: str
    order_id: str = ""
    order_date: dt.datetime | dt.date | None = None

    def node(self) -> Node:
        """OrderReference."""
        return element(
            "OrderReference",
            Node("DocumentReference", (("payloadID", self.payload_id),)),
            orderID=self.order_id,
            orderDate=on(self.order_date),
        )

    def by_number(self) -> Node:
        """OrderIDInfo: the order by its number alone, where its document is unknown."""
        return element(
            "OrderIDInfo", orderID=self.order_id, orderDate=on(self.order_date)
        )
