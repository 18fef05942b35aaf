"""How much came and left, day by day and partner by partner, and what was wrong.

Of long stretches a part is read: so many messages a day, the newest first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from gateway.store import tables
from gateway.store.message_search import first_id

__all__ = ["DAYS", "MOST", "Cause", "Day", "Volumes", "volumes"]

DAYS = 14
MOST = 3_000
"""How many messages of one day and direction are counted."""
_CAUSES = 10_000  # findings that are looked at for the commonest
_SHOWN = 12
_message, _box, _finding = tables.message.c, tables.outbox.c, tables.finding.c
_BAD_ACKS = ("rejected", "partly_accepted")


@dataclass(slots=True)
class Day:
    """One day in the reader's zone. ``is_cut``: there were more than were counted."""

    day: date
    came: int = 0
    rejected: int = 0
    left: int = 0
    failed: int = 0
    late: int = 0
    refused: int = 0
    is_cut: bool = False

    @property
    def total(self) -> int:
        """Messages in both directions."""
        return self.came + self.left

    @property
    def wrong(self) -> int:
        """Those of them that went wrong."""
        return self.rejected + self.failed + self.late + self.refused

    @property
    def share(self) -> float:
        """Of all messages, those that went wrong, from 0 to 1."""
        return min(1.0, self.wrong / self.total) if self.total else 0.0


@dataclass(frozen=True, slots=True)
class Cause:
    """A code that was found often with a partner."""

    partner_id: str
    code: str
    count: int


@dataclass(slots=True)
class Volumes:
    """The last days, oldest first, and what was found most often in them."""

    days: list[Day]
    causes: list[Cause] = field(default_factory=list)
    partners: list[tuple[str, int, int]] = field(default_factory=list)
    """Each with its messages and those of them that went wrong."""


def volumes(
    tx: sa.Connection,
    now: datetime,
    zone: ZoneInfo,
    partner: str | None = None,
    days: int = DAYS,
) -> Volumes:
    """The last days of one partner, or of all."""
    today = now.astimezone(zone).date()
    found = Volumes(days=[])
    every: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for back in range(days - 1, -1, -1):
        one = Day(today - timedelta(days=back))
        limits = [_start(one.day, zone), _start(one.day + timedelta(days=1), zone)]
        for partner_id, is_wrong in _of_day(tx, one, limits, partner):
            every[partner_id] += 1
            wrong[partner_id] += is_wrong
        found.days.append(one)
    found.partners = [(p, n, wrong[p]) for p, n in every.most_common(_SHOWN)]
    found.causes = _causes(tx, _start(found.days[0].day, zone), partner)
    return found


def _start(day: date, zone: ZoneInfo) -> str:
    return first_id(datetime.combine(day, time(), zone))


def _of_day(
    tx: sa.Connection, day: Day, limits: Sequence[str], partner: str | None
) -> Iterator[tuple[str, bool]]:
    """Each message's partner, and whether it went wrong."""
    came = sa.select(_message.partner_id, _message.validation)
    rows = _newest(tx, came, _message, limits, partner)
    day.is_cut = len(rows) > MOST
    for row in rows[:MOST]:
        is_rejected = row.validation == "rejected"
        day.came += 1
        day.rejected += is_rejected
        yield row.partner_id, is_rejected
    left = sa.select(_box.partner_id, _box.delivery, _box.acknowledgement)
    rows = _newest(tx, left.where(_box.channel != "erp"), _box, limits, partner)
    day.is_cut = day.is_cut or len(rows) > MOST
    for row in rows[:MOST]:
        day.left += 1
        failed, late = row.delivery == "failed", row.acknowledgement == "overdue"
        refused = row.acknowledgement in _BAD_ACKS
        day.failed += failed
        day.late += late and not failed
        day.refused += refused and not failed
        yield row.partner_id, failed or late or refused


def _newest(
    tx: sa.Connection,
    query: sa.Select[Any],
    own: Any,
    limits: Sequence[str],
    partner: str | None,
) -> Sequence[sa.Row[Any]]:
    query = query.where(own.id >= limits[0], own.id < limits[1])
    if partner is not None:
        query = query.where(own.partner_id == partner)
    return tx.execute(query.order_by(own.id.desc()).limit(MOST + 1)).all()


def _causes(tx: sa.Connection, since: str, partner: str | None) -> list[Cause]:
    """What was found most often in the newest messages that something is wrong with."""
    own = _message
    bad = sa.select(own.id).where(
        tables.MESSAGE_TROUBLED, own.validation == "rejected", own.id >= since
    )
    if partner is not None:
        bad = bad.where(own.partner_id.concat("") == partner)
    newest = list(tx.scalars(bad.order_by(own.id.desc()).limit(500)))
    counts: Counter[tuple[str, str]] = Counter()
    query = sa.select(_finding.partner_id, _finding.code).where(
        _finding.message_id.in_(newest), _finding.severity.in_(("reject", "error"))
    )
    counts.update((row[0], row[1]) for row in tx.execute(query.limit(_CAUSES)))
    return [Cause(*pair, n) for pair, n in counts.most_common(_SHOWN)]
