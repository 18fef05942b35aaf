"""How partners stand: what came and left last, and what waits for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from gateway.store.tables import ALERT_OPEN, alert, outbox, receipt, waiting

__all__ = ["Standing", "standings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of a partner. ``held`` orders and open ``alerts`` need somebody."""

    last_in: datetime | None = None
    last_out: datetime | None = None
    held: int = 0
    alerts: int = 0

    @property
    def open_work(self) -> int:
        """How much waits for people."""
        return self.held + self.alerts


def standings(tx: sa.Connection, partner_ids: tuple[str, ...]) -> dict[str, Standing]:
    """How these partners stand; a look-up for the last message of each."""
    held = _counted(tx, sa.distinct(waiting.c.order_id), waiting.c.partner_id)
    alerts = _counted(tx, alert.c.id, alert.c.partner_id, ALERT_OPEN)
    return {
        id_: Standing(
            last_in=_last_in(tx, id_),
            last_out=_last_out(tx, id_),
            held=held.get(id_, 0),
            alerts=alerts.get(id_, 0),
        )
        for id_ in partner_ids
    }


def _counted(
    tx: sa.Connection,
    what: sa.ColumnElement[object],
    by: sa.ColumnElement[str],
    *where: sa.ColumnElement[bool] | sa.TextClause,
) -> dict[str, int]:
    query = sa.select(by, sa.func.count(what)).where(*where).group_by(by)
    return {partner_id: count for partner_id, count in tx.execute(query)}


def _last_in(tx: sa.Connection, partner_id: str) -> datetime | None:
    own = receipt.c
    query = sa.select(own.received_at).where(own.owner_id == partner_id)
    found: datetime | None = tx.execute(query.order_by(own.id.desc()).limit(1)).scalar()
    return found


def _last_out(tx: sa.Connection, partner_id: str) -> datetime | None:
    own = outbox.c
    query = sa.select(own.created_at).where(own.partner_id == partner_id)
    found: datetime | None = tx.execute(query.order_by(own.id.desc()).limit(1)).scalar()
    return found
