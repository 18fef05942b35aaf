"""From the journal to the webhooks: what is new is lined up, posted and settled.

The sealer numbers the journal as it was committed, so a number is all that has to be
remembered of what was looked at; nothing is done while an order is taken in.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gateway.partner.alerts import AlertKind
from gateway.pipeline.published import (
    JOURNAL,
    Happened,
    OrderFacts,
    cloud_event,
    event_id,
)
from gateway.store import tables
from gateway.store.alerts import row_of
from gateway.store.journal import event_row
from gateway.store.sql import insert_all, insert_new, some
from gateway.store.tables import WEBHOOK_QUEUED
from gateway.store.webhooks import Event, Webhook, event_of, webhook_of

_LOCK = int.from_bytes(b"gwevents", "big") - 2**63
"""The advisory lock on PostgreSQL that lets one process at a time line up."""
_hook = tables.webhook.c
_event = tables.webhook_event.c
_journal = tables.event.c
_SEALED = sa.text("event.seq IS NOT NULL")  # as the partial index says it
_TYPES_EACH = 4
"""More events than one of the journal can be."""


def is_wanted(tx: sa.Connection) -> bool:
    """Whether there is a webhook at all."""
    return tx.execute(sa.select(_hook.id).limit(1)).first() is not None


def is_behind(tx: sa.Connection) -> bool:
    """Whether the journal has what a webhook has not looked at."""
    looked = sa.select(sa.func.min(_hook.cursor)).scalar_subquery()
    last = sa.select(sa.func.max(_journal.seq)).scalar_subquery()
    return bool(tx.execute(sa.select(sa.func.coalesce(last, 0) > looked)).scalar())


def line_up(tx: sa.Connection, now: datetime, limit: int) -> int:
    """Line up what is new for each webhook; how many of the journal were looked at."""
    if tx.dialect.name == "postgresql":
        lock = sa.func.pg_try_advisory_xact_lock(_LOCK)
        if not tx.execute(sa.select(lock)).scalar():
            return 0
    rows = tx.execute(sa.select(tables.webhook)).all()
    if not rows:
        return 0
    begin = min(row.cursor for row in rows)
    end = _end(tx, begin, limit)
    if end <= begin:
        return 0
    every = list(_happened(tx, begin, end))
    lined: list[dict[str, object]] = []
    for row in rows:
        hook = webhook_of(row)
        fresh = (one for one in every if one.seq > row.cursor)
        lined += _events(hook, fresh, now)
    insert_new(tx, tables.webhook_event, lined)
    for part in some(dict.fromkeys(str(one["webhook_id"]) for one in lined)):
        rested = sa.update(tables.webhook).where(_hook.failures == 0)
        tx.execute(rested.where(_hook.id.in_(part)).values(next_at=now))
    behind = sa.update(tables.webhook).where(_hook.cursor < end)
    tx.execute(behind.values(cursor=end))
    return int(end - begin)


def _end(tx: sa.Connection, begin: int, limit: int) -> int:
    """How far the journal is looked at now."""
    last = tx.execute(sa.select(sa.func.max(_journal.seq)).where(_SEALED)).scalar()
    return min(int(last or 0), begin + limit)


def _events(
    hook: Webhook, fresh: Iterable[Happened], now: datetime
) -> Iterable[dict[str, object]]:
    for one in fresh:
        for n, type_ in enumerate(one.types()):
            if hook.wants(type_, one.partner_id):
                yield {
                    "partner_id": one.partner_id,
                    "webhook_id": hook.id,
                    "id": event_id(one.id, n),
                    "seq": one.seq * _TYPES_EACH + n,
                    "key": one.key,
                    "type": type_,
                    "state": "queued",
                    "next_at": now,
                    "queued_at": now,
                    "at": one.at,
                    "settled_at": None,
                    "body": cloud_event(one, n, type_).decode(),
                }


def _happened(tx: sa.Connection, begin: int, end: int) -> Iterable[Happened]:
    """What of the journal may be published, with its orders and messages."""
    query = (
        sa.select(tables.event)
        .where(_SEALED, _journal.seq > begin, _journal.seq <= end)
        .where(_journal.name.in_(JOURNAL))
        .order_by(_journal.seq)
    )
    rows = tx.execute(query).all()
    details = [json.loads(row.detail) for row in rows]
    messages = _messages(tx, (row.ref for row in rows))
    about = [
        _order_id(row, detail, messages)
        for row, detail in zip(rows, details, strict=True)
    ]
    orders = _orders(tx, about)
    for row, detail, order_id in zip(rows, details, about, strict=True):
        message = messages.get(row.ref)
        yield Happened(
            id=row.id,
            seq=row.seq,
            at=row.at,
            name=row.name,
            partner_id=row.partner_id,
            ref=row.ref,
            detail=detail,
            order=orders.get(order_id),
            message_id=row.ref if message or row.ref.startswith("msg_") else "",
            kind=message.kind if message else detail.get("kind", ""),
        )


def _order_id(row: Any, detail: dict[str, str], messages: dict[str, Any]) -> str:
    if row.ref.startswith("ord_"):
        return str(row.ref)
    message = messages.get(row.ref)
    return message.order_id if message else detail.get("order", "")


def _messages(tx: sa.Connection, refs: Iterable[str]) -> dict[str, Any]:
    """Messages of ours by their ids."""
    box = tables.outbox.c
    found: dict[str, Any] = {}
    for part in some([ref for ref in dict.fromkeys(refs) if ref.startswith("msg_")]):
        query = sa.select(box.id, box.kind, box.order_id).where(box.id.in_(part))
        found |= {row.id: row for row in tx.execute(query)}
    return found


def _orders(tx: sa.Connection, wanted: Iterable[str]) -> dict[str, OrderFacts]:
    its = tables.orders.c
    found: dict[str, OrderFacts] = {}
    for part in some([one for one in dict.fromkeys(wanted) if one]):
        query = sa.select(its.id, its.po_number, its.state, its.test)
        for row in tx.execute(query.where(its.id.in_(part))):
            found[row.id] = OrderFacts(
                id=row.id, po_number=row.po_number, state=row.state, test=row.test
            )
    return found


# Posting.


def lease(
    tx: sa.Connection, owner: str, now: datetime, until: datetime, limit: int
) -> list[Webhook]:
    """Webhooks with something that may be posted, ours until then."""
    query = (
        sa.select(tables.webhook)
        .where(_may_go(now))
        .order_by(_hook.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = [webhook_of(row) for row in tx.execute(query)]
    if found:
        tx.execute(
            sa.update(tables.webhook)
            .where(_hook.id.in_([one.id for one in found]))
            .values(lease_owner=owner, lease_until=until)
        )
    return found


def is_due(tx: sa.Connection, now: datetime) -> bool:
    """Whether there is a webhook to lease."""
    query = sa.select(_hook.id).where(_may_go(now))
    return tx.execute(query.limit(1)).first() is not None


def _may_go(now: datetime) -> sa.ColumnElement[bool]:
    waits = sa.exists().where(_event.webhook_id == _hook.id, WEBHOOK_QUEUED)
    free = sa.and_(_hook.next_at <= now, _hook.lease_until <= now)
    return sa.and_(_hook.state == "active", free, waits)


def due(tx: sa.Connection, hook: Webhook, now: datetime, limit: int) -> list[Event]:
    """The next events: of each key the first one that is not settled, if it is due."""
    query = (
        sa.select(tables.webhook_event)
        .where(_is_first(hook), _event.next_at <= now)
        .order_by(_event.seq)
        .limit(limit)
    )
    return [event_of(row) for row in tx.execute(query)]


def _is_first(hook: Webhook) -> sa.ColumnElement[bool]:
    """Events with none of their key before them that waits."""
    before = tables.webhook_event.alias("before")
    earlier = (
        sa.exists()
        .where(before.c.webhook_id == hook.id, before.c.key == _event.key)
        .where(before.c.state == "queued", before.c.seq < _event.seq)
    )
    return sa.and_(_event.webhook_id == hook.id, WEBHOOK_QUEUED, sa.not_(earlier))


def delivered(tx: sa.Connection, one: Event, said: str, now: datetime) -> None:
    """Note that an event was taken."""
    _settle(tx, one, state="delivered", said=said, settled_at=now)


def put_off(tx: sa.Connection, one: Event, said: str, next_at: datetime) -> None:
    """Note that an event was not taken, and when it is posted again."""
    _settle(tx, one, said=said, next_at=next_at)


def give_up(
    tx: sa.Connection, hook: Webhook, one: Event, said: str, at: datetime
) -> None:
    """Put an event aside; those behind it may go. It can be replayed."""
    _settle(tx, one, state="dead", said=said, settled_at=at)
    what = f"{one.type} {one.id} was not taken by webhook {hook.name}: {said}"
    told = {"event": one.id, "said": said}
    row = event_row(hook.partner_id, "webhook.given_up", hook.id, at, **told)
    insert_all(tx, tables.event, [row])
    kind = AlertKind.FAILED
    raised = row_of(hook.partner_id, kind, "API-024", what, hook.id, at)
    insert_all(tx, tables.alert, [raised])


def _settle(tx: sa.Connection, one: Event, **values: object) -> None:
    tx.execute(
        sa.update(tables.webhook_event)
        .where(
            _event.partner_id == one.partner_id,
            _event.webhook_id == one.webhook_id,
            _event.id == one.id,
        )
        .values(attempts=_event.attempts + 1, **values)
    )


def let_go(
    tx: sa.Connection, hook: Webhook, owner: str, rests: datetime, failures: int
) -> None:
    """Let others post to a webhook: not before then, nor before anything is due."""
    first = tx.execute(sa.select(sa.func.min(_event.next_at)).where(_is_first(hook)))
    next_at = max(rests, first.scalar() or rests)
    tx.execute(
        sa.update(tables.webhook)
        .where(_hook.id == hook.id, _hook.lease_owner == owner)
        .values(lease_owner="", lease_until=rests, next_at=next_at, failures=failures)
    )


def free(tx: sa.Connection, owners: Sequence[str], now: datetime) -> None:
    """Let others post to the webhooks that these held."""
    held = sa.update(tables.webhook).where(_hook.lease_owner.in_(owners))
    tx.execute(held.values(lease_owner="", lease_until=now))


def pause(tx: sa.Connection, hook: Webhook, why: str, now: datetime) -> None:
    """Post nothing more to it until somebody lets it go on; what comes waits."""
    tx.execute(
        sa.update(tables.webhook)
        .where(_hook.id == hook.id)
        .values(state="paused", why=why, version=_hook.version + 1, changed_at=now)
    )
    row = event_row(hook.partner_id, "webhook.paused", hook.id, now, why=why)
    insert_all(tx, tables.event, [row])
    what = f"webhook {hook.name} is paused: {why}"
    kind = AlertKind.FAILED
    insert_all(
        tx,
        tables.alert,
        [row_of(hook.partner_id, kind, "API-024", what, hook.id, now)],
    )


def expire(tx: sa.Connection, before: datetime, now: datetime) -> int:
    """Put aside what has waited since before then; how much."""
    query = sa.update(tables.webhook_event).where(
        WEBHOOK_QUEUED, _event.queued_at < before
    )
    return tx.execute(query.values(state="dead", settled_at=now)).rowcount


def forget(tx: sa.Connection, before: datetime) -> int:
    """Drop events of before then that are not on their way; how many."""
    query = sa.delete(tables.webhook_event).where(
        _event.at < before, _event.state != "queued"
    )
    return tx.execute(query).rowcount


def waiting(tx: sa.Connection) -> dict[str, int]:
    """How many events wait and how many were given up."""
    query = (
        sa.select(_event.state, sa.func.count())
        .where(_event.state != "delivered")
        .group_by(_event.state)
    )
    return {state: count for state, count in tx.execute(query)}
