"""Changes of orders over HTTP: listed, shown line by line, and decided."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.config import Settings
from tests.databases import SQLITE
from tests.starters import ROOT
from tests.unit.engine.house import House
from tests.unit.web.test_again import client

pytestmark = pytest.mark.parametrize("kind", [SQLITE])
X12 = ROOT / "samples" / "x12"


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    made = House(settings, {}, {})
    yield made
    made.close()


def came(house: House, *samples: str) -> str:
    """The id of the last change of these transmissions."""
    for sample in samples:
        house.send((X12 / sample).read_bytes())
        house.work()
    found = client(house).get("/v1/changes").json()["items"]
    return str(found[0]["id"])


def test_a_change_is_listed_and_shown_beside_its_order(house: House):
    id_ = came(house, "order.edi", "change.edi")
    shown = client(house).get(f"/v1/changes/{id_}").json()
    order = client(house).get(f"/v1/orders/{shown['order_id']}").json()
    assert shown["lines"][0]["differs"] == [["quantity", "12 EA", "20 EA"]]
    assert shown["body"]["schema"] == "order_change/1"
    assert [one["id"] for one in order["changes"]] == [id_]
    assert order["lines"][0]["left"] == "20"


def test_a_change_that_waits_is_listed_and_decided(house: House):
    id_ = came(house, "order.edi", "change-third.edi")
    listed = client(house).get("/v1/changes?state=waiting").json()["items"]
    wanted = {"as": "accept", "reason": "they said so"}
    told = client(house).post(f"/v1/changes/{id_}/release", json=wanted).json()
    again = client(house).post(f"/v1/changes/{id_}/release", json=wanted)
    assert [one["id"] for one in listed] == [id_]
    assert (told["state"], told["answers"][0]["type"]) == ("applied", "x12_865")
    assert (again.status_code, again.json()["code"]) == (409, "CHG-001")


def test_a_partner_sees_its_own_changes_only(house: House):
    id_ = came(house, "order.edi", "change.edi")
    theirs = client(house, "partner:globex")
    assert theirs.get("/v1/changes").json()["items"] == []
    assert theirs.get(f"/v1/changes/{id_}").status_code == 404


def test_a_partner_does_not_decide_its_own_change(house: House):
    id_ = came(house, "order.edi", "change-third.edi")
    told = client(house, "partner:acme").post(
        f"/v1/changes/{id_}/release", json={"as": "accept", "reason": "please"}
    )
    assert told.status_code == 403
