"""Carry out the effects of a batch in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa

from gateway.pipeline.world import InterchangeKey
from gateway.store import (
    changes,
    lanes,
    own,
    payloads,
    queue,
    sequences,
    settlements,
    tables,
    taken,
    wires,
)
from gateway.store.decisions import Overtaken, decide
from gateway.store.gather import Answered, Gathered, gathered
from gateway.store.payloads import Payloads
from gateway.store.sql import change_all, insert_all, insert_bound

__all__ = [
    "Answered",
    "Gathered",
    "Overtaken",
    "carry_out",
    "gathered",
    "prepare",
    "write",
]


def carry_out(
    tx: sa.Connection,
    answered: Sequence[Answered],
    now: datetime,
    kept: Payloads,
    known: Collection[InterchangeKey] = (),
) -> None:
    """Make the effects of all these receipts true, in this transaction."""
    write(tx, gathered(answered, now), kept, known)


def prepare(tx: sa.Connection, batch: Gathered, kept: Payloads) -> None:
    """Do of ``write`` what can be done before: it costs more than the writing.

    On SQLite all others who write wait for it. What was prepared and is not so any
    more is made anew.
    """
    batch.bind(tx.dialect)
    queue.finish(tx, batch, kept)


def write(
    tx: sa.Connection,
    batch: Gathered,
    kept: Payloads,
    known: Collection[InterchangeKey] = (),
) -> None:
    """Make gathered effects true, in this transaction.

    Control numbers are allotted here and every message gets its final bytes. A key
    that another node took since the world was read fails the transaction: try again.
    So does a decision about an order that has moved on: ``Overtaken``. ``known`` are
    the interchanges that the world knew.

    Counters and lanes are taken last: on PostgreSQL who answers the same partner
    elsewhere waits for them from then on until this transaction ends.
    """
    now = batch.now
    if not batch.bound:
        batch.bind(tx.dialect)
    new = {row["id"] for row in batch.rows.get(tables.orders, ())}
    for decision in batch.decisions:
        if decision.order_id not in new:
            decide(tx, decision, now)
    if not changes.settle(tx, batch.changes, now):
        raise Overtaken("a change was settled meanwhile")
    settlements.settle(tx, batch.settlements, now)
    sequences.advance(tx, batch.advances)
    taken.take(tx, batch.rows.pop(tables.inbound_key, []), known)
    dropped = own.fulfil(tx, batch.own, now, kept) if batch.own else []
    for table, rows in batch.rows.items():
        if table in batch.bound:
            insert_bound(tx, batch.bound[table])
        else:
            insert_all(tx, table, rows)
    for decision in batch.decisions:
        if decision.order_id in new:  # changed by what came in the same batch
            decide(tx, decision, now)
    outbox, content = queue.written(tx, batch, kept)
    payloads.insert(tx, content)
    lanes.line_up(tx, [*outbox, *dropped])
    queue.expect(tx, batch.expected, outbox)
    insert_all(tx, tables.outbox, outbox)
    insert_all(tx, tables.outbox, dropped)
    repeats = queue.replayed(tx, batch)
    wires.renew(tx, repeats, now)
    lanes.line_up(tx, repeats)
    insert_all(tx, tables.outbox, repeats)
    change_all(tx, _SETTLE, batch.settled, now=now)


_SETTLE = (
    sa.update(tables.receipt)
    .where(
        tables.receipt.c.partner_id == sa.bindparam("partner"),
        tables.receipt.c.id == sa.bindparam("receipt"),
    )
    .values(
        owner_id=sa.bindparam("owner_id"),
        state=sa.bindparam("state"),
        cursor=sa.bindparam("cursor"),
        attempts=sa.func.coalesce(
            sa.bindparam("attempts_", type_=sa.BigInteger), tables.receipt.c.attempts
        ),
        done_at=sa.bindparam("done_at"),
        next_at=sa.bindparam("now"),
        lease_owner="",
    )
)
