"""Partner profiles: each version that was ever applied, and the one in force."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from gateway.store.journal import event_row
from gateway.store.sql import insert_all
from gateway.store.tables import event, profile_version


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileVersion:
    """A profile as it was applied; ``n`` counts from 1 for each partner."""

    partner_id: str
    n: int
    sha256: str
    active_from: datetime
    yaml: str


def apply(
    tx: sa.Connection, partner_id: str, yaml: str, now: datetime
) -> ProfileVersion:
    """Put a checked profile in force; the same text again changes nothing."""
    sha256 = hashlib.sha256(yaml.encode()).hexdigest()
    last = _last(tx, partner_id)
    if last is not None and last.sha256 == sha256:
        return last
    row = {
        "partner_id": partner_id,
        "n": last.n + 1 if last else 1,
        "sha256": sha256,
        "active_from": now,
        "yaml": yaml,
    }
    insert_all(tx, profile_version, [row])
    insert_all(tx, event, [event_row(partner_id, "profile.applied", sha256, now)])
    return ProfileVersion(**row)  # type: ignore[arg-type]  # its columns


def active(tx: sa.Connection) -> tuple[ProfileVersion, ...]:
    """The profile in force of every partner, by partner id."""
    newest = (
        sa.select(profile_version.c.partner_id, sa.func.max(profile_version.c.n))
        .group_by(profile_version.c.partner_id)
        .subquery()
    )
    query = (
        sa.select(profile_version)
        .join(
            newest,
            sa.and_(
                profile_version.c.partner_id == newest.c[0],
                profile_version.c.n == newest.c[1],
            ),
        )
        .order_by(profile_version.c.partner_id)
    )
    return tuple(ProfileVersion(**row) for row in tx.execute(query).mappings())


def _last(tx: sa.Connection, partner_id: str) -> ProfileVersion | None:
    query = (
        sa.select(profile_version)
        .where(profile_version.c.partner_id == partner_id)
        .order_by(profile_version.c.n.desc())
        .limit(1)
    )
    row = tx.execute(query).mappings().first()
    return None if row is None else ProfileVersion(**row)
