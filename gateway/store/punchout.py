"""Punch-out sessions as rows: asked for, opened, shopped in, returned, over."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gateway.cxml_punchout.basket import Wish
from gateway.cxml_punchout.forms import ReturnForm
from gateway.cxml_punchout.kept import (
    NOTHING,
    Basket,
    basket_of,
    basket_text,
    form_of,
    form_text,
    wish_of,
    wish_text,
)
from gateway.cxml_punchout.restore import EarlierCart
from gateway.cxml_punchout.session import Operation, Session, State
from gateway.store.database import Database
from gateway.store.journal import event_row
from gateway.store.sql import insert_all, insert_new, some
from gateway.store.tables import (
    PUNCHOUT_OPEN,
    event,
    punchout_key,
    punchout_session,
)

__all__ = [
    "Kept",
    "Rows",
    "carts",
    "drop",
    "find",
    "insert",
    "is_overdue",
    "key_of",
    "ordered",
    "overdue",
    "rows_of",
    "seen",
    "update",
]

Rows = tuple[dict[str, object], dict[str, object]]
"""A new session, and the event that tells of it."""

_KEY = "tokens"
_KEY_BYTES = 32
_row = punchout_session.c
_WENT_BACK = (State.RETURNED.value, State.ORDERED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A session with all that is kept of it.

    ``key_sum`` is the SHA-256 of the live key, empty until its start page was opened;
    ``entered_by`` says how the browser proves itself: cookie or path.
    """

    session: Session
    wish: Wish
    allowed: str
    basket: Basket = NOTHING
    key_sum: str = field(default="", repr=False)
    entered_by: str = ""
    returned: ReturnForm | None = None


def key_of(db: Database, now: datetime) -> bytes:
    """What start tokens, paths and marks are made with: once made, the same for ever.

    It is sealed where payloads are.
    """
    query = sa.select(punchout_key.c.body).where(punchout_key.c.name == _KEY)
    with db.read() as tx:
        body = tx.execute(query).scalar()
    if body is None:
        made = base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()
        with db.begin() as tx:
            row = {"name": _KEY, "body": made, "since": now}
            insert_new(tx, punchout_key, [row])
            body = tx.execute(query).scalar_one()
    return base64.b64decode(body)


def rows_of(kept: Kept) -> Rows:
    """A new session as its row, and the event that tells of it."""
    its = kept.session
    row: dict[str, object] = {
        "partner_id": its.partner_id,
        "id": its.id,
        "way": kept.wish.way,
        "operation": its.operation.value,
        "test": kept.wish.test,
        "started_at": its.started_at,
        "body": wish_text(kept.wish),
        **_changing(kept, its.started_at),
    }
    told = {"operation": its.operation.value, "way": kept.wish.way}
    name = "punchout.asked"
    return row, event_row(its.partner_id, name, its.id, its.started_at, **told)


def insert(tx: sa.Connection, rows: Iterable[Rows]) -> None:
    """Keep new sessions."""
    sessions, events = [], []
    for row, told in rows:
        sessions.append(row)
        events.append(told)
    insert_all(tx, punchout_session, sessions)
    insert_all(tx, event, events)


def find(tx: sa.Connection, id_: str, *, lock: bool = False) -> Kept | None:
    """A session; with ``lock`` nobody else changes it until the transaction ends."""
    query = sa.select(punchout_session).where(_row.id == id_)
    row = tx.execute(query.with_for_update() if lock else query).first()
    return _kept(row) if row else None


def update(
    tx: sa.Connection, kept: Kept, now: datetime, told: str = "", **detail: str
) -> None:
    """Keep what changed of a session, and tell of it by an event of this name."""
    its = kept.session
    tx.execute(
        sa.update(punchout_session)
        .where(_row.partner_id == its.partner_id, _row.id == its.id)
        .values(**_changing(kept, now))
    )
    if told:
        row = event_row(its.partner_id, told, its.id, now, **detail)
        insert_all(tx, event, [row])


def seen(tx: sa.Connection, session: Session) -> None:
    """Note until when a session lives now that somebody looked at it."""
    tx.execute(
        sa.update(punchout_session)
        .where(
            _row.partner_id == session.partner_id,
            _row.id == session.id,
            _row.state == session.state.value,
        )
        .values(ends_at=session.ends_at)
    )


def carts(
    tx: sa.Connection, partner_id: str, ids: Iterable[str]
) -> dict[str, EarlierCart]:
    """Carts of this partner that went back, by their session."""
    found = {}
    for part in some(sorted(ids)):
        query = sa.select(punchout_session).where(
            _row.partner_id == partner_id, _row.id.in_(part), _row.state.in_(_WENT_BACK)
        )
        for row in tx.execute(query):
            found[row.id] = EarlierCart(
                session_id=row.id,
                user=wish_of(row.body).user,
                allowed=row.allowed,
                lines=basket_of(row.basket).lines,
            )
    return found


def ordered(
    tx: sa.Connection, partner_id: str, ids: Iterable[str], now: datetime
) -> None:
    """Note that orders came of these carts."""
    for part in some(sorted(ids)):
        mine = sa.and_(_row.partner_id == partner_id, _row.id.in_(part))
        query = sa.select(_row.id).where(mine, _row.state == State.RETURNED.value)
        new = list(tx.execute(query.with_for_update()).scalars())
        if not new:
            continue
        tx.execute(
            sa.update(punchout_session)
            .where(_row.partner_id == partner_id, _row.id.in_(new))
            .values(state=State.ORDERED.value, ends_at=None, changed_at=now)
        )
        rows = [event_row(partner_id, "punchout.ordered", one, now) for one in new]
        insert_all(tx, event, rows)


def is_overdue(tx: sa.Connection, now: datetime) -> bool:
    """Whether the time of a session is over that is still open."""
    query = sa.select(_row.id).where(PUNCHOUT_OPEN, _row.ends_at <= now).limit(1)
    return tx.execute(query).first() is not None


def overdue(tx: sa.Connection, now: datetime, limit: int) -> int:
    """Close sessions whose time is over; says how many."""
    query = (
        sa.select(_row.partner_id, _row.id, _row.state)
        .where(PUNCHOUT_OPEN, _row.ends_at <= now)
        .order_by(_row.ends_at)
        .limit(limit)
    )
    late = tx.execute(query.with_for_update(skip_locked=True)).all()
    for part in some([row.id for row in late]):
        tx.execute(
            sa.update(punchout_session)
            .where(_row.id.in_(part), PUNCHOUT_OPEN)
            .values(state=State.CLOSED.value, ends_at=None, changed_at=now)
        )
    rows = [
        event_row(row.partner_id, "punchout.closed", row.id, now, was=row.state)
        for row in late
    ]
    insert_all(tx, event, rows)
    return len(late)


def drop(
    tx: sa.Connection, before: datetime, after: str | None, at_once: int
) -> str | None:
    """Delete a part of the sessions that were over then; where the next part begins.

    None: there is no further part.
    """
    query = (
        sa.select(_row.id)
        .where(
            _row.id > (after or ""), _row.ends_at.is_(None), _row.changed_at < before
        )
        .order_by(_row.id)
        .limit(at_once)
    )
    gone = list(tx.execute(query).scalars())
    for part in some(gone):
        tx.execute(sa.delete(punchout_session).where(_row.id.in_(part)))
    return gone[-1] if len(gone) == at_once else None


def _changing(kept: Kept, now: datetime) -> dict[str, Any]:
    its = kept.session
    return {
        "state": its.state.value,
        "allowed": kept.allowed,
        "opened_at": its.opened_at,
        "ends_at": its.ends_at,
        "changed_at": now,
        "key_sum": kept.key_sum,
        "entered_by": kept.entered_by,
        "basket": basket_text(kept.basket),
        "returned": form_text(kept.returned),
    }


def _kept(row: sa.Row[Any]) -> Kept:
    wish = wish_of(row.body)
    return Kept(
        session=Session(
            id=row.id,
            partner_id=row.partner_id,
            operation=Operation(row.operation),
            state=State(row.state),
            user=wish.user,
            started_at=row.started_at,
            opened_at=row.opened_at,
            ends_at=row.ends_at,
        ),
        wish=wish,
        allowed=row.allowed,
        basket=basket_of(row.basket),
        key_sum=row.key_sum,
        entered_by=row.entered_by,
        returned=form_of(row.returned),
    )
