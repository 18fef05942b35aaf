"""A running gateway tells of a held order by mail and by webhook."""

from __future__ import annotations

import base64
import contextlib
import email
import email.policy
import hashlib
import hmac
import json
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiosmtpd.controller import Controller

from gateway.bootstrap import Gateway
from gateway.catalog.importing import read_csv
from gateway.config import Settings, Webhook
from gateway.pipeline.ports import Inbound, InMemory
from gateway.store import catalog, profiles, queries
from gateway.store.database import Database
from gateway.store.shared_time import utc_now
from tests.listening import listening
from tests.starters import FOLDER, texts, to_come

HELD = "case-ship-to-unknown.edi"
KEY = secrets.token_bytes(32)
PATIENCE_S = 60.0


class Pager:
    """A webhook that is broken twice, and believes only in right signatures."""

    def __init__(self) -> None:
        self.tries: list[str] = []
        self.got: list[dict[str, Any]] = []

    def answer(self, headers: dict[str, str], body: bytes) -> int:
        id_, at = headers["webhook-id"], headers["webhook-timestamp"]
        signed = f"{id_}.{at}.".encode() + body
        mac = base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256)).decode()
        if f"v1,{mac}" not in headers["webhook-signature"].split():
            return 401
        if abs(time.time() - int(at)) > 300:
            return 400
        self.tries.append(id_)
        if len(self.tries) < 3:
            return 500
        self.got.append(json.loads(body))
        return 204


class Mailbox:
    """A mail server that is busy once."""

    def __init__(self) -> None:
        self.tries = 0
        self.got: list[tuple[list[str], bytes]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.tries += 1
        if self.tries == 1:
            return "451 come back later"
        self.got.append((envelope.rcpt_tos, envelope.content))
        return "250 taken"


@pytest.fixture
def pager() -> Iterator[tuple[Pager, str]]:
    made = Pager()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(made.answer(headers, body))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with listening(Door) as address:
        yield made, f"{address}/edi"


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            break
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    yield box, port
    server.stop()


@pytest.fixture
def gateway(
    tmp_path: Path, pager: tuple[Pager, str], mailbox: tuple[Mailbox, int]
) -> Iterator[Gateway]:
    hook = {"url": pager[1], "secret": "whsec_" + base64.b64encode(KEY).decode()}
    settings = Settings(
        home=tmp_path / "home",
        poll_interval_s=0.05,
        deliver_retry_s=0.2,
        alert_group_s=0.0,
        webhooks={"pager": Webhook.model_validate(hook)},
        smtp_host="127.0.0.1",
        smtp_port=mailbox[1],
        smtp_security="none",
        smtp_from="gateway@house.example",
    )
    prepare(settings)
    made = Gateway(settings)
    stop = threading.Event()
    work = threading.Thread(target=made.engine.run, args=(stop,))
    work.start()
    yield made
    stop.set()
    work.join()
    made.close()


def prepare(settings: Settings) -> None:
    facts = texts(FOLDER / "acme" / "profile.yaml")
    facts["alerts"] = [{"on": "held", "to": ["desk@house.example", "pager"]}]
    db = Database.open(settings)
    db.migrate()
    with db.begin() as tx:
        profiles.apply(tx, "acme", yaml.safe_dump(facts), utc_now())
    prices = read_csv((FOLDER / "acme" / "catalog.csv").read_text(), "catalog.csv")
    catalog.save(db, "acme", prices, utc_now())
    db.close()


def wait_for(it: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not it():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.05)


def test_a_held_order_is_told_by_mail_and_webhook(
    gateway: Gateway, pager: tuple[Pager, str], mailbox: tuple[Mailbox, int]
):
    phone, box = pager[0], mailbox[0]
    inbound = Inbound(
        blob=InMemory.of(to_come(HELD).encode()),
        channel="folder",
        peer="in/po.edi",
        partner_id="acme",
        transport_id="",
        received_at=utc_now(),
    )
    gateway.engine.accept(inbound)
    wait_for(lambda: phone.got and box.got)
    with gateway.db.read() as tx:
        (order,) = queries.orders(tx).items
    (event,), ((to, content),) = phone.got, box.got
    mail = email.message_from_bytes(content, policy=email.policy.default)
    assert len(set(phone.tries)) == 1
    assert event["id"] == phone.tries[0]
    assert event["type"] == "order.held"
    assert [one["ref"] for one in event["data"]["alerts"]] == [order.id]
    assert to == ["desk@house.example"]
    assert order.id in mail.get_content()
