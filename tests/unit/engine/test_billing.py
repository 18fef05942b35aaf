"""Invoices of the ERP through a whole gateway: booked, told, asked for again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gateway.config import Settings
from gateway.engine.handing import Hand, HandedIn, hand_in
from tests.unit.engine.house import House, segments

HEAD = "invoice,kind,invoice_date,po_number,line_no,quantity,price,total\n"
WHOLE = "INV-1,,2026-11-22,4500001201,1,12,84,1507\nINV-1,,,4500001201,2,20,24.95,\n"
SHIPPED = (
    "shipment,ship_date,po_number,line_no,quantity\n"
    "S1,2026-11-22,4500001201,1,12\nS1,2026-11-22,4500001201,2,20\n"
)


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    made = House(settings, {}, {})
    sends = [
        {"message": "x12_855", "version": "004010", "channel": "drop"},
        {"message": "x12_810", "version": "004010", "channel": "drop"},
    ]
    made.facts["sends"] = sends
    made.profile()
    yield made
    made.close()


def handed(house: House, text: str, kind: Any = "invoices") -> HandedIn:
    hand = Hand(name=f"{kind}.csv", by="test")
    came = hand_in(house.gateway.engine, kind, text.encode(), hand, house.now)
    assert isinstance(came, HandedIn)
    house.work()
    return came


def sent(house: House) -> list[str]:
    """The 810s that lie in the partner's folder."""
    out = house.home / "partners" / "acme" / "out"
    return [path.read_text() for path in sorted(out.glob("x12_810_*"))]


def test_an_invoice_leaves_as_an_810_and_its_order_is_invoiced(house: House):
    house.order()
    handed(house, SHIPPED, "shipments")
    came = handed(house, HEAD + WHOLE)
    (message,) = sent(house)
    assert came.findings == ()
    assert segments(message, "TDS") == ["TDS*150700"]
    assert house.orders()[0].order.state == "invoiced"


def test_the_same_invoice_again_sends_nothing(house: House):
    house.order()
    handed(house, HEAD + WHOLE)
    again = handed(house, HEAD + WHOLE + "\n")
    assert len(sent(house)) == 1
    assert {one.code for one in again.findings} == {"ERP-008"}


def test_what_was_credited_may_be_billed_again(house: House):
    house.order()
    handed(house, HEAD + WHOLE)
    handed(house, HEAD + "CR-1,credit_note,2026-11-23,4500001201,1,12,84,\n")
    again = handed(house, HEAD + "INV-2,,2026-11-24,4500001201,1,12,84,\n")
    assert again.findings == ()
    numbers = {segments(one, "BIG")[0].split("*")[2] for one in sent(house)}
    assert numbers == {"INV-1", "CR-1", "INV-2"}


def test_a_credit_of_more_than_was_billed_is_refused(house: House):
    house.order()
    came = handed(house, HEAD + "CR-1,credit_note,2026-11-23,4500001201,1,1,84,\n")
    found = {(one.code, one.where.path) for one in came.findings}
    assert found == {("ERP-032", "row 2, quantity")}
    assert sent(house) == []
