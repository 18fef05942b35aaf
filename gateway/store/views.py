"""Lists that people come back to: the filters of a page, kept under a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from gateway.store.sql import insert_into
from gateway.store.tables import message_view

__all__ = ["MOST", "View", "drop", "keep", "views_of"]

MOST = 20
"""How many one person may keep."""
_own = message_view.c


@dataclass(frozen=True, slots=True)
class View:
    """A list by its name; ``query`` is that of its address."""

    name: str
    query: str


def views_of(tx: sa.Connection, user_id: str) -> tuple[View, ...]:
    """What somebody keeps, by name."""
    query = sa.select(_own.name, _own.query).where(_own.user_id == user_id)
    return tuple(View(*row) for row in tx.execute(query.order_by(_own.name)))


def keep(tx: sa.Connection, user_id: str, view: View, now: datetime) -> bool:
    """Keep a list, in place of one of this name; whether there was room for it."""
    known = {one.name for one in views_of(tx, user_id)}
    if view.name not in known and len(known) >= MOST:
        return False
    insert = insert_into(tx.dialect.name, message_view).values(
        user_id=user_id, name=view.name, query=view.query, created_at=now
    )
    tx.execute(
        insert.on_conflict_do_update(
            index_elements=["user_id", "name"], set_={"query": view.query}
        )
    )
    return True


def drop(tx: sa.Connection, user_id: str, name: str) -> None:
    """Keep it no longer."""
    tx.execute(
        sa.delete(message_view).where(_own.user_id == user_id, _own.name == name)
    )
