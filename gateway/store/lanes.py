"""Lanes: whose turn it is to be sent to, and in which order.

A lane is a partner and a channel. ``lane_end`` holds the last place that was given out
in it, in the transaction that stores the message: places rise as commits do. ``lane``
holds who sends there now, and until when it rests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, NamedTuple

import sqlalchemy as sa

from gateway.pipeline.alerting import ALERTS
from gateway.store.driver import fetched
from gateway.store.sql import Among, change_all, fetch, insert_new
from gateway.store.tables import EPOCH, OUTBOX_DUE, Instant, lane, outbox

TRIPPED = 3
"""After so many connections in a row that failed, one message tries for all."""
CLOSED_S = 60.0
"""A lane that is closed is looked at so often, since a profile may have changed."""
_ALERT = "~"
_UNSENT = "o.delivery IN ('queued', 'sending')"  # as the partial index says it
_OPEN = f"""
WITH RECURSIVE busy(name) AS (
  SELECT min(o.lane) FROM outbox o WHERE {_UNSENT}
  UNION ALL
  SELECT (SELECT min(o.lane) FROM outbox o WHERE {_UNSENT} AND o.lane > busy.name)
  FROM busy WHERE busy.name IS NOT NULL
)
SELECT busy.name, lane.epoch FROM busy
LEFT JOIN lane ON lane.name = busy.name
WHERE busy.name IS NOT NULL AND busy.name %s '{_ALERT}%%'
  AND COALESCE(lane.next_at, 0) <= :now AND COALESCE(lane.lease_until, 0) <= :now
  AND EXISTS (
    SELECT 1 FROM outbox o
    WHERE {_UNSENT} AND o.lane = busy.name AND o.next_at <= :now)
ORDER BY COALESCE(lane.turn_at, 0), busy.name
"""  # noqa: S608  nothing of a partner's is in it
_MOMENT = sa.bindparam("now", type_=Instant)
_READY = sa.column("name", sa.Text), sa.column("epoch", sa.BigInteger)
_MOST = sa.bindparam("most", type_=sa.Integer)
_MESSAGES, _ALERTS = (
    sa.text((_OPEN + "LIMIT :most") % word).bindparams(_MOMENT, _MOST).columns(*_READY)
    for word in ("NOT LIKE", "LIKE")
)
ANY_DUE = "SELECT EXISTS (SELECT 1 FROM (" + _OPEN % "NOT LIKE" + ") AS ready)"  # noqa: S608
"""Whether a message to a partner or our ERP may be sent ``:now``."""
_CLOSE = sa.update(lane).where(lane.c.name == sa.bindparam("its_name"))
_TAKE = _CLOSE.values(
    lease_owner=sa.bindparam("owner"),
    lease_until=sa.bindparam("until"),
    epoch=lane.c.epoch + sa.bindparam("by"),
    turn_at=sa.bindparam("turn"),
    next_at=sa.bindparam("again_at"),
)
_AGAIN_AT = sa.bindparam("again_at", type_=Instant)
_LET_GO = _CLOSE.where(lane.c.epoch == sa.bindparam("was")).values(
    lease_owner="",
    lease_until=sa.bindparam("gone"),
    failures=sa.bindparam("failed"),
    next_at=sa.case((lane.c.next_at > _AGAIN_AT, lane.c.next_at), else_=_AGAIN_AT),
)
_OPENED = sa.select(lane).where(
    lane.c.next_at <= sa.bindparam("now"), lane.c.lease_until <= sa.bindparam("now")
)
_SEEN_FREE = Among(_OPENED, lane.c.name)
_FREE = Among(_OPENED, lane.c.name, locking="FOR UPDATE SKIP LOCKED")
_SENT_BY = (
    "partner_id id channel kind file_name address interchange_number content_sha256"
    " wire_id wire_sha256 receipt_id order_id attempts epoch next_at"
)
"""What a sender has to know of a message: instants that he does not need take longer
to read than the row itself."""
_NEXT = (
    sa.select(*(outbox.c[name] for name in _SENT_BY.split()))
    .where(OUTBOX_DUE, outbox.c.lane == sa.bindparam("its_name"))
    .order_by(outbox.c.seq)
    .limit(sa.bindparam("share", type_=sa.Integer))
)
_NEXT_DUE = _NEXT.where(outbox.c.next_at <= sa.bindparam("now"))
_OF_BATCH, _OF_BATCH_DUE = (
    each.where(outbox.c.created_at <= sa.bindparam("opened_at"))
    for each in (_NEXT, _NEXT_DUE)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Pauses of a channel of its own: they double up to ``longest_s``.

    Attempts end ``end_s`` seconds after the first one.
    """

    first_s: float = 300.0
    longest_s: float = 7200.0
    end_s: float = 86_400.0

    def after(self, attempt: int, draw: Callable[[float, float], float]) -> timedelta:
        """The pause after this attempt, from 1, a quarter shorter or longer."""
        pause = min(self.first_s * 2.0 ** min(attempt - 1, 40), self.longest_s)
        return timedelta(seconds=draw(0.75 * pause, 1.25 * pause))


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a lane is to be used.

    ``in_flight`` messages go at once where the order does not matter; ``per_minute`` 0
    is as many as there are. ``closed_until`` is the next moment it is open, none: now.
    With ``batched`` only what was queued when its time last came may leave. ``retry``
    are pauses of its own, and ``lease_s`` is how long one attempt may take.
    """

    ordered: bool = True
    in_flight: int = 1
    per_minute: int = 0
    closed_until: datetime | None = None
    batched: bool = False
    retry: Retry | None = None
    lease_s: float = 0.0


UNORDERED = Way(ordered=False)
Ways = Callable[[str, str], Way]
"""The way of a partner and channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A lane that one sender has for itself; ``epoch`` counts those who had it."""

    name: str
    epoch: int
    failures: int
    way: Way


class _Turn(NamedTuple):
    """A lane as it is stored, what may leave of it, and when to look at it again."""

    row: sa.Row[Any]
    way: Way
    due: list[sa.Row[Any]]
    again_at: datetime


class Waiting(NamedTuple):
    """Lanes that were due at a moment, and what of them might leave then."""

    ready: Sequence[Any]
    turns: Mapping[str, _Turn]

    @property
    def messages(self) -> list[sa.Row[Any]]:
        """All that might leave."""
        return [message for turn in self.turns.values() for message in turn.due]


def name_of(row: dict[str, Any]) -> str:
    """The lane of a new row of the outbox. Alerts have one for each who is told."""
    if str(row["kind"]).startswith(ALERTS):
        return f"{_ALERT}{row['kind']}/{row['file_name']}"
    return f"{row['partner_id']}/{row['channel']}"


def _split(name: str) -> tuple[str, str]:
    """The partner, none for alerts, and the channel."""
    partner_id, _, channel = name.partition("/")
    return ("" if name.startswith(_ALERT) else partner_id), channel


def line_up(tx: sa.Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Give new rows of the outbox their places, in the order in which they are here.

    The ends of the lanes stay locked until the transaction ends, in the order of their
    names: whoever commits later stands further back, and nobody waits in a circle.
    """
    if not rows:
        return
    names = [name_of(row) for row in rows]
    counts = sorted(Counter(names).items())
    mark = "(?, ?, ?)" if tx.dialect.positional else "(%s, %s, %s)"
    values: list[object] = []
    for name, count in counts:
        values += (_split(name)[0], name, count)
    taken = fetched(
        tx,
        "INSERT INTO lane_end (partner_id, lane, last) VALUES"  # noqa: S608  marks only
        f" {', '.join([mark] * len(counts))} ON CONFLICT (partner_id, lane) DO UPDATE"
        " SET last = lane_end.last + excluded.last RETURNING lane, last",
        tuple(values),
    )
    last: dict[str, int] = {name: end for name, end in taken}
    place = {name: last[name] - count for name, count in counts}
    for row, name in zip(rows, names, strict=True):
        place[name] += 1
        row["lane"], row["seq"] = name, place[name]


def waiting(
    tx: sa.Connection,
    now: datetime,
    ways: Ways,
    *,
    limit: int,
    lanes: int,
    alerting: bool,
) -> Waiting:
    """Lanes that are due and what may leave, for a ``lease`` that is to be short."""
    ready = fetch(tx, _ALERTS if alerting else _MESSAGES, now=now, most=lanes)
    names = [(row.name,) for row in ready if row.epoch is not None]
    open_ = list(_SEEN_FREE.find(tx, names, now=now)) if names else []
    share = max(limit // len(ready), 1) if ready else 0
    turns = [_turn(tx, row, ways, now, share, alerting=alerting) for row in open_]
    return Waiting(ready, {each.row.name: each for each in turns})


def lease(  # noqa: PLR0913  whose, when, and how many
    tx: sa.Connection,
    owner: str,
    now: datetime,
    until: datetime,
    ways: Ways,
    *,
    limit: int,
    lanes: int,
    alerting: bool,
    seen: Waiting | None = None,
) -> list[tuple[Held, list[sa.Row[Any]]]]:
    """Lanes that are due, the one that waited longest first, with what may leave.

    Each is the owner's alone until then. Those that failed give one message. What was
    ``seen`` a moment before is so still where nobody has had the lane since.
    """
    ready = (
        fetch(tx, _ALERTS if alerting else _MESSAGES, now=now, most=lanes)
        if seen is None
        else seen.ready
    )
    found: list[tuple[Held, list[sa.Row[Any]]]] = []
    changes: list[dict[str, object]] = []
    locked = _locked(tx, ready, now)
    for row in locked:
        turn = seen.turns.get(row.name) if seen else None
        if turn is None or turn.row != row:
            share = max(limit // len(locked), 1)
            turn = _turn(tx, row, ways, now, share, alerting=alerting)
        way, due = turn.way, turn.due
        change = {"its_name": row.name, "turn": now, "again_at": turn.again_at}
        if due:
            held = Held(
                name=row.name, epoch=row.epoch + 1, failures=row.failures, way=way
            )
            found.append((held, due))
            longer = until + timedelta(seconds=way.lease_s)
            change |= {"owner": owner, "until": longer, "by": 1}
        else:
            change |= {"owner": "", "until": now, "by": 0}
        changes.append(change)
    change_all(tx, _TAKE, changes)
    return found


def _turn(
    tx: sa.Connection,
    row: sa.Row[Any],
    ways: Ways,
    now: datetime,
    share: int,
    *,
    alerting: bool,
) -> _Turn:
    """What may leave of this lane, as many as are its share."""
    partner_id, channel = _split(row.name)
    way = UNORDERED if alerting else ways(partner_id, channel)
    if row.failures >= TRIPPED:
        share = 1
    if way.per_minute:
        share = min(share, max(way.per_minute // 60, 1))
    due, again_at = _due(tx, row, way, now, share)
    return _Turn(row, way, due, again_at)


def _locked(
    tx: sa.Connection, ready: Sequence[Any], now: datetime
) -> Sequence[sa.Row[Any]]:
    """Rows of the lanes that nobody else is taking right now, locked."""
    fresh = [_blank(row.name, now) for row in ready if row.epoch is None]
    insert_new(tx, lane, fresh)
    if not ready:
        return ()
    found = _FREE.find(tx, [(row.name,) for row in ready], now=now)
    return sorted(found, key=attrgetter("turn_at", "name"))


def _blank(name: str, now: datetime) -> dict[str, object]:
    return {
        "partner_id": _split(name)[0],
        "name": name,
        "next_at": now,
        "lease_until": now,
        "lease_owner": "",
        "epoch": 0,
        "failures": 0,
        "turn_at": EPOCH,
        "opened_at": None,
    }


def _due(
    tx: sa.Connection, row: sa.Row[Any], way: Way, now: datetime, share: int
) -> tuple[list[sa.Row[Any]], datetime]:
    """What may leave of this lane now, and when it may be looked at again."""
    look_again = now + timedelta(seconds=CLOSED_S)
    if way.closed_until is not None and way.closed_until > now:
        return [], min(way.closed_until, look_again)
    if way.batched:
        query = _OF_BATCH if way.ordered else _OF_BATCH_DUE
    else:
        query = _NEXT if way.ordered else _NEXT_DUE
    told = {"its_name": row.name, "share": share, "now": now}
    first = fetch(tx, query, **told, opened_at=row.opened_at or EPOCH)
    due: list[sa.Row[Any]] = []
    for message in first:
        if message.next_at > now:
            break
        due.append(message)
    if due:
        pause_s = len(due) * 60 / way.per_minute if way.per_minute else 0.0
        return due, now + timedelta(seconds=pause_s)
    return [], first[0].next_at if first else look_again


def let_go(
    tx: sa.Connection,
    verdicts: Iterable[tuple[Held, int, datetime]],
    now: datetime,
) -> None:
    """Let others have the lanes: after these failures, not before these moments.

    A lane that has passed to others is left alone.
    """
    rows: list[dict[str, object]] = [
        {
            "its_name": held.name,
            "was": held.epoch,
            "failed": failures,
            "again_at": again_at,
            "gone": now,
        }
        for held, failures, again_at in verdicts
    ]
    change_all(tx, _LET_GO, rows)


def free(tx: sa.Connection, owners: Sequence[str], now: datetime) -> None:
    """Let others have the lanes that these held."""
    tx.execute(
        sa.update(lane)
        .where(lane.c.lease_owner.in_(owners))
        .values(lease_owner="", lease_until=now)
    )


def open_now(tx: sa.Connection, name: str, now: datetime) -> None:
    """Let a lane be looked at at once, whatever it was resting for."""
    tx.execute(_CLOSE.values(next_at=now, failures=0), {"its_name": name})


def fire(tx: sa.Connection, name: str, now: datetime) -> None:
    """The time of a batch has come: what is queued by now may leave."""
    insert_new(tx, lane, [_blank(name, now)])
    tx.execute(_CLOSE.values(next_at=now, opened_at=now), {"its_name": name})
