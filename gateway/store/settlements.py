"""Note what their acknowledgements say of messages of ours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from gateway.pipeline.sent import OPEN, Settle
from gateway.store import tables
from gateway.store.decisions import Overtaken
from gateway.store.journal import event_row, finding_rows
from gateway.store.queue import FUNCTIONAL_ACK
from gateway.store.sql import insert_all

_BOX = tables.outbox.c


def settle(tx: sa.Connection, effects: Sequence[Settle], now: datetime) -> None:
    """Note the new statuses, close the deadlines, and tell what happened.

    A message that was settled since the world was read fails the transaction
    (``Overtaken``): answered again, the acknowledgement is judged by the new status.
    """
    events: list[dict[str, object]] = []
    findings: list[dict[str, object]] = []
    done: list[dict[str, object]] = []
    for effect in effects:
        _note(tx, effect)
        if effect.acknowledgement not in OPEN:
            done.append({"partner": effect.partner_id, "its": effect.idem})
        changed = effect.acknowledgement != effect.was
        said = effect.acknowledgement if changed else "unchanged"
        events.append(
            event_row(
                effect.partner_id,
                "message.acknowledged",
                effect.outbox_id,
                now,
                said=said,
                was=effect.was,
                by=effect.by,
                receipt=effect.receipt_id,
            )
        )
        findings += finding_rows(
            effect.findings,
            effect.partner_id,
            effect.receipt_id,
            message_id=effect.outbox_id,
            order_id=effect.order_id,
        )
    if done:
        _close(tx, done, now)
    insert_all(tx, tables.event, events)
    insert_all(tx, tables.finding, findings)


def _note(tx: sa.Connection, effect: Settle) -> None:
    """The new status, if the message still has the one that was judged."""
    held = sa.update(tables.outbox).where(
        _BOX.partner_id == effect.partner_id,
        _BOX.id == effect.outbox_id,
        _BOX.acknowledgement == effect.was,
    )
    noted = tx.execute(held.values(acknowledgement=effect.acknowledgement))
    if noted.rowcount != 1:
        raise Overtaken(f"{effect.outbox_id} is no longer {effect.was}")


def _close(tx: sa.Connection, done: Sequence[dict[str, object]], now: datetime) -> None:
    """Their acknowledgement came: nothing is overdue. The first moment stays."""
    deadline = tables.deadline.c
    tx.execute(
        sa.update(tables.deadline)
        .where(
            deadline.partner_id == sa.bindparam("partner"),
            deadline.kind == FUNCTIONAL_ACK,
            deadline.ref == sa.bindparam("its"),
            deadline.done_at.is_(None),
        )
        .values(done_at=now),
        done,
    )
