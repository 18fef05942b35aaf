from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.pipeline.drop import Waiting
from gateway.pipeline.ports import InMemory
from gateway.store import fetched, lanes, payloads
from gateway.store.database import Database, Transaction
from gateway.store.lanes import Way
from gateway.store.sql import insert_all
from gateway.store.tables import event, outbox

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
OPEN = Way()
WHO = {"account": "acme-edi"}


def queue(db: Database, number: int, name: str, **changed: Any) -> None:
    """A message of this partner's channel, with bytes of its own."""
    blob = InMemory.of(b"x" * number)
    texts = ("series", "replay_of", "receipt_id", "interchange_id", "message_id")
    row: dict[str, Any] = dict.fromkeys((*texts, "order_id", "wire_sha256"), "")
    row |= dict.fromkeys(("interchange_number", "group_number"), 0)
    row |= dict.fromkeys(("message_number", "message_count", "attempts"), 0)
    row |= {"partner_id": "acme", "id": f"msg_{number}", "idem": f"{number}"}
    row |= {"channel": "drop", "kind": "x12_855", "file_name": name}
    row |= {"content_sha256": blob.sha256, "delivery": "queued"}
    row |= {"acknowledgement": "not_expected", "next_at": NOW, "created_at": NOW}
    row |= changed
    with db.begin() as tx:
        payloads.insert(tx, [db.payloads.prepare(blob, NOW)])
        lanes.line_up(tx, [row])
        insert_all(tx, outbox, [row])


def waiting(tx: Transaction, way: Way = OPEN) -> tuple[Waiting, ...]:
    return fetched.waiting(tx, "acme", [("drop", way, False)])


def test_what_waits_is_shown_in_its_order_with_its_size(db: Database):
    for number in (3, 2):
        queue(db, number, f"{number}.edi")
    queue(db, 4, "4.edi", delivery="delivered")
    queue(db, 5, "5.edi", channel="other")
    queue(db, 6, "6.edi", partner_id="lantern-bay")
    with db.read() as tx:
        found = waiting(tx)
    assert [(one.name, one.size, one.queued_at) for one in found] == [
        ("3.edi", 3, NOW),
        ("2.edi", 2, NOW),
    ]


def test_of_two_with_one_name_the_second_follows_the_first(db: Database):
    for number in (1, 2):
        queue(db, number, "a.edi")
    with db.begin() as tx:
        (first,) = waiting(tx)
        fetched.was_read(tx, first, NOW, WHO)
        assert fetched.take(tx, first, NOW, "read", WHO)
        (second,) = waiting(tx)
    assert (first.id, second.id) == ("msg_1", "msg_2")


def test_nothing_is_shown_outside_the_hours_of_delivery(db: Database):
    queue(db, 1, "a.edi")
    with db.read() as tx:
        assert waiting(tx, Way(closed_until=NOW + timedelta(hours=1))) == ()


def test_what_leaves_in_batches_is_shown_once_its_time_has_come(db: Database):
    queue(db, 1, "a.edi")
    batched = Way(batched=True)
    with db.begin() as tx:
        before = waiting(tx, batched)
        lanes.fire(tx, "acme/drop", NOW + timedelta(minutes=1))
        after = waiting(tx, batched)
    assert (len(before), len(after)) == (0, 1)


def test_a_message_is_delivered_once_and_only_when_it_was_read(db: Database):
    queue(db, 1, "a.edi")
    with db.begin() as tx:
        (one,) = waiting(tx)
        unread = fetched.take(tx, one, NOW, "read", WHO)
        fetched.was_read(tx, one, NOW, WHO)
        fetched.was_read(tx, one, NOW + timedelta(hours=1), WHO)
        taken = fetched.take(tx, one, NOW, "read and deleted", WHO)
        again = fetched.take(tx, one, NOW, "read and deleted", WHO)
        fetched.was_read(tx, one, NOW, WHO)
        row = tx.execute(sa.select(outbox)).one()
        told = tx.execute(sa.select(event.c.name, event.c.detail)).all()
    assert (unread, taken, again) == (False, True, None)
    assert (row.delivery, row.last_said, row.attempts) == (
        "delivered",
        "read and deleted",
        1,
    )
    assert (row.fetched_at, row.settled_at) == (NOW, NOW)
    assert sorted(name for name, _ in told) == [
        "message.delivered",
        "message.fetched",
        "message.fetched",
    ]
    assert {json.loads(detail)["sha256"] for _, detail in told} == {one.sha256}


@pytest.mark.parametrize("state", ["cancelled", "sending", "failed"])
def test_what_does_not_wait_any_more_cannot_be_taken(db: Database, state: str):
    queue(db, 1, "a.edi")
    with db.begin() as tx:
        (one,) = waiting(tx)
        fetched.was_read(tx, one, NOW, WHO)
        tx.execute(sa.update(outbox).values(delivery=state))
        assert not fetched.waits(tx, one)
        assert fetched.take(tx, one, NOW, "read", WHO) is None
