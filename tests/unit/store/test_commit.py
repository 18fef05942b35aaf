from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from gateway.findings import Finding
from gateway.findings.model import Where
from gateway.order import (
    LineAck,
    LineQuantity,
    LineStatus,
    OrderAck,
    State,
    from_json,
)
from gateway.order.model import Item
from gateway.pipeline.effects import (
    Alert,
    Decide,
    Effect,
    Expect,
    Queue,
    Refuse,
    Replay,
)
from gateway.store import claim, commit, order_page, queries, receipts, tables
from gateway.store.claim import Bounds
from gateway.store.commit import Answered
from gateway.store.database import Contended, Database
from gateway.store.rows import MessageRow
from tests.unit.engine import toy
from tests.unit.store.rounds import NOW, delivery, process


def carry_out(db: Database, receipt_id: str, *effects: Effect) -> None:
    answered = Answered(
        partner_id="acme", receipt_id=receipt_id, effects=effects, settles=False
    )
    with db.begin() as tx:
        commit.carry_out(tx, [answered], NOW, db.payloads)


def queue_of(db: Database, text: str) -> Queue:
    receipts.keep(db, delivery(text))
    with db.begin() as tx:
        (claimed,) = claim.claim(tx, NOW, Bounds())
    question = toy.read_one([text.encode()], claimed)
    return question._queue("x12_997", "FA")


def outbox(db: Database) -> list[MessageRow]:
    with db.read() as tx:
        return list(reversed(queries.messages(tx, direction="out").items))


def test_an_order_is_kept_with_lines_answer_and_report(db: Database):
    process(db, "acme 000000001 4711")

    with db.read() as tx:
        (row,) = queries.orders(tx).items
        detail = order_page.order(tx, row.id)
    assert detail is not None
    assert (row.po_number, row.state, row.line_count) == ("4711", "confirmed", 1)
    assert [(line.sku, line.quantity) for line in detail.lines] == [("A1", "5")]
    assert not isinstance(from_json(detail.body), tuple)
    assert [answer.type for answer in detail.answers] == ["x12_855"]


def test_every_message_of_a_batch_gets_its_own_numbers(db: Database):
    process(db, "acme 000000001 4711", "acme 000000002 4712")

    numbers = {(row.interchange_number, row.control_number) for row in outbox(db)}

    assert numbers == {(f"{n:09d}", f"{n:04d}") for n in range(1, 5)}


def test_the_stored_bytes_hold_the_numbers(db: Database):
    (receipt_id,) = process(db, "acme 000000001 4711")

    with db.read() as tx:
        first, second = queries.answers(tx, db.payloads, receipt_id=receipt_id)
    assert b"*000000001*0*P*>" in first.content
    assert second.content.endswith(b"IEA*1*000000002~\n")


def test_bytes_that_were_finished_before_are_finished_anew_under_other_numbers(
    db: Database,
):
    batches = []
    for word in ("4711", "4712"):
        effects = (queue_of(db, f"acme 000000001 {word}"),)
        answered = Answered(
            partner_id="acme", receipt_id=word, effects=effects, settles=False
        )
        batches.append(commit.gathered([answered], NOW))
        with db.read() as tx:
            commit.prepare(tx, batches[-1], db.payloads)
    for batch in batches:
        with db.begin() as tx:
            commit.write(tx, batch, db.payloads)

    with db.read() as tx:
        sent = [
            queries.answers(tx, db.payloads, receipt_id=word)[0].content
            for word in ("4711", "4712")
        ]
    expected = [numbers for one in batches for numbers, _ in one.finished.values()]
    assert [one.interchange for one in expected] == [1, 1]
    assert b"*000000001*0*P*>" in sent[0]
    assert b"*000000002*0*P*>" in sent[1]


def test_the_receipt_is_done_and_belongs_to_the_sender(db: Database):
    (receipt_id,) = process(db, "acme 000000001 4711", partner_id="")

    with db.read() as tx:
        found = queries.interchange(tx, receipt_id, partner="acme")
    assert found is not None
    assert found.receipt.state == "done"


def test_a_refused_receipt_is_in_quarantine_with_its_findings(db: Database):
    (receipt_id,) = process(db, "garbage")

    with db.read() as tx:
        found = queries.interchange(tx, receipt_id)
    assert found is not None
    assert (found.receipt.state, found.answers) == ("quarantined", ())
    assert [noted.finding.code for noted in found.findings] == ["WIRE-001"]


def test_a_resent_interchange_gets_the_stored_bytes_under_the_same_name(db: Database):
    (first,) = process(db, "acme 000000001 4711")
    (second,) = process(db, "acme 000000001 4711")

    with db.read() as tx:
        stored = queries.answers(tx, db.payloads, receipt_id=first)
        (again,) = queries.answers(tx, db.payloads, receipt_id=second)
    assert again.content == stored[0].content
    assert again.message.file_name == stored[0].message.file_name
    assert again.message.replay_of == stored[0].message.id
    assert again.message.delivery == "queued"


def test_an_order_that_came_again_gets_its_stored_answer(db: Database):
    (first,) = process(db, "acme 000000001 4711")
    order_id = f"ord_{first[4:]}"

    carry_out(
        db,
        "rcp_2",
        Replay(partner_id="acme", order_id=order_id, kinds=("x12_855",)),
    )

    with db.read() as tx:
        stored, again = queries.answers(tx, db.payloads, order_id=order_id)
    assert again.content == stored.content
    assert again.message.receipt_id == "rcp_2"


def test_an_answer_is_never_queued_twice(db: Database):
    queue = queue_of(db, "acme 000000001 4711")

    carry_out(db, "rcp_1", queue, queue)
    carry_out(db, "rcp_1", queue)

    assert len(outbox(db)) == 1


def test_an_answer_not_queued_takes_no_number(db: Database):
    queue = queue_of(db, "acme 000000001 4711")
    carry_out(db, "rcp_1", queue)
    carry_out(db, "rcp_1", queue)

    carry_out(db, "rcp_1", replace(queue, idem="another"))

    assert outbox(db)[-1].interchange_number == "000000002"


def test_series_count_apart(db: Database):
    queue = queue_of(db, "acme 000000001 4711")

    carry_out(db, "rcp_1", queue, replace(queue, idem="another", counter="other"))

    assert [row.interchange_number for row in outbox(db)] == ["000000001"] * 2


def test_an_expected_acknowledgement_makes_a_deadline(db: Database):
    queue = queue_of(db, "acme 000000001 4711")
    due = NOW + timedelta(hours=24)

    expect = Expect(partner_id="acme", idem=queue.idem, due_at=due)
    carry_out(db, "rcp_1", queue, expect)

    assert [row.acknowledgement for row in outbox(db)] == ["waiting"]
    with db.read() as tx:
        assert tx.execute(sa.select(tables.deadline.c.due_at)).scalars().all() == [due]


def test_an_alert_is_a_finding_and_an_event(db: Database):
    where = Where(segment_tag="BEG", segment_position=2, element=3)
    found = Finding.of("CAT-301", "9.99 is not 9.95", where, "9.99")

    carry_out(db, "rcp_1", Alert(partner_id="acme", finding=found, order_id="ord_1"))

    with db.read() as tx:
        noted = queries.findings_of(tx, tables.finding.c.order_id == "ord_1")
        events = tx.execute(sa.select(tables.event.c.name)).scalars().all()
    assert [one.finding for one in noted] == [found]
    assert events == ["alert"]


def test_what_is_noted_is_not_noted_again_by_its_alert(db: Database):
    number = Where(segment_tag="ISA", segment_position=1, element=13)
    found = Finding.of("ENV-033", "ISA13 is 'A'", number, "A")
    other = Finding.of("ENV-002", "IEA02 is '1', ISA13 is 'A'", value="1")

    carry_out(
        db,
        "rcp_1",
        Alert(partner_id="acme", finding=found),
        Refuse(partner_id="acme", findings=(found, other)),
        Alert(partner_id="acme", finding=found, order_id="ord_1"),
    )

    with db.read() as tx:
        noted = queries.findings_of(tx, tables.finding.c.receipt_id == "rcp_1")
    told = [(one.finding.code, one.order_id) for one in noted]
    assert sorted(told) == [("ENV-002", ""), ("ENV-033", ""), ("ENV-033", "ord_1")]


def test_a_replay_of_nothing_sends_nothing(db: Database):
    replay = Replay(partner_id="acme", receipt_id="rcp_0", kinds=("x12_997",))

    carry_out(db, "rcp_1", replay)

    assert outbox(db) == []


def test_two_orders_under_one_key_fail_the_whole_transaction(db: Database):
    process(db, "acme 000000001 4711")
    receipts.keep(db, delivery("acme 000000002 4711"))
    with db.begin() as tx:
        (claimed,) = claim.claim(tx, NOW, Bounds())
    question = toy.read_one([b"acme 000000002 4711"], claimed)

    with pytest.raises((sa.exc.IntegrityError, Contended)):
        carry_out(db, claimed.id, question._record(), question._keep())

    with db.read() as tx:
        assert len(queries.orders(tx).items) == 1
        found = queries.interchange(tx, claimed.id)
    assert found is not None
    assert found.receipt.interchanges == ()


def test_a_part_of_a_large_transmission_leaves_the_rest_to_do(db: Database):
    receipts.keep(db, delivery("acme 000000001 4711"))
    with db.begin() as tx:
        (claimed,) = claim.claim(tx, NOW, Bounds())
        part = Answered(
            partner_id="acme", receipt_id=claimed.id, effects=(), cursor=500
        )
        commit.carry_out(tx, [part], NOW, db.payloads)

    with db.begin() as tx:
        (again,) = claim.claim(tx, NOW, Bounds())

    assert (again.id, again.cursor, again.attempts) == (claimed.id, 500, 1)


def decided(order_id: str, was: State) -> Decide:
    status = LineStatus(kind="reject", quantity=Decimal(5))
    line = LineAck(
        line_no="1",
        item=Item(supplier_sku="A1"),
        quantity=LineQuantity(value=Decimal(5)),
        statuses=(status,),
    )
    return Decide(
        partner_id="acme",
        order_id=order_id,
        was=was,
        state=State.REJECTED,
        ack=OrderAck(po_number="4711", type="rejected", lines=(line,)),
        report='{"why": "planted"}',
        by="anna",
        reason="sold out",
    )


def test_a_decision_makes_a_new_version_with_its_answer(db: Database):
    (receipt_id,) = process(db, "acme 000000001 4711")
    order_id = f"ord_{receipt_id[4:]}"

    carry_out(db, receipt_id, decided(order_id, State.CONFIRMED))

    with db.read() as tx:
        detail = order_page.order(tx, order_id)
        versions = tx.execute(sa.select(tables.order_version.c.text)).all()
    assert detail is not None
    assert (detail.order.state, detail.order.version) == ("rejected", 2)
    assert detail.report == '{"why": "planted"}'
    assert [line.decision for line in detail.lines] == ["reject"]
    assert len(versions) == 2


def test_a_decision_about_an_order_that_moved_on_does_nothing(db: Database):
    (receipt_id,) = process(db, "acme 000000001 4711")
    order_id = f"ord_{receipt_id[4:]}"

    with pytest.raises(commit.Overtaken):
        carry_out(db, receipt_id, decided(order_id, State.HELD))

    with db.read() as tx:
        assert [row.state for row in queries.orders(tx).items] == ["confirmed"]


def test_a_receipt_that_was_answered_in_part_can_be_processed_again(db: Database):
    (receipt_id,) = process(db, "acme 000000001 4711")
    with db.begin() as tx:
        tx.execute(sa.update(tables.receipt).values(state="quarantined"))
        assert claim.requeue(tx, receipt_id, NOW)
        (claimed,) = claim.claim(tx, NOW, Bounds())
        question = toy.read_one([b"acme 000000001 4711"], claimed)
        effects = (question._record(), question._queue("x12_997", "FA"))
        again = Answered(partner_id="acme", receipt_id=receipt_id, effects=effects)
        commit.carry_out(tx, [again], NOW, db.payloads)

    assert len(outbox(db)) == 2
    with db.read() as tx:
        found = queries.interchange(tx, receipt_id)
    assert found is not None
    assert (found.receipt.state, len(found.messages)) == ("done", 1)
