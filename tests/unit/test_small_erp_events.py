"""The small ERP's receiver of events takes what is genuine, and each event once."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import HTTPServer
from types import ModuleType

import httpx
import pytest
import standardwebhooks

from gateway.store.webhooks import new_secret
from tests.starters import ROOT

BODY = (
    '{"id": "evt_1", "type": "order.held", "subject": "ord_1",'
    ' "data": {"po_number": "4711"}}'
)
SECRET = new_secret()
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def receiver() -> ModuleType:
    path = ROOT / "samples" / "erp" / "events.py"
    spec = importlib.util.spec_from_file_location("small_erp_events", path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    made.Receiver.secret = SECRET
    return made


def headers(at: datetime, secret: str = SECRET) -> dict[str, str]:
    signed = standardwebhooks.Webhook(secret).sign("evt_1", at, BODY)
    return {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": f"v1,bm90aGluZw== {signed}",
    }


def test_it_believes_what_the_library_of_the_standard_signs(receiver: ModuleType):
    now = NOW.timestamp()
    body = BODY.encode()
    old, other = NOW - timedelta(minutes=6), new_secret()
    assert receiver.is_genuine(SECRET, headers(NOW), body, now)
    assert not receiver.is_genuine(SECRET, headers(NOW), body + b" ", now)
    assert not receiver.is_genuine(SECRET, headers(old), body, now)
    assert not receiver.is_genuine(SECRET, headers(NOW, other), body, now)
    assert not receiver.is_genuine(SECRET, {}, body, now)


@pytest.fixture
def address(receiver: ModuleType) -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), receiver.Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_an_event_that_comes_twice_is_told_once(
    address: str, capsys: pytest.CaptureFixture[str]
):
    sent = headers(datetime.now(UTC))
    for _ in range(2):
        answer = httpx.post(address, content=BODY.encode(), headers=sent)
        assert answer.status_code == 204
    assert capsys.readouterr().out == "order.held 4711\n"


def test_a_stranger_is_refused(address: str):
    assert httpx.post(address, content=BODY.encode()).status_code == 401
