"""Clocks of messages: our receipts and acknowledgements, and theirs for ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from gateway.pipeline.acknowledge import GROUP_KINDS
from gateway.pipeline.sla import Running
from gateway.store import tables
from gateway.store.as2 import MDN
from gateway.store.clock_parts import (
    MOST,
    NOT_DONE,
    Asked,
    Ended,
    messages_by,
    rows_by_id,
    waiting_messages,
    when_acknowledged,
    when_left,
)
from gateway.store.sql import some
from gateway.store.wires import OPEN as WIRE_OPEN
from gateway.store.wires import RECEIPT, Standing

_box, _receipt, _as2 = tables.outbox.c, tables.receipt.c, tables.as2_message.c
_deadline, _wire = tables.deadline.c, tables.wire.c
_WAITS = ("waiting", "overdue")
_LATE_WIRE = {*(one.value for one in WIRE_OPEN), Standing.OVERDUE.value}


# Our receipt (MDN) for what came by AS2.


def mdn_running(tx: sa.Connection, asked: Asked) -> Iterator[Running]:
    """AS2 messages without a receipt, and those whose receipt waits."""
    columns = (
        _as2.partner_id,
        _as2.id.label("ref"),
        _as2.received_at.label("started_at"),
        _as2.message_id.label("number"),
    )
    late = sa.select(*columns).where(
        _as2.received_at <= asked.before, asked.new(_as2.partner_id, _as2.id)
    )
    yield from asked.run(tx.execute(late.where(tables.AS2_DUE).limit(MOST)))
    for part in some(waiting_messages(tx, asked, [MDN], _box.receipt_id)):
        yield from asked.run(tx.execute(late.where(_as2.id.in_(part))))


def mdn_ended(
    tx: sa.Connection, asked: Asked, every: Sequence[Running]
) -> dict[Running, Ended]:
    """When the receipt was given, or left; void: none was wanted."""
    refs = [one.ref for one in every]
    rows = rows_by_id(tx, tables.as2_message, refs)
    posted = messages_by(tx, _box.receipt_id, refs, [MDN])
    found: dict[Running, Ended] = {}
    for one in every:
        row = rows.get(one.ref)
        if row is None or row.state == "received":
            over = Ended(asked.now, is_void=True) if row is None else None
        elif row.reply_by == "async":
            over = when_left(posted.get(one.ref, ()), asked.fetched)
        else:
            at = row.answered_at or asked.now
            over = Ended(at, is_void=row.state != "answered" or not row.reply_by)
        if over:
            found[one] = over
    return found


# Our 997 or 999.


def functional_running(tx: sa.Connection, asked: Asked) -> Iterator[Running]:
    """Transmissions that wait, and those whose 997 or 999 waits."""
    columns = (
        _receipt.owner_id.label("partner_id"),
        _receipt.id.label("ref"),
        _receipt.received_at.label("started_at"),
        _receipt.transport_id.label("number"),
    )
    late = sa.select(*columns).where(
        _receipt.received_at <= asked.before,
        asked.has(_receipt.owner_id),
        asked.new(_receipt.owner_id, _receipt.id),
    )
    for open_ in (tables.RECEIPT_DUE, tables.RECEIPT_ASIDE):
        yield from asked.run(tx.execute(late.where(open_).limit(MOST)))
    for part in some(waiting_messages(tx, asked, GROUP_KINDS, _box.receipt_id)):
        yield from asked.run(tx.execute(late.where(_receipt.id.in_(part))))


def functional_ended(
    tx: sa.Connection, asked: Asked, every: Sequence[Running]
) -> dict[Running, Ended]:
    """When it left; void: none is to leave."""
    refs = [one.ref for one in every]
    rows = rows_by_id(tx, tables.receipt, refs)
    acks = messages_by(tx, _box.receipt_id, refs, GROUP_KINDS)
    found: dict[Running, Ended] = {}
    for one in every:
        row = rows.get(one.ref)
        if row is not None and row.state in ("todo", "quarantined"):
            continue
        if one.ref in acks:
            over = when_left(acks[one.ref], asked.fetched)
        else:  # nothing in it wanted one, or it was refused
            at = row.done_at if row is not None else None
            over = Ended(at or asked.now, is_void=True)
        if over:
            found[one] = over
    return found


# Their acknowledgements and receipts of ours.


def theirs_ended(
    tx: sa.Connection, asked: Asked, every: Sequence[Running]
) -> dict[Running, Ended]:
    """When their acknowledgement came."""
    rows = rows_by_id(tx, tables.outbox, [one.ref for one in every])
    found: dict[Running, Ended] = {}
    for one in every:
        row = rows.get(one.ref)
        if row is None:
            found[one] = Ended(asked.now, is_void=True)
        elif row.acknowledgement not in _WAITS:
            (at,) = when_acknowledged(tx, [row], asked.now)
            found[one] = Ended(at, is_void=row.acknowledgement == "not_expected")
    return found


def their_mdn_running(tx: sa.Connection, asked: Asked) -> Iterator[Running]:
    """Messages that left by AS2 and have no receipt yet."""
    due = (
        sa.select(
            _wire.partner_id,
            _wire.id.label("ref"),
            _wire.since.label("started_at"),
            _wire.id.label("number"),
        )
        .join(
            tables.deadline,
            sa.and_(
                _deadline.partner_id == _wire.partner_id, _deadline.ref == _wire.id
            ),
        )
        .where(
            NOT_DONE,
            _deadline.kind == RECEIPT,
            _wire.since <= asked.before,
            asked.has(_wire.partner_id),
            asked.new(_wire.partner_id, _wire.id),
        )
    )
    yield from asked.run(tx.execute(due.limit(MOST)))


def their_mdn_ended(
    tx: sa.Connection, asked: Asked, every: Sequence[Running]
) -> dict[Running, Ended]:
    """When their receipt came."""
    rows = rows_by_id(tx, tables.wire, [one.ref for one in every])
    found: dict[Running, Ended] = {}
    for one in every:
        row = rows.get(one.ref)
        if row is None:
            found[one] = Ended(asked.now, is_void=True)
        elif row.state not in _LATE_WIRE:
            found[one] = Ended(row.changed_at)
    return found
