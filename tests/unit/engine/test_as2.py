from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from gateway import bootstrap
from gateway.as2.headers import Headers
from gateway.as2.request import read_request
from gateway.config import Settings
from gateway.engine import Engine
from gateway.engine.as2 import Answer, Arrived, stranger
from gateway.pipeline.ports import InMemory
from gateway.store.database import Database
from gateway.store.tables import alert, as2_message, receipt
from tests.databases import SQLITE
from tests.starters import starter_profile

pytestmark = pytest.mark.parametrize("kind", [SQLITE])
NOW = datetime(2026, 11, 23, tzinfo=UTC)
ACME = starter_profile(
    "acme",
    channels=[
        {"id": "drop", "kind": "folder"},
        {
            "id": "as2",
            "kind": "as2",
            "url": "https://as2.acme.example/as2",
            "names": {"ours": "US", "theirs": "ACME"},
            "security": "none",
        },
    ],
)
HEADERS = {
    "AS2-From": "ACME",
    "AS2-To": "US",
    "Message-ID": "<1@acme.example>",
    "Content-Type": "application/edi-x12",
    "Disposition-Notification-To": "edi@acme.example",
}


@pytest.fixture
def engine(db: Database, settings: Settings) -> Iterator[Engine]:
    made = Engine(db, bootstrap.rules([ACME], settings), settings, {}, lambda: NOW)
    yield made
    made.close()


def arrived(engine: Engine, body: bytes = b"ISA*00", **changes: str) -> Arrived:
    lines = HEADERS | {name.replace("_", "-"): text for name, text in changes.items()}
    request = read_request(Headers.of(lines.items()))
    known = engine.agreements.found(request.sender, request.receiver)
    assert known is not None
    head = "".join(f"{name}: {text}\r\n" for name, text in lines.items())
    return Arrived(
        request=request,
        known=known,
        head=head,
        body=InMemory.of(body),
        raw_sha256=hashlib.sha256(head.encode() + b"\r\n" + body).hexdigest(),
        peer="192.0.2.1",
        facts={},
        received_at=NOW,
    )


def sent(engine: Engine, body: bytes = b"ISA*00", **changes: str) -> Answer:
    return asyncio.run(engine.as2.receive(arrived(engine, body, **changes)))


def rows(db: Database, table: sa.Table) -> list[Any]:
    with db.read() as tx:
        return list(tx.execute(sa.select(table).order_by(table.c.id)))


def test_a_plain_message_is_answered_and_its_document_kept(engine, db):
    answer = sent(engine)
    (row,), (document,) = rows(db, as2_message), rows(db, receipt)

    assert b"; processed\r\n" in answer.mdn
    assert (row.state, document.channel, document.size) == ("answered", "as2", 6)


def test_a_document_without_bytes_is_a_document(engine, db):
    answer = sent(engine, b"")
    (document,) = rows(db, receipt)

    assert b"; processed\r\n" in answer.mdn
    assert document.size == 0


def test_without_an_mdn_in_the_answer_it_is_opened_afterwards(engine, db):
    answer = sent(engine, Receipt_Delivery_Option="https://as2.acme.example/mdn")
    before = len(rows(db, receipt))
    assert answer.open is not None
    engine.as2.finish_later(answer.open)

    assert (answer.is_empty, before, len(rows(db, receipt))) == (True, 0, 1)


def test_what_is_left_behind_is_opened_by_whoever_comes(engine, db):
    sent(engine, Receipt_Delivery_Option="https://as2.acme.example/mdn")
    with db.begin() as tx:
        tx.execute(sa.update(as2_message).values(next_at=NOW, lease_owner="gone"))

    assert engine.open_waiting() == 1
    assert engine.open_waiting() == 0
    assert [row.state for row in rows(db, as2_message)] == ["answered"]
    assert len(rows(db, receipt)) == 1


def test_what_is_left_behind_of_a_partner_that_is_gone_is_given_up(
    engine, db, settings
):
    sent(engine, Receipt_Delivery_Option="https://as2.acme.example/mdn")
    with db.begin() as tx:
        tx.execute(sa.update(as2_message).values(next_at=NOW))
    engine.use(bootstrap.rules([], settings))

    engine.open_waiting()

    assert [row.state for row in rows(db, as2_message)] == ["given_up"]
    assert [row.code for row in rows(db, alert)] == ["AS2-120"]


def test_what_stops_the_process_again_and_again_is_given_up(engine, db, settings):
    sent(engine, Receipt_Delivery_Option="https://as2.acme.example/mdn")
    values = {"next_at": NOW, "attempts": settings.max_attempts}
    with db.begin() as tx:
        tx.execute(sa.update(as2_message).values(values))

    engine.open_waiting()

    assert [row.state for row in rows(db, as2_message)] == ["given_up"]
    assert rows(db, receipt) == []


def test_a_large_message_is_answered_too(engine, db, settings):
    body = b"ISA" * settings.payload_inline_bytes
    answer = sent(engine, body)

    assert b"; processed\r\n" in answer.mdn
    assert [row.size for row in rows(db, receipt)] == [len(body)]


def test_an_mdn_that_is_far_too_long_has_no_effect(engine, db):
    report = {"Content_Type": "multipart/report; boundary=x"}
    long = arrived(engine, b"--x\r\n" + b"a" * 2_000_000, **report)
    answer = asyncio.run(engine.as2.receive(long))
    if answer.open is not None:
        engine.as2.finish_later(answer.open)

    assert [row.state for row in rows(db, as2_message)] == ["settled"]


def test_a_stranger_gets_an_mdn_that_is_not_signed(engine):
    request = read_request(Headers.of((HEADERS | {"AS2-From": "NOBODY"}).items()))

    mdn = stranger(request, NOW)

    assert b"; processed/error: unknown-trading-relationship\r\n" in mdn
    assert b"multipart/signed" not in mdn
