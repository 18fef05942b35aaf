"""Messages that the partner comes for: what waits, what was read, what was taken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gateway.pipeline.drop import Waiting
from gateway.pipeline.ports import Outbound
from gateway.store import tables, wires
from gateway.store.file_names import file_name_of
from gateway.store.journal import event_row
from gateway.store.lanes import Way
from gateway.store.payloads import Payloads
from gateway.store.sql import insert_all
from gateway.store.tables import EPOCH, OUTBOX_DUE, event, lane, outbox, payload

MOST = 10_000
"""So many are shown at once, the oldest; the next follow as these are taken."""


def waiting(
    tx: sa.Connection, partner_id: str, channels: Iterable[tuple[str, Way, bool]]
) -> tuple[Waiting, ...]:
    """What this partner may fetch by these channels now, the oldest first.

    With each channel come its way and whether reading is enough. Of messages with one
    file name the first is shown, and the next when it is gone.
    """
    found: dict[str, Waiting] = {}
    for channel, way, on_read in channels:
        if way.closed_until is not None:
            continue
        name = f"{partner_id}/{channel}"
        query = _WAITING.where(outbox.c.lane == name)
        if way.batched:
            opened = sa.select(lane.c.opened_at).where(lane.c.name == name)
            query = query.where(outbox.c.created_at <= (tx.scalar(opened) or EPOCH))
        for row in tx.execute(query.order_by(outbox.c.seq).limit(MOST)):
            one = replace(_of(row), on_read=on_read)
            found.setdefault(one.name, one)
    return tuple(found.values())


_BOX = outbox.c
_WAITING = (
    sa.select(
        _BOX.partner_id,
        _BOX.id,
        _BOX.kind,
        _BOX.file_name,
        _BOX.content_sha256,
        _BOX.created_at,
        payload.c.size,
    )
    .join(payload, payload.c.sha256 == _BOX.content_sha256)
    .where(OUTBOX_DUE, _BOX.delivery == "queued")
)


def _of(row: Any) -> Waiting:
    return Waiting(
        id=row.id,
        partner_id=row.partner_id,
        name=file_name_of(row),
        size=row.size,
        sha256=row.content_sha256,
        queued_at=row.created_at,
    )


def waits(tx: sa.Connection, one: Waiting) -> bool:
    """Whether it waits still: it was not cancelled, nor taken in another session."""
    query = sa.select(_BOX.id).where(*_this(one))
    return tx.execute(query).first() is not None


def outbound(tx: sa.Connection, one: Waiting, kept: Payloads) -> Outbound | None:
    """The message with what it was wrapped into; none when it waits no more."""
    row = tx.execute(sa.select(outbox).where(*_this(one))).first()
    if row is None:
        return None
    wrapped = wires.load(tx, [row] if row.wire_id else [], kept)
    return Outbound(
        id=row.id,
        partner_id=row.partner_id,
        channel=row.channel,
        kind=row.kind,
        file_name=file_name_of(row),
        blob=kept.load(tx, [row.content_sha256])[row.content_sha256],
        attempt=row.attempts + 1,
        number=row.interchange_number,
        wire=wrapped.get((row.partner_id, row.wire_id)),
    )


def was_read(
    tx: sa.Connection, one: Waiting, now: datetime, facts: dict[str, str]
) -> None:
    """Note that it was read to its end: a read receipt."""
    changed = tx.execute(
        sa.update(outbox)
        .where(*_this(one))
        .values(fetched_at=sa.func.coalesce(_BOX.fetched_at, _moment(now)))
    )
    if changed.rowcount:
        _note(tx, one, "message.fetched", now, facts)


def take(
    tx: sa.Connection, one: Waiting, now: datetime, said: str, facts: dict[str, str]
) -> bool | None:
    """It is delivered, once it was read; false if it never was, none if it is gone."""
    query = sa.select(_BOX.fetched_at).where(*_this(one)).with_for_update()
    row = tx.execute(query).first()
    if row is None:
        return None
    if row.fetched_at is None:
        return False
    tx.execute(
        sa.update(outbox)
        .where(*_this(one))
        .values(
            delivery="delivered",
            settled_at=now,
            last_said=said,
            attempts=_BOX.attempts + 1,
            epoch=_BOX.epoch + 1,
            lease_owner="",
        )
    )
    _note(tx, one, "message.delivered", now, facts | {"said": said})
    return True


def _this(one: Waiting) -> Sequence[sa.ColumnElement[bool]]:
    return (
        _BOX.partner_id == one.partner_id,
        _BOX.id == one.id,
        _BOX.delivery == "queued",
    )


def _moment(now: datetime) -> sa.ColumnElement[datetime]:
    return sa.literal(now, tables.Instant)


def _note(
    tx: sa.Connection, one: Waiting, name: str, now: datetime, facts: dict[str, str]
) -> None:
    told = facts | {"sha256": one.sha256}
    insert_all(tx, event, [event_row(one.partner_id, name, one.id, now, **told)])
