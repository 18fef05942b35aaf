"""Decisions about prices that wait for a second person."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gateway.order.money import Money, major, minor
from gateway.store import tables
from gateway.store.journal import event_row
from gateway.store.sql import insert_all

_approval = tables.approval.c
_MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What one person decided of an order as it was in ``version``."""

    partner_id: str
    order_id: str
    version: int
    as_: str
    lines: tuple[str, ...]
    reason: str
    by: str
    asked_at: datetime
    stake: Money


def ask(tx: sa.Connection, one: Approval) -> None:
    """Note that it has to be confirmed, in place of what was to be before."""
    drop(tx, one.partner_id, one.order_id)
    row = {
        "partner_id": one.partner_id,
        "order_id": one.order_id,
        "version": one.version,
        "as_": one.as_,
        "lines": json.dumps(one.lines),
        "reason": one.reason,
        "by": one.by,
        "asked_at": one.asked_at,
        "stake": minor(one.stake),
        "currency": one.stake.currency,
    }
    insert_all(tx, tables.approval, [row])
    told = {"by": one.by, "reason": one.reason, "stake": str(one.stake)}
    _tell(tx, one, "order.approval_asked", one.asked_at, **told)


def refuse(
    tx: sa.Connection, one: Approval, now: datetime, *, by: str, reason: str
) -> None:
    """Take it back: the order waits as before."""
    drop(tx, one.partner_id, one.order_id)
    _tell(tx, one, "order.approval_refused", now, by=by, reason=reason)


def drop(tx: sa.Connection, partner_id: str, order_id: str) -> None:
    """Nobody has to confirm anything of this order."""
    its = (_approval.partner_id == partner_id, _approval.order_id == order_id)
    tx.execute(sa.delete(tables.approval).where(*its))


def of_order(tx: sa.Connection, partner_id: str, order_id: str) -> Approval | None:
    """What waits to be confirmed of one order."""
    query = sa.select(tables.approval).where(
        _approval.partner_id == partner_id, _approval.order_id == order_id
    )
    row = tx.execute(query).first()
    return None if row is None else _of(row)


def every(tx: sa.Connection, *, partner: str | None = None) -> tuple[Approval, ...]:
    """What waits to be confirmed, the oldest first."""
    query = sa.select(tables.approval).order_by(_approval.asked_at).limit(_MOST)
    if partner is not None:
        query = query.where(_approval.partner_id == partner)
    return tuple(map(_of, tx.execute(query)))


def _tell(
    tx: sa.Connection, one: Approval, name: str, now: datetime, **told: str
) -> None:
    row = event_row(one.partner_id, name, one.order_id, now, **told)
    insert_all(tx, tables.event, [row])


def _of(row: Any) -> Approval:
    return Approval(
        partner_id=row.partner_id,
        order_id=row.order_id,
        version=row.version,
        as_=row.as_,
        lines=tuple(json.loads(row.lines)),
        reason=row.reason,
        by=row.by,
        asked_at=row.asked_at,
        stake=major(row.stake, row.currency),
    )
