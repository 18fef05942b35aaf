"""A database that has seen many orders: those it has, copied under other names."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from bench.house import PARTNER, House
from gateway.store import tables
from gateway.store.database import Database
from gateway.store.sql import insert_all

_ID = re.compile(r"[a-z]{3}_\w+")
_SUM = re.compile(r"[0-9a-f]{64}")
_COPIED = (
    tables.payload,
    tables.inbound_key,
    tables.receipt,
    tables.interchange,
    tables.message,
    tables.orders,
    tables.order_version,
    tables.outbox,
)
_UNIQUE = ("po_number", "key", "idem")
"""Texts that are neither ids nor sums and yet occur once."""
_APART = 10_000_000
"""Between the control numbers of one copy and the next."""


def copy(house: House, times: int) -> int:
    """Copy all orders so often; says how many there are then.

    Rows get ids, sums, keys and control numbers of their own, so that every index has
    as many entries as so many orders would have left. Events are not copied: their
    chain would not hold.
    """
    db = Database.open(house.settings)
    with db.read() as tx:
        kept = {one: tx.execute(sa.select(one)).mappings().all() for one in _COPIED}
    for n in range(1, times + 1):
        with db.begin() as tx:
            for table, rows in kept.items():
                insert_all(tx, table, list(_renamed(table, rows, n)))
    with db.begin() as tx:
        tx.exec_driver_sql("ANALYZE")
        mine = tables.orders.c.partner_id == PARTNER
        count = tx.scalar(sa.select(sa.func.count()).where(mine))
    db.close()
    return int(count or 0)


def _renamed(table: sa.Table, rows: Any, n: int) -> Iterator[Mapping[str, object]]:
    for row in rows:
        yield {name: _other(name, value, n) for name, value in row.items()}


def _other(name: str, value: object, n: int) -> object:
    if isinstance(value, int) and name.endswith("_number"):
        return value + n * _APART
    if not isinstance(value, str):
        return value
    if _ID.fullmatch(value):
        return f"{value}{n}"
    if _SUM.fullmatch(value):
        return hashlib.sha256(f"{value}{n}".encode()).hexdigest()
    return f"{value}#{n}" if name in _UNIQUE and value else value
