"""Looks into partners' servers: when one is due, who is at it, what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from gateway.findings import Finding
from gateway.partner.alerts import AlertKind
from gateway.store.alerts import row_of
from gateway.store.database import Database
from gateway.store.journal import event_row
from gateway.store.sql import insert_all, insert_new
from gateway.store.tables import alert, event, schedule

SUFFIX = "/get"
"""What the names of these schedules have behind the channel's."""
PATIENT = 3
"""Looks in a row that must fail before a server that is not there is told."""
PATIENT_CODES = frozenset({"TRN-014"})

Wanted = Mapping[tuple[str, str], tuple[str, str]]
"""Cron line and time zone of the looks, by partner and channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look that is ours until its lease ends."""

    partner_id: str
    channel: str
    owner: str


def lease(
    db: Database, wanted: Wanted, owner: str, now: datetime, until: datetime, most: int
) -> list[Look]:
    """Looks that are due, ours alone until then. A new channel is due at once."""
    if not wanted or most <= 0:
        return []
    with db.read() as tx:
        known = {
            (row.partner_id, row.name.removesuffix(SUFFIX)): row
            for row in tx.execute(_ALL)
        }
    fresh = [key for key in wanted if _differs(known.get(key), wanted[key])]
    due = [
        key
        for key in wanted
        if key in fresh or (known[key].next_at <= now and _is_free(known[key], now))
    ]
    if not due:
        return []
    taken: list[Look] = []
    with db.begin() as tx:
        for key in sorted(fresh):
            _set(tx, key, wanted[key], now)
        for key in sorted(due):
            if len(taken) < most and _take(tx, key, owner, now, until):
                taken.append(Look(partner_id=key[0], channel=key[1], owner=owner))
    return taken


def renew(db: Database, look: Look, until: datetime) -> bool:
    """Keep a look for longer; false if it has passed to others."""
    with db.begin() as tx:
        done = tx.execute(sa.update(schedule).where(_held(look)).values(_until(until)))
    return done.rowcount > 0


def settle(
    db: Database, look: Look, next_at: datetime, now: datetime, found: Finding | None
) -> None:
    """Let others have it, not before then; operators are told of new trouble.

    Trouble of the same kind is told once, until a look has gone well in between.
    """
    with db.begin() as tx:
        row = tx.execute(sa.select(schedule).where(_held(look)).with_for_update())
        before = row.first()
        if before is None:
            return
        code = "" if found is None else found.code
        failures = 0 if found is None else before.failures + 1
        patient = code in PATIENT_CODES and failures < PATIENT
        told = before.code if patient else code
        tx.execute(
            sa.update(schedule)
            .where(_held(look))
            .values(
                next_at=next_at,
                fired_at=now,
                lease_owner="",
                lease_until=None,
                failures=failures,
                code=told,
            )
        )
        if told == before.code:
            return
        what = "the looks succeed again" if found is None else found.what
        name = "look.recovered" if found is None else "look.failed"
        facts = {"code": code, "what": what}
        insert_all(
            tx, event, [event_row(look.partner_id, name, look.channel, now, **facts)]
        )
        if found is not None:
            tell(tx, look, found, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Troubled:
    """A channel whose last looks failed, and the finding of that."""

    partner_id: str
    channel: str
    code: str
    failures: int


def troubled(tx: sa.Connection) -> list[Troubled]:
    """The channels whose trouble was told and is not over."""
    query = _ALL.where(schedule.c.code != "").order_by(schedule.c.partner_id)
    return [
        Troubled(
            partner_id=row.partner_id,
            channel=row.name.removesuffix(SUFFIX),
            code=row.code,
            failures=row.failures,
        )
        for row in tx.execute(query)
    ]


def tell(tx: sa.Connection, look: Look, found: Finding, now: datetime) -> None:
    """Tell operators of something that was found in a look."""
    kind, ref = AlertKind.OTHER, look.channel
    insert_all(
        tx, alert, [row_of(look.partner_id, kind, found.code, found.what, ref, now)]
    )


def free(tx: sa.Connection, owners: Sequence[str]) -> None:
    """Let others have the looks that these held."""
    tx.execute(
        sa.update(schedule)
        .where(schedule.c.lease_owner.in_(owners))
        .values(lease_owner="", lease_until=None)
    )


_ALL = sa.select(schedule).where(schedule.c.name.endswith(SUFFIX))


def _differs(row: sa.Row[tuple[object, ...]] | None, times: tuple[str, str]) -> bool:
    return row is None or (row.cron, row.tz) != times


def _is_free(row: sa.Row[tuple[object, ...]], now: datetime) -> bool:
    return row.lease_until is None or row.lease_until <= now


def _this(key: tuple[str, str]) -> sa.ColumnElement[bool]:
    name = f"{key[1]}{SUFFIX}"
    return sa.and_(schedule.c.partner_id == key[0], schedule.c.name == name)


def _held(look: Look) -> sa.ColumnElement[bool]:
    here = _this((look.partner_id, look.channel))
    return sa.and_(here, schedule.c.lease_owner == look.owner)


def _until(until: datetime) -> dict[str, object]:
    return {"lease_until": until}


def _set(
    tx: sa.Connection, key: tuple[str, str], times: tuple[str, str], now: datetime
) -> None:
    """Note a new schedule, or other times than before."""
    cron, zone = times
    row = {"partner_id": key[0], "name": f"{key[1]}{SUFFIX}", "cron": cron, "tz": zone}
    insert_new(tx, schedule, [row | {"next_at": now, "fired_at": None}])
    tx.execute(
        sa.update(schedule)
        .where(_this(key), sa.or_(schedule.c.cron != cron, schedule.c.tz != zone))
        .values(cron=cron, tz=zone, next_at=now)
    )


def _take(
    tx: sa.Connection, key: tuple[str, str], owner: str, now: datetime, until: datetime
) -> bool:
    """Lease it, unless another process has it or has done it."""
    is_free = sa.or_(schedule.c.lease_until.is_(None), schedule.c.lease_until <= now)
    query = sa.select(schedule.c.name).where(
        _this(key), schedule.c.next_at <= now, is_free
    )
    if tx.execute(query.with_for_update(skip_locked=True)).first() is None:
        return False
    tx.execute(
        sa.update(schedule)
        .where(_this(key))
        .values(lease_owner=owner, lease_until=until)
    )
    return True
