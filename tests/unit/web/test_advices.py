"""What partners said of our documents, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.config import Settings
from tests.unit.engine.test_advices import Office
from tests.unit.web.test_again import client


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """What the routes do is tested on every database elsewhere."""
    return str(request.param)


@pytest.fixture
def office(settings: Settings) -> Iterator[Office]:
    made = Office(settings)
    made.bill()
    made.came("x12_820/short-paid")
    made.came("x12_864/text", "000002002")
    yield made
    made.close()


def test_advices_are_listed_and_shown(office: Office):
    web = client(office)
    both = web.get("/v1/advices").json()["items"]
    (paid,) = web.get("/v1/advices?kind=remittance").json()["items"]
    shown = web.get(f"/v1/advices/{paid['id']}").json()
    assert [one["kind"] for one in both] == ["text", "remittance"]
    assert shown["body"]["schema"] == "advice/1"
    assert [found["code"] for found in shown["findings"]] == ["ACC-101"]
    assert [one["state"] for one in shown["said"]] == ["short_paid"]
    assert web.get("/v1/advices/adv_1").status_code == 404


def test_an_invoice_and_its_order_say_what_was_paid(office: Office):
    web = client(office)
    (invoice,) = web.get("/v1/invoices").json()["items"]
    (order,) = web.get("/v1/orders").json()["items"]
    said = web.get(f"/v1/invoices/{invoice['id']}").json()["said"]
    assert [(one["paid"], one["currency"]) for one in said] == [("1407", "USD")]
    assert web.get(f"/v1/orders/{order['id']}").json()["said"] == said


def test_a_partner_sees_its_own_advices_only(office: Office):
    assert client(office, "partner:st-brendan-health").get("/v1/advices").json() == {
        "items": [],
        "cursor": None,
    }
