"""Counts of all processes, added up: they outlive each of them."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from gateway.store.sql import insert_into
from gateway.store.tables import tally


def add(tx: sa.Connection, counted: Mapping[tuple[str, str], float]) -> None:
    """Add what was counted, in the order of the keys: nobody waits in a circle."""
    if not counted:
        return
    insert = insert_into(tx.dialect.name, tally)
    summed = insert.on_conflict_do_update(
        index_elements=[tally.c.name, tally.c.labels],
        set_={"value": tally.c.value + insert.excluded.value},
    )
    rows = [
        {"name": name, "labels": labels, "value": value}
        for (name, labels), value in sorted(counted.items())
    ]
    tx.execute(summed, rows)


def every(tx: sa.Connection) -> dict[tuple[str, str], float]:
    """All sums."""
    rows = tx.execute(sa.select(tally)).all()
    return {(row.name, row.labels): row.value for row in rows}
