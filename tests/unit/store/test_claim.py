from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gateway.findings import Finding
from gateway.pipeline.ports import Inbound, InMemory
from gateway.store import claim, queries, receipts
from gateway.store.claim import Bounds, Claimed
from gateway.store.database import Database

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def keep(db: Database, *texts: str) -> list[str]:
    return [
        receipts.keep(
            db,
            Inbound(
                blob=InMemory.of(text.encode()),
                channel="http",
                peer="",
                partner_id="acme",
                transport_id="",
                received_at=NOW + timedelta(seconds=n),
            ),
        ).id
        for n, text in enumerate(texts)
    ]


def take(db: Database, bounds: Bounds, after_s: float = 60) -> list[Claimed]:
    with db.begin() as tx:
        return claim.claim(tx, NOW + timedelta(seconds=after_s), bounds)


def test_due_receipts_come_oldest_first(db: Database):
    kept = keep(db, "a", "b", "c")

    assert [one.id for one in take(db, Bounds())] == kept


def test_what_is_not_due_stays(db: Database):
    kept = keep(db, "a", "b")

    assert [one.id for one in take(db, Bounds(), after_s=0)] == kept[:1]


def test_a_batch_has_a_limit_of_receipts(db: Database):
    keep(db, "a", "b", "c")

    assert len(take(db, Bounds(receipts=2))) == 2


def test_a_batch_has_a_limit_of_bytes_but_takes_at_least_one(db: Database):
    keep(db, "a" * 50, "b" * 10, "c")

    assert len(take(db, Bounds(size_bytes=20))) == 1


def test_the_attempt_counts_before_anything_is_read(db: Database):
    keep(db, "a")
    take(db, Bounds())

    with db.read() as tx:
        assert [row.attempts for row in queries.interchanges(tx).items] == [1]


def test_what_is_claimed_is_nobody_elses_until_its_lease_ends(db: Database):
    (receipt_id,) = keep(db, "a")
    take(db, Bounds(lease_s=10))

    assert take(db, Bounds(), after_s=69) == []
    assert [one.id for one in take(db, Bounds(), after_s=70)] == [receipt_id]


def test_a_receipt_that_was_tried_before_comes_alone(db: Database):
    first, second = keep(db, "a", "b")
    take(db, Bounds(lease_s=0))

    assert [one.id for one in take(db, Bounds(lease_s=10))] == [first]
    assert [one.id for one in take(db, Bounds(lease_s=10))] == [second]


def test_new_receipts_do_not_wait_for_one_that_rests(db: Database):
    first, second = keep(db, "a", "b")
    (claimed,) = take(db, Bounds(receipts=1))

    with db.begin() as tx:
        claim.put_off(tx, claimed, "planted", NOW, 600)

    assert claimed.id == first
    assert [one.id for one in take(db, Bounds())] == [second]


def test_a_receipt_that_was_tried_too_often_goes_into_quarantine(db: Database):
    (poison,) = keep(db, "a")
    bounds = Bounds(attempts=2, lease_s=0)
    take(db, bounds)
    take(db, bounds)

    assert take(db, bounds) == []

    with db.read() as tx:
        found = queries.interchange(tx, poison)
    assert found is not None
    assert found.receipt.state == "quarantined"
    assert [noted.finding.code for noted in found.findings] == ["MAP-001"]


def test_others_are_taken_in_the_same_breath_as_one_is_put_aside(db: Database):
    _poison, good = keep(db, "a", "b")
    bounds = Bounds(attempts=1, receipts=1, lease_s=0)
    take(db, bounds)

    assert [one.id for one in take(db, bounds)] == [good]


def test_what_somebody_else_took_since_is_not_held(db: Database):
    keep(db, "a")
    mine = take(db, Bounds(lease_s=0))
    theirs = take(db, Bounds())

    with db.begin() as tx:
        assert claim.hold(tx, mine) == []
        assert claim.hold(tx, theirs) == theirs


def test_an_attempt_given_back_does_not_count(db: Database):
    keep(db, "a")
    mine = take(db, Bounds())

    with db.begin() as tx:
        claim.give_back(tx, mine, NOW)

    assert [one.attempts for one in take(db, Bounds())] == [1]


def test_a_quarantined_receipt_can_be_processed_again(db: Database):
    (receipt_id,) = keep(db, "a")
    (claimed,) = take(db, Bounds())
    with db.begin() as tx:
        claim.quarantine(tx, claimed, Finding.of("MAP-001", "planted"), NOW)

    with db.begin() as tx:
        assert claim.requeue(tx, receipt_id, NOW)
        assert not claim.requeue(tx, receipt_id, NOW)

    assert [one.attempts for one in take(db, Bounds())] == [1]
    with db.read() as tx:
        after = queries.interchange(tx, receipt_id)
    assert after is not None
    assert after.findings == ()
