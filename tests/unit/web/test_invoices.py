"""Invoices over HTTP: handed in, listed, and only by our own side."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.config import Settings
from tests.unit.engine.house import House
from tests.unit.web.test_again import client

HEAD = "invoice,invoice_date,po_number,line_no,quantity,price\n"


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """What the routes do is tested on every database elsewhere."""
    return str(request.param)


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    made = House(settings, {}, {})
    yield made
    made.close()


def test_an_invoice_is_handed_in_and_listed(house: House):
    house.order()
    web = client(house)
    row = "INV-1,2026-11-22,4500001201,1,12,84\n"
    told = web.post("/v1/invoices", content=HEAD + row).json()
    listed = web.get("/v1/invoices").json()["items"]
    assert told["state"] == "done"
    assert [one["number"] for one in listed] == ["INV-1"]
    assert told["documents"][0]["id"] == listed[0]["id"]
    assert web.get(f"/v1/invoices/{listed[0]['id']}").json() == listed[0]


def test_an_invoice_of_an_unknown_order_is_a_problem(house: House):
    row = "INV-1,2026-11-22,NONE,1,12,84\n"
    told = client(house).post("/v1/invoices", content=HEAD + row)
    assert told.json()["code"] == "ERP-003"
    assert told.status_code >= 400


def test_a_partner_hands_in_no_invoices(house: House):
    told = client(house, "partner:acme").post("/v1/invoices", content=HEAD)
    assert told.status_code == 403
