"""Profiles that wait for a second person: their certificates are others."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gateway.store.journal import event_row
from gateway.store.sql import insert_all
from gateway.store.tables import event, profile_proposal

__all__ = ["Proposal", "every", "keep", "of_partner", "take", "withdraw"]

_own = profile_proposal.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A profile that somebody wants in force. ``base`` is the version it replaces."""

    partner_id: str
    base: int
    yaml: str
    reason: str
    by: str
    asked_at: datetime


def keep(tx: sa.Connection, one: Proposal) -> None:
    """Note that it has to be confirmed, in place of what was proposed before."""
    _drop(tx, one.partner_id)
    insert_all(tx, profile_proposal, [asdict(one)])
    _tell(tx, one, "profile.proposed", one.asked_at, by=one.by, reason=one.reason)


def take(tx: sa.Connection, one: Proposal, now: datetime, *, by: str) -> None:
    """It is confirmed, and not to be confirmed again."""
    _drop(tx, one.partner_id)
    _tell(tx, one, "profile.approved", now, by=by, proposed_by=one.by)


def withdraw(
    tx: sa.Connection, one: Proposal, now: datetime, *, by: str, reason: str
) -> None:
    """It is not wanted any more: what is in force stays so."""
    _drop(tx, one.partner_id)
    _tell(tx, one, "profile.refused", now, by=by, reason=reason)


def of_partner(tx: sa.Connection, partner_id: str) -> Proposal | None:
    """What waits to be confirmed for a partner."""
    query = sa.select(profile_proposal).where(_own.partner_id == partner_id)
    row = tx.execute(query).mappings().first()
    return None if row is None else Proposal(**row)


def every(tx: sa.Connection) -> dict[str, Proposal]:
    """All that waits to be confirmed, by partner."""
    rows = tx.execute(sa.select(profile_proposal)).mappings()
    return {row["partner_id"]: Proposal(**row) for row in rows}


def _drop(tx: sa.Connection, partner_id: str) -> None:
    tx.execute(sa.delete(profile_proposal).where(_own.partner_id == partner_id))


def _tell(
    tx: sa.Connection, one: Proposal, name: str, now: datetime, **told: Any
) -> None:
    facts = {"base": str(one.base), **told}
    row = event_row(one.partner_id, name, one.partner_id, now, **facts)
    insert_all(tx, event, [row])
