"""Resend, reissue, reprocess and conflicts over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from gateway.config import Settings
from gateway.partner.alerts import AlertKind
from gateway.store import keys
from gateway.store.alerts import row_of
from gateway.store.sql import insert_all
from gateway.store.tables import alert
from gateway.web.app import create_app
from tests.unit.engine.house import SAMPLES, House

GOOD = (SAMPLES / "good-small.edi").read_text()


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """What the routes do is tested on every database elsewhere."""
    return str(request.param)


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    made = House(settings, {}, {})
    yield made
    made.close()


class Web:
    """Asks the app as a caller with a key would."""

    def __init__(self, app: FastAPI, secret: str) -> None:
        self._app = app
        self._head = {"Authorization": f"Bearer {secret}"}

    def get(self, path: str) -> httpx.Response:
        return asyncio.run(self._ask("GET", path))

    def post(self, path: str, **more: Any) -> httpx.Response:
        return asyncio.run(self._ask("POST", path, **more))

    async def _ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        way = httpx.ASGITransport(app=self._app)
        async with httpx.AsyncClient(transport=way, base_url="http://here") as client:
            head = self._head | (headers or {})
            return await client.request(method, path, headers=head, **more)


def client(house: House, scope: str = "all") -> Web:
    gateway = house.gateway
    app = create_app(
        gateway.engine,
        check=gateway.check,
        release=gateway.release,
        explain=gateway.explain,
        actions=gateway,
        clock=gateway.clock,
    )
    with gateway.db.begin() as tx:
        secret = keys.make(tx, "desk", scope, house.now)[1]
    return Web(app, secret)


def answer_of(house: House) -> str:
    """The 855 of a good order."""
    (answer,) = house.order().answers
    return answer.id


def unsent(house: House) -> str:
    """The 855 of a good order that has not left yet."""
    house.send(GOOD.encode())
    house.gateway.engine.process()
    (answer,) = house.orders()[0].answers
    return answer.id


def test_a_message_is_resent_once_for_a_key(house: House):
    path = f"/v1/messages/{answer_of(house)}/resend"
    web = client(house)
    head = {"Idempotency-Key": "k1"}
    first = web.post(path, json={"reason": "lost"}, headers=head)
    again = web.post(path, json={"reason": "lost"}, headers=head)
    other = web.post(path, json={"reason": "lost"})
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json() != other.json()


def test_a_reissue_names_what_it_replaces(house: House):
    message = answer_of(house)
    web = client(house)
    made = web.post(f"/v1/messages/{message}/reissue", json={"reason": "wrong"}).json()
    shown = web.get(f"/v1/messages/{made['id']}").json()
    assert shown["replaces"] == message


@pytest.mark.parametrize("action", ["resend", "reissue", "reprocess"])
def test_every_action_wants_a_reason(house: House, action: str):
    path = f"/v1/messages/{answer_of(house)}/{action}"
    assert client(house).post(path, json={}).status_code == 422


@pytest.mark.parametrize("action", ["resend", "reissue", "reprocess"])
def test_what_is_anothers_is_not_there(house: House, action: str):
    path = f"/v1/messages/{answer_of(house)}/{action}"
    answer = client(house, "partner:other").post(path, json={"reason": "x"})
    assert (answer.status_code, answer.json()["code"]) == (404, "API-011")


def test_reprocess_shows_what_differs_and_does_nothing(house: House):
    order = house.order().order
    path = f"/v1/interchanges/{order.receipt_id}/reprocess"
    answer = client(house).post(path, json={"reason": "new profile"}).json()
    assert (answer["changed"], answer["applied"]) == (0, False)
    message = f"/v1/messages/{order.message_id}/reprocess"
    assert client(house).post(message, json={"reason": "x"}).json() == answer


@pytest.mark.parametrize("apply", [0, 1, "true", None])
def test_only_true_and_false_say_whether_it_is_done(house: House, apply: object):
    order = house.order().order
    path = f"/v1/interchanges/{order.receipt_id}/reprocess"
    answer = client(house).post(path, json={"reason": "x", "apply": apply})
    assert (answer.status_code, answer.json()["code"]) == (422, "API-004")
    assert "valid boolean" in answer.json()["detail"]


def test_a_conflict_is_decided(house: House):
    house.order()
    other = house.send(GOOD.replace("*1*12*EA", "*1*24*EA").encode())
    house.work()
    web = client(house)
    path = f"/v1/interchanges/{other}/release"
    wanted = {"as": "reject", "reason": "a mistake of theirs"}
    assert web.post(path, json=wanted).json()["state"] == "refused"
    late = web.post(path, json=wanted)
    assert (late.status_code, late.json()["code"]) == (409, "CHG-011")


@pytest.mark.parametrize(
    ("action", "wanted"),
    [("reissue", {}), ("skip", {}), ("reprocess", {"apply": True})],
)
def test_what_our_own_side_decides_is_not_for_a_partners_key(
    house: House, action: str, wanted: dict[str, object]
):
    path = f"/v1/messages/{answer_of(house)}/{action}"
    web = client(house, "partner:acme")
    answer = web.post(path, json={"reason": "x", **wanted})
    assert (answer.status_code, answer.json()["code"]) == (403, "API-014")


def test_a_partner_does_not_decide_its_own_conflict(house: House):
    house.order()
    other = house.send(GOOD.replace("*1*12*EA", "*1*24*EA").encode())
    house.work()
    answer = client(house, "partner:acme").post(
        f"/v1/interchanges/{other}/release",
        json={"as": "new", "reason": "believe us"},
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "API-014")


def test_files_of_the_erp_are_not_for_a_partners_key(house: House):
    house.profile_erp(orders=["json"])
    order = house.order()
    (handed,) = order.handed
    house.csv("c.csv", {"order_id": order.order.id, "decision": "accept"})
    ours, theirs = client(house), client(house, "partner:acme")
    assert ours.get(f"/v1/messages/{handed.id}").status_code == 200
    assert theirs.get(f"/v1/messages/{handed.id}").status_code == 404
    for web, most in ((ours, 1), (theirs, 0)):
        kinds = [row["type"] for row in web.get("/v1/messages").json()["items"]]
        assert kinds.count("erp_order_json") == most
        doors = [r["channel"] for r in web.get("/v1/interchanges").json()["items"]]
        assert doors.count("erp") == most


def test_a_shipment_is_seen_with_its_order(house: House):
    order = house.order()
    line = order.lines[0]
    house.csv(
        "s.csv",
        {
            "shipment": "S-1",
            "order_id": order.order.id,
            "line_no": line.line_no,
            "quantity": "1",
            "ship_date": "2026-11-24",
        },
    )
    web = client(house)
    (shipped,) = web.get(f"/v1/orders/{order.order.id}").json()["shipments"]
    assert shipped["body"]["schema"] == "ship_notice/1"
    assert web.get(f"/v1/shipments/{shipped['id']}").json() == shipped
    assert web.get(f"/v1/invoices/{shipped['id']}").status_code == 404


def test_a_message_that_has_not_left_is_skipped_once_for_a_key(house: House):
    web, path = client(house), f"/v1/messages/{unsent(house)}/skip"
    head = {"Idempotency-Key": "k1"}
    why = {"reason": "they closed the mailbox"}
    first = web.post(path, headers=head, json=why)
    again = web.post(path, headers=head, json=why)

    assert (first.status_code, first.json()["delivery"]) == (200, "cancelled")
    assert (again.status_code, again.json()["delivery"]) == (200, "cancelled")


def test_a_message_that_has_left_cannot_be_skipped(house: House):
    path = f"/v1/messages/{answer_of(house)}/skip"
    answer = client(house).post(path, json={"reason": "too late"})

    assert (answer.status_code, answer.json()["code"]) == (409, "CHG-010")


def test_another_partners_message_cannot_be_skipped(house: House):
    path = f"/v1/messages/{unsent(house)}/skip"
    answer = client(house, "partner:other").post(path, json={"reason": "mine"})

    assert (answer.status_code, answer.json()["code"]) == (404, "API-011")


def test_alerts_are_listed_newest_first_part_by_part(house: House):
    with house.gateway.db.begin() as tx:
        for kind in (AlertKind.HELD, AlertKind.FAILED, AlertKind.FAILED):
            row = row_of("acme", kind, "CAT-301", "9.50, not 9.00", "ord_1", house.now)
            insert_all(tx, alert, [row])
    web = client(house)
    first = web.get("/v1/alerts?limit=2").json()
    rest = web.get(f"/v1/alerts?limit=2&cursor={first['cursor']}").json()
    failed = web.get("/v1/alerts?kind=failed&partner=acme").json()

    assert [one["kind"] for one in first["items"]] == ["failed", "failed"]
    assert ([one["kind"] for one in rest["items"]], rest["cursor"]) == (["held"], None)
    assert [one["ref"] for one in failed["items"]] == ["ord_1", "ord_1"]
    assert web.get("/v1/alerts?partner=other").json()["items"] == []


def test_clocks_are_shown_to_operators_only(house: House):
    told = client(house).get("/v1/sla?since=2026-11-01&partner=acme").json()
    assert told["since"] == "2026-11-01T00:00:00Z"
    assert {one["clock"] for one in told["clocks"]} == {"order_answer", "change_answer"}
    refused = client(house, "partner:acme").get("/v1/sla")
    assert (refused.status_code, refused.json()["code"]) == (403, "API-014")


def test_a_partners_key_sees_no_alerts(house: House):
    answer = client(house, "partner:acme").get("/v1/alerts")

    assert (answer.status_code, answer.json()["code"]) == (403, "API-014")
