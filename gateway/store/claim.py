"""Take due receipts, count the attempt first, and put the hopeless ones aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile

import sqlalchemy as sa

from gateway.findings import Finding
from gateway.partner.alerts import AlertKind
from gateway.store.alerts import row_of
from gateway.store.journal import event_row, finding_rows
from gateway.store.sql import Among, fetch, insert_all
from gateway.store.tables import alert, event, finding, interchange, message, receipt
from gateway.values import swift

_DUE = sa.text("receipt.state = 'todo'")  # the words of the partial index
_COLUMNS = (
    receipt.c.partner_id,
    receipt.c.id,
    receipt.c.channel,
    receipt.c.sha256,
    receipt.c.size,
    receipt.c.attempts,
    receipt.c.cursor,
    receipt.c.decided,
    receipt.c.received_at,
)
_FIRST = (
    sa.select(receipt.c.id)
    .where(_DUE, receipt.c.next_at <= sa.bindparam("now"))
    .limit(1)
)
_OLDEST = (
    sa.select(*_COLUMNS)
    .where(_DUE, receipt.c.next_at <= sa.bindparam("now"))
    .order_by(receipt.c.next_at, receipt.c.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
    .with_for_update(skip_locked=True)
)
_LEASE = Among(
    sa.update(receipt).values(
        attempts=receipt.c.attempts + 1,
        next_at=sa.bindparam("until"),
        lease_owner=sa.bindparam("owner"),
    ),
    receipt.c.partner_id,
    receipt.c.id,
)
_HELD = Among(
    sa.select(receipt.c.id, receipt.c.attempts).where(_DUE),
    receipt.c.id,
    locking="FOR UPDATE SKIP LOCKED",
    at_once=True,
)


@swift
@dataclass(frozen=True, slots=True)
class Claimed:
    """A receipt that is being processed, for the ``attempts``-th time.

    ``channel`` is the kind of door it came through, ``partner_id`` the door's own.
    ``cursor`` is the ordinal of the last message that is done; 0 at the beginning.
    """

    partner_id: str
    id: str
    channel: str
    sha256: str
    size: int
    attempts: int
    cursor: int = 0
    decided: str = ""
    """How a conflict with an earlier one was decided: new or replacement."""
    received_at: datetime | None = None

    @property
    def came(self) -> dict[str, str]:
        """What the events attest of it: its sum, the door, and when it came."""
        at = self.received_at.isoformat() if self.received_at else ""
        return {
            "channel": self.channel,
            "receipt": self.id,
            "receipt_sha256": self.sha256,
            "received_at": at,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much one batch takes, how often a receipt is tried, and for how long."""

    receipts: int = 100
    size_bytes: int = 16 * 1024 * 1024
    attempts: int = 5
    lease_s: float = 60.0


def is_due(tx: sa.Connection, now: datetime) -> bool:
    """Whether there is a receipt to claim."""
    return bool(fetch(tx, _FIRST, now=now))


def claim(
    tx: sa.Connection, now: datetime, bounds: Bounds, owner: str = ""
) -> list[Claimed]:
    """Due receipts, oldest first, with this attempt counted, the owner's for a while.

    Commit before they are read: a receipt that kills its process is counted all the
    same. One that was tried before comes alone, so that it takes no others with it,
    and one that was tried too often goes into quarantine here.
    """
    due = [Claimed(*row) for row in fetch(tx, _OLDEST, now=now, most=bounds.receipts)]
    hopeless = [one for one in due if one.attempts >= bounds.attempts]
    for one in hopeless:
        what = f"processing stopped {one.attempts} times without an answer"
        quarantine(tx, one, Finding.of("MAP-001", what), now)
    batch = _batch([one for one in due if one.attempts < bounds.attempts], bounds)
    if hopeless and not batch:
        return claim(tx, now, bounds, owner)
    until = now + timedelta(seconds=bounds.lease_s)
    keys = [(one.partner_id, one.id) for one in batch]
    _LEASE.change(tx, keys, until=until, owner=owner)
    return [replace(one, attempts=one.attempts + 1) for one in batch]


def _batch(due: Sequence[Claimed], bounds: Bounds) -> list[Claimed]:
    """The first alone if it was tried before, else as many new ones as fit."""
    if not due or due[0].attempts:
        return list(due[:1])
    batch: list[Claimed] = []
    size = 0
    for one in takewhile(lambda one: not one.attempts, due):
        size += one.size
        if batch and size > bounds.size_bytes:
            break
        batch.append(one)
    return batch


def hold(tx: sa.Connection, claimed: Sequence[Claimed]) -> list[Claimed]:
    """Those of the claimed that nobody else took since, locked until the end of tx."""
    held = {tuple(row) for row in _HELD.find(tx, [(one.id,) for one in claimed])}
    return [one for one in claimed if (one.id, one.attempts) in held]


def give_back(tx: sa.Connection, claimed: Sequence[Claimed], now: datetime) -> None:
    """Take the attempt back: the machine failed, not the receipt."""
    for one in claimed:
        _update(tx, one, attempts=one.attempts - 1, next_at=now, lease_owner="")


def put_off(
    tx: sa.Connection, one: Claimed, what: str, now: datetime, retry_s: float
) -> None:
    """Try again later; the pause grows with the attempts."""
    rest = timedelta(seconds=retry_s * one.attempts)
    _update(tx, one, next_at=now + rest, lease_owner="")
    detail = event_row(one.partner_id, "receipt.put_off", one.id, now, what=what)
    insert_all(tx, event, [detail])


def quarantine(tx: sa.Connection, one: Claimed, found: Finding, now: datetime) -> None:
    """Keep a receipt aside, with the finding, until somebody reprocesses it."""
    _update(tx, one, state="quarantined", done_at=now)
    insert_all(tx, finding, finding_rows((found,), one.partner_id, one.id))
    told = {"code": found.code, **one.came}
    row = event_row(one.partner_id, "receipt.quarantined", one.id, now, **told)
    insert_all(tx, event, [row])
    kind = AlertKind.QUARANTINED
    raised = row_of(one.partner_id, kind, found.code, found.what, one.id, now)
    insert_all(tx, alert, [raised])


def requeue(
    tx: sa.Connection,
    receipt_id: str,
    now: datetime,
    *,
    states: Sequence[str] = ("quarantined",),
    decided: str = "",
    **detail: str,
) -> bool:
    """Process a receipt again from its raw bytes; false: it is in none of ``states``.

    What was booked and answered of it before stays: the order keys and the unique
    texts of the answers see to it that nothing is doubled.
    """
    owner = tx.execute(
        sa.select(receipt.c.partner_id).where(
            receipt.c.id == receipt_id, receipt.c.state.in_(states)
        )
    ).scalar()
    if owner is None:
        return False
    values = {"state": "todo", "attempts": 0, "cursor": 0, "done_at": None}
    if decided:
        values["decided"] = decided
    tx.execute(
        sa.update(receipt)
        .where(receipt.c.partner_id == owner, receipt.c.id == receipt_id)
        .values(**values, next_at=now)
    )
    mine = finding.c.receipt_id == receipt_id  # those of booked orders stay
    tx.execute(sa.delete(finding).where(mine, finding.c.order_id == ""))
    for table in (message, interchange):  # they will be found anew
        tx.execute(sa.delete(table).where(table.c.receipt_id == receipt_id))
    row = event_row(owner, "receipt.requeued", receipt_id, now, **detail)
    insert_all(tx, event, [row])
    return True


def _update(tx: sa.Connection, one: Claimed, **values: object) -> None:
    tx.execute(
        sa.update(receipt)
        .where(receipt.c.partner_id == one.partner_id, receipt.c.id == one.id)
        .values(**values)
    )
