"""Interchanges come in over HTTP, and are found again with all about them."""

from __future__ import annotations

import gzip
import hashlib
import socket
import time
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from structlog.testing import capture_logs

TEXT = b"ISA*00*...~IEA*0*000000001~"


def code(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code
    return str(answer.json()["code"])


def test_a_posted_interchange_gets_a_receipt_and_a_place(house):
    with house.client() as web:
        answer = web.post("/v1/interchanges", content=TEXT)

        assert answer.status_code == 202
        receipt = answer.json()
        assert receipt["id"].startswith("rcp_")
        assert receipt == {
            "id": receipt["id"],
            "sha256": hashlib.sha256(TEXT).hexdigest(),
            "size": len(TEXT),
            "first_seen": True,
            "state": "todo",
        }
        assert answer.headers["location"] == f"/v1/interchanges/{receipt['id']}"
        assert web.get(answer.headers["location"]).json()["state"] == "todo"
        assert web.get(answer.headers["location"] + "/raw").content == TEXT


def test_bytes_of_any_kind_come_back_unchanged_and_streamed(house):
    data = bytes(range(256)) * 8192

    def pieces():
        for start in range(0, len(data), 100_000):
            yield data[start : start + 100_000]

    with house.client() as web:
        answer = web.post("/v1/interchanges", content=pieces())
        raw = web.get(answer.headers["location"] + "/raw")

    assert raw.content == data
    assert raw.headers["content-type"] == "application/octet-stream"
    assert raw.headers["content-length"] == str(len(data))


def test_the_same_idempotency_key_gives_the_same_receipt(house):
    with house.client() as web:
        same = {"Idempotency-Key": "order 4711"}
        first = web.post("/v1/interchanges", content=TEXT, headers=same).json()
        second = web.post("/v1/interchanges", content=TEXT, headers=same).json()

    assert second == {**first, "first_seen": False}


def test_an_idempotency_key_with_other_bytes_is_a_conflict_and_the_bytes_are_kept(
    house,
):
    with house.client() as web:
        same = {"Idempotency-Key": "order 4711"}
        web.post("/v1/interchanges", content=TEXT, headers=same)
        answer = web.post("/v1/interchanges", content=TEXT + b"!", headers=same)
        kept = web.get(answer.headers["location"])

    assert answer.status_code == 409
    assert code(answer) == "WIRE-021"
    assert kept.json()["state"] == "quarantined"


def test_the_same_file_name_with_the_same_bytes_gives_the_same_receipt(house):
    with house.client() as web:
        named = "/v1/interchanges?file_name=po.edi"
        first = web.post(named, content=TEXT).json()
        again = web.post(named, content=TEXT).json()
        other = web.post(named, content=TEXT + b"!").json()

    assert again["id"] == first["id"]
    assert other["id"] != first["id"]


def test_without_a_key_every_post_is_a_delivery_of_its_own(house):
    with house.client() as web:
        first = web.post("/v1/interchanges", content=TEXT).json()
        second = web.post("/v1/interchanges", content=TEXT).json()

    assert first["id"] != second["id"]


def test_concurrent_posts_all_get_receipts_of_their_own(house):
    key = {"Authorization": f"Bearer {house.key()}"}
    address = f"{house.address}/v1/interchanges"

    def post(n: int) -> dict[str, object]:
        answer = httpx.post(address, content=TEXT + b"%d" % n, headers=key, timeout=30)
        assert answer.status_code == 202
        return dict(answer.json())

    with ThreadPoolExecutor(16) as pool:
        receipts = list(pool.map(post, range(64)))

    assert len({receipt["id"] for receipt in receipts}) == 64
    assert len({receipt["sha256"] for receipt in receipts}) == 64


def test_an_empty_body_is_a_problem(house):
    with house.client() as web:
        answer = web.post("/v1/interchanges", content=b"")

    assert answer.status_code == 400
    assert code(answer) == "WIRE-001"


@pytest.mark.parametrize("coding", ["gzip", "X-Gzip", "identity, br"])
def test_a_compressed_body_is_refused_with_what_to_do(house, coding):
    with house.client() as web:
        answer = web.post(
            "/v1/interchanges",
            content=gzip.compress(b"ISA*"),
            headers={"Content-Encoding": coding},
        )
        kept = web.get("/v1/interchanges").json()["items"]

    assert answer.status_code == 415
    assert answer.headers["Accept-Encoding"] == "identity"
    assert code(answer) == "API-019"
    assert kept == []


def test_a_content_encoding_that_changes_nothing_is_let_be(house):
    with house.client() as web:
        answer = web.post(
            "/v1/interchanges", content=b"ISA*", headers={"Content-Encoding": "binary"}
        )

    assert answer.status_code == 202


def test_a_body_that_says_it_is_too_long_is_refused(make_house):
    house = make_house(max_interchange_bytes=1000)
    with house.client() as web:
        assert web.post("/v1/interchanges", content=b"x" * 1000).status_code == 202
        answer = web.post("/v1/interchanges", content=b"x" * 1001)
        kept = web.get("/v1/interchanges").json()["items"]

    assert answer.status_code == 413
    assert code(answer) == "API-012"
    assert len(kept) == 1


def test_a_long_body_that_does_not_say_so_is_refused_with_an_answer(make_house):
    house = make_house(max_interchange_bytes=100_000)

    def endless():
        for _ in range(150):
            yield b"x" * 1000

    with house.client() as web:
        answer = web.post("/v1/interchanges", content=endless())
        kept = web.get("/v1/interchanges").json()["items"]

    assert answer.status_code == 413
    assert code(answer) == "API-012"
    assert kept == []


def test_a_body_that_does_not_end_is_refused_after_a_while(make_house):
    house = make_house(body_timeout_s=0.2)
    port = int(house.address.rsplit(":", 1)[1])
    head = (
        "POST /v1/interchanges HTTP/1.1\r\nHost: gateway\r\n"
        f"Authorization: Bearer {house.key()}\r\nContent-Length: 10\r\n\r\nISA"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=5) as slow:
        slow.sendall(head.encode())
        said = slow.makefile("rb").read()

    assert b" 408 " in said.splitlines()[0]
    assert b"API-015" in said


def test_a_client_that_goes_away_inside_the_body_leaves_nothing(house):
    port = int(house.address.rsplit(":", 1)[1])
    head = (
        "POST /v1/interchanges HTTP/1.1\r\nHost: gateway\r\n"
        f"Authorization: Bearer {house.key()}\r\nContent-Length: 10\r\n\r\nISA"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=5) as gone:
        gone.sendall(head.encode())
    with house.client() as web:
        kept = web.get("/v1/interchanges").json()["items"]

    assert kept == []


def test_what_is_too_much_at_once_is_asked_to_come_again(make_house):
    house = make_house(accept_backlog=1)
    with house.client() as web, house.engine.admit():
        refused = web.post("/v1/interchanges", content=b"ISA")
    with house.client() as web:
        taken = web.post("/v1/interchanges", content=b"ISA")

    assert (refused.status_code, code(refused)) == (503, "API-016")
    assert refused.headers["retry-after"] == "1"
    assert taken.status_code == 202


def test_when_the_store_fails_the_outcome_is_not_known(house):
    with house.engine.db.begin() as tx:
        tx.exec_driver_sql("ALTER TABLE receipt RENAME TO hidden")
    with house.client() as web, capture_logs() as logs:
        answer = web.post("/v1/interchanges", content=b"ISA secret")

    assert answer.status_code == 503
    assert code(answer) == "API-013"
    assert answer.headers["retry-after"] == "5"
    assert "secret" not in str(logs)


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer gw_wrong"}, {"Authorization": "Basic YTpi"}],
)
def test_without_a_good_key_nothing_is_told(house, headers):
    answer = httpx.get(f"{house.address}/v1/orders", headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert code(answer) == "API-010"


def test_nothing_is_read_from_a_body_without_a_good_key(house):
    answer = httpx.post(f"{house.address}/v1/interchanges", content=TEXT)

    assert code(answer) == "API-010"
    with house.client() as web:
        assert web.get("/v1/interchanges").json()["items"] == []


def test_logs_hold_neither_keys_nor_content(house):
    secret = house.key()
    with capture_logs() as logs:
        httpx.post(
            f"{house.address}/v1/interchanges",
            content=b"ISA PO 4711",
            headers={"Authorization": f"Bearer {secret}"},
        )
        until = time.monotonic() + 10
        while len(logs) < 2 and time.monotonic() < until:
            time.sleep(0.01)  # the server tells it once the answer has left

    assert [entry["event"] for entry in logs] == ["http.taken", "http.answered"]
    assert secret not in str(logs)
    assert "4711" not in str(logs)


def test_an_interchange_is_found_by_receipt_and_by_its_own_id(house):
    made = house.book("acme", "4711")
    with house.client() as web:
        by_receipt = web.get(f"/v1/interchanges/{made['receipt']}").json()
        by_id = web.get(f"/v1/interchanges/{made['interchange']}").json()
        raw = web.get(f"/v1/interchanges/{made['interchange']}/raw")

    assert by_id == by_receipt
    assert by_id["state"] == "done"
    assert by_id["interchanges"][0]["control_number"] == "000004711"
    assert [message["id"] for message in by_id["messages"]] == [made["message"]]
    assert [answer["delivery"] for answer in by_id["answers"]] == ["queued"]
    assert by_id["findings"][0]["code"] == "CAT-301"
    assert by_id["findings"][0]["where"] == "PO1-04 (segment 5)"
    assert by_id["cut"] is False
    assert raw.content.endswith(b"4711")


def test_a_message_shows_its_statuses_and_its_bytes(house):
    made = house.book("acme", "4711")
    house.engine.deliver()
    with house.client() as web:
        theirs = web.get(f"/v1/messages/{made['message']}").json()
        ours = web.get("/v1/messages?direction=out").json()["items"][0]
        raw = web.get(f"/v1/messages/{ours['id']}/raw")
        raw_theirs = web.get(f"/v1/messages/{made['message']}/raw")

    assert theirs["validation"] == "accepted"
    assert theirs["direction"] == "in"
    assert ours["delivery"] == "delivered"
    assert raw.content == b"ST*855*0001~"
    assert f'filename="{ours["file_name"]}"' in raw.headers["content-disposition"]
    assert raw_theirs.content.startswith(b"ST*850*0001~")


def test_an_order_is_canonical_json_with_its_decision_and_answers(house):
    made = house.book("acme", "4711")
    with house.client() as web:
        order = web.get(f"/v1/orders/{made['order']}").json()
        answers = web.get(f"/v1/orders/{made['order']}/answers").json()

    assert order["state"] == "held"
    assert order["body"]["schema"] == "order/1"
    assert order["body"]["lines"][0]["quantity"]["value"] == "10"
    assert order["ack"]["type"] == "held"
    assert order["report"] == {"lines": []}
    assert order["lines"][0]["decision"] == "hold"
    assert order["findings"][0]["code"] == "CAT-301"
    assert [b64decode(one["content_base64"]) for one in answers] == [b"ST*855*0001~"]


def test_lists_come_in_parts_newest_first(house):
    for po in range(5):
        house.book("acme", str(po))
    with house.client() as web:
        first = web.get("/v1/orders?limit=2").json()
        second = web.get(f"/v1/orders?limit=2&cursor={first['cursor']}").json()
        third = web.get(f"/v1/orders?limit=2&cursor={second['cursor']}").json()

    parts = [
        [order["po_number"] for order in part["items"]]
        for part in (first, second, third)
    ]
    assert parts == [["4", "3"], ["2", "1"], ["0"]]
    assert third["cursor"] is None


def test_lists_are_narrowed_by_filters(house):
    house.book("acme", "1")
    house.book("globex", "2")
    with house.client() as web:
        by_po = web.get("/v1/orders?po=2").json()["items"]
        by_state = web.get("/v1/orders?state=confirmed").json()["items"]
        by_partner = web.get("/v1/interchanges?partner=acme&state=done").json()["items"]
        inbound = web.get("/v1/messages?direction=in&partner=globex").json()["items"]

    assert [order["po_number"] for order in by_po] == ["2"]
    assert by_state == []
    assert [one["partner_id"] for one in by_partner] == ["acme"]
    assert [one["partner_id"] for one in inbound] == ["globex"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("/v1/orders?limit=501", "API-004"),
        ("/v1/orders?limit=0", "API-004"),
        ("/v1/orders?state=lost", "API-007"),
        ("/v1/interchanges?state=lost", "API-007"),
        ("/v1/messages?direction=up", "API-007"),
    ],
)
def test_a_filter_that_makes_no_sense_is_a_problem(house, query, expected):
    with house.client() as web:
        answer = web.get(query)

    assert answer.status_code == 422
    assert code(answer) == expected


PLACES = [
    "/v1/interchanges/{receipt}",
    "/v1/interchanges/{interchange}",
    "/v1/interchanges/{receipt}/raw",
    "/v1/messages/{message}",
    "/v1/messages/{message}/raw",
    "/v1/orders/{order}",
    "/v1/orders/{order}/answers",
]


@pytest.mark.parametrize("place", PLACES)
def test_a_partner_sees_what_is_its_own(house, place):
    made = house.book("acme", "1")
    with house.client("partner:acme") as web:
        assert web.get(place.format(**made)).status_code == 200


@pytest.mark.parametrize("place", PLACES)
def test_what_is_another_partners_looks_like_nothing(house, place):
    made = house.book("acme", "1")
    with house.client("partner:globex") as web:
        answer = web.get(place.format(**made))

    assert answer.status_code == 404
    assert code(answer) == "API-011"


@pytest.mark.parametrize("lists", ["/v1/interchanges", "/v1/messages", "/v1/orders"])
def test_lists_hold_only_the_partners_own(house, lists):
    house.book("acme", "1")
    house.book("globex", "2")
    with house.client("partner:globex") as web:
        found = web.get(lists).json()["items"]

    assert {one["partner_id"] for one in found} == {"globex"}


@pytest.mark.parametrize("lists", ["/v1/interchanges", "/v1/messages", "/v1/orders"])
def test_asking_for_another_partner_is_refused(house, lists):
    with house.client("partner:globex") as web:
        answer = web.get(f"{lists}?partner=acme")

    assert answer.status_code == 403
    assert code(answer) == "API-014"


def test_posting_for_another_partner_is_refused_and_nothing_is_kept(house):
    with house.client("partner:globex") as web:
        answer = web.post("/v1/interchanges?partner=acme", content=TEXT)

        assert code(answer) == "API-014"
        assert web.get("/v1/interchanges").json()["items"] == []


def test_what_a_partners_key_posts_is_the_partners(house):
    with house.client("partner:globex") as web:
        web.post("/v1/interchanges", content=TEXT)
        (kept,) = web.get("/v1/interchanges").json()["items"]

    assert kept["partner_id"] == "globex"
    assert kept["peer"] == "key of partner:globex"


def test_a_transmission_of_two_partners_is_seen_whole_by_neither(house):
    made = house.book("acme", "1", beside="globex")
    place = f"/v1/interchanges/{made['receipt']}"
    with house.client("partner:acme") as web:
        mine = web.get("/v1/messages").json()["items"]
        hidden = [web.get(place), web.get(f"{place}/raw")]
    with house.client() as web:
        everything = web.get(place).json()

    assert [answer.status_code for answer in hidden] == [404, 404]
    assert {one["partner_id"] for one in mine} == {"acme"}
    assert len(everything["messages"]) == 2
