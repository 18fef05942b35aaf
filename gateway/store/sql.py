"""Statements that SQLite and PostgreSQL share and standard SQL does not have."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain, islice, repeat
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from msgspec import json
from sqlalchemy.dialects import postgresql, sqlite

from gateway.store import several
from gateway.store.arrays import arrays, from_rows, given
from gateway.store.driver import changed, fetched

T = TypeVar("T")
IN_LIST = 500
"""How many values one IN list holds; SQLite takes 32,766 bound values in all."""


def some(values: Iterable[T], size: int = IN_LIST) -> Iterator[list[T]]:
    """The values in lists short enough for one statement."""
    rest = iter(values)
    while part := list(islice(rest, size)):
        yield part


class Among:
    """A query for the rows whose columns are among some keys, or a change of them.

    The statement is fixed; what it binds itself are the ``values`` of a call. A change
    may give the columns ``returning``; a query may lock its rows, which PostgreSQL
    understands. SQLAlchemy's IN with tuples costs 6 us a key,
    several times what the look-up itself does.

    What is read while others may not write is read ``at_once``: SQLite gives it as one
    row of JSON then, and its thread its turn away only once. For numbers and texts of
    our own, with names of their own.
    """

    def __init__(
        self,
        statement: sa.Select[Any] | sa.Update,
        *columns: sa.Column[Any],
        returning: Sequence[sa.Column[Any]] = (),
        locking: str = "",
        at_once: bool = False,
    ) -> None:
        self._statement = statement
        self._columns = columns
        self._returning = returning
        self._locking = locking
        self._at_once = at_once
        self._made: dict[sa.Dialect, _Among] = {}

    def find(
        self, tx: sa.Connection, keys: Iterable[Sequence[object]], **values: object
    ) -> Iterator[Any]:
        """The rows for these keys, each as long as there are columns."""
        made = self._made.get(tx.dialect) or self._make(tx.dialect)
        for text, told in made.run(keys, values):
            rows = fetched(tx, text, told)
            yield from map(made.read, json.decode(rows[0][0]) if made.at_once else rows)

    def change(
        self, tx: sa.Connection, keys: Iterable[Sequence[object]], **values: object
    ) -> int:
        """Change the rows with these keys; how many."""
        made = self._made.get(tx.dialect) or self._make(tx.dialect)
        return sum(changed(tx, text, told) for text, told in made.run(keys, values))

    def _make(self, dialect: sa.Dialect) -> _Among:
        statement, marks = self._statement, []
        if not dialect.positional:
            named = {f"k{at}": one for at, one in enumerate(self._columns)}
            rows = given({mark: one.type for mark, one in named.items()})
            alike = [one == rows.c[mark] for mark, one in named.items()]
            statement, marks = statement.where(*alike), list(named)
        fixed = _compiled_fixed(dialect, statement)
        text = fixed.text
        if not marks:
            names = ", ".join(f"{c.table.name}.{c.name}" for c in self._columns)
            word = "WHERE" if statement.whereclause is None else "AND"
            text = f"{text} {word} ({names}) IN"
        types = [column.type.dialect_impl(dialect) for column in self._columns]
        bound = [type_.bind_processor(dialect) for type_ in types]
        asked: Sequence[Any] = self._returning or [*self._statement.exported_columns]
        told = ", ".join(f"{c.table.name}.{c.name}" for c in self._returning)
        locking = self._locking if dialect.name == "postgresql" else ""
        end = f" RETURNING {told}" if told else f" {locking}"
        at_once = self._at_once and dialect.positional
        if at_once:
            names = ", ".join(f'"{column.name}"' for column in asked)
            text = f"SELECT json_group_array(json_array({names})) FROM ({text}"  # noqa: S608  our columns
            end += ")"
        read, row = _readers(dialect, asked)
        made = _Among(
            fixed,
            text,
            end,
            len(self._columns),
            tuple(marks),
            _each(bound, tuple) if any(bound) else None,
            _each(read, row) if any(read) else row,
            at_once,
        )
        return self._made.setdefault(dialect, made)


class _Among(NamedTuple):
    """A statement for the driver; ``bound`` and ``read`` make keys and rows fit.

    Keys are arrays by these ``marks``, or a list of values where there are none.
    """

    fixed: _Fixed
    text: str
    end: str
    width: int
    marks: tuple[str, ...]
    bound: Callable[[Sequence[object]], Sequence[object]] | None
    read: Callable[[Sequence[object]], Any]
    at_once: bool

    def run(
        self, keys: Iterable[Sequence[object]], values: Mapping[str, object]
    ) -> Iterator[tuple[str, Any]]:
        """The text and what it binds, so many keys at a time."""
        own = self.fixed.bind(values)
        for part in some(dict.fromkeys(keys)):
            known = part if self.bound is None else list(map(self.bound, part))
            if self.marks:
                told = own | arrays(self.marks, zip(*known, strict=True))
                yield self.text + self.end, told
            else:
                yield self._listed(own, known)

    def _listed(
        self, own: tuple[object, ...], keys: Sequence[Sequence[object]]
    ) -> tuple[str, tuple[object, ...]]:
        """The text and its values, with the last key as often as makes a round number.

        So there are few texts, and the database knows them.
        """
        most = min(1 << (len(keys) - 1).bit_length(), IN_LIST)
        flat = chain.from_iterable(chain(keys, repeat(keys[-1], most - len(keys))))
        one = f"({', '.join(['?'] * self.width)})"
        text = f"{self.text} (VALUES {', '.join([one] * most)}){self.end}"
        return text, (*own, *flat)


def _readers(
    dialect: sa.Dialect, columns: Iterable[Any]
) -> tuple[list[Callable[[Any], object] | None], Callable[[Iterable[object]], Any]]:
    """What makes the driver's values ours, column by column, and how a row is made."""
    known = list(columns)
    read = [c.type.dialect_impl(dialect).result_processor(dialect, None) for c in known]
    row = namedtuple("row", [c.name for c in known])  # type: ignore[misc]  # each query has its own
    return read, row._make


def _each(
    converted: Sequence[Callable[[Any], object] | None],
    made: Callable[[Iterable[object]], Any],
) -> Callable[[Sequence[object]], Any]:
    """A function that converts each value of a row, where it has to be."""
    ways = [(at, way) for at, way in enumerate(converted) if way]

    def convert(row: Sequence[object]) -> Any:
        values = [*row]
        for at, way in ways:
            values[at] = way(values[at])
        return made(values)

    return convert


Query = sa.Select[Any] | sa.TextualSelect | sa.Insert
Change = sa.Update | sa.Insert


def fetch(tx: sa.Connection, statement: Query, **values: object) -> list[Any]:
    """The rows of a statement that is a constant of its module; values by name.

    It is compiled once and goes to the driver as text: SQLAlchemy's way costs 25 us,
    and 70 where the statement is put together each time.
    """
    fixed = _compiled_fixed(tx.dialect, statement)
    rows = fetched(tx, fixed.text, fixed.bind(values))
    return list(map(fixed.read, rows))


def change_all(
    tx: sa.Connection,
    statement: Change,
    rows: Sequence[dict[str, object]],
    **values: object,
) -> None:
    """Carry out a change that is a constant of its module, once for each row.

    The ``values`` are those that all have.
    """
    if not rows:
        return
    if len(rows) > 1 and statement.is_update:
        made = _of_rows(tx.dialect, statement, tuple(rows[0]))
        columns: list[Iterable[object]] = [[row[n] for row in rows] for n in rows[0]]
        for at, way in made.bound:
            columns[at] = map(way, columns[at])
        own = made.fixed.bind(values)
        if tx.dialect.positional:
            several.carry_out(tx, made.fixed.text, [*zip(*columns, strict=True)], own)
        else:
            changed(tx, made.fixed.text, own | arrays(rows[0], columns))
        return
    fixed = _compiled_fixed(tx.dialect, statement)
    each = [fixed.bind(row | values if values else row) for row in rows]
    changed(tx, fixed.text, each if len(each) > 1 else each[0])


class _OfRows(NamedTuple):
    """A change for many rows at once; ``bound`` makes a column's values fit."""

    fixed: _Fixed
    bound: tuple[tuple[int, Callable[[Any], object]], ...]


@lru_cache(maxsize=64)
def _of_rows(
    dialect: sa.Dialect, statement: sa.Update, names: tuple[str, ...]
) -> _OfRows:
    compiled = statement.compile(dialect=dialect)
    types = {mark: one.type for one, mark in compiled.bind_names.items()}
    ways = (types[name].dialect_impl(dialect).bind_processor(dialect) for name in names)
    bound = tuple((at, way) for at, way in enumerate(ways) if way is not None)
    if not dialect.positional:
        many = from_rows(statement, {name: types[name] for name in names})
        return _OfRows(_compiled_fixed(dialect, many), bound)
    fixed = _compiled_fixed(dialect, several.of_rows(statement, names))
    return _OfRows(fixed._replace(text=several.from_rows(fixed.text, names)), bound)


class _Fixed(NamedTuple):
    """A statement for the driver, its marks by name, and what is bound always."""

    text: str
    names: tuple[str, ...]
    is_positional: bool
    always: Mapping[str, object]
    bound: Mapping[str, Callable[[Any], object]]
    read: Callable[[Sequence[object]], Any]

    def bind(self, values: Mapping[str, object]) -> Any:
        """Values as the driver takes them."""
        known = {**self.always, **values}
        for name, way in self.bound.items():
            known[name] = way(known[name])
        return (
            tuple(known[name] for name in self.names) if self.is_positional else known
        )


@lru_cache(maxsize=256)
def _compiled_fixed(dialect: sa.Dialect, statement: Query | Change) -> _Fixed:
    compiled = statement.compile(dialect=dialect)
    types = {
        name: parameter.type.dialect_impl(dialect)
        for parameter, name in compiled.bind_names.items()
        if not isinstance(parameter.type, sa.ARRAY)  # filled by ``arrays``
    }
    ways = {name: type_.bind_processor(dialect) for name, type_ in types.items()}
    read, row = _readers(dialect, statement.exported_columns)
    return _Fixed(
        text=str(compiled),
        names=tuple(compiled.positiontup or ()),
        is_positional=dialect.positional,
        always={
            name: parameter.effective_value
            for parameter, name in compiled.bind_names.items()
            if not parameter.required
        },
        bound={name: way for name, way in ways.items() if way is not None},
        read=_each(read, row) if any(read) else row,
    )


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


class Bound(NamedTuple):
    """Rows as a driver takes them, with the statement that inserts them."""

    text: str
    values: Any


def bound(
    dialect: sa.Dialect, table: sa.Table, rows: Sequence[Mapping[str, object]]
) -> Bound:
    """Rows for ``insert_bound``; making them needs no transaction.

    Packing them costs several times what inserting them does.
    """
    return _bound(_compiled(dialect, table, tuple(rows[0]), False), rows)


def insert_bound(tx: sa.Connection, rows: Bound) -> None:
    """Insert what ``bound`` has made for this kind of database."""
    _put_in(tx, rows)


def _put_in(tx: sa.Connection, rows: Bound) -> int:
    if tx.dialect.positional:
        return several.carry_out(tx, rows.text, rows.values)
    return changed(tx, rows.text, rows.values)


def _insert(
    tx: sa.Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, object]],
    *,
    ignoring: bool,
    seen: str = "",
) -> int:
    insert = _compiled(tx.dialect, table, tuple(rows[0]), ignoring, seen)
    return _put_in(tx, _bound(insert, rows))


def _bound(insert: _Insert, rows: Sequence[Mapping[str, object]]) -> Bound:
    """The rows as they go to the driver; SQLAlchemy's way costs 5 us a row."""
    columns: list[Iterable[object]] = list(
        zip(*map(itemgetter(*insert.names), rows), strict=True)
        if len(insert.names) > 1
        else [[row[insert.names[0]] for row in rows]]
    )
    for index, made in insert.bound:
        columns[index] = map(made, columns[index])
    if insert.is_positional:
        return Bound(insert.text, list(zip(*columns, strict=True)))
    return Bound(insert.text, arrays(insert.names, columns))


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
    statement: Any = insert_into(dialect.name, table).inline()
    if not dialect.positional:
        rows = given({name: table.c[name].type for name in keys})
        every = sa.select(*rows.c)
        statement = statement.from_select(keys, every, include_defaults=False)
    if seen:
        statement = statement.on_conflict_do_update(
            index_elements=list(table.primary_key),
            set_={seen: statement.excluded[seen]},
        )
    elif ignoring:
        statement = statement.on_conflict_do_nothing()
    named = list(keys) if dialect.positional else None
    compiled = statement.compile(dialect=dialect, column_keys=named)
    names = tuple(compiled.positiontup or keys)
    types = [table.c[name].type.dialect_impl(dialect) for name in names]
    bound = ((at, type_.bind_processor(dialect)) for at, type_ in enumerate(types))
    return _Insert(
        text=str(compiled),
        names=names,
        bound=tuple((at, each) for at, each in bound if each is not None),
        is_positional=dialect.positional,
    )
