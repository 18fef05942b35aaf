"""The short way writes a line as the long one does, or leaves it to that."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from gateway.edi.x12.writer import COMMON
from gateway.mappers.parts.fit import Fit
from gateway.mappers.parts.x12_answer_line import line_rows, plain_rows
from gateway.order.ack import LineAck, LineStatus
from gateway.order.item import Item, LineQuantity, Price
from gateway.order.party import Note
from gateway.values import changed

STATUS = LineStatus(kind="accept", quantity=Decimal("12.5"), uom="EA")
LINE = LineAck(
    line_no="7",
    item=Item(supplier_sku="W-1", buyer_part="B1", gtin="4012345678901"),
    quantity=LineQuantity(value=Decimal("12.5"), uom_sent="EA"),
    price=Price(amount=Decimal("10.50"), basis_sent="PE"),
    statuses=(STATUS,),
)


def _status(**fields: object) -> LineAck:
    return changed(LINE, statuses=(changed(STATUS, **fields),))


@pytest.mark.parametrize(
    "line",
    [
        LINE,
        changed(LINE, price=Price()),
        changed(LINE, price=Price(amount=Decimal("0.5"))),
        _status(kind="change_quantity", quantity=Decimal(3)),
        _status(uom=""),
    ],
)
def test_a_plain_line_is_written_as_by_the_long_way(line: LineAck):
    rows = plain_rows(Fit(COMMON), line, None, {})
    assert rows == tuple(line_rows(Fit(COMMON), line, None, None))


@pytest.mark.parametrize(
    "line",
    [
        changed(LINE, line_no=""),
        changed(LINE, line_no="1" * 21),
        changed(LINE, line_no="7 "),
        changed(LINE, item=Item()),
        changed(LINE, item=Item(supplier_sku="W*1")),
        changed(LINE, item=Item(supplier_sku="Ü1")),
        changed(LINE, item=Item(supplier_sku="W" * 49)),
        changed(LINE, quantity=LineQuantity(value=Decimal(1), uom_sent="KGM")),
        changed(LINE, quantity=LineQuantity(value=Decimal("1E+20"), uom_sent="EA")),
        changed(LINE, price=Price(amount=Decimal(-1))),
        changed(LINE, price=Price(amount=Decimal(5), basis_qty=Decimal(100))),
        changed(LINE, price=Price(amount=Decimal(5), basis_sent="PER")),
        changed(LINE, notes=(Note(text="careful"),)),
        changed(LINE, statuses=()),
        changed(LINE, statuses=(STATUS, STATUS)),
        _status(kind="hold"),
        _status(note="late"),
        _status(uom="BX"),
        _status(date=dt.date(2026, 11, 30)),
        _status(substitute=Item(supplier_sku="W-2")),
        _status(price=Price(amount=Decimal(9))),
        _status(quantity=Decimal("-1")),
    ],
)
def test_any_other_line_is_left_to_the_long_way(line: LineAck):
    assert plain_rows(Fit(COMMON), line, None, {}) is None


def test_a_profiles_own_code_is_written():
    rows = plain_rows(Fit(COMMON), LINE, None, {"accept": "AC"})
    assert rows is not None
    assert rows[1] == ("ACK", "AC", "12.5", "EA")
