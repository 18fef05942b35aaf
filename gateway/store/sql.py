"""Statements that SQLite and PostgreSQL share and standard SQL does not have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")
IN_LIST = 500
"""How many values one IN list holds; SQLite takes 32,766 bound values in all."""


def some(values: Iterable[T], size: int = IN_LIST) -> Iterator[list[T]]:
    """The values in lists short enough for one statement."""
    rest = iter(values)
    while part := list(islice(rest, size)):
        yield part


@cache
def insert_into(dialect: str, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT, in the dialect of the connection."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


@cache
def _ignoring(dialect: str, table: sa.Table) -> sa.Insert:
    return insert_into(dialect, table).on_conflict_do_nothing()


@cache
def _plain(table: sa.Table) -> sa.Insert:
    return table.insert().inline()


def insert_new(
    tx: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, object]]
) -> None:
    """Insert the rows whose key is not there yet; leave the others as they are."""
    if rows:
        tx.execute(_ignoring(tx.dialect.name, table), rows)


def insert_all(
    tx: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, object]]
) -> None:
    """Insert all rows with one prepared statement."""
    if rows:
        tx.execute(_plain(table), rows)
