"""The console's users: who they are, what they may be, and how they prove it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from gateway.store import attempts, ids, passwords
from gateway.store.database import Database
from gateway.store.journal import event_row
from gateway.store.sql import insert_all, insert_new
from gateway.store.tables import console_session, event, user_account

__all__ = [
    "User",
    "add",
    "check",
    "disable",
    "enable",
    "every",
    "find",
    "link",
    "of_subject",
    "prefer",
    "set_password",
    "set_role",
    "user",
]

_own = user_account.c


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person who may use the console. ``partner_id`` none: all partners' rows.

    ``subject`` is who it is to the OpenID provider; ``zone`` is an IANA time zone.
    """

    id: str
    login: str
    name: str
    role: str
    partner_id: str | None
    subject: str
    zone: str
    language: str
    created_at: datetime
    disabled_at: datetime | None
    has_password: bool

    @property
    def is_active(self) -> bool:
        """Whether this user may log in at all."""
        return self.disabled_at is None


def user(tx: sa.Connection, id_: str) -> User | None:
    """The user with this id."""
    return _one(tx, _own.id == id_)


def find(tx: sa.Connection, login: str) -> User | None:
    """The user who logs in by this name, however it is written."""
    return _one(tx, _own.login == _small(login))


def of_subject(tx: sa.Connection, subject: str) -> User | None:
    """The user who is this subject to the OpenID provider."""
    return _one(tx, _own.subject == subject) if subject else None


def every(tx: sa.Connection) -> tuple[User, ...]:
    """All users by their logins, those who are disabled too."""
    return tuple(map(_user, tx.execute(sa.select(user_account).order_by(_own.login))))


def add(  # noqa: PLR0913  what is known of a person
    tx: sa.Connection,
    login: str,
    role: str,
    now: datetime,
    *,
    name: str = "",
    partner_id: str | None = None,
    password: str = "",
    subject: str = "",
    zone: str = "",
    by: str = "",
) -> User | None:
    """A new user; none when the login is taken."""
    row = {
        "id": ids.new("usr"),
        "login": _small(login),
        "name": name or login,
        "role": role,
        "partner_id": partner_id,
        "password": passwords.hashed(password) if password else "",
        "subject": subject,
        "zone": zone,
        "language": "",
        "created_at": now,
        "disabled_at": None,
    }
    if find(tx, login) or insert_new(tx, user_account, [row]) == 0:
        return None
    made = user(tx, str(row["id"]))
    assert made is not None
    _note(tx, made, "user.added", now, by=by, role=role)
    return made


def set_role(
    tx: sa.Connection,
    one: User,
    role: str,
    partner_id: str | None,
    now: datetime,
    *,
    by: str,
) -> None:
    """Make a user something else; who is logged in is so from the next page on."""
    _change(tx, one, role=role, partner_id=partner_id)
    _note(tx, one, "user.role_changed", now, by=by, role=role)


def disable(tx: sa.Connection, one: User, now: datetime, *, by: str) -> None:
    """Shut a user out at once, with all that is logged in as them."""
    _change(tx, one, disabled_at=now)
    _log_out(tx, one)
    _note(tx, one, "user.disabled", now, by=by)


def enable(tx: sa.Connection, one: User, now: datetime, *, by: str) -> None:
    """Let a user in again."""
    _change(tx, one, disabled_at=None)
    attempts.forget(tx, one.login)
    _note(tx, one, "user.enabled", now, by=by)


def set_password(
    tx: sa.Connection, one: User, password: str, now: datetime, *, by: str
) -> None:
    """Another password; whoever was logged in by the old one is out."""
    kept = passwords.hashed(password)
    _change(tx, one, password=kept)
    attempts.forget(tx, one.login)
    _log_out(tx, one)
    _note(tx, one, "user.password_changed", now, by=by)


def prefer(tx: sa.Connection, one: User, *, zone: str, language: str) -> None:
    """What a user wants to see: times of this zone, this language."""
    _change(tx, one, zone=zone, language=language)


def link(
    tx: sa.Connection, one: User, *, subject: str, role: str, name: str, now: datetime
) -> None:
    """Take over what the OpenID provider says of a user."""
    if (one.subject, one.role, one.name) == (subject, role, name):
        return
    _change(tx, one, subject=subject, role=role, name=name)
    _note(tx, one, "user.linked", now, by=one.login, role=role)


def check(
    db: Database, login: str, password: str, now: datetime, *, place: str
) -> User | None:
    """The user whose password this is, or none: it tells nobody why.

    A name that nobody has takes as long as a wrong password. After ten in a row from
    one place a user is locked there for a minute, then twice as long each time, up to
    15 minutes.
    """
    with db.begin() as tx:
        may_try = attempts.begin(tx, login, place, now)
        known = _own.login == _small(login)
        row = tx.execute(sa.select(user_account).where(known)).first()
    kept = "" if row is None else str(row.password)
    is_right = passwords.fits(password[: passwords.MOST], kept)
    if row is None or not may_try or not is_right:
        return None
    found = _user(row)
    if not found.is_active:
        return None
    with db.begin() as tx:
        attempts.succeed(tx, login, place, now)
        if passwords.is_outdated(kept):
            _change(tx, found, password=passwords.hashed(password))
    return found


def _one(tx: sa.Connection, condition: sa.ColumnElement[bool]) -> User | None:
    row = tx.execute(sa.select(user_account).where(condition)).first()
    return None if row is None else _user(row)


def _user(row: sa.Row[tuple[object, ...]]) -> User:
    names = User.__dataclass_fields__.keys() - {"has_password"}
    told = {name: getattr(row, name) for name in names}
    return User(**told, has_password=bool(row.password))


def _change(tx: sa.Connection, one: User, **values: object) -> None:
    tx.execute(sa.update(user_account).where(_own.id == one.id).values(**values))


def _log_out(tx: sa.Connection, one: User) -> None:
    tx.execute(sa.delete(console_session).where(console_session.c.user_id == one.id))


def _note(tx: sa.Connection, one: User, name: str, now: datetime, **told: str) -> None:
    row = event_row("", name, one.id, now, login=one.login, **told)
    insert_all(tx, event, [row])


def _small(login: str) -> str:
    return login.strip().casefold()
