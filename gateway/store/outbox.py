"""Lease what is due, and settle what came of sending it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from gateway.findings import Finding
from gateway.pipeline.ports import Failed, Outbound, Sent
from gateway.store import tables
from gateway.store.journal import event_row, finding_rows
from gateway.store.payloads import Payloads
from gateway.store.queue import again
from gateway.store.sql import insert_all, some

_DUE = sa.text("outbox.delivery IN ('queued', 'sending')")  # as the partial index
_SAID = 500  # characters of a peer's words that are kept


@dataclass(frozen=True, slots=True)
class Leased:
    """A message this sender alone may send, until the lease ends.

    ``epoch`` counts the leases: who comes back after a newer one settles nothing.
    """

    outbound: Outbound
    epoch: int
    receipt_id: str
    order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackOff:
    """How long a failed message rests, and when it is given up."""

    first_s: float = 15.0
    longest_s: float = 3600.0
    attempts: int = 20

    def after(self, attempt: int) -> timedelta:
        """The pause after this attempt, from 1: it doubles up to the longest."""
        pause = self.first_s * 2.0 ** min(attempt - 1, 40)
        return timedelta(seconds=min(pause, self.longest_s))


def lease(
    tx: sa.Connection,
    owner: str,
    now: datetime,
    kept: Payloads,
    *,
    limit: int,
    lease_s: float,
) -> list[Leased]:
    """Messages that are due, oldest first, ours for ``lease_s`` seconds.

    A message whose sender did not come back is due when its lease has ended.
    """
    box = tables.outbox.c
    query = (
        sa.select(tables.outbox)
        .where(_DUE, box.next_at <= now)
        .order_by(box.next_at, box.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = tx.execute(query).all()
    if not rows:
        return []
    tx.execute(
        sa.update(tables.outbox)
        .where(
            box.partner_id == sa.bindparam("partner"), box.id == sa.bindparam("message")
        )
        .values(
            delivery="sending",
            lease_owner=owner,
            next_at=now + timedelta(seconds=lease_s),
            epoch=box.epoch + 1,
            attempts=box.attempts + 1,
        ),
        [{"partner": row.partner_id, "message": row.id} for row in rows],
    )
    blobs = kept.load(tx, (row.content_sha256 for row in rows))
    return [
        Leased(
            Outbound(
                id=row.id,
                partner_id=row.partner_id,
                channel=row.channel,
                kind=row.kind,
                file_name=row.file_name,
                blob=blobs[row.content_sha256],
                attempt=row.attempts + 1,
            ),
            row.epoch + 1,
            row.receipt_id,
            row.order_id,
        )
        for row in rows
    ]


def release(tx: sa.Connection, leases: Sequence[Leased], now: datetime) -> None:
    """Give messages back that were leased and not sent; the attempt does not count."""
    box = tables.outbox.c
    rows = [
        {
            "partner": one.outbound.partner_id,
            "message": one.outbound.id,
            "was": one.epoch,
        }
        for one in leases
    ]
    if not rows:
        return
    tx.execute(
        sa.update(tables.outbox)
        .where(
            box.partner_id == sa.bindparam("partner"),
            box.id == sa.bindparam("message"),
            box.epoch == sa.bindparam("was"),
        )
        .values(
            delivery="queued",
            next_at=now,
            attempts=box.attempts - 1,
            lease_owner="",
        ),
        rows,
    )


def settle(
    tx: sa.Connection,
    outcomes: Sequence[tuple[Leased, Sent | Failed]],
    now: datetime,
    back_off: BackOff,
) -> None:
    """Note what came of the attempts, but for leases that have passed to others."""
    box = tables.outbox.c
    ours = _still_ours(tx, [leased for leased, _ in outcomes])
    updates: list[dict[str, object]] = []
    events: list[dict[str, object]] = []
    findings: list[dict[str, object]] = []
    for leased, outcome in outcomes:
        outbound = leased.outbound
        if outbound.id not in ours:
            continue
        delivery, next_at, said = _verdict(outbound, outcome, now, back_off)
        updates.append(
            {
                "partner": outbound.partner_id,
                "message": outbound.id,
                "delivery": delivery,
                "next_at": next_at,
                "last_said": said,
                "settled_at": None if delivery == "queued" else now,
            }
        )
        name = "message.put_off" if delivery == "queued" else f"message.{delivery}"
        events.append(event_row(outbound.partner_id, name, outbound.id, now, said=said))
        if delivery == "failed":
            findings += _gave_up(leased, said)
    if updates:
        tx.execute(
            sa.update(tables.outbox)
            .where(
                box.partner_id == sa.bindparam("partner"),
                box.id == sa.bindparam("message"),
            )
            .values(
                {
                    name: sa.bindparam(name)
                    for name in ("delivery", "next_at", "last_said", "settled_at")
                }
                | {"lease_owner": ""}
            ),
            updates,
        )
    insert_all(tx, tables.event, events)
    insert_all(tx, tables.finding, findings)


def resend(tx: sa.Connection, message_id: str, now: datetime) -> str | None:
    """Queue a message's stored bytes once more; gives the id, none if unknown.

    One that failed is queued again itself; of others a repeat is queued.
    """
    box = tables.outbox.c
    query = sa.select(tables.outbox).where(box.id == message_id)
    stored = tx.execute(query).mappings().first()
    if stored is None:
        return None
    if stored["delivery"] == "failed":
        tx.execute(
            sa.update(tables.outbox)
            .where(box.partner_id == stored["partner_id"], box.id == message_id)
            .values(delivery="queued", attempts=0, next_at=now, settled_at=None)
        )
        return message_id
    row = again(dict(stored), stored["receipt_id"], now)
    row["idem"] = f"{stored['idem']}#{row['id']}"
    insert_all(tx, tables.outbox, [row])
    return str(row["id"])


def _still_ours(tx: sa.Connection, leases: Sequence[Leased]) -> set[str]:
    box = tables.outbox.c
    current: dict[str, int] = {}
    for part in some([one.outbound.id for one in leases]):
        query = sa.select(box.id, box.epoch).where(_DUE, box.id.in_(part))
        current |= {row.id: row.epoch for row in tx.execute(query.with_for_update())}
    return {
        one.outbound.id for one in leases if current.get(one.outbound.id) == one.epoch
    }


def _verdict(
    outbound: Outbound, outcome: Sent | Failed, now: datetime, back_off: BackOff
) -> tuple[str, datetime, str]:
    """The delivery state, when it is due again, and what was said."""
    if isinstance(outcome, Sent):
        return "delivered", now, outcome.detail[:_SAID]
    said = outcome.what[:_SAID]
    if outcome.permanent or outbound.attempt >= back_off.attempts:
        return "failed", now, said
    retry_at = outcome.retry_at or now + back_off.after(outbound.attempt)
    return "queued", retry_at, said


def _gave_up(leased: Leased, said: str) -> list[dict[str, object]]:
    outbound = leased.outbound
    what = f"{outbound.kind} was given up after {outbound.attempt} attempts: {said}"
    found = Finding.of("WIRE-020", what, value=outbound.id)
    return finding_rows(
        (found,),
        outbound.partner_id,
        leased.receipt_id,
        message_id=outbound.id,
        order_id=leased.order_id,
    )
