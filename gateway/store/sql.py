"""Statements that SQLite and PostgreSQL share and standard SQL does not have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain, islice
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from gateway.store import postgresql as postgresql_

T = TypeVar("T")
COPIED = 8
"""From so many rows on, PostgreSQL gets them in one stream."""
IN_LIST = 500
"""How many values one IN list holds; SQLite takes 32,766 bound values in all."""


def some(values: Iterable[T], size: int = IN_LIST) -> Iterator[list[T]]:
    """The values in lists short enough for one statement."""
    rest = iter(values)
    while part := list(islice(rest, size)):
        yield part


class Among:
    """A query for the rows whose columns are among some keys.

    The query is fixed and has no values of its own. SQLAlchemy's IN with tuples costs
    6 us a key, several times what the look-up itself does.
    """

    def __init__(self, query: sa.Select[Any], *columns: sa.Column[Any]) -> None:
        self._query = query
        self._columns = columns
        self._texts: dict[str, str] = {}

    def find(
        self, tx: sa.Connection, keys: Iterable[Sequence[object]]
    ) -> Iterator[Any]:
        """The rows for these keys, each as long as there are columns."""
        text = self._texts.get(tx.dialect.name) or self._text(tx.dialect)
        mark = "?" if tx.dialect.positional else "%s"
        one = f"({', '.join([mark] * len(self._columns))})"
        for part in some(keys):
            values = f"{text} (VALUES {', '.join([one] * len(part))})"
            found = tx.exec_driver_sql(values, tuple(chain.from_iterable(part)))
            yield from found.fetchall()

    def _text(self, dialect: sa.Dialect) -> str:
        names = ", ".join(f"{c.table.name}.{c.name}" for c in self._columns)
        word = "WHERE" if self._query.whereclause is None else "AND"
        text = f"{self._query.compile(dialect=dialect)} {word} ({names}) IN"
        return self._texts.setdefault(dialect.name, text)


@cache
def insert_into(dialect: str, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT, in the dialect of the connection."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def insert_new(
    tx: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, object]]
) -> int:
    """Insert the rows whose key is not there yet, leave the others; how many were new.

    The number is below zero where the driver does not tell.
    """
    return _insert(tx, table, rows, ignoring=True) if rows else 0


def insert_seen(
    tx: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, object]], seen: str
) -> None:
    """Insert rows; of those whose key is there the column ``seen`` takes the new value.

    They are locked either way, so nobody deletes them until the end of tx.
    """
    if rows:
        _insert(tx, table, rows, ignoring=True, seen=seen)


def insert_all(
    tx: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, object]]
) -> None:
    """Insert all rows with one prepared statement; each has the keys of the first."""
    if rows:
        _insert(tx, table, rows, ignoring=False)


def _insert(
    tx: sa.Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, object]],
    *,
    ignoring: bool,
    seen: str = "",
) -> int:
    """Hand the rows to the driver as they are; SQLAlchemy's way costs 5 us a row."""
    insert = _compiled(tx.dialect, table, tuple(rows[0]), ignoring, seen)
    columns: list[Iterable[object]] = list(
        zip(*map(itemgetter(*insert.names), rows), strict=True)
        if len(insert.names) > 1
        else [[row[insert.names[0]] for row in rows]]
    )
    for index, bound in insert.bound:
        columns[index] = map(bound, columns[index])
    values = zip(*columns, strict=True)
    if insert.is_positional:
        return tx.exec_driver_sql(insert.text, list(values)).rowcount
    names = insert.names
    if not ignoring and len(rows) >= COPIED:
        postgresql_.copy(tx, table, names, values)
        return len(rows)
    named = [dict(zip(names, each, strict=True)) for each in values]
    return tx.exec_driver_sql(insert.text, named).rowcount


class _Insert(NamedTuple):
    """A statement in the driver's words; ``bound`` makes a column's values fit."""

    text: str
    names: tuple[str, ...]
    bound: tuple[tuple[int, Callable[[object], object]], ...]
    is_positional: bool


@lru_cache(maxsize=256)
def _compiled(
    dialect: sa.Dialect,
    table: sa.Table,
    keys: tuple[str, ...],
    ignoring: bool,
    seen: str = "",
) -> _Insert:
    statement: sa.Insert = table.insert().inline()
    if seen:
        fresh = insert_into(dialect.name, table)
        statement = fresh.on_conflict_do_update(
            index_elements=list(table.primary_key), set_={seen: fresh.excluded[seen]}
        )
    elif ignoring:
        statement = insert_into(dialect.name, table).on_conflict_do_nothing()
    compiled = statement.compile(dialect=dialect, column_keys=list(keys))
    names = tuple(compiled.positiontup or keys)
    types = [table.c[name].type.dialect_impl(dialect) for name in names]
    bound = ((at, type_.bind_processor(dialect)) for at, type_ in enumerate(types))
    return _Insert(
        text=str(compiled),
        names=names,
        bound=tuple((at, each) for at, each in bound if each is not None),
        is_positional=bool(compiled.positiontup),
    )
