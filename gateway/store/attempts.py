"""Logins that are tried: how often, for which name and from which place.

The database counts, so that it is the same for all processes. A wrong password locks
the name for its place alone: a stranger elsewhere shuts nobody out. One who guesses
from many places is stopped by the count of all of them, which does not hold where the
user has logged in before.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import sqlalchemy as sa

from gateway.store.sql import insert_new
from gateway.store.tables import login_attempt

__all__ = ["LOGINS_PER_MINUTE", "begin", "forget", "locked_until", "may_try", "succeed"]

LOGINS_PER_MINUTE = 30
"""How often one place may try to log in to the console in a minute."""
_FREE_HERE = 10
"""Wrong passwords in a row for a name, from one place, that cost no time."""
_FREE_IN_ALL = 100
"""Wrong ones from places where nobody has logged in by this name before."""
_LOCKED = timedelta(minutes=1)
_LONGEST_LOCKED = timedelta(minutes=15)
_WINDOW = timedelta(minutes=1)
_KEPT = timedelta(days=1)
"""A name and a place that are not heard of so long begin anew."""
_KNOWN = timedelta(days=90)
"""So long after a login its place is one that the user comes from."""
_EVERYWHERE = "*"
_own = login_attempt.c


def may_try(tx: sa.Connection, place: str, now: datetime) -> bool:
    """Count a try from this place; whether it may be looked at."""
    insert_new(tx, login_attempt, [_row("", place, now)])
    mine = _is("", place)
    fresh = sa.update(login_attempt).where(mine, _own.at <= now - _WINDOW)
    if tx.execute(fresh.values(failures=0, at=now)).rowcount:
        _sweep(tx, now)
    counted = sa.update(login_attempt).where(mine, _own.failures < LOGINS_PER_MINUTE)
    return bool(tx.execute(counted.values(failures=_own.failures + 1)).rowcount)


def begin(tx: sa.Connection, login: str, place: str, now: datetime) -> bool:
    """Count a try for this name as wrong, until it succeeds; false: it has to wait.

    So tries at the same moment are counted before the first of them is answered. A name
    that nobody has is counted alike.
    """
    who = _sum(login)
    insert_new(tx, login_attempt, [_row(who, one, now) for one in (place, _EVERYWHERE)])
    if not _count(tx, who, place, _FREE_HERE, now):
        return False
    known_at = tx.execute(sa.select(_own.known_at).where(_is(who, place))).scalar()
    if known_at is not None and known_at > now - _KNOWN:
        return True
    return _count(tx, who, _EVERYWHERE, _FREE_IN_ALL, now)


def succeed(tx: sa.Connection, login: str, place: str, now: datetime) -> None:
    """The password was right: the user comes from there, and nothing is locked."""
    who = _sum(login)
    over = sa.update(login_attempt).values(failures=0, locked_until=None, at=now)
    tx.execute(over.where(_is(who, place)).values(known_at=now))
    tx.execute(over.where(_is(who, _EVERYWHERE)))


def forget(tx: sa.Connection, login: str) -> None:
    """Begin anew with this name: it has another password, or may come again."""
    tx.execute(sa.delete(login_attempt).where(_own.who == _sum(login)))


def locked_until(
    tx: sa.Connection, login: str, place: str, now: datetime
) -> datetime | None:
    """Until when this name has to wait at this place."""
    query = sa.select(_own.locked_until).where(_is(_sum(login), place))
    found = tx.execute(query.where(_own.locked_until > now)).scalar()
    assert found is None or isinstance(found, datetime)
    return found


def _count(tx: sa.Connection, who: str, place: str, free: int, now: datetime) -> bool:
    """One more try; false where it is locked, which is not counted."""
    mine = _is(who, place)
    is_open = sa.or_(_own.locked_until.is_(None), _own.locked_until <= now)
    counted = sa.update(login_attempt).where(mine, is_open)
    if not tx.execute(counted.values(failures=_own.failures + 1, at=now)).rowcount:
        return False
    failures = tx.execute(sa.select(_own.failures).where(mine)).scalar_one()
    over = int(failures) - free
    if over >= 0:
        until = now + min(_LOCKED * 2 ** min(over, 10), _LONGEST_LOCKED)
        tx.execute(sa.update(login_attempt).where(mine).values(locked_until=until))
    return True


def _sweep(tx: sa.Connection, now: datetime) -> None:
    """Forget who was not heard of for long."""
    known = sa.and_(_own.known_at.is_not(None), _own.known_at > now - _KNOWN)
    old = sa.delete(login_attempt).where(_own.at < now - _KEPT, sa.not_(known))
    tx.execute(old)


def _is(who: str, place: str) -> sa.ColumnElement[bool]:
    return sa.and_(_own.who == who, _own.place == place)


def _row(who: str, place: str, now: datetime) -> dict[str, object]:
    return {
        "who": who,
        "place": place,
        "failures": 0,
        "at": now,
        "locked_until": None,
        "known_at": None,
    }


def _sum(login: str) -> str:
    """What a name is kept as: what was typed may be a password."""
    return hashlib.sha256(login.strip().casefold().encode()).hexdigest()
