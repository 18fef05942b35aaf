"""Statements in the driver's words, handed to the driver itself where that is safe.

SQLAlchemy makes a context, a cursor and a description of the columns for each one: on
SQLite that is 180,000 instructions, more than most statements of a batch take, and on
PostgreSQL half of what the client spends on one. The connection and its transaction
stay with SQLAlchemy, which is told when one is lost.
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
    try:
        if isinstance(values, list):
            cursor = raw.cursor()
            cursor.executemany(text, values)
            return int(cursor.rowcount)
        return int(raw.execute(text, values).rowcount)
    except _problems(tx) as problem:
        raise _told(tx, text, problem) from problem


def _is_direct(tx: sa.Connection) -> bool:
    """Whether this is in a transaction, and nobody listens to statements."""
    return tx.in_transaction() and not tx.dispatch.before_cursor_execute


def _raw(tx: sa.Connection) -> Any:
    return tx.connection.dbapi_connection


def _problems(tx: sa.Connection) -> type[Exception]:
    return tx.dialect.loaded_dbapi.Error


def _told(tx: sa.Connection, text: str, problem: Any) -> Any:
    """What the driver refuses, as SQLAlchemy says it; the values are partners' data."""
    is_lost = tx.dialect.is_disconnect(problem, _raw(tx), None)
    if is_lost:
        tx.invalidate(problem)
    return sa.exc.DBAPIError.instance(
        text,
        None,
        problem,
        _problems(tx),
        hide_parameters=True,
        connection_invalidated=is_lost,
        dialect=tx.dialect,
    )
