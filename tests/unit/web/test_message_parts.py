from __future__ import annotations

import pytest

from tests.unit.web.conftest import House


def test_a_message_is_given_with_names_as_understood_and_with_its_way(house: House):
    made = house.book("acme", "4711")
    with house.client() as client:
        place = f"/v1/messages/{made['message']}"
        named = client.get(f"{place}/annotated").json()
        understood = client.get(f"{place}/canonical").json()
        trace = client.get(f"{place}/trace").json()

    assert named["type"] == "x12_850"
    assert [one["id"] for one in understood] == [made["order"]]
    assert trace["receipt_id"] == made["receipt"]
    assert trace["orders"] == [made["order"]]
    assert [step["word"] for step in trace["steps"]][:1] == ["received"]


@pytest.mark.parametrize("part", ["annotated", "canonical", "trace"])
def test_parts_of_another_partners_message_are_not_there(house: House, part: str):
    made = house.book("acme", "4711")
    with house.client("partner:beta") as client:
        answer = client.get(f"/v1/messages/{made['message']}/{part}")

    assert answer.status_code == 404
    assert answer.json()["code"] == "API-011"


@pytest.mark.parametrize(
    ("query", "types"),
    [
        ("po=4711&direction=in", ["x12_850"]),
        ("po=4711&direction=out", ["x12_855"]),
        ("control_number=4711", ["x12_850"]),
        ("delivery=queued", ["x12_855"]),
        ("validation=accepted&type=x12_850", ["x12_850"]),
        ("acknowledgement=overdue", []),
        ("code=CAT-301&since=2020-01-01T00:00:00Z", ["x12_850"]),
        ("until=2020-01-01T00:00:00", []),
        ("po=%00", []),
    ],
)
def test_lists_are_filtered_by_the_consoles_names(
    house: House, query: str, types: list[str]
):
    house.book("acme", "4711")
    with house.client() as client:
        answer = client.get(f"/v1/messages?{query}")

    assert [row["type"] for row in answer.json()["items"]] == types


@pytest.mark.parametrize(
    "query", ["validation=x", "direction=up", "since=today", "until=20261122"]
)
def test_a_value_that_a_filter_does_not_have_is_a_problem(house: House, query: str):
    with house.client() as client:
        answer = client.get(f"/v1/messages?{query}")

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
