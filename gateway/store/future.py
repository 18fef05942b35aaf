"""Work of a time that is not yet: the clock was put back."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from gateway.store.database import Database
from gateway.store.tables import OUTBOX_DUE, RECEIPT_DUE, lane, outbox, receipt

SLACK = timedelta(seconds=60)
"""How far the clocks of nodes may differ."""


def bring_back(db: Database, now: datetime, longest: timedelta) -> int:
    """Make due what came, or is held, in a future that nobody meant; how many rows.

    Without it what came in before the clock was put back would wait until the clock is
    there again. ``longest`` is the longest that a receipt rests or a message is held.
    """
    wanted = (
        (receipt, _receipts(now, now + longest)),
        (outbox, _messages(now, now + longest)),
    )
    with db.read() as tx:
        found = [
            (table, where)
            for table, where in wanted
            if tx.execute(sa.select(table.c.id).where(*where).limit(1)).first()
        ]
        lanes = sa.exists().where(lane.c.turn_at > now + SLACK)
        in_lanes = tx.execute(sa.select(lanes)).scalar()
    if not found and not in_lanes:
        return 0
    with db.begin() as tx:
        if in_lanes:
            tx.execute(
                sa.update(lane)
                .where(lane.c.turn_at > now + SLACK)
                .values(turn_at=now, next_at=now, lease_until=now)
            )
        return sum(
            tx.execute(sa.update(table).where(*where).values(next_at=now)).rowcount
            for table, where in found
        )


def _receipts(now: datetime, last: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    soon = now + SLACK
    row = receipt.c
    unmeant = sa.or_(row.received_at > soon, row.next_at > last + SLACK)
    return sa.and_(RECEIPT_DUE), row.next_at > soon, unmeant


def _messages(now: datetime, last: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """A peer may ask for any rest, so only what is new or being sent is judged."""
    soon = now + SLACK
    row = outbox.c
    held = sa.and_(row.delivery == "sending", row.next_at > last + SLACK)
    unmeant = sa.or_(row.created_at > soon, held)
    return sa.and_(OUTBOX_DUE), row.next_at > soon, unmeant
