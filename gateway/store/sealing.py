"""The sealer: it numbers events and chains them, in batches, behind the hot path."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
import structlog

from gateway.evidence.chain import START, Checkpoint, digest, line, link
from gateway.evidence.signing import Signer
from gateway.store.anchor import Anchor
from gateway.store.database import Database
from gateway.store.sql import change_all, fetch, insert_all
from gateway.store.tables import EPOCH, Instant, checkpoint, event

log = structlog.get_logger()
MOST_AT_ONCE = 500
"""Events between two checkpoints at most, and those of one transaction."""
_POINTS = 4
"""Checkpoints of one piece of work."""

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
_SEAL = (
    sa.update(event)
    .where(event.c.id == sa.bindparam("event_id"), _UNSEALED)
    .values(seq=sa.bindparam("number"), hash=sa.bindparam("sum"))
)
_NEXT = (
    sa.select(*TOLD)
    .where(_UNSEALED)
    .order_by(event.c.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
)


def work(
    db: Database,
    anchor: Anchor,
    now: datetime,
    step: Callable[[str], None] = lambda name: None,
) -> int:
    """Seal what waits, note each new head outside; how many events, a few thousand.

    A head that the chain does not lead over stays where it is: it is the proof that
    the end of the chain was cut off.
    """
    count = 0
    for _ in range(_POINTS):
        with db.read() as tx:
            drawn = draw(tx) if db.is_sqlite else None
            if not (drawn.rows if drawn else is_due(tx)):
                break
        signer, head = anchor.signer(), anchor.head()
        link_ = linked(drawn, signer, now) if drawn else None
        with db.begin() as tx:
            is_whole = holds(tx, head)
            point = seal(tx, signer, now, link_)
            if point:
                step("seal.linked")
        if not is_whole:
            log.error("evidence.head_lost", checkpoint=head.n if head else 0)
        elif point:
            step("seal.committed")
            anchor.move(point)
        if point is None:
            break
        count += point.last - point.first + 1
    return count


def is_due(tx: sa.Connection) -> bool:
    """Whether an event waits to be sealed."""
    query = sa.select(event.c.id).where(_UNSEALED).limit(1)
    return tx.execute(query).first() is not None


def unsealed(tx: sa.Connection) -> tuple[int, datetime | None]:
    """How many events wait to be sealed, and since when the first of them does."""
    query = sa.select(sa.func.count(), sa.func.min(event.c.at))
    count, since = tx.execute(query.where(_UNSEALED)).one()
    return count, since


class Drawn(NamedTuple):
    """Events that wait, the oldest first, and where the chain stands."""

    rows: Sequence[Any]
    last: Checkpoint | None


class Link(NamedTuple):
    """Events with their numbers and sums, as they follow ``last``."""

    sealed: Sequence[tuple[str, int, bytes]]
    last: Checkpoint | None
    point: Checkpoint


def draw(tx: sa.Connection) -> Drawn:
    """What the next checkpoint is to stand for."""
    return Drawn(fetch(tx, _NEXT, most=MOST_AT_ONCE), last_checkpoint(tx))


def seal(
    tx: sa.Connection, signer: Signer, now: datetime, link_: Link | None = None
) -> Checkpoint | None:
    """Seal events that wait, oldest first; the checkpoint that was set.

    Nothing is sealed while another process does: the transaction's lock is the lease,
    and the server frees it when its holder is gone. A link that was worked out before
    holds if the chain still ends where it did.
    """
    if tx.dialect.name == "postgresql":
        lock = sa.func.pg_try_advisory_xact_lock(_LOCK)
        if not tx.execute(sa.select(lock)).scalar():
            return None
    if link_ is None or last_checkpoint(tx) != link_.last:
        drawn = draw(tx)
        if not drawn.rows:
            return None
        link_ = linked(drawn, signer, now)
    _update(tx, link_.sealed)
    insert_all(tx, checkpoint, [_row(link_.point)])
    return link_.point


def linked(drawn: Drawn, signer: Signer, now: datetime) -> Link:
    """Number these events, chain them and sign the end."""
    last = drawn.last
    before, seq, n = (last.hash, last.last, last.n) if last else (START, 0, 0)
    hash_ = before
    sealed: list[tuple[str, int, bytes]] = []
    for number, row in enumerate(drawn.rows, seq + 1):
        hash_ = link(hash_, digest(line_of(row)))
        sealed.append((row.id, number, bytes.fromhex(hash_)))
    point = Checkpoint(
        n=n + 1,
        first=seq + 1,
        last=seq + len(sealed),
        before=before,
        hash=hash_,
        at=micros(now),
        key=signer.name,
    )
    return Link(sealed, last, replace(point, signature=signer.sign(point.body).hex()))


def line_of(row: Any) -> bytes:
    """The canonical form of a row with the columns of ``TOLD``."""
    return line(row.at, row.detail, row.id, row.name, row.partner_id, row.ref)


def _update(tx: sa.Connection, sealed: Sequence[tuple[str, int, bytes]]) -> None:
    """Give the events their numbers and sums."""
    rows = [
        dict(zip(("event_id", "number", "sum"), one, strict=True)) for one in sealed
    ]
    change_all(tx, _SEAL, rows)


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
