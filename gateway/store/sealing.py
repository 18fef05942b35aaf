"""The sealer: it numbers events and chains them, in batches, behind the hot path."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from gateway.evidence.chain import START, Checkpoint, digest, line, link
from gateway.evidence.signing import Signer
from gateway.store.anchor import Anchor
from gateway.store.arrays import arrays
from gateway.store.database import Database
from gateway.store.sql import insert_all
from gateway.store.tables import EPOCH, Instant, checkpoint, event

log = structlog.get_logger()
MOST_AT_ONCE = 500
"""Events between two checkpoints at most."""

_LOCK = int.from_bytes(b"gwsealer", "big") - 2**63
"""The advisory lock on PostgreSQL that makes one sealer of many; any number will do."""

_UNSEALED = sa.text("event.seq IS NULL")  # as the partial index says it
TOLD = (
    sa.type_coerce(event.c.at, sa.BigInteger).label("at"),
    event.c.detail,
    event.c.id,
    event.c.name,
    event.c.partner_id,
    event.c.ref,
)
"""What of an event is sealed."""
_SEALED = """
UPDATE event SET seq = d.seq, hash = d.hash
FROM unnest(
  %(given_id)s::text[], %(given_seq)s::bigint[], %(given_hash)s::bytea[]
) AS d(id, seq, hash)
WHERE event.id = d.id AND event.seq IS NULL
"""
"""On PostgreSQL, where ``arrays`` gives the columns."""
_NEXT = sa.select(*TOLD).where(_UNSEALED).order_by(event.c.id)


def work(
    db: Database,
    anchor: Anchor,
    now: datetime,
    step: Callable[[str], None] = lambda name: None,
) -> int:
    """Seal a batch of what waits and note the new head outside; how many events.

    A head that the chain does not lead over stays where it is: it is the proof that
    the end of the chain was cut off.
    """
    with db.read() as tx:
        if not is_due(tx):
            return 0
    signer, head = anchor.signer(), anchor.head()
    with db.begin() as tx:
        is_whole = holds(tx, head)
        points = seal(tx, signer, now)
        if points:
            step("seal.linked")
    if not is_whole:
        log.error("evidence.head_lost", checkpoint=head.n if head else 0)
    elif points:
        step("seal.committed")
        anchor.move(points[-1])
    return sum(point.last - point.first + 1 for point in points)


def is_due(tx: sa.Connection) -> bool:
    """Whether an event waits to be sealed."""
    query = sa.select(event.c.id).where(_UNSEALED).limit(1)
    return tx.execute(query).first() is not None


def unsealed(tx: sa.Connection) -> tuple[int, datetime | None]:
    """How many events wait to be sealed, and since when the first of them does."""
    query = sa.select(sa.func.count(), sa.func.min(event.c.at))
    count, since = tx.execute(query.where(_UNSEALED)).one()
    return count, since


def seal(
    tx: sa.Connection, signer: Signer, now: datetime, limit: int = 4 * MOST_AT_ONCE
) -> list[Checkpoint]:
    """Seal events that wait, oldest first; the checkpoints that were set.

    Nothing is sealed while another process does: the transaction's lock is the lease,
    and the server frees it when its holder is gone.
    """
    if tx.dialect.name == "postgresql":
        lock = sa.func.pg_try_advisory_xact_lock(_LOCK)
        if not tx.execute(sa.select(lock)).scalar():
            return []
    rows = tx.execute(_NEXT.limit(limit)).all()
    points: list[Checkpoint] = []
    last = last_checkpoint(tx)
    for at in range(0, len(rows), MOST_AT_ONCE):
        last = _seal(tx, rows[at : at + MOST_AT_ONCE], last, signer, now)
        points.append(last)
    insert_all(tx, checkpoint, [_row(point) for point in points])
    return points


def _seal(
    tx: sa.Connection,
    rows: Sequence[sa.Row[Any]],
    last: Checkpoint | None,
    signer: Signer,
    now: datetime,
) -> Checkpoint:
    before, seq, n = (last.hash, last.last, last.n) if last else (START, 0, 0)
    hash_ = before
    sealed: list[tuple[str, int, bytes]] = []
    for number, row in enumerate(rows, seq + 1):
        hash_ = link(hash_, digest(line_of(row)))
        sealed.append((row.id, number, bytes.fromhex(hash_)))
    _update(tx, sealed)
    point = Checkpoint(
        n=n + 1,
        first=seq + 1,
        last=seq + len(rows),
        before=before,
        hash=hash_,
        at=micros(now),
        key=signer.name,
    )
    return replace(point, signature=signer.sign(point.body).hex())


def line_of(row: Any) -> bytes:
    """The canonical form of a row with the columns of ``TOLD``."""
    return line(row.at, row.detail, row.id, row.name, row.partner_id, row.ref)


def _update(tx: sa.Connection, sealed: Sequence[tuple[str, int, bytes]]) -> None:
    """Give the events their numbers and sums."""
    if tx.dialect.name == "postgresql":
        told = arrays(("id", "seq", "hash"), zip(*sealed, strict=True))
        tx.exec_driver_sql(_SEALED, told)
        return
    tx.exec_driver_sql(
        "UPDATE event SET seq = ?, hash = ? WHERE id = ? AND seq IS NULL",
        [(number, sum_, id_) for id_, number, sum_ in sealed],
    )


def last_checkpoint(tx: sa.Connection) -> Checkpoint | None:
    """Where the chain stands."""
    query = sa.select(checkpoint).order_by(checkpoint.c.n.desc()).limit(1)
    row = tx.execute(query).first()
    return None if row is None else point_of(row)


def holds(tx: sa.Connection, head: Checkpoint | None) -> bool:
    """Whether the chain leads over this checkpoint, which stood outside of it."""
    if head is None:
        return True
    query = sa.select(checkpoint.c.hash).where(checkpoint.c.n == head.n)
    return tx.execute(query).scalar() == head.hash


def point_of(row: Any) -> Checkpoint:
    """A row as a checkpoint."""
    return Checkpoint(
        n=row.n,
        first=row.first,
        last=row.last,
        before=row.before,
        hash=row.hash,
        at=micros(row.at),
        key=row.key,
        signature=row.signature,
    )


def _row(point: Checkpoint) -> dict[str, object]:
    return {
        "n": point.n,
        "first": point.first,
        "last": point.last,
        "before": point.before,
        "hash": point.hash,
        "at": moment(point.at),
        "key": point.key,
        "signature": point.signature,
        "dropped_at": None,
        "digests": None,
    }


def micros(at: datetime) -> int:
    """A moment in microseconds since 1970, as the database has it."""
    number = Instant().process_bind_param(at, None)
    assert number is not None
    return number


def moment(number: int) -> datetime:
    """Microseconds since 1970 as a moment."""
    return EPOCH + timedelta(microseconds=number)
