"""Statements handed to the driver itself: rows, counts, and what is refused."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.store import driver
from gateway.store.database import Contended, Database, Unavailable
from tests.databases import SQLITE

MAKE = "CREATE TABLE thing (name TEXT PRIMARY KEY, size BIGINT)"
PUT = "INSERT INTO thing (name, size) VALUES ('a', 1), ('b', 2)"
SIZES = "SELECT size FROM thing ORDER BY name"
FORBIDDEN = (sa.exc.IntegrityError, Contended)  # another one may have been faster


@pytest.fixture
def things(db: Database) -> Iterator[Database]:
    with db.begin() as tx:
        tx.exec_driver_sql(MAKE)
    yield db
    with db.begin() as tx:
        tx.exec_driver_sql("DROP TABLE thing")


@pytest.fixture
def nothing(db: Database) -> Any:
    return () if db.is_sqlite else {}


def test_what_was_changed_is_counted_and_fetched(
    things: Database, nothing: Any
) -> None:
    with things.begin() as tx:
        assert driver.changed(tx, PUT, nothing) == 2
        assert [*map(tuple, driver.fetched(tx, SIZES, nothing))] == [(1,), (2,)]


def test_what_a_rule_of_the_tables_forbids_is_told_and_undone(
    things: Database, nothing: Any
) -> None:
    twice = PUT + ", ('a', 3)"
    with pytest.raises(FORBIDDEN), things.begin() as tx:
        driver.changed(tx, twice, nothing)
    with things.read() as tx:
        assert driver.fetched(tx, SIZES, nothing) == []


def test_a_table_that_is_not_there_is_told_without_the_values(db: Database) -> None:
    asked: tuple[str, Any] = ("SELECT %(a)s FROM nowhere", {"a": "s3cret"})
    if db.is_sqlite:
        asked = ("SELECT ? FROM nowhere", ("s3cret",))
    with pytest.raises(sa.exc.DBAPIError) as told, db.read() as tx:
        driver.fetched(tx, *asked)
    assert "nowhere" in str(told.value)
    assert "s3cret" not in str(told.value)


@pytest.mark.parametrize("kind", [SQLITE])  # PostgreSQL tells it otherwise
def test_a_database_that_may_not_be_written_is_unavailable(things: Database) -> None:
    with pytest.raises(Unavailable), things.read() as tx:
        driver.changed(tx, PUT, ())


def test_who_listens_to_statements_hears_of_them(
    things: Database, nothing: Any
) -> None:
    heard: list[str] = []
    with things.read() as tx:
        sa.event.listen(
            tx, "before_cursor_execute", lambda *told: heard.append(told[2])
        )
        driver.fetched(tx, SIZES, nothing)
    assert heard == [SIZES]


def test_a_statement_outside_of_a_transaction_begins_one(
    things: Database, nothing: Any
) -> None:
    with things.read() as tx:
        engine = tx.engine
    with engine.connect() as tx:
        driver.fetched(tx, SIZES, nothing)
        assert tx.in_transaction()
