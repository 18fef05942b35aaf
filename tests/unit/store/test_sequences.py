"""Where watched sequences stand, and numbers below the interchange."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from gateway.pipeline.effects import Advance, Record
from gateway.pipeline.number_keys import NumberKey, SequenceKey, Standing
from gateway.pipeline.world import InterchangeKey, Seen, Wants, World
from gateway.store import receipts, sequences, taken
from gateway.store.commit import Answered, Overtaken, carry_out
from gateway.store.database import Database
from gateway.store.world import look_up
from tests.unit.store.rounds import NOW, process

KEY = SequenceKey(
    partner_id="acme",
    level="group",
    sender="ACME",
    receiver="SUPPLIER",
    usage="P",
    functional_id="PO",
)
GROUP = NumberKey(
    partner_id="acme",
    usage="P",
    functional_id="PO",
    sender="ACME",
    receiver="SUPPLIER",
    group_number="7",
)
SET = GROUP.of_set("850", "0001")
INTERCHANGE = InterchangeKey(
    partner_id="acme",
    sender="ZZ:acme",
    receiver="ZZ:SUPPLIER",
    control_number="000000001",
    usage="P",
)


def advance(db: Database, *standings: Standing, key: SequenceKey = KEY) -> None:
    effects = [Advance(partner_id="acme", key=key, standing=one) for one in standings]
    with db.begin() as tx:
        sequences.advance(tx, effects)


def stands(db: Database, *keys: SequenceKey) -> dict[SequenceKey, Standing]:
    with db.begin() as tx:
        return sequences.standings(tx, keys)


def test_a_sequence_that_was_never_followed_stands_nowhere(db: Database):
    assert stands(db, KEY) == {}


def test_a_sequence_stands_where_it_was_left_with_what_is_missing(db: Database):
    standing = Standing(last=2, missing=((5, 5), (999_999_998, 1)))
    advance(db, standing)
    assert stands(db, KEY) == {KEY: standing}


def test_the_last_word_on_a_sequence_counts(db: Database):
    advance(db, Standing(last=2))
    advance(db, Standing(last=3), Standing(last=5, missing=((4, 4),)))
    assert stands(db, KEY) == {KEY: Standing(last=5, missing=((4, 4),))}


def test_sequences_of_other_partners_and_kinds_are_others(db: Database):
    advance(db, Standing(last=2))
    assert stands(db, replace(KEY, partner_id="other")) == {}
    assert stands(db, replace(KEY, functional_id="FA")) == {}


def record(*numbers: tuple[NumberKey, str], receipt_id: str = "rcp_1") -> Answered:
    effect = Record(
        id=f"int_{receipt_id}",
        partner_id="acme",
        key=replace(INTERCHANGE, control_number=receipt_id),
        sha256="of the interchange",
        sent_at="",
        usage="P",
        messages=(),
        findings=(),
        numbers=numbers,
    )
    return Answered(partner_id="acme", receipt_id=receipt_id, effects=(effect,))


def carried(db: Database, *answered: Answered) -> None:
    with db.begin() as tx:
        carry_out(tx, answered, NOW, db.payloads)


def world(db: Database, wants: Wants) -> World:
    with db.read() as tx:
        return look_up(tx, wants, NOW)


def _key_row() -> dict[str, object]:
    return {
        "partner_id": "acme",
        "kind": "group",
        "key": str(GROUP),
        "sha256": "a",
        "receipt_id": "rcp_1",
        "seen_at": NOW,
    }


def test_groups_and_messages_are_known_with_their_receipt(db: Database):
    carried(db, record((GROUP, "a"), (SET, "b")))
    found = world(db, Wants(numbers=frozenset([GROUP, SET]))).numbers
    assert found == {
        GROUP: Seen(sha256="a", receipt_id="rcp_1"),
        SET: Seen(sha256="b", receipt_id="rcp_1"),
    }


@pytest.mark.parametrize("digest", ["a", "b"])
def test_a_number_that_another_node_took_meanwhile_is_judged_again(
    db: Database, digest: str
):
    carried(db, record((GROUP, "a")))
    with pytest.raises(Overtaken):
        carried(db, record((GROUP, digest), (SET, "b"), receipt_id="rcp_2"))
    found = world(db, Wants(numbers=frozenset([GROUP, SET]))).numbers
    assert found == {GROUP: Seen(sha256="a", receipt_id="rcp_1")}


def test_a_receipt_may_take_its_own_number_again(db: Database):
    carried(db, record((GROUP, "a")))
    with db.begin() as tx:
        taken.take(tx, [_key_row()])
    found = world(db, Wants(numbers=frozenset([GROUP]))).numbers
    assert found == {GROUP: Seen(sha256="a", receipt_id="rcp_1")}


def test_numbers_and_interchanges_are_one_query(db: Database):
    (receipt_id,) = process(db, "acme 000000001 4711")
    carried(db, record((GROUP, "a")))
    wants = Wants(
        interchanges=frozenset([INTERCHANGE]), numbers=frozenset([GROUP, SET])
    )
    asked: list[str] = []
    with db.read() as tx:
        sa.event.listen(
            tx.engine, "before_cursor_execute", lambda *args: asked.append(args[2])
        )
        found = look_up(tx, wants, NOW)
    assert found.interchanges[INTERCHANGE].receipt_id == receipt_id
    assert list(found.numbers) == [GROUP]
    assert len([text for text in asked if "inbound_key" in text]) == 1
    assert [text for text in asked if "inbound_sequence" in text] == []


def test_old_numbers_are_forgotten_like_old_interchanges(db: Database):
    carried(db, record((GROUP, "a"), (SET, "b")))
    with db.begin() as tx:
        assert receipts.forget(tx, NOW.replace(year=2027)) == 3
    assert world(db, Wants(numbers=frozenset([GROUP, SET]))).numbers == {}
