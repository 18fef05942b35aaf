from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.pipeline.ports import Inbound, InMemory
from gateway.store import queries, receipts
from gateway.store.database import Database
from gateway.store.payloads import DamagedPayload

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def delivery(
    data: bytes = b"ISA", key: str = "k1", partner_id: str = "acme"
) -> Inbound:
    return Inbound(
        blob=InMemory.of(data),
        channel="http",
        peer="127.0.0.1",
        partner_id=partner_id,
        transport_id=key,
        received_at=NOW,
    )


def raw(db: Database, receipt_id: str) -> bytes:
    with db.read() as tx:
        blob = queries.raw(tx, db.payloads, receipt_id)
    assert blob is not None
    return b"".join(blob.chunks())


def test_the_raw_bytes_are_kept_under_the_receipt(db: Database):
    receipt = receipts.keep(db, delivery(b"ISA*00"))

    assert (receipt.first_seen, receipt.size, receipt.state) == (True, 6, "todo")
    assert raw(db, receipt.id) == b"ISA*00"


def test_the_same_delivery_again_is_the_same_receipt(db: Database):
    first = receipts.keep(db, delivery())

    again = receipts.keep(db, delivery())

    assert again == replace(first, first_seen=False)


def test_the_reply_is_kept_with_the_bytes(db: Database):
    first = receipts.prepared(db, delivery())
    with db.begin() as tx:
        (kept,) = receipts.keep_all(tx, [replace(first, reply=b"<cXML/>")])
        silent = receipts.keep_all(tx, [receipts.prepared(db, delivery(key="k2"))])
    with db.read() as tx:
        told = [receipts.reply_of(tx, "acme", one.id) for one in (kept, *silent)]
    assert told == [b"<cXML/>", None]


def test_the_same_key_with_other_bytes_is_put_aside(db: Database):
    first = receipts.keep(db, delivery(b"one"))

    second = receipts.keep(db, delivery(b"two"))

    assert (second.conflict, second.state) == (True, "quarantined")
    assert second.id != first.id
    assert raw(db, second.id) == b"two"
    with db.read() as tx:
        found = queries.interchange(tx, second.id)
    assert found is not None
    assert [noted.finding.code for noted in found.findings] == ["WIRE-021"]


def test_another_partner_may_use_the_same_key(db: Database):
    receipts.keep(db, delivery(b"one"))

    assert receipts.keep(db, delivery(b"two", partner_id="other")).first_seen


def test_without_a_key_every_delivery_is_new(db: Database):
    receipts.keep(db, delivery(key=""))

    assert receipts.keep(db, delivery(key="")).first_seen


def test_deliveries_at_the_same_time_are_all_kept_and_seen_once(db: Database):
    acceptor = receipts.Acceptor(db)
    deliveries = [delivery(f"{n % 20}".encode(), f"k{n % 20}") for n in range(60)]

    with ThreadPoolExecutor(16) as pool:
        kept = list(pool.map(acceptor.keep, deliveries))
    acceptor.close()

    assert len({receipt.id for receipt in kept}) == 20
    assert sum(receipt.first_seen for receipt in kept) == 20


def test_a_delivery_that_breaks_off_harms_no_other(db: Database):
    acceptor = receipts.Acceptor(db)
    broken = replace(delivery(), blob=InMemory(b"ISA", "00" * 32))

    with pytest.raises(DamagedPayload):
        acceptor.keep(broken)

    assert acceptor.keep(delivery()).first_seen
    acceptor.close()


def test_what_the_database_refuses_is_told_to_everybody_who_waits(db: Database):
    def fail(name: str) -> None:
        raise RuntimeError(name)

    acceptor = receipts.Acceptor(db, step=fail)

    with pytest.raises(RuntimeError, match=r"accept\.inserted"):
        acceptor.keep(delivery())
    acceptor.close()

    assert receipts.keep(db, delivery()).first_seen


def test_after_the_end_nothing_is_taken_in(db: Database):
    acceptor = receipts.Acceptor(db)
    acceptor.close()

    with pytest.raises(receipts.Closed):
        acceptor.keep(delivery())


def test_an_old_key_is_forgotten_and_may_come_again(db: Database):
    receipts.keep(db, delivery(b"one"))

    with db.begin() as tx:
        assert receipts.forget(tx, NOW) == 0
        assert receipts.forget(tx, NOW + timedelta(seconds=1)) == 1

    assert not receipts.keep(db, delivery(b"two")).conflict
