"""Held orders are released over HTTP, and interchanges are checked without a trace."""

from __future__ import annotations

import pytest

from gateway.findings import Finding
from gateway.store import keys
from tests.unit.web.conftest import NOW


def test_a_release_is_asked_for_in_full_and_shows_the_order_after(house):
    made = house.book("acme", "4711")
    wanted = {"as": "accept", "lines": ["1"], "reason": "agreed by phone"}
    with house.client() as web:
        answer = web.post(f"/v1/orders/{made['order']}/release", json=wanted)

    assert answer.status_code == 200
    assert answer.json()["po_number"] == "4711"
    assert house.asked == [
        (made["order"], "accept", ("1",), "agreed by phone", "key of all")
    ]


def test_a_release_may_name_the_version_that_was_read(house):
    made = house.book("acme", "4711")
    wanted = {"as": "accept", "reason": "agreed", "version": 3}
    with house.client() as web:
        web.post(f"/v1/orders/{made['order']}/release", json=wanted)
    assert house.asked[0][-1] == 3


def test_what_speaks_against_a_release_is_a_problem(house):
    made = house.book("acme", "4711")
    house.against = (Finding.of("CHG-001", "the order is shipped"),)
    with house.client() as web:
        answer = web.post(
            f"/v1/orders/{made['order']}/release",
            json={"as": "accept", "reason": "agreed"},
        )

    assert answer.status_code == 409
    assert answer.json()["code"] == "CHG-001"


def test_another_partners_order_cannot_be_released(house):
    made = house.book("acme", "4711")
    with house.client("partner:globex") as web:
        answer = web.post(
            f"/v1/orders/{made['order']}/release",
            json={"as": "accept", "reason": "agreed"},
        )

    assert answer.status_code == 404
    assert house.asked == []


def test_a_partner_does_not_release_its_own_order(house):
    made = house.book("acme", "4711")
    with house.client("partner:acme") as web:
        answer = web.post(
            f"/v1/orders/{made['order']}/release",
            json={"as": "accept", "reason": "we agree with ourselves"},
        )

    assert (answer.status_code, answer.json()["code"]) == (403, "API-014")
    assert house.asked == []


@pytest.mark.parametrize(
    ("wanted", "code", "where"),
    [
        ({"as": "maybe", "reason": "x"}, "API-007", "/as"),
        ({"as": "accept"}, "API-005", "/reason"),
        ({"as": "accept", "reason": " "}, "API-004", "/reason"),
        ({"as": "accept", "reason": "x", "line": "1"}, "API-003", "/line"),
    ],
)
def test_a_release_that_is_not_clear_is_a_problem(house, wanted, code, where):
    made = house.book("acme", "4711")
    with house.client() as web:
        answer = web.post(f"/v1/orders/{made['order']}/release", json=wanted)

    assert answer.status_code == 422
    (found,) = answer.json()["findings"]
    assert (found["code"], found["where"]) == (code, where)
    assert house.asked == []


@pytest.mark.parametrize("content", [b"{}", b'{"as": ', b"[]", b"\xff"])
@pytest.mark.parametrize("place", ["orders/{order}", "changes/chg_1", "orders/ord_1"])
def test_who_may_not_release_hears_that_and_not_what_is_wrong(house, content, place):
    made = house.book("acme", "4711")
    path = f"/v1/{place}/release".format(**made)
    json = {"Content-Type": "application/json"}
    with house.client("partner:acme") as web:
        theirs = web.post(path, content=content, headers=json)
        nobody = web.post(path, content=content, headers=json | {"Authorization": ""})
    with house.engine.db.begin() as tx:
        reads = keys.make(tx, "reads", "all", NOW, rights=["read"])[1]
    with house.client() as web:
        ours = web.post(
            path, content=content, headers=json | {"Authorization": f"Bearer {reads}"}
        )

    found = [(one.status_code, one.json()["code"]) for one in (theirs, nobody, ours)]
    assert found == [(403, "API-014"), (401, "API-010"), (403, "API-025")]


def test_what_our_side_alone_hands_in_is_not_judged_for_a_partner(house):
    json = {"Content-Type": "application/json"}
    with house.client("partner:acme") as web:
        for path in ("punchout/handover", "punchout/sessions/ses_1/cart"):
            answer = web.post(f"/v1/{path}", content=b"{", headers=json)
            assert answer.status_code == 403
        wrong = web.post("/v1/messages/msg_1/resend", content=b"{", headers=json)
    assert wrong.status_code == 400


def test_a_check_answers_and_keeps_nothing(house):
    with house.client() as web:
        answer = web.post("/v1/check?partner=acme", content=b"ISA")

        assert answer.json() == {"findings": [], "size": 3}
        assert web.get("/v1/interchanges").json()["items"] == []
    assert house.asked == [(b"ISA", "acme")]


def test_a_check_with_a_partners_key_is_as_that_partner(house):
    with house.client("partner:globex") as web:
        web.post("/v1/check", content=b"ISA")

        assert web.post("/v1/check?partner=acme", content=b"ISA").status_code == 403
    assert house.asked == [(b"ISA", "globex")]


def test_a_check_takes_no_more_than_one_message_may_have(make_house):
    house = make_house(max_message_bytes=100)
    with house.client() as web:
        answer = web.post("/v1/check", content=b"x" * 101)

    assert answer.status_code == 413
    assert answer.json()["code"] == "API-012"
