"""Browsers that are logged in to the console, by the sums of what they hold."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from gateway.store.journal import event_row
from gateway.store.sql import insert_all
from gateway.store.tables import console_session, event, user_account
from gateway.store.users import User, user

__all__ = [
    "IDLE",
    "LONGEST",
    "Visit",
    "begin",
    "end",
    "find",
    "is_stale",
    "refused",
    "seen",
    "tell",
]

IDLE = timedelta(hours=1)
"""After so long without a page one has to log in again."""
LONGEST = timedelta(hours=12)
"""So long after its login a session ends, whatever is done in it."""
_SEEN_EVERY = timedelta(minutes=1)
_own = console_session.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A session and whose it is. ``csrf`` proves that a form is of its pages."""

    sha256: str
    user: User
    csrf: str
    seen_at: datetime
    notice: str
    """What happened before this page; it is told once."""
    began_at: datetime

    def ends_at(self, now: datetime) -> datetime:
        """When it is over, if nothing is done after ``now``."""
        return min(now + IDLE, self.began_at + LONGEST)


def begin(
    tx: sa.Connection, one: User, now: datetime, *, address: str, way: str
) -> str:
    """A new session; gives the secret for its cookie, which is kept nowhere else."""
    secret = secrets.token_urlsafe(32)
    row = {
        "sha256": _sum(secret),
        "user_id": one.id,
        "began_at": now,
        "seen_at": now,
        "notice": "",
    }
    insert_all(tx, console_session, [row])
    over = sa.or_(_own.seen_at < now - IDLE, _own.began_at < now - LONGEST)
    tx.execute(sa.delete(console_session).where(over))
    _note(tx, "console.login", one.id, now, login=one.login, address=address, way=way)
    return secret


def find(tx: sa.Connection, secret: str, now: datetime) -> Visit | None:
    """The session of a cookie, unless it is over or its user is shut out."""
    row = tx.execute(sa.select(console_session).where(_own.sha256 == _sum(secret)))
    found = row.first()
    if found is None or now >= found.seen_at + IDLE or now >= found.began_at + LONGEST:
        return None
    whose = user(tx, found.user_id)
    if whose is None or not whose.is_active:
        return None
    return Visit(
        sha256=found.sha256,
        user=whose,
        csrf=_sum(f"form {secret}")[:43],
        seen_at=found.seen_at,
        notice=found.notice,
        began_at=found.began_at,
    )


def is_stale(one: Visit, now: datetime) -> bool:
    """Whether something about the session has to be written down."""
    return bool(one.notice) or now - one.seen_at >= _SEEN_EVERY


def seen(tx: sa.Connection, one: Visit, now: datetime) -> None:
    """It was used now, and has told what it had to tell."""
    _change(tx, one, seen_at=now, notice="")


def tell(tx: sa.Connection, one: Visit, notice: str) -> None:
    """Have the next page say this."""
    _change(tx, one, notice=notice)


def end(tx: sa.Connection, one: Visit, now: datetime) -> None:
    """Log out."""
    tx.execute(sa.delete(console_session).where(_own.sha256 == one.sha256))
    _note(tx, "console.logout", one.user.id, now, login=one.user.login)


def refused(
    tx: sa.Connection, login: str, now: datetime, *, address: str, way: str
) -> None:
    """Somebody did not get in. What was typed is not kept: it may be a password."""
    known = tx.execute(
        sa.select(user_account.c.id).where(user_account.c.login == login)
    ).scalar()
    _note(tx, "console.login_refused", known or "", now, address=address, way=way)


def _note(tx: sa.Connection, name: str, ref: str, now: datetime, **told: str) -> None:
    insert_all(tx, event, [event_row("", name, ref, now, **told)])


def _change(tx: sa.Connection, one: Visit, **values: object) -> None:
    mine = _own.sha256 == one.sha256
    tx.execute(sa.update(console_session).where(mine).values(**values))


def _sum(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
