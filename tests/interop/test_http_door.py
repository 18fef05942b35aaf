"""A gateway with its server, folders and work in one process, used over HTTP."""

from __future__ import annotations

import secrets
import socket
import threading
import time
from base64 import b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.bootstrap import Gateway
from gateway.config import Settings
from gateway.jobs import run
from gateway.store import keys
from gateway.web.app import create_app
from gateway.web.serve import serve

PARTNER = "st-brendan-health"


@dataclass
class Served:
    """A gateway that runs, and how to stop it."""

    gateway: Gateway
    address: str
    stop: threading.Event
    thread: threading.Thread

    def client(self, scope: str = "all") -> httpx.Client:
        with self.gateway.db.begin() as tx:
            secret = keys.make(tx, "test", scope, datetime.now(UTC))[1]
        bearer = {"Authorization": f"Bearer {secret}"}
        return httpx.Client(base_url=self.address, headers=bearer, timeout=30)


@contextmanager
def serving(home: Path, **settings: Any) -> Iterator[Served]:
    """Serve this home on a loopback port, a free one if none is named."""
    quick: dict[str, Any] = {"poll_interval_s": 0.05, "stable_for_s": 0}
    port = settings.pop("port", 0) or free_port()
    gateway = Gateway(Settings(home=home, **{**quick, **settings}))
    app = create_app(gateway.engine, check=gateway.check, release=gateway.release)
    stop, up = threading.Event(), threading.Event()
    how: dict[str, Any] = {
        "port": port,
        "work": [lambda stop: run(gateway.engine, gateway.pickup, stop)],
        "started": lambda address: up.set(),
    }
    thread = threading.Thread(target=serve, args=(lambda: app, stop), kwargs=how)
    thread.start()
    assert up.wait(20)
    try:
        yield Served(gateway, f"http://127.0.0.1:{port}", stop, thread)
    finally:
        stop.set()
        thread.join(20)
        gateway.close()
        assert not thread.is_alive()


def free_port() -> int:
    """A free loopback port below those that the system hands out itself."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue


@pytest.fixture
def served(home: Path) -> Iterator[Served]:
    """The gateway of ``home``."""
    with serving(home) as one:
        yield one


def settled(web: httpx.Client, place: str) -> dict[str, Any]:
    """The interchange once it is processed and its answers are delivered."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = dict(web.get(place).json())
        unsent = [one for one in found["answers"] if one["delivery"] != "delivered"]
        if found["state"] != "todo" and not unsent:
            return found
        time.sleep(0.05)
    raise AssertionError("it was not processed")


def numbered(order: str, n: int) -> str:
    """The same interchange and order under other numbers."""
    return order.replace("000058200", f"{n:09d}").replace("SBH260115", f"SBH9{n:05d}")


def test_an_order_over_http_is_answered_with_997_and_855(served, order):
    with served.client(f"partner:{PARTNER}") as web:
        posted = web.post("/v1/interchanges", content=order.encode())
        found = settled(web, posted.headers["location"])
        orders = web.get("/v1/orders?po=SBH260115").json()["items"]
        answers = web.get(f"/v1/orders/{orders[0]['id']}/answers").json()
        raw = {
            one["type"]: web.get(f"/v1/messages/{one['id']}/raw").content
            for one in found["answers"]
        }

    assert posted.status_code == 202
    assert found["state"] == "done"
    assert sorted(raw) == ["x12_855", "x12_997"]
    assert raw["x12_997"].startswith(b"ISA|00|")
    assert b"AK9|A|1|1|1" in raw["x12_997"]
    assert [b64decode(one["content_base64"]) for one in answers] == [raw["x12_855"]]
    assert [order["state"] for order in orders] == ["confirmed"]


def test_garbage_is_taken_in_and_lies_in_quarantine_with_findings(served):
    with served.client() as web:
        posted = web.post("/v1/interchanges", content=b"\0\1\2 no interchange")
        found = settled(web, posted.headers["location"])

    assert posted.status_code == 202
    assert found["state"] == "quarantined"
    assert "WIRE-001" in {finding["code"] for finding in found["findings"]}
    assert found["answers"] == []


def test_an_unknown_sender_lies_in_quarantine(served, order):
    strange = order.replace("9254180000", "1111111111").encode()
    with served.client() as web:
        posted = web.post("/v1/interchanges", content=strange)
        found = settled(web, posted.headers["location"])

    assert found["state"] == "quarantined"
    assert found["findings"][0]["code"] == "ENV-020"


def test_another_partners_interchange_is_not_booked_for_the_key(served, order):
    with served.client("partner:somebody") as web:
        posted = web.post("/v1/interchanges", content=order.encode())
        found = settled(web, posted.headers["location"])
        orders = web.get("/v1/orders").json()["items"]

    assert found["state"] == "quarantined"
    assert [finding["code"] for finding in found["findings"]] == ["ENV-083"]
    assert orders == []


def test_the_same_interchange_again_gets_the_same_997_and_no_second_855(served, order):
    with served.client() as web:
        first = web.post("/v1/interchanges", content=order.encode())
        before = settled(web, first.headers["location"])
        again = web.post("/v1/interchanges", content=order.encode())
        after = settled(web, again.headers["location"])
        raw = [
            web.get(f"/v1/messages/{one['id']}/raw").content
            for one in (*before["answers"], *after["answers"])
            if one["type"] == "x12_997"
        ]

    assert first.json()["id"] != again.json()["id"]
    assert [one["type"] for one in after["answers"]] == ["x12_997"]
    assert raw[0] == raw[1]


def test_posts_at_the_same_time_are_all_answered_once(served, order):
    with served.client() as web:

        def post(n: int) -> str:
            sent = web.post("/v1/interchanges", content=numbered(order, n).encode())
            return str(sent.headers["location"])

        with ThreadPoolExecutor(8) as pool:
            places = list(pool.map(post, range(1, 41)))
        states = [settled(web, place)["state"] for place in places]
        orders = web.get("/v1/orders?limit=500").json()["items"]

    assert states == ["done"] * 40
    assert len({order["po_number"] for order in orders}) == len(orders) == 40


def test_a_check_shows_the_answer_and_leaves_no_trace(served, order):
    with served.client() as web:
        answer = web.post("/v1/check", content=order.encode())

        assert answer.status_code == 200
        assert answer.json()
        assert web.get("/v1/interchanges").json()["items"] == []


def test_folders_and_http_are_served_by_the_same_process(served, buyer, order):
    with served.client() as web:
        web.post("/v1/interchanges", content=numbered(order, 1).encode())
        (buyer / "in" / "po.edi").write_text(numbered(order, 2))
        deadline = time.monotonic() + 20
        while len(web.get("/v1/orders").json()["items"]) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        channels = {
            one["channel"] for one in web.get("/v1/interchanges").json()["items"]
        }

    assert channels == {"folder", "http"}


def test_it_stops_within_two_seconds_and_what_waits_is_answered_later(home, order):
    with serving(home) as served, served.client() as web:
        for n in range(1, 31):
            web.post("/v1/interchanges", content=numbered(order, n).encode())
        began = time.monotonic()
        served.stop.set()
        served.thread.join(10)
        took_s = time.monotonic() - began
    with serving(home) as served, served.client() as web:
        kept = web.get("/v1/interchanges?limit=500").json()["items"]
        states = {
            settled(web, f"/v1/interchanges/{one['id']}")["state"] for one in kept
        }

    assert took_s < 2
    assert len(kept) == 30
    assert states == {"done"}
