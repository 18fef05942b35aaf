"""What every clock asks: which messages are to leave, and when they left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from gateway.partner.sla import SlaKind
from gateway.pipeline.sla import Running
from gateway.store import tables
from gateway.store.queue import FUNCTIONAL_ACK
from gateway.store.sql import some

MOST = 5_000
"""So many are looked at in one go."""
NOT_DONE = sa.text("deadline.done_at IS NULL")  # as the partial index says it
TAKEN = ("accepted", "accepted_with_errors", "partly_accepted")
"""What an acknowledgement says of a message that the partner took."""
_LEAVING = timedelta(minutes=1)
"""What was queued since is just leaving, and is looked at the next time."""

_box, _deadline, _sla = tables.outbox.c, tables.deadline.c, tables.sla.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Partners with a clock, and how long before none of theirs has to be told.

    ``fetched`` are the names of lanes that partners fetch from: what lies there has
    left.
    """

    kind: SlaKind
    soonest: Mapping[str, timedelta]
    now: datetime
    fetched: Collection[str] = ()

    @property
    def before(self) -> datetime:
        """Whatever began later is in time."""
        return self.now - min(self.soonest.values())

    def has(self, partner_id: Any) -> sa.ColumnElement[bool]:
        """Whether it is of one of these partners.

        It is asked so that no index that begins with the partner serves: SQLite would
        take one, and read all there ever was instead of what is open.
        """
        return sa.type_coerce(partner_id + "", sa.Text).in_(self.soonest)

    def new(self, partner_id: Any, ref: Any) -> sa.ColumnElement[bool]:
        """Whether this has not been told yet; what was is known anyway."""
        known = sa.exists().where(
            _sla.partner_id == partner_id,
            _sla.kind == self.kind.value,
            _sla.ref == ref,
            tables.SLA_RUNNING,
        )
        return sa.not_(known)

    def run(self, rows: Iterable[Any]) -> Iterator[Running]:
        """Rows of partner, ref, start and number, without those that are in time."""
        for row in rows:
            soonest = self.soonest.get(row.partner_id)
            if soonest is not None and row.started_at <= self.now - soonest:
                yield Running(
                    partner_id=row.partner_id,
                    kind=self.kind,
                    ref=row.ref,
                    started_at=row.started_at,
                    number=row.number,
                )


@dataclass(frozen=True, slots=True)
class Ended:
    """It was done then; ``is_void``: it is no longer asked for."""

    at: datetime
    is_void: bool = False


def waiting_messages(
    tx: sa.Connection, asked: Asked, kinds: Sequence[str], ref: Any
) -> list[str]:
    """What messages are about, ``ref``, that wait or were given up, if it is new."""
    query = sa.select(ref).where(
        _box.kind.in_(kinds),
        _box.replay_of == "",
        _box.created_at <= asked.now - _LEAVING,
        asked.has(_box.partner_id),
        asked.new(_box.partner_id, ref),
    )
    waits = query.where(tables.OUTBOX_DUE)
    if asked.fetched:
        waits = waits.where(_box.lane.not_in(asked.fetched))
    failed = query.where(tables.OUTBOX_FAILED)
    return [str(one) for q in (waits, failed) for one in tx.scalars(q.limit(MOST))]


def when_left(rows: Iterable[Any], fetched: Collection[str]) -> Ended | None:
    """When the first of these messages left; void when none is to leave any more."""
    rows = list(rows)
    left = [
        row.created_at if row.lane in fetched else row.settled_at or row.created_at
        for row in rows
        if row.delivery == "delivered"
        or (row.lane in fetched and row.delivery in ("queued", "sending"))
    ]
    if left:
        return Ended(min(left))
    gone = [row.settled_at or row.created_at for row in rows]
    if all(row.delivery == "cancelled" for row in rows):
        return Ended(max(gone), is_void=True) if gone else None
    return None


def messages_by(
    tx: sa.Connection, column: Any, keys: Iterable[str], kinds: Sequence[str]
) -> dict[str, list[Any]]:
    """Messages of these kinds by what they are about; without repeats."""
    return _grouped(tx, column, keys, _box.kind.in_(kinds))


def messages_under(
    tx: sa.Connection, asked: Asked, idems: Iterable[str]
) -> dict[str, list[Any]]:
    """Messages by the text that makes them unique; without repeats."""
    return _grouped(tx, _box.idem, idems, _box.partner_id.in_(asked.soonest))


def _grouped(
    tx: sa.Connection, column: Any, keys: Iterable[str], which: Any
) -> dict[str, list[Any]]:
    found: defaultdict[str, list[Any]] = defaultdict(list)
    query = sa.select(tables.outbox, column.label("about")).where(
        which, _box.replay_of == ""
    )
    if column is _box.order_id:
        query = query.where(tables.OUTBOX_OF_ORDER)
    for part in some(sorted(set(keys))):
        for row in tx.execute(query.where(column.in_(part))):
            found[row.about].append(row)
    return found


def rows_by_id(
    tx: sa.Connection, table: sa.Table, refs: Iterable[str]
) -> dict[str, sa.Row[Any]]:
    """Rows by their ids."""
    found: dict[str, sa.Row[Any]] = {}
    for part in some(sorted(set(refs))):
        query = sa.select(table).where(table.c.id.in_(part))
        found |= {row.id: row for row in tx.execute(query)}
    return found


def when_acknowledged(
    tx: sa.Connection, messages: Iterable[Any], now: datetime
) -> Iterator[datetime]:
    """When each was acknowledged; of those that were overdue it is known only now."""
    for row in messages:
        query = sa.select(_deadline.done_at, _deadline.due_at).where(
            _deadline.partner_id == row.partner_id,
            _deadline.kind == FUNCTIONAL_ACK,
            _deadline.ref == row.idem,
        )
        its = tx.execute(query).first()
        in_time = its is not None and its.done_at and its.done_at < its.due_at
        yield its.done_at if its is not None and in_time else now
