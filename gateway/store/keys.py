"""Bearer keys of the API: only their sums are kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from gateway.store import ids
from gateway.store.journal import event_row
from gateway.store.sql import insert_all
from gateway.store.tables import api_key, event

EVERYTHING = "all"
"""The scope that sees every partner."""

RIGHTS = ("read", "write", "operate", "approve", "partners", "admin")
"""What a key may be for: to look; to hand in what partners and the ERP send; to decide
and send again; to approve; to change partners, contracts and certificates; to manage
keys and webhooks."""
OF_PARTNER = frozenset({"read", "write"})
"""What the key of a partner may be for at most: it decides nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key that was given out. ``scope`` is ``all`` or ``partner:`` and its id.

    From ``expires_at`` on it opens nothing; none: it does not end by itself.
    """

    id: str
    name: str
    scope: str
    rights: frozenset[str]
    created_at: datetime
    expires_at: datetime | None = None

    def has_ended(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= now

    @property
    def partner_id(self) -> str | None:
        """The one partner it is for; none for a key to everything."""
        return None if self.scope == EVERYTHING else self.scope.partition(":")[2]


def make(  # noqa: PLR0913  what it is for, and who made it when
    tx: sa.Connection,
    name: str,
    scope: str,
    now: datetime,
    expires_at: datetime | None = None,
    *,
    rights: Collection[str] = RIGHTS,
    by: str = "",
) -> tuple[ApiKey, str]:
    """A new key and its secret, 32 random bytes, that is shown this once.

    A partner's gets no more of the ``rights`` than partners may have.
    """
    partner_id = scope.removeprefix("partner:")
    if scope != EVERYTHING and (partner_id == scope or not partner_id.strip()):
        raise ValueError(f"{scope!r} is no scope")
    allowed = frozenset(RIGHTS) if scope == EVERYTHING else OF_PARTNER
    secret = "gw_" + secrets.token_urlsafe(32)
    key = ApiKey(
        id=ids.new("key"),
        name=name,
        scope=scope,
        rights=allowed & frozenset(rights),
        created_at=now,
        expires_at=expires_at,
    )
    row = {
        "id": key.id,
        "sha256": _sum(secret),
        "name": name,
        "scope": scope,
        "rights": _words(key.rights),
        "created_at": now,
        "expires_at": expires_at,
        "revoked_at": None,
    }
    insert_all(tx, api_key, [row])
    told = {"rights": _words(key.rights)} | ({"by": by} if by else {})
    of = key.partner_id or ""
    insert_all(tx, event, [event_row(of, "key.made", key.id, now, **told)])
    return key, secret


def find(tx: sa.Connection, secret: str) -> ApiKey | None:
    """The key of a secret, unless it was never given out or is revoked.

    One whose time is over is found: its user is to know why it opens nothing.

    The look-up is by the sum of the secret, so its time tells nothing about it.
    """
    query = sa.select(api_key).where(
        api_key.c.sha256 == _sum(secret), api_key.c.revoked_at.is_(None)
    )
    row = tx.execute(query).first()
    return None if row is None else _key(row)


def every(tx: sa.Connection) -> tuple[ApiKey, ...]:
    """All keys that are not revoked, oldest first."""
    query = sa.select(api_key).where(api_key.c.revoked_at.is_(None))
    return tuple(_key(row) for row in tx.execute(query.order_by(api_key.c.id)))


def revoke(tx: sa.Connection, key_id: str, now: datetime, by: str = "") -> bool:
    """End a key; false when there is none of this id that still works."""
    query = sa.update(api_key).where(
        api_key.c.id == key_id, api_key.c.revoked_at.is_(None)
    )
    done = tx.execute(query.values(revoked_at=now)).rowcount == 1
    if done:
        told = {"by": by} if by else {}
        insert_all(tx, event, [event_row("", "key.revoked", key_id, now, **told)])
    return done


def _key(row: sa.Row[tuple[object, ...]]) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        scope=row.scope,
        rights=frozenset(row.rights.split()),
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def _words(rights: Collection[str]) -> str:
    return " ".join(one for one in RIGHTS if one in rights)


def _sum(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
