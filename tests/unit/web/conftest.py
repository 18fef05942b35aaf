"""A gateway with a database of its own, an order in it, and a server for it."""

from __future__ import annotations

import secrets
import shutil
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.bootstrap import tables
from gateway.config import Settings
from gateway.edi.numbers import Numbers
from gateway.engine import Engine
from gateway.findings import Finding, Where
from gateway.findings.model import Verdict
from gateway.order.ack import LineAck, LineStatus, OrderAck
from gateway.order.item import Item, LineQuantity
from gateway.order.life import State
from gateway.order.model import Order, OrderLine
from gateway.partner import Directory
from gateway.pipeline.effects import Effect, Keep, MessageRecord, Queue, Record
from gateway.pipeline.ports import Inbound, InMemory
from gateway.pipeline.rules import Rules
from gateway.pipeline.world import InterchangeKey, OrderKey
from gateway.store import commit, ids, keys
from gateway.store.database import Database
from gateway.transport import Mailbox
from gateway.web.app import create_app
from gateway.web.serve import serve

TRUSTED = ssl.create_default_context()
"""Read once: a client of its own reads it in 26 ms, though nothing here is https."""
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TEXT = b"ST*850*0001~BEG*00*SA*4711**20261121~SE*3*0001~"


def never(*asked: object, **more: object) -> Any:
    """A callback that nothing here may lead to."""
    raise AssertionError(asked)


@pytest.fixture
def free_port() -> int:
    """A free loopback port below those that the system hands out itself."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue


@dataclass(frozen=True)
class Draft:
    """An acknowledgement of few words."""

    kind: str = "x12_855"
    message_count: int = 1

    def finish(self, numbers: Numbers, now: datetime) -> bytes:
        return b"ST*855*%04d~" % numbers.message


@dataclass
class House:
    """A running gateway, and what its callbacks were asked."""

    engine: Engine
    address: str = ""
    asked: list[tuple[object, ...]] = field(default_factory=list)
    against: tuple[Finding, ...] = ()
    stop: threading.Event = field(default_factory=threading.Event)

    def key(self, scope: str = "all") -> str:
        """The secret of a new key."""
        with self.engine.db.begin() as tx:
            return keys.make(tx, f"key of {scope}", scope, NOW)[1]

    def client(self, scope: str = "all") -> httpx.Client:
        """A client that sends a new key with every request."""
        bearer = {"Authorization": f"Bearer {self.key(scope)}"}
        return httpx.Client(
            base_url=self.address, headers=bearer, timeout=10, verify=TRUSTED
        )

    def check(self, data: bytes, partner: str | None) -> dict[str, Any]:
        self.asked.append((data, partner))
        return {"findings": [], "size": len(data)}

    def release(
        self,
        order_id: str,
        *,
        as_: str,
        lines: Sequence[str],
        reason: str,
        by: str,
        version: int = 0,
    ) -> tuple[Finding, ...]:
        known = (version,) if version else ()
        self.asked.append((order_id, as_, lines, reason, by, *known))
        return self.against

    def book(self, partner: str, po: str, beside: str = "") -> dict[str, str]:
        """Take in and answer one order; the ids of all that came of it.

        ``beside``: another partner with the same order in the same transmission.
        """
        door = "" if beside else partner
        receipt = self.engine.accept(inbound_of(door, TEXT + po.encode()))
        found = {
            "receipt": receipt.id,
            "interchange": ids.new("int"),
            "message": ids.new("msg"),
            "order": ids.new("ord"),
        }
        done = effects(partner, po, found)
        if beside:
            theirs = {"order": ids.new("ord"), "message": ids.new("msg")}
            theirs["interchange"] = ids.new("int")
            done += effects(beside, po, theirs)
        answered = commit.Answered(partner_id=door, receipt_id=receipt.id, effects=done)
        db = self.engine.db
        with db.begin() as tx:
            commit.carry_out(tx, [answered], NOW, db.payloads)
        return found


def inbound_of(partner: str, data: bytes) -> Inbound:
    return Inbound(
        blob=InMemory.of(data),
        channel="http",
        peer="test",
        partner_id=partner,
        transport_id="",
        received_at=NOW,
    )


def effects(partner: str, po: str, made: dict[str, str]) -> tuple[Effect, ...]:
    finding = Finding.of(
        "CAT-301",
        "price 9.50 differs from contract 9.00",
        Where(segment_tag="PO1", segment_position=5, element=4),
        "9.50",
    )
    quantity = LineQuantity(value=Decimal("10"), uom_sent="EA")
    item = Item(supplier_sku="SKU-1", buyer_part="B-1")
    status = LineStatus(kind="hold", quantity=Decimal(10))
    ack_line = LineAck(line_no="1", item=item, quantity=quantity, statuses=(status,))
    order_key = OrderKey(
        partner_id=partner, buyer_party=partner, kind="order", po_number=po
    )
    key = InterchangeKey(
        partner_id=partner,
        sender=f"ZZ:{partner}",
        receiver="ZZ:US",
        control_number=po.zfill(9),
        usage="P",
    )
    message = MessageRecord(
        id=made["message"],
        type="x12_850",
        version="004010",
        group_control_number="1",
        control_number="0001",
        verdict=Verdict.ACCEPTED,
        findings=(),
        byte_offset=0,
    )
    return (
        Record(
            id=made["interchange"],
            partner_id=partner,
            key=key,
            sha256="",
            sent_at="261121 1200",
            usage="P",
            messages=(message,),
            findings=(),
        ),
        Keep(
            order_id=made["order"],
            message_id=made["message"],
            partner_id=partner,
            key=order_key,
            digest=po,
            order=Order(
                po_number=po,
                id=made["order"],
                lines=(OrderLine(line_no="1", item=item, quantity=quantity),),
            ),
            state=State.HELD,
            test=False,
            ack=OrderAck(po_number=po, type="held", lines=(ack_line,)),
            findings=(finding,),
            report='{"lines": []}',
        ),
        Queue(
            partner_id=partner,
            channel="http",
            kind="x12_855",
            draft=Draft(),
            idem=f"855:{made['order']}",
            counter="US>THEM",
            interchange_id=made["interchange"],
            message_id=made["message"],
            order_id=made["order"],
        ),
    )


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its tables and nothing in them, to be copied."""
    settings = Settings(home=tmp_path_factory.mktemp("empty"))
    db = Database.open(settings)
    db.migrate()
    db.close()
    return settings.home / "gateway.sqlite3"


@pytest.fixture
def make_house(
    tmp_path: Path, free_port: int, empty_database: Path
) -> Iterator[Callable[..., House]]:
    """Starts a gateway whose settings and doors differ as told."""
    started: list[tuple[House, threading.Event, threading.Thread]] = []

    def make(*, body_timeout_s: float = 10.0, **settings: Any) -> House:
        shutil.copy(empty_database, tmp_path)
        configured = Settings(home=tmp_path, **settings)
        db = Database.open(configured)
        rules = Rules(tables(), Directory.of([]))  # nothing is read here
        house = House(Engine(db, rules, configured, {"http": Mailbox()}))
        app = create_app(
            house.engine,
            check=house.check,
            release=house.release,
            body_timeout_s=body_timeout_s,
        )
        stop, up = house.stop, threading.Event()
        how = {"port": free_port, "started": lambda address: up.set()}
        thread = threading.Thread(target=serve, args=(lambda: app, stop), kwargs=how)
        thread.start()
        assert up.wait(10)
        house.address = f"http://127.0.0.1:{free_port}"
        started.append((house, stop, thread))
        return house

    yield make
    for house, stop, thread in started:
        stop.set()
        thread.join(5)
        house.engine.close()
        house.engine.db.close()
        assert not thread.is_alive()


@pytest.fixture
def house(make_house: Callable[..., House]) -> House:
    """A gateway with the usual settings."""
    return make_house()
