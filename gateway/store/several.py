"""Rows as values of one statement, for SQLite.

Python's driver lets the other threads of the process go on at each step of a statement,
so a row for a step is a turn for a step: who writes two hundred rows one by one beside
a thread that computes keeps the lock of the database for tens of milliseconds, of which
it works two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain

import sqlalchemy as sa

from gateway.store.arrays import taken_from
from gateway.store.driver import changed

_GIVEN = "given"
_MOST = 64
"""Rows of one statement. SQLite binds 32,766 values; a row of ours has up to forty."""


def carry_out(
    tx: sa.Connection,
    text: str,
    rows: Sequence[Sequence[object]],
    always: Sequence[object] = (),
) -> int:
    """Carry out a statement that has ``VALUES (?, ?)`` for these rows; how many.

    What it binds ``always`` comes after its rows. The number of rows that were changed
    is below zero where the driver does not tell. All rows are as long as the first.
    """
    width = len(rows[0])
    count = 0
    for part in _parts(rows):
        told = (*chain.from_iterable(part), *always)
        count += changed(tx, _for_rows(text, width, len(part)), told)
    return count


def of_rows(statement: sa.Update, names: Sequence[str]) -> sa.Update:
    """The change with what it binds by these names taken from a table ``given``."""
    rows = sa.table(_GIVEN, *(sa.column(name) for name in names))
    return taken_from(rows, statement)


def from_rows(text: str, names: Sequence[str]) -> str:
    """The text of such a change with its table, for ``carry_out``."""
    marks, columns = ", ".join("?" * len(names)), '", "'.join(names)
    return f'WITH {_GIVEN}("{columns}") AS (VALUES ({marks})) {text}'


def _parts(rows: Sequence[Sequence[object]]) -> Iterator[Sequence[Sequence[object]]]:
    """The rows in powers of two, so that there are few texts and SQLite knows them."""
    at = 0
    while left := len(rows) - at:
        size = min(1 << (left.bit_length() - 1), _MOST)
        yield rows[at : at + size]
        at += size


@lru_cache(maxsize=512)
def _for_rows(text: str, width: int, count: int) -> str:
    one = f"({', '.join('?' * width)})"
    before, values, after = text.partition(f"VALUES {one}")
    assert values, text
    return f"{before}VALUES {', '.join([one] * count)}{after}"
