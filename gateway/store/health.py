"""How the database and the work in it are doing: looked at, never changed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gateway.pipeline.alerting import ALERTS
from gateway.store import leases, sealing
from gateway.store.database import Database
from gateway.store.tables import (
    OUTBOX_DUE,
    RECEIPT_ASIDE,
    RECEIPT_DUE,
    WEBHOOK_QUEUED,
    alert,
    metadata,
    outbox,
    receipt,
    webhook_event,
    worker,
)

MOST_COUNTED = 100_000
"""Backlogs are counted so far and no further: a longer one is long."""

_STATEMENTS_MS = sa.text(
    "SELECT setting FROM pg_settings WHERE name = 'statement_timeout'"
)
_NEW = sa.text("alert.state = 'new'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Work that waits: how much, up to ``MOST_COUNTED``, and since when it was due."""

    count: int
    since: datetime | None = None

    def age_s(self, now: datetime) -> float:
        """Seconds that the oldest has been due."""
        return max((now - self.since).total_seconds(), 0.0) if self.since else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """The work that waits, kind by kind."""

    receipts: Queue
    messages: Queue
    quarantined: int
    unsealed: Queue
    alerts: Queue
    webhooks: Queue
    """Events that receivers have not taken, since they were lined up."""
    outbox: dict[str, int]
    """How many messages wait in which state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The server and what it says of itself; empty what it does not have."""

    version: str
    now: datetime | None
    settings: dict[str, str]


def facts(db: Database) -> Facts:
    """What the server says of itself."""
    with db.read() as tx:
        if db.is_sqlite:
            version = str(tx.exec_driver_sql("SELECT sqlite_version()").scalar())
            return Facts(version=version, now=None, settings={})
        names = ("server_version", "fsync", "full_page_writes", "server_encoding")
        told = {
            name: str(tx.execute(sa.select(sa.func.current_setting(name))).scalar())
            for name in names
        }
        told["statement_timeout"] = str(tx.execute(_STATEMENTS_MS).scalar_one())
        now = tx.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
        return Facts(version=told.pop("server_version"), now=now, settings=told)


def write(db: Database) -> None:
    """Write and undo it: raises what stands against writing."""
    with db.begin() as tx:
        tx.execute(sa.delete(worker).where(worker.c.owner == "nobody"))


def missing_tables(db: Database) -> list[str]:
    """Tables of this version that the database does not have."""
    with db.read() as tx:
        return sorted({*metadata.tables} - {*sa.inspect(tx).get_table_names()})


def backlog(tx: sa.Connection, now: datetime, fetched: Collection[str] = ()) -> Backlog:
    """The work that waits. Reads partial indexes only.

    What leaves by lanes that partners fetch from waits for them, not for us.
    """
    waiting = (
        sa.select(outbox.c.delivery).where(OUTBOX_DUE).limit(MOST_COUNTED).subquery()
    )
    by_state = sa.select(waiting.c.delivery, sa.func.count()).group_by("delivery")
    unsealed, unsealed_since = sealing.unsealed(tx)
    return Backlog(
        receipts=_queue(tx, receipt.c.next_at, RECEIPT_DUE, receipt.c.next_at <= now),
        messages=_queue(
            tx,
            outbox.c.next_at,
            OUTBOX_DUE,
            outbox.c.next_at <= now,
            *([outbox.c.lane.not_in(fetched)] if fetched else []),
        ),
        quarantined=_count(tx, receipt.c.id, RECEIPT_ASIDE),
        unsealed=Queue(count=unsealed, since=unsealed_since),
        alerts=_queue(tx, alert.c.at, _NEW),
        webhooks=_events(tx),
        outbox={row[0]: row[1] for row in tx.execute(by_state)},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """Messages to operators that were given up: how many, and the newest of them."""

    count: int
    message_id: str
    target: str
    said: str


def untold(tx: sa.Connection, since: datetime) -> Untold | None:
    """What operators were not told since then; none: they heard it all.

    Their messages are nobody's, which is the beginning of the key.
    """
    query = (
        sa.select(outbox.c.id, outbox.c.file_name, outbox.c.last_said)
        .where(
            outbox.c.partner_id == "",
            outbox.c.kind.startswith(ALERTS, autoescape=True),
            outbox.c.delivery == "failed",
            outbox.c.settled_at >= since,
        )
        .order_by(outbox.c.id.desc())
        .limit(MOST_COUNTED)
    )
    rows = tx.execute(query).all()
    if not rows:
        return None
    newest = rows[0]
    return Untold(
        count=len(rows),
        message_id=newest.id,
        target=newest.file_name,
        said=newest.last_said,
    )


def last_receipt(tx: sa.Connection) -> datetime | None:
    """When the newest transmission came, by the clock of then."""
    query = sa.select(receipt.c.received_at).order_by(receipt.c.id.desc()).limit(1)
    return tx.execute(query).scalar()


def dead_workers(db: Database) -> list[str]:
    """Processes that are gone and did not take leave."""
    with db.read() as tx:
        rows = tx.execute(sa.select(worker.c.owner, worker.c.key)).all()
        if db.is_sqlite:
            return [row.owner for row in rows if leases.is_dead(row.owner)]
        lock = sa.func.pg_try_advisory_xact_lock
        return [r.owner for r in rows if tx.execute(sa.select(lock(r.key))).scalar()]


def _count(tx: sa.Connection, column: sa.Column[Any], *where: Any) -> int:
    few = sa.select(column).where(*where).limit(MOST_COUNTED).subquery()
    return int(tx.execute(sa.select(sa.func.count()).select_from(few)).scalar_one())


def _events(tx: sa.Connection) -> Queue:
    """What waits for webhooks; of more than are counted, one of the oldest."""
    queued_at = webhook_event.c.queued_at
    few = sa.select(queued_at).where(WEBHOOK_QUEUED).limit(MOST_COUNTED).subquery()
    count = sa.select(sa.func.count(), sa.func.min(few.c.queued_at)).select_from(few)
    row = tx.execute(count).one()
    return Queue(count=row[0], since=row[1])


def _queue(tx: sa.Connection, column: sa.Column[datetime], *where: Any) -> Queue:
    oldest = sa.select(column).where(*where).order_by(column).limit(1)
    since = tx.execute(oldest).scalar()
    return Queue(count=_count(tx, column, *where), since=since)
