"""Control numbers: one statement per series and batch."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import sqlalchemy as sa

from gateway.edi.numbers import LAST, Numbers
from gateway.store.sql import fetch, insert_into
from gateway.store.tables import control_counter

_COUNTED = ("interchange", "group", "message")


def allot(
    tx: sa.Connection, partner_id: str, series: str, message_counts: Sequence[int]
) -> list[Numbers]:
    """The next numbers of a series, one set for each interchange to be written.

    An interchange takes one ISA13, one GS06 and as many ST02 as it has messages; one
    without messages (TA1) has no group and takes no GS06. A number that was allotted
    and rolled back is given out again.
    """
    interchanges, messages = len(message_counts), sum(message_counts)
    groups = sum(count > 0 for count in message_counts)
    [row] = fetch(
        tx,
        _next(tx.dialect.name),
        partner_id=partner_id,
        series=series,
        interchange=interchanges,
        group=groups,
        message=messages,
    )
    before = (
        row.interchange - interchanges,
        row.group - groups,
        row.message - messages,
    )
    return _behind(before, message_counts)


def coming(
    tx: sa.Connection, partner_id: str, series: str, message_counts: Sequence[int]
) -> list[Numbers]:
    """What ``allot`` will give if nobody else is given numbers meanwhile."""
    rows = fetch(tx, _LAST, its_partner=partner_id, its_series=series)
    return _behind(tuple(rows[0]) if rows else (0, 0, 0), message_counts)


def _behind(last: tuple[int, int, int], message_counts: Sequence[int]) -> list[Numbers]:
    """The numbers behind the last interchange, group and message."""
    interchange, group, message = last
    numbers: list[Numbers] = []
    for count in message_counts:
        numbers.append(
            Numbers(
                interchange=interchange % LAST + 1,
                group=group % LAST + 1,
                message=message % LAST + 1,
            )
        )
        interchange, message = interchange + 1, message + count
        group += count > 0
    return numbers


_LAST = sa.select(*(control_counter.c[name] for name in _COUNTED)).where(
    control_counter.c.partner_id == sa.bindparam("its_partner"),
    control_counter.c.series == sa.bindparam("its_series"),
)


@cache
def _next(dialect: str) -> sa.Insert:
    """Add to the counters and give the last numbers; 1 follows 999999999."""
    statement = insert_into(dialect, control_counter)
    after = {
        name: (control_counter.c[name] + statement.excluded[name] - 1) % LAST + 1
        for name in _COUNTED
    }
    columns = [control_counter.c.partner_id, control_counter.c.series]
    return statement.on_conflict_do_update(
        index_elements=columns, set_=after
    ).returning(*(control_counter.c[name] for name in _COUNTED))
