"""Shipments over HTTP: handed in, listed, their labels, and only by our own side."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.config import Settings
from tests.unit.engine.test_shipping import PREFIX, Warehouse
from tests.unit.web.test_again import client

HEAD = "shipment,po_number,line_no,quantity,ship_date,carton\n"
ROW = "S-1,4500001201,1,1,2026-12-10,1\n"


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """What the routes do is tested on every database elsewhere."""
    return str(request.param)


@pytest.fixture
def house(settings: Settings) -> Iterator[Warehouse]:
    made = Warehouse(settings.model_copy(update={"gs1_prefix": PREFIX}), {})
    yield made
    made.close()


def test_a_shipment_is_handed_in_listed_and_told(house: Warehouse):
    house.order()
    web = client(house)
    told = web.post("/v1/shipments", content=HEAD + ROW).json()
    listed = web.get("/v1/shipments").json()["items"]
    house.work()
    assert told["state"] == "done"
    assert [one["number"] for one in listed] == ["S-1"]
    assert told["documents"][0]["id"] == listed[0]["id"]
    assert len(house.notices()) == 1


def test_the_same_key_hands_in_once(house: Warehouse):
    house.order()
    web, head = client(house), {"Idempotency-Key": "k1"}
    first = web.post("/v1/shipments", headers=head, content=HEAD + ROW).json()
    again = web.post("/v1/shipments", headers=head, content=HEAD + ROW).json()
    other = web.post("/v1/shipments", headers=head, content=HEAD + ROW + "\n")
    assert first == again
    assert (other.status_code, other.json()["code"]) == (409, "WIRE-021")


def test_the_labels_of_a_shipment_are_a_pdf(house: Warehouse):
    house.order()
    web = client(house)
    told = web.post("/v1/shipments", content=HEAD + ROW).json()
    path = f"/v1/shipments/{told['documents'][0]['id']}/labels"
    labels = web.get(path)
    assert labels.headers["content-type"] == "application/pdf"
    assert labels.content.startswith(b"%PDF-")
    assert client(house, "partner:other").get(path).status_code == 404


def test_what_is_wrong_with_a_shipment_is_the_problem(house: Warehouse):
    house.order()
    row = "S-1,4500001201,1,999,2026-12-10,1\n"
    told = client(house).post("/v1/shipments", content=HEAD + row)
    assert told.json()["code"] == "ERP-009"
    assert told.json()["findings"][0]["where"] == "row 2, quantity"


def test_another_kind_of_file_is_a_problem(house: Warehouse):
    told = client(house).post("/v1/shipments", content="sku,available\nW-1,5\n")
    assert told.json()["code"] == "ERP-001"


def test_a_partner_hands_in_no_shipments(house: Warehouse):
    told = client(house, "partner:acme").post("/v1/shipments", content=HEAD + ROW)
    assert (told.status_code, told.json()["code"]) == (403, "API-014")
