"""Statements that go to the driver as they are: rows in, rows among keys out."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from gateway.store.database import Database
from gateway.store.sql import (
    IN_LIST,
    Among,
    change_all,
    fetch,
    insert_all,
    insert_new,
)
from gateway.store.tables import deadline, inbound_key

NOW = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
NEXT = NOW + timedelta(hours=1)
KEY = (inbound_key.c.partner_id, inbound_key.c.kind, inbound_key.c.key)
SEEN = Among(sa.select(inbound_key.c.key, inbound_key.c.sha256), *KEY)
ONE_KIND = Among(
    sa.select(inbound_key.c.key).where(sa.text("inbound_key.kind = 'a%b'")),
    inbound_key.c.key,
)

DONE_AT = (
    sa.select(deadline.c.ref, deadline.c.due_at)
    .where(deadline.c.done_at == sa.bindparam("at"), deadline.c.kind == "k")
    .order_by(deadline.c.ref)
)
DONE = (
    sa.update(deadline)
    .where(deadline.c.ref == sa.bindparam("its"))
    .values(done_at=sa.bindparam("at"))
)
LATER = Among(
    sa.update(deadline).values(due_at=sa.bindparam("at")),
    deadline.c.partner_id,
    deadline.c.ref,
    returning=[deadline.c.ref],
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


@pytest.mark.parametrize("count", [1, 2, 63, 64, 65, 200])
def test_any_number_of_rows_is_inserted_and_changed_once(db: Database, count: int):
    one = {"partner_id": "acme", "kind": "k", "due_at": NOW, "done_at": None}
    refs = [str(n) for n in range(count)]
    with db.begin() as tx:
        insert_all(tx, deadline, [{**one, "ref": ref} for ref in [*refs, "other"]])
        changes = [{"its": ref, "at": NOW + timedelta(int(ref))} for ref in refs]
        change_all(tx, DONE, changes)
        stored = tx.execute(sa.select(deadline.c.ref, deadline.c.done_at)).all()
        again = [row(ref) for ref in refs]
        assert insert_new(tx, inbound_key, again[:1]) == 1
        assert insert_new(tx, inbound_key, again) == count - 1

    done = {ref: NOW + timedelta(int(ref)) for ref in refs}
    assert sorted(stored) == sorted({**done, "other": None}.items())


@pytest.mark.parametrize("kind", ["sqlite"])  # PostgreSQL takes arrays
def test_many_rows_are_few_steps(db: Database):
    """Each statement gives the other threads a turn while the database is held."""
    one = {"partner_id": "acme", "kind": "k", "due_at": NOW, "done_at": None}
    refs = [str(n) for n in range(200)]
    seen: list[str] = []
    with db.begin() as tx:
        raw = tx.connection.driver_connection
        assert raw is not None
        raw.set_trace_callback(seen.append)
        insert_all(tx, deadline, [{**one, "ref": ref} for ref in refs])
        change_all(tx, DONE, [{"its": ref} for ref in refs], at=NOW)
        raw.set_trace_callback(None)
        assert len(fetch(tx, DONE_AT, at=NOW)) == len(refs)

    assert [text.split()[0] for text in seen] == ["INSERT"] * 4 + ["WITH"] * 4


def test_what_is_read_at_once_is_what_is_read_row_by_row(db: Database):
    keys = [("acme", "transport", str(n)) for n in range(IN_LIST + 1)]
    query = sa.select(inbound_key.c.key, inbound_key.c.seen_at)
    one_by_one, at_once = Among(query, *KEY), Among(query, *KEY, at_once=True)
    with db.begin() as tx:
        assert list(at_once.find(tx, keys)) == []
        insert_all(tx, inbound_key, [row(key) for _, _, key in keys])
        found = [tuple(one) for one in at_once.find(tx, keys)]
        assert sorted(found) == sorted(tuple(o) for o in one_by_one.find(tx, keys))
        assert found[0][1] == NOW


def test_a_fixed_statement_takes_values_by_name_and_gives_rows(db: Database):
    one = {"partner_id": "acme", "kind": "k", "due_at": NOW, "done_at": None}
    with db.begin() as tx:
        insert_all(tx, deadline, [{**one, "ref": ref} for ref in ("1", "2", "3")])
        change_all(tx, DONE, [{"its": "1"}, {"its": "2"}], at=NOW)
        found = fetch(tx, DONE_AT, at=NOW)

    assert [(row.ref, row.due_at) for row in found] == [("1", NOW), ("2", NOW)]


def test_a_value_that_is_missing_is_no_null(db: Database):
    with pytest.raises(KeyError), db.begin() as tx:
        fetch(tx, DONE_AT)


@pytest.mark.parametrize("count", [1, 3, 4, IN_LIST + 1])
def test_a_change_among_keys_meets_each_row_once(db: Database, count: int):
    one = {"partner_id": "acme", "kind": "k", "due_at": NOW, "done_at": None}
    refs = [str(n) for n in range(count)]
    with db.begin() as tx:
        insert_all(tx, deadline, [{**one, "ref": ref} for ref in [*refs, "other"]])
        keys = [("acme", ref) for ref in refs]
        changed = [row.ref for row in LATER.find(tx, keys, at=NEXT)]
        due = tx.execute(sa.select(deadline.c.due_at)).scalars().all()

    assert sorted(changed) == sorted(refs)
    assert (due.count(NEXT), due.count(NOW)) == (count, 1)


def test_moments_and_nothing_come_back_as_they_were(db: Database):
    one = {"partner_id": "acme", "kind": "k", "ref": "r", "due_at": NOW}
    with db.begin() as tx:
        insert_all(tx, deadline, [{**one, "done_at": None}])
        found = tx.execute(sa.select(deadline.c.due_at, deadline.c.done_at)).one()
    assert tuple(found) == (NOW, None)


@pytest.mark.parametrize("count", [1, 3])
def test_what_arrays_are_written_with_comes_back_as_it_was(db: Database, count: int):
    odd = ['"', "\\", "a,b", "{c}", "NULL", "", " d ", "\\x00", "é\n", "'", "%s"]
    rows = [row(f"{one}{n}", one) for one in odd for n in range(count)]
    keys = [("acme", one["kind"], one["key"]) for one in rows]
    with db.begin() as tx:
        insert_new(tx, inbound_key, rows)
        found = {tuple(one) for one in SEEN.find(tx, keys)}

    assert found == {(one["key"], one["sha256"]) for one in rows}


@pytest.mark.parametrize("odd", ['a","b', '"', "\\"])
def test_one_odd_text_among_plain_ones_comes_back_as_it_was(db: Database, odd: str):
    rows = [row(text) for text in ("a", odd, "b")]
    keys = [("acme", one["kind"], one["key"]) for one in rows]
    with db.begin() as tx:
        insert_new(tx, inbound_key, rows)
        found = {tuple(one) for one in SEEN.find(tx, keys)}

    assert found == {(one["key"], one["sha256"]) for one in rows}


def test_each_row_of_many_is_changed_in_its_own_way(db: Database):
    one = {"partner_id": "acme", "kind": "k", "due_at": NOW, "done_at": None}
    changes: list[dict[str, object]] = [
        {"its": "1", "at": NOW},
        {"its": "2", "at": NEXT},
        {"its": "3", "at": None},
    ]
    with db.begin() as tx:
        insert_all(tx, deadline, [{**one, "ref": ref} for ref in ("1", "2", "3")])
        change_all(tx, DONE, changes)
        query = sa.select(deadline.c.done_at).order_by(deadline.c.ref)
        found = tx.execute(query).scalars().all()

    assert found == [NOW, NEXT, None]
