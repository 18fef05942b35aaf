"""Statements that go to the driver as they are: rows in, rows among keys out."""

from datetime import UTC, datetime

import sqlalchemy as sa

from gateway.store.database import Database
from gateway.store.sql import IN_LIST, Among, insert_all, insert_new
from gateway.store.tables import deadline, inbound_key

NOW = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
KEY = (inbound_key.c.partner_id, inbound_key.c.kind, inbound_key.c.key)
SEEN = Among(sa.select(inbound_key.c.key, inbound_key.c.sha256), *KEY)
ONE_KIND = Among(
    sa.select(inbound_key.c.key).where(sa.text("inbound_key.kind = 'a%b'")),
    inbound_key.c.key,
)


def row(key: str, kind: str = "transport") -> dict[str, object]:
    return {
        "partner_id": "acme",
        "kind": kind,
        "key": key,
        "sha256": f"sum of {key}",
        "receipt_id": "rcp_1",
        "seen_at": NOW,
    }


def test_rows_are_found_by_all_columns_of_their_keys(db: Database):
    with db.begin() as tx:
        insert_all(tx, inbound_key, [row("1"), row("2"), row("3", "group")])
        keys = [("acme", "transport", "1"), ("acme", "group", "2")]
        assert [tuple(one) for one in SEEN.find(tx, keys)] == [("1", "sum of 1")]
        assert list(SEEN.find(tx, [])) == []


def test_more_keys_than_one_statement_holds_are_all_looked_up(db: Database):
    numbers = [str(n) for n in range(2 * IN_LIST + 1)]
    with db.begin() as tx:
        insert_all(tx, inbound_key, [row(number) for number in numbers])
        keys = [("acme", "transport", number) for number in numbers]
        assert {key for key, _ in SEEN.find(tx, keys)} == set(numbers)


def test_a_query_may_have_a_condition_of_its_own(db: Database):
    with db.begin() as tx:
        insert_all(tx, inbound_key, [row("1"), row("2", "a%b"), row("3", "a%b")])
        assert [tuple(one) for one in ONE_KIND.find(tx, [("1",), ("2",)])] == [("2",)]


def test_only_new_rows_are_counted(db: Database):
    with db.begin() as tx:
        assert insert_new(tx, inbound_key, [row("1"), row("2")]) == 2
        assert insert_new(tx, inbound_key, [row("2"), row("3"), row("3")]) == 1
        assert insert_new(tx, inbound_key, []) == 0


def test_moments_and_nothing_come_back_as_they_were(db: Database):
    one = {"partner_id": "acme", "kind": "k", "ref": "r", "due_at": NOW}
    with db.begin() as tx:
        insert_all(tx, deadline, [{**one, "done_at": None}])
        found = tx.execute(sa.select(deadline.c.due_at, deadline.c.done_at)).one()
    assert tuple(found) == (NOW, None)
