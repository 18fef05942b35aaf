from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.findings import Finding
from gateway.pipeline.ports import Inbound, InMemory
from gateway.store import as2, ids, queries, receipts
from gateway.store.as2 import Came, Decided, Outcome, Reply
from gateway.store.database import Database
from gateway.store.retention import Days, Retention
from gateway.store.tables import alert, as2_message, outbox, payload, receipt

NOW = datetime(2026, 11, 23, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=14)
URL = "https://acme.example/mdn"


def came(
    db: Database, body: bytes = b"body", key: str = "A|US|<1>", **more: Any
) -> Came:
    facts: dict[str, Any] = {
        "id": ids.new("as2"),
        "partner_id": "acme",
        "key": key,
        "message_id": "<1>",
        "peer": "192.0.2.1",
        "headers": "as2-from: A\r\n",
        "facts": {"scheme": "http"},
        "body": db.payloads.prepare(InMemory.of(body), NOW),
        "raw_sha256": InMemory.of(b"raw" + body).sha256,
        "received_at": NOW,
        "owner": "me",
        "leased_until": NOW + timedelta(minutes=1),
    }
    return Came(**facts | more)


def decided(db: Database, one: Came, content: bytes = b"ISA", **more: Any) -> Decided:
    """The request is accepted, with one document and an MDN of its own."""
    delivery = Inbound(
        blob=InMemory.of(content),
        channel=as2.CHANNEL,
        peer=one.peer,
        partner_id=one.partner_id,
        transport_id=as2.part_key(one.key, 1),
        received_at=NOW,
    )
    facts: dict[str, Any] = {
        "id": one.id,
        "partner_id": one.partner_id,
        "key": one.key,
        "owner": one.owner,
        "accepted": True,
        "disposition": "processed",
        "mic": InMemory.of(content).sha256,
        "content_sha256": InMemory.of(content).sha256,
        "facts": {},
        "parts": (receipts.prepared(db, delivery),),
        "reply": reply(db, one.id),
        "repeats_since": LONG_AGO,
    }
    return Decided(**facts | more)


def refused(db: Database, one: Came) -> Decided:
    found = Finding.of("TRU-402", "it does not verify")
    return decided(
        db,
        one,
        accepted=False,
        disposition="processed/error: authentication-failed",
        parts=(),
        findings=(found,),
    )


def reply(db: Database, text: str, by: str = "sync") -> Reply:
    content = db.payloads.prepare(InMemory.of(f"MDN {text}".encode()), NOW)
    return Reply(by=by, content=content, address=URL if by == "async" else "")


def write(db: Database, *entries: as2.Entry, now: datetime = NOW) -> list[Outcome]:
    with db.begin() as tx:
        return as2.write(tx, entries, now)


def taken(db: Database, *more: Any, **changes: Any) -> tuple[Came, Outcome]:
    """A request that came and was accepted."""
    one = came(db, *more, **changes)
    write(db, one)
    return one, write(db, decided(db, one))[0]


def rows(db: Database, table: sa.Table) -> list[Any]:
    with db.read() as tx:
        return list(tx.execute(sa.select(table).order_by(table.c.id)))


def test_a_request_is_kept_and_open_until_it_is_answered(db: Database):
    one = came(db)

    (kept,) = write(db, one)
    (row,) = rows(db, as2_message)

    assert (kept.open, row.state, row.attempts) == (True, "received", 1)
    assert row.headers == "as2-from: A\r\n"
    assert row.raw_sha256 == one.raw_sha256


def test_its_answer_and_its_documents_are_committed_together(db: Database):
    one, outcome = taken(db)
    (row,), (document,) = rows(db, as2_message), rows(db, receipt)

    assert (outcome.by, outcome.accepted, outcome.repeats) == ("sync", True, "")
    assert outcome.receipt_ids == (document.id,)
    assert (row.state, row.reply_sha256) == ("answered", outcome.sha256)
    assert (document.channel, document.state) == ("as2", "todo")
    assert document.partner_id == one.partner_id


def test_the_same_bytes_again_get_the_first_answer_at_once(db: Database):
    first, told = taken(db)
    again = came(db)

    (outcome,) = write(db, again)

    assert (outcome.open, outcome.sha256) == (False, told.sha256)
    assert outcome.repeats == first.id
    assert len(rows(db, receipt)) == 1


def test_other_bytes_with_the_same_content_get_the_first_answer(db: Database):
    first, told = taken(db)
    again = came(db, b"encrypted anew")

    (kept,) = write(db, again)
    (outcome,) = write(db, decided(db, again))

    assert kept.open
    assert (outcome.sha256, outcome.repeats) == (told.sha256, first.id)
    assert len(rows(db, receipt)) == 1


def test_another_mic_of_the_same_content_gets_an_answer_of_its_own(db: Database):
    _, told = taken(db)
    again = came(db, b"signed anew")
    write(db, again)

    (outcome,) = write(db, decided(db, again, mic="another"))

    assert outcome.sha256 != told.sha256
    assert len(rows(db, receipt)) == 1


def test_the_same_content_under_another_id_goes_no_further(db: Database):
    first, told = taken(db)
    again = came(db, key="A|US|<2>")
    write(db, again)

    (outcome,) = write(db, decided(db, again))

    assert (outcome.accepted, outcome.repeats) == (True, first.id)
    assert outcome.sha256 != told.sha256
    assert outcome.receipt_ids == ()
    assert len(rows(db, receipt)) == 1


@pytest.mark.parametrize("state", ["quarantined", "refused"])
def test_content_that_was_put_aside_may_come_again(db: Database, state: str):
    taken(db)
    with db.begin() as tx:
        tx.execute(sa.update(receipt).values(state=state))
    again = came(db, key="A|US|<2>")
    write(db, again)

    (outcome,) = write(db, decided(db, again))

    assert len(outcome.receipt_ids) == 1


def test_content_that_is_old_enough_may_come_again(db: Database):
    taken(db)
    again = came(db, key="A|US|<2>")
    write(db, again)
    later = NOW + timedelta(days=1)

    told = decided(db, again, repeats_since=later - timedelta(hours=1))
    (outcome,) = write(db, told, now=later)

    assert len(outcome.receipt_ids) == 1


def test_an_id_with_other_content_is_not_answered_before_it_is_known(db: Database):
    taken(db)
    other = came(db, b"other")
    write(db, other)
    told = decided(db, other, b"other ISA")

    (found,) = write(db, told)
    state = rows(db, as2_message)[-1].state
    sure = replace(told, clashes=True, accepted=False, disposition="error")
    (outcome,) = write(db, sure)

    assert (found.clashes, state) == (True, "received")
    assert not outcome.clashes
    assert [row.state for row in rows(db, receipt)] == ["todo", "quarantined"]
    assert [row.code for row in rows(db, alert)] == ["WIRE-021"]


def test_what_was_refused_is_told_and_does_not_count_when_it_comes_again(db: Database):
    one = came(db)
    write(db, one)
    (before,) = write(db, refused(db, one))
    again = came(db)

    (kept,) = write(db, again)
    (after,) = write(db, decided(db, again))

    assert (before.accepted, kept.open, after.accepted) == (False, True, True)
    assert after.repeats == ""
    assert [row.code for row in rows(db, alert)] == ["TRU-402"]


def test_an_mdn_that_is_wanted_later_lies_in_the_outbox(db: Database):
    one = came(db)
    write(db, one)

    write(db, decided(db, one, reply=reply(db, "later", "async")))
    (row,) = rows(db, outbox)

    assert (row.kind, row.channel, row.address) == (as2.MDN, as2.MDN, URL)
    assert row.content_sha256 == InMemory.of(b"MDN later").sha256
    assert row.receipt_id == one.id


def test_a_repeat_has_it_posted_once_more(db: Database):
    one = came(db)
    write(db, one)
    write(db, decided(db, one, reply=reply(db, "later", "async")))

    write(db, came(db, address=URL))

    assert len({row.content_sha256 for row in rows(db, outbox)}) == 1
    assert len(rows(db, outbox)) == 2


def test_who_lost_a_request_to_another_process_says_what_that_made_of_it(db: Database):
    one = came(db, leased_until=NOW)
    write(db, one)
    with db.begin() as tx:
        (waiting,) = as2.claim(tx, NOW, "other", lease_s=60)
    late = decided(db, one)

    (before,) = write(db, late)
    (theirs,) = write(db, replace(late, owner="other"))
    (after,) = write(db, late)

    assert (waiting.id, waiting.attempts) == (one.id, 2)
    assert before.open
    assert after.sha256 == theirs.sha256
    assert len(rows(db, receipt)) == 1


def test_what_is_leased_is_nobody_elses(db: Database):
    write(db, came(db))
    with db.begin() as tx:
        before = as2.any_due(tx, NOW), as2.claim(tx, NOW, "other", lease_s=60)
        later = NOW + timedelta(minutes=2)
        after = as2.any_due(tx, later), as2.claim(tx, later, "other", lease_s=60)

    assert before == (False, [])
    assert (after[0], len(after[1])) == (True, 1)


def test_what_cannot_be_opened_is_given_up_and_told(db: Database):
    write(db, came(db, leased_until=NOW))
    with db.begin() as tx:
        (waiting,) = as2.claim(tx, NOW, "me", lease_s=60)
        as2.give_up(tx, waiting, Finding.of("AS2-120", "too often"), NOW)

    assert [row.state for row in rows(db, as2_message)] == ["given_up"]
    assert [row.code for row in rows(db, alert)] == ["AS2-120"]


def test_an_answer_that_was_deleted_for_its_age_is_made_anew(db: Database):
    _, told = taken(db)
    with db.begin() as tx:
        tx.execute(sa.delete(payload).where(payload.c.sha256 == told.sha256))
    again = came(db)

    (kept,) = write(db, again)
    (outcome,) = write(db, decided(db, again))

    assert kept.open
    assert outcome.sha256 not in ("", told.sha256)
    assert len(rows(db, receipt)) == 1


def test_many_at_once_are_one_transaction(db: Database):
    some = [came(db, b"%d" % n, f"A|US|<{n}>") for n in range(20)]
    write(db, *some)

    outcomes = write(db, *[decided(db, one, b"%d" % n) for n, one in enumerate(some)])

    assert [one.id for one in outcomes] == [one.id for one in some]
    assert all(one.accepted and not one.repeats for one in outcomes)
    with db.read() as tx:
        assert queries.unfinished(tx) == (20, 0)


def test_what_is_answered_is_deleted_when_its_days_are_over(db: Database):
    one = came(db)
    write(db, one)
    write(db, decided(db, one, reply=reply(db, "later", "async")))
    write(db, came(db, b"waits", "A|US|<2>"))
    days = Days(messages=1, payloads=0, events=0)
    later = datetime.now(UTC) + timedelta(days=2)

    Retention(db, days, later).run()
    unsent = len(rows(db, as2_message))
    with db.begin() as tx:
        tx.execute(sa.update(outbox).values(delivery="delivered"))
    Retention(db, days, later).run()

    assert unsent == 2
    assert [row.state for row in rows(db, as2_message)] == ["received"]
    assert rows(db, outbox) == []
