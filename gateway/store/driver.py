"""Statements in the driver's words, handed to the driver itself where that is safe.

SQLAlchemy makes a context, a cursor and a description of the columns for each one: on
SQLite that is 180,000 instructions, more than most statements of a batch take. The
connections of PostgreSQL stay with SQLAlchemy, which knows when one is lost.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


def fetched(tx: sa.Connection, text: str, values: Any) -> list[Any]:
    """The rows of a statement."""
    if not _is_direct(tx):
        return list(tx.exec_driver_sql(text, values).fetchall())
    try:
        found: list[Any] = _raw(tx).execute(text, values).fetchall()
    except _problems(tx) as problem:
        raise _told(tx, text, problem) from problem
    return found


def changed(tx: sa.Connection, text: str, values: Any) -> int:
    """Carry out a change, once for each row of a list; how many rows were changed.

    The number is below zero where the driver does not tell.
    """
    if not _is_direct(tx):
        return tx.exec_driver_sql(text, values).rowcount
    raw = _raw(tx)
    carry_out = raw.executemany if isinstance(values, list) else raw.execute
    try:
        return int(carry_out(text, values).rowcount)
    except _problems(tx) as problem:
        raise _told(tx, text, problem) from problem


def _is_direct(tx: sa.Connection) -> bool:
    """Whether this is SQLite in a transaction, and nobody listens to statements."""
    return (
        tx.dialect.positional
        and tx.in_transaction()
        and not tx.dispatch.before_cursor_execute
    )


def _raw(tx: sa.Connection) -> Any:
    return tx.connection.driver_connection


def _problems(tx: sa.Connection) -> type[Exception]:
    return tx.dialect.loaded_dbapi.Error


def _told(tx: sa.Connection, text: str, problem: Exception) -> BaseException:
    """What the driver refuses, as SQLAlchemy says it; the values are partners' data."""
    return sa.exc.DBAPIError.instance(
        text, None, problem, _problems(tx), hide_parameters=True, dialect=tx.dialect
    )
