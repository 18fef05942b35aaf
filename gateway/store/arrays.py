"""Rows as one array for each column, which PostgreSQL takes in one statement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql import visitors

_GIVEN = "given"


def given(columns: Mapping[str, sa.types.TypeEngine[Any]]) -> sa.TableValuedAlias:
    """A table of rows to come, with these columns; ``arrays`` fills it."""
    filled = [
        sa.bindparam(_mark(name), type_=ARRAY(type_)) for name, type_ in columns.items()
    ]
    named = [sa.column(name, type_) for name, type_ in columns.items()]
    return sa.func.unnest(*filled).table_valued(*named).render_derived(name=_GIVEN)


def from_rows(
    statement: sa.Update, columns: Mapping[str, sa.types.TypeEngine[Any]]
) -> sa.Update:
    """The change for many rows at once: what it binds by these names comes of them."""
    return taken_from(given(columns), statement)


def taken_from(rows: sa.FromClause, statement: sa.Update) -> sa.Update:
    """The change with what it binds by the names of these columns taken from them."""

    def replaced(element: Any, **_: object) -> Any:
        if isinstance(element, sa.BindParameter) and element.key in rows.c:
            return rows.c[element.key]
        return None

    many: Any = visitors.replacement_traverse(statement, {}, replaced)
    assert isinstance(many, sa.Update)
    return many


def arrays(names: Iterable[str], columns: Iterable[Iterable[object]]) -> dict[str, str]:
    """The values of a table of ``given``, each column as PostgreSQL writes arrays."""
    pairs = zip(names, columns, strict=True)
    return {_mark(name): _array(column) for name, column in pairs}


def _mark(name: str) -> str:
    return f"{_GIVEN}_{name}"


def _array(values: Iterable[object]) -> str:
    """A column: most are of one type, and texts seldom have a character to escape.

    Such a column is written at once, for a tenth of what value by value costs.
    """
    column = list(values)
    kinds = set(map(type, column))
    if kinds == _TEXTS:
        joined = '","'.join(cast(list[str], column))
        if "\\" not in joined and joined.count('"') == 2 * (len(column) - 1):
            return f'{{"{joined}"}}'
    elif kinds == _WHOLES:
        return "{" + ",".join(map(str, column)) + "}"
    return "{" + ",".join([_ELEMENTS.get(type(o), _wrapped)(o) for o in column]) + "}"


_TEXTS, _WHOLES = {str}, {int}


def _text(value: str) -> str:
    if "\\" in value or '"' in value:
        value = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{value}"'


def _bytes(value: bytes) -> str:
    return f'"\\\\x{value.hex()}"'


def _wrapped(value: Any) -> str:
    """What the driver's own types for bytes hold."""
    return _bytes(value.obj)


_ELEMENTS: Mapping[type, Callable[[Any], str]] = {
    type(None): lambda _: "NULL",
    str: _text,
    int: str,
    bool: str,
    float: repr,
    bytes: _bytes,
}
