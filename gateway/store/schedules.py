"""Times of partners: each fires once, whichever process sees it first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import sqlalchemy as sa

from gateway.store import lanes
from gateway.store.database import Database
from gateway.store.journal import event_row
from gateway.store.sql import insert_all, insert_new
from gateway.store.tables import event, schedule

Following = Callable[[str, str, datetime], datetime]
"""The next time of a cron line in a time zone behind a moment."""
Wanted = Mapping[tuple[str, str], tuple[str, str]]
"""Cron line and time zone by partner and channel."""


def fire(db: Database, wanted: Wanted, following: Following, now: datetime) -> int:
    """Open the lanes whose time has come; how many.

    A time that was missed while nobody worked fires once, late.
    """
    if not wanted:
        return 0
    with db.read() as tx:
        known = {(row.partner_id, row.name): row for row in tx.execute(_ALL)}
    fresh = [key for key in wanted if key not in known or _differs(known[key], wanted)]
    due = [key for key in wanted if key in known and known[key].next_at <= now]
    if not fresh and not due:
        return 0
    with db.begin() as tx:
        for key in sorted(fresh):
            _set(tx, key, wanted[key], following, now)
        return sum(_fire(tx, key, wanted[key], following, now) for key in sorted(due))


_ALL = sa.select(schedule)


def _differs(row: sa.Row[tuple[object, ...]], wanted: Wanted) -> bool:
    return (row.cron, row.tz) != wanted[row.partner_id, row.name]


def _this(key: tuple[str, str]) -> sa.ColumnElement[bool]:
    return sa.and_(schedule.c.partner_id == key[0], schedule.c.name == key[1])


def _set(
    tx: sa.Connection,
    key: tuple[str, str],
    times: tuple[str, str],
    following: Following,
    now: datetime,
) -> None:
    """Note a new schedule, or another one than before."""
    cron, zone = times
    moment = following(cron, zone, now)
    partner_id, name = key
    row = {"partner_id": partner_id, "name": name, "cron": cron, "tz": zone}
    insert_new(tx, schedule, [row | {"next_at": moment, "fired_at": None}])
    tx.execute(
        sa.update(schedule)
        .where(_this(key), sa.or_(schedule.c.cron != cron, schedule.c.tz != zone))
        .values(cron=cron, tz=zone, next_at=moment)
    )


def _fire(
    tx: sa.Connection,
    key: tuple[str, str],
    times: tuple[str, str],
    following: Following,
    now: datetime,
) -> bool:
    """Open the lane, unless another process does or has done so."""
    query = sa.select(schedule).where(_this(key), schedule.c.next_at <= now)
    row = tx.execute(query.with_for_update(skip_locked=True)).first()
    if row is None:
        return False
    tx.execute(
        sa.update(schedule)
        .where(_this(key))
        .values(next_at=following(*times, now), fired_at=now)
    )
    name = "/".join(key)
    lanes.fire(tx, name, now)
    due_at = row.next_at.isoformat()
    told = event_row(key[0], "schedule.fired", name, now, due_at=due_at)
    insert_all(tx, event, [told])
    return True
