from __future__ import annotations

import threading
import time

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from gateway.config import Settings
from gateway.store import sqlite
from gateway.store.database import Database, Unavailable
from gateway.store.tables import metadata, price_list, user_account
from tests.databases import POSTGRESQL, SQLITE


def names(db: Database) -> set[str]:
    with db.read() as tx:
        return set(sa.inspect(tx).get_table_names()) - {"alembic_version"}


def test_the_migrations_make_exactly_the_tables_of_the_code(db: Database):
    with db.begin() as tx:
        difference = compare_metadata(MigrationContext.configure(tx), metadata)

    assert difference == []


def test_the_migrations_go_down_to_nothing_and_up_again(db: Database):
    db.migrate("base")
    assert names(db) == set()

    db.migrate()

    assert names(db) == set(metadata.tables)


def test_a_second_migrate_changes_nothing(db: Database):
    db.migrate()

    assert names(db) == set(metadata.tables)


@pytest.mark.parametrize("kind", [SQLITE])
def test_sqlite_writes_ahead_and_waits_for_the_disk(db: Database):
    with db.begin() as tx:
        journal = tx.exec_driver_sql("PRAGMA journal_mode").scalar()
        synchronous = tx.exec_driver_sql("PRAGMA synchronous").scalar()

    assert (journal, synchronous) == ("wal", 2)


@pytest.mark.parametrize("kind", [SQLITE])
def test_only_what_is_passing_does_not_wait_for_the_disk(db: Database):
    waited = []
    for passing in (True, False, True):
        with db.begin(passing=passing) as tx:
            waited.append(tx.exec_driver_sql("PRAGMA synchronous").scalar())

    assert waited == [1, 2, 1]


@pytest.mark.parametrize("kind", [POSTGRESQL])
def test_a_passing_transaction_does_not_wait_for_the_log_on_postgresql(db: Database):
    waited = []
    for passing in (False, True, False):
        with db.begin(passing=passing) as tx:
            waited.append(tx.exec_driver_sql("SHOW synchronous_commit").scalar())

    assert waited == ["on", "off", "on"]


def test_an_exception_undoes_the_transaction(db: Database):
    def write_and_fail() -> None:
        with db.begin() as tx:
            tx.execute(sa.text("INSERT INTO price_list VALUES ('p', 1, 'c', 'x', 0)"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()

    with db.read() as tx:
        assert tx.execute(sa.select(price_list)).all() == []


def test_a_reader_cannot_write(db: Database):
    with pytest.raises(Unavailable, match=r"read-?only"), db.read() as tx:
        tx.execute(sa.text("DELETE FROM price_list"))


@pytest.mark.parametrize("kind", [SQLITE])
def test_writers_take_turns(db: Database):
    inside: list[int] = []
    overlaps: list[int] = []

    def write(n: int) -> None:
        with db.begin() as tx:
            inside.append(n)
            overlaps.append(len(inside))
            tx.execute(
                sa.text("INSERT INTO price_list VALUES ('p', :n, 'c', 'x', 0)"),
                {"n": n},
            )
            inside.remove(n)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert overlaps == [1] * 20


@pytest.mark.parametrize("kind", [SQLITE])
def test_another_connection_waits_for_its_turn(db: Database, settings: Settings):
    other = Database.open(settings)
    done = threading.Event()

    def write() -> None:
        with other.begin():
            done.set()

    thread = threading.Thread(target=write)
    with db.begin():
        thread.start()
        assert not done.wait(0.2)
    thread.join()
    other.close()

    assert done.is_set()


@pytest.mark.parametrize("kind", [SQLITE])
def test_a_short_pause_of_another_process_is_not_missed(
    db: Database, settings: Settings
):
    other = Database.open(settings)
    begun = threading.Event()
    held_again: list[float] = []

    def writes_again_and_again() -> None:
        with other.begin():
            begun.set()
            time.sleep(0.235)  # SQLite itself would look after 228 and 328 ms
        time.sleep(0.075)
        held_again.append(time.monotonic())

    thread = threading.Thread(target=writes_again_and_again)
    thread.start()
    begun.wait()
    with db.begin():
        had_turn = time.monotonic()
    thread.join()
    other.close()

    assert had_turn < held_again[0]


@pytest.mark.parametrize("kind", [SQLITE])
def test_who_gets_no_turn_in_time_is_told(db: Database, settings: Settings):
    hasty = Database.open(settings.model_copy(update={"busy_timeout_s": 0.02}))

    with db.begin(), pytest.raises(Unavailable), hasty.begin():
        pass
    hasty.close()


def test_an_old_sqlite_is_a_finding():
    assert [found.code for found in sqlite.check((3, 40, 1))] == ["CFG-031"]


def test_a_mended_sqlite_is_none():
    assert sqlite.check((3, 51, 3)) == ()


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_the_tables_can_be_made_on_postgresql(table: sa.Table):
    dialect = postgresql.dialect()

    made = str(CreateTable(table).compile(dialect=dialect))
    indexes = [str(CreateIndex(i).compile(dialect=dialect)) for i in table.indexes]

    assert made.strip().startswith("CREATE TABLE")
    assert all(index.startswith("CREATE ") for index in indexes)


OURS = (user_account,)
"""Not partners' data, though a user may see one partner only."""


@pytest.mark.parametrize(
    "table",
    [t for t in metadata.sorted_tables if "partner_id" in t.columns and t not in OURS],
    ids=lambda table: table.name,
)
def test_keys_of_partner_data_begin_with_the_partner(table: sa.Table):
    names = [column.name for column in table.primary_key]

    if table.name == "event":  # ADR 15
        assert not names
    elif table.name in {"item", "item_key", "receipt", "interchange"}:  # ADR 12, 14
        assert "partner_id" in names
    else:
        assert names[0] == "partner_id"
