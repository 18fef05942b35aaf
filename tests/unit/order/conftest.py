"""A small order and its answer, which the tests of this room start from."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from gateway.order import (
    Item,
    LineAck,
    LineQuantity,
    LineStatus,
    Money,
    Order,
    OrderAck,
    OrderLine,
    Party,
    Price,
    Source,
)


@pytest.fixture
def order() -> Order:
    line = OrderLine(
        line_no="1",
        item=Item(supplier_sku="W-1"),
        quantity=LineQuantity(value=Decimal(100), uom_sent="EA"),
        price=Price(amount=Decimal("12.50"), currency="USD"),
        amount=Money(Decimal("1250.00"), "USD"),
        provenance={"price.amount": "PO1-04 (segment 5)"},
    )
    return Order(
        po_number="4500001",
        source=Source(standard="x12", interchange_control="000000001", sender="ACME"),
        issue_date=dt.date(2026, 1, 15),
        currency="USD",
        parties=(Party(role="buyer", id="0012345"), Party(role="ship_to", id="7")),
        lines=(line,),
        provenance={"po_number": "BEG-03 (segment 2)"},
    )


@pytest.fixture
def ack() -> OrderAck:
    line = LineAck(
        line_no="1",
        item=Item(supplier_sku="W-1"),
        quantity=LineQuantity(value=Decimal(100), uom_sent="EA"),
        statuses=(
            LineStatus(kind="accept", quantity=Decimal(60), date=dt.date(2026, 1, 20)),
            LineStatus(kind="backorder", quantity=Decimal(40)),
        ),
    )
    return OrderAck(po_number="4500001", type="accepted_with_changes", lines=(line,))
