"""Carry out the effects of a batch in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from gateway.store import payloads, queue, settlements, tables
from gateway.store.decisions import Overtaken, decide
from gateway.store.gather import Answered, Gathered, Row
from gateway.store.payloads import Payloads
from gateway.store.sql import insert_all, insert_new

__all__ = ["Answered", "Overtaken", "carry_out"]


def carry_out(
    tx: sa.Connection,
    answered: Sequence[Answered],
    now: datetime,
    kept: Payloads,
) -> None:
    """Make the effects of all these receipts true, in this transaction.

    Control numbers are allotted here and every message gets its final bytes. A key
    that another node took since the world was read fails the transaction: try again.
    So does a decision about an order that has moved on: ``Overtaken``.
    """
    batch = Gathered(now)
    for one in answered:
        batch.add(one)
    for decision in batch.decisions:
        decide(tx, decision, now)
    settlements.settle(tx, batch.settlements, now)
    outbox, content = queue.written(tx, batch, kept)
    payloads.insert(tx, content)
    insert_new(tx, tables.inbound_key, batch.rows.pop(tables.inbound_key, []))
    for table, rows in batch.rows.items():
        insert_all(tx, table, rows)
    insert_all(tx, tables.outbox, outbox)
    queue.expect(tx, batch.expected)
    insert_all(tx, tables.outbox, queue.replayed(tx, batch))
    _settle(tx, batch.settled, now)


def _settle(tx: sa.Connection, settled: list[Row], now: datetime) -> None:
    if not settled:
        return
    receipt = tables.receipt.c
    tx.execute(
        sa.update(tables.receipt)
        .where(
            receipt.partner_id == sa.bindparam("partner"),
            receipt.id == sa.bindparam("receipt"),
        )
        .values(
            owner_id=sa.bindparam("owner_id"),
            state=sa.bindparam("state"),
            cursor=sa.bindparam("cursor"),
            attempts=sa.func.coalesce(sa.bindparam("attempts_"), receipt.attempts),
            done_at=sa.bindparam("done_at"),
            next_at=now,
            lease_owner="",
        ),
        settled,
    )
