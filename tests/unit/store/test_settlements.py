from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from gateway.edi.events import InterchangeBegun, Separators
from gateway.edi.x12 import ta1
from gateway.edi.x12.acks import GroupAck
from gateway.findings import Finding, Severity, Where
from gateway.pipeline.effects import Alert, Effect, Expect, Queue
from gateway.pipeline.sent import GROUP, INTERCHANGE, Sent, SentKey, Settle
from gateway.pipeline.settle import Received
from gateway.pipeline.settle import settle as decide
from gateway.store import commit, outbox, queries, settlements, tables
from gateway.store.commit import Answered
from gateway.store.database import Database
from gateway.store.decisions import Overtaken
from gateway.store.sent import sent
from tests.unit.engine import toy
from tests.unit.store.rounds import NOW, process

LATER = NOW + timedelta(hours=2)
_ELEMENTS = "00  00  ZZ ACME ZZ SUPPLIER 261121 1000 U 00401 000000900 0 P >"
ISA = InterchangeBegun(tuple(_ELEMENTS.split(" ")), Separators(), 0)


def key(level: str, number: int, partner_id: str = "acme") -> SentKey:
    return SentKey(partner_id=partner_id, level=level, number=number)


def ask(db: Database, *keys: SentKey) -> dict[SentKey, tuple[Sent, ...]]:
    with db.read() as tx:
        return sent(tx, keys)


def settle(db: Database, *effects: Settle) -> None:
    with db.begin() as tx:
        settlements.settle(tx, effects, LATER)


def carry_out(db: Database, *effects: Effect) -> None:
    answered = Answered(
        partner_id="acme", receipt_id="rcp_1", effects=effects, settles=False
    )
    with db.begin() as tx:
        commit.carry_out(tx, [answered], NOW, db.payloads)


def expecting(db: Database) -> Sent:
    """An 855 of ours that waits for its acknowledgement: group 2, interchange 2."""
    process(db, "acme 000000001 4711")
    (row,) = ask(db, key(GROUP, 2))[key(GROUP, 2)]
    carry_out(db, Expect(partner_id="acme", idem=row.idem, due_at=LATER))
    (row,) = ask(db, key(GROUP, 2))[key(GROUP, 2)]
    return row


def settling(row: Sent, acknowledgement: str = "accepted", *found: Finding) -> Settle:
    return Settle(
        partner_id="acme",
        outbox_id=row.id,
        idem=row.idem,
        was=row.acknowledgement,
        acknowledgement=acknowledgement,
        by="msg_in",
        receipt_id="rcp_2",
        findings=found,
        order_id=row.order_id,
    )


def statuses(db: Database) -> dict[str, str]:
    box = tables.outbox.c
    with db.read() as tx:
        return {
            row.id: row.acknowledgement
            for row in tx.execute(sa.select(box.id, box.acknowledgement))
        }


def deadlines(db: Database) -> list[object]:
    with db.read() as tx:
        return list(tx.execute(sa.select(tables.deadline.c.done_at)).scalars())


def test_a_group_number_and_an_interchange_number_find_their_message(db: Database):
    row = expecting(db)

    found = ask(db, key(GROUP, 2), key(INTERCHANGE, 2), key(GROUP, 77))

    assert found == {key(GROUP, 2): (row,), key(INTERCHANGE, 2): (row,)}
    assert (row.kind, row.acknowledgement) == ("x12_855", "waiting")
    assert (row.interchange_number, row.group_number) == (2, 2)
    assert list(row.messages) == [2]
    assert row.order_id.startswith("ord_")
    assert row.created_at == NOW


def test_nothing_is_asked_when_nothing_is_wanted(db: Database):
    assert ask(db) == {}


def test_other_partners_messages_are_not_found(db: Database):
    expecting(db)
    assert ask(db, key(GROUP, 2, "other"), key(INTERCHANGE, 2, "other")) == {}


def test_a_batch_is_one_query(db: Database):
    expecting(db)
    asked: list[str] = []
    with db.read() as tx:
        sa.event.listen(
            tx.engine,
            "before_cursor_execute",
            lambda *args: asked.append(args[2]),
        )
        found = sent(tx, [key(GROUP, n) for n in range(1, 400)])
    assert len(found) == 2
    assert len(asked) == 1


def test_more_numbers_than_one_statement_takes_are_all_looked_up(db: Database):
    expecting(db)
    keys = [key(level, n) for n in range(1, 800) for level in (GROUP, INTERCHANGE)]
    found = ask(db, *keys)
    assert {k: len(rows) for k, rows in found.items()} == {
        key(level, n): 1 for n in (1, 2) for level in (GROUP, INTERCHANGE)
    }


def test_a_repeat_of_a_message_is_not_another_message(db: Database):
    row = expecting(db)
    with db.begin() as tx:
        assert outbox.resend(tx, row.id, NOW) != row.id
    assert ask(db, key(GROUP, 2)) == {key(GROUP, 2): (row,)}


def test_a_settled_message_has_its_status_and_its_deadline_is_done(db: Database):
    row = expecting(db)
    assert deadlines(db) == [None]

    settle(db, settling(row))

    assert statuses(db)[row.id] == "accepted"
    assert deadlines(db) == [LATER]


def test_the_first_moment_of_a_deadline_stays(db: Database):
    row = expecting(db)
    settle(db, settling(row, "rejected"))
    (again,) = ask(db, key(GROUP, 2))[key(GROUP, 2)]
    with db.begin() as tx:
        later = LATER + timedelta(hours=1)
        settlements.settle(tx, [settling(again, "accepted")], later)
    assert statuses(db)[row.id] == "accepted"
    assert deadlines(db) == [LATER]


def test_a_word_that_changes_nothing_leaves_the_deadline(db: Database):
    row = expecting(db)
    settle(db, settling(row, "waiting"))
    assert statuses(db)[row.id] == "waiting"
    assert deadlines(db) == [None]


def test_what_happened_is_told(db: Database):
    row = expecting(db)
    settle(db, settling(row))
    with db.read() as tx:
        event = tables.event.c
        query = sa.select(event.ref, event.detail, event.at)
        told = tx.execute(query.where(event.name == "message.acknowledged")).one()
    assert told.ref == row.id
    detail = {"by": "msg_in", "receipt": "rcp_2", "said": "accepted", "was": "waiting"}
    assert json.loads(told.detail) == detail
    assert told.at == LATER


def test_findings_stand_with_our_message(db: Database):
    row = expecting(db)
    where = Where(segment_tag="PO1", segment_position=9, element=2)
    found = Finding("ENV-208", "AK403 is 6", where, "12,5", Severity.ERROR)

    settle(db, settling(row, "rejected", found))

    with db.read() as tx:
        noted = tx.execute(sa.select(tables.finding)).one()
    assert (noted.message_id, noted.order_id) == (row.id, row.order_id)
    assert (noted.receipt_id, noted.code) == ("rcp_2", "ENV-208")


def test_a_message_that_was_settled_meanwhile_is_judged_again(db: Database):
    row = expecting(db)
    settle(db, settling(row, "accepted"))
    with pytest.raises(Overtaken):
        settle(db, settling(row, "rejected"))
    assert statuses(db)[row.id] == "accepted"
    with db.read() as tx:
        assert tx.execute(sa.select(tables.finding)).all() == []


def test_an_acknowledgement_settles_from_look_up_to_status(db: Database):
    row = expecting(db)
    ack = GroupAck(
        kind="997",
        interchange=ISA,
        group=None,
        message_number="0001",
        byte_offset=0,
        functional_id="PR",
        control_number="2",
        answer="R",
    )
    found = ask(db, key(GROUP, 2))
    effects = decide([Received(ack, "msg_7")], found, partner_id="acme", receipt_id="r")
    settle(db, *(effect for effect in effects if isinstance(effect, Settle)))
    carry_out(db, *(effect for effect in effects if isinstance(effect, Alert)))
    assert statuses(db)[row.id] == "rejected"


def test_a_ta1_is_numbered_and_written_like_any_message(db: Database):
    process(db, "acme 000000001 4711")
    draft = ta1.draft(ISA, (), ta1.envelope(ISA))
    queue = Queue(
        partner_id="acme",
        channel="folder",
        kind=draft.kind,
        draft=draft,
        idem="ta1/rcp_1/1",
        counter=toy.ENVELOPE.series,
    )
    carry_out(db, queue)
    (row,) = ask(db, key(INTERCHANGE, 3))[key(INTERCHANGE, 3)]
    assert (row.kind, row.message_count, list(row.messages)) == ("x12_ta1", 0, [])
    with db.read() as tx:
        answers = queries.answers(tx, db.payloads, receipt_id="rcp_1")
    assert answers[-1].content.endswith(
        b"TA1*000000900*261121*1000*A*000~IEA*0*000000003~"
    )
