"""Where revocation lists are fetched from: when again, by whom, and what came of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from gateway.store.database import Database
from gateway.store.sql import insert_new, some
from gateway.store.tables import list_source

__all__ = ["ListSource", "every", "known", "lease", "note", "settle"]

_c = list_source.c
_SOONEST = timedelta(minutes=5)
_LATEST = timedelta(hours=4)
_AGAIN = timedelta(minutes=1)
_DOUBLED = 6  # times: an hour and four minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSource:
    """An address, and what was found there last.

    ``until`` is the end of the list that is kept; ``said`` is why the last look failed;
    ``along`` are certificates in PEM that came with the document it was found by.
    """

    url: str
    etag: str = ""
    modified: str = ""
    until: datetime | None = None
    failures: int = 0
    said: str = ""
    along: str = ""


def every(tx: sa.Connection) -> list[ListSource]:
    """All addresses that were looked at or are to be."""
    rows = tx.execute(sa.select(list_source).order_by(_c.url))
    return [_of(row) for row in rows]


def known(tx: sa.Connection, urls: Collection[str]) -> set[str]:
    """Those of these addresses that are looked at already."""
    found: set[str] = set()
    for part in some(sorted(urls)):
        query = sa.select(_c.url).where(_c.url.in_(part))
        found |= set(tx.execute(query).scalars())
    return found


def note(db: Database, urls: Iterable[str], now: datetime, along: str = "") -> None:
    """Look at these addresses from now on, at once for the first time."""
    rows = [{"url": url, "next_at": now, "along": along} for url in urls]
    with db.begin() as tx:
        insert_new(tx, list_source, [_BLANK | row for row in rows])


_BLANK: dict[str, object] = {
    "lease_owner": "",
    "lease_until": None,
    "looked_at": None,
    "until": None,
    "etag": "",
    "modified": "",
    "failures": 0,
    "said": "",
}


def lease(
    db: Database, wanted: Sequence[str], owner: str, now: datetime, until: datetime
) -> ListSource | None:
    """One of these addresses that is due, ours alone until then; none: none is."""
    is_due = sa.and_(
        _c.next_at <= now, sa.or_(_c.lease_until.is_(None), _c.lease_until <= now)
    )
    with db.read() as tx:
        due = [
            row.url
            for part in some(wanted)
            for row in tx.execute(sa.select(_c.url).where(_c.url.in_(part), is_due))
        ]
    if not due:
        return None
    query = sa.select(list_source).where(_c.url == min(due), is_due)
    with db.begin() as tx:
        row = tx.execute(query.with_for_update(skip_locked=True)).first()
        if row is None:
            return None
        held = {"lease_owner": owner, "lease_until": until}
        tx.execute(_change(row.url).values(**held))
    return _of(row)


def settle(db: Database, found: ListSource, owner: str, now: datetime) -> None:
    """Keep what came of a look, and when the next one is due.

    A list that is there is looked at again after a quarter of what is left of it, at
    least every four hours; one that is not after a minute, then longer and longer.
    """
    if found.said:
        pause = _AGAIN * 2 ** min(found.failures, _DOUBLED)
    else:
        left = (found.until - now) / 4 if found.until else _LATEST
        pause = min(max(left, _SOONEST), _LATEST)
    with db.begin() as tx:
        tx.execute(
            _change(found.url)
            .where(_c.lease_owner == owner)
            .values(
                next_at=now + pause,
                lease_owner="",
                lease_until=None,
                looked_at=now,
                until=found.until,
                etag=found.etag,
                modified=found.modified,
                failures=found.failures + 1 if found.said else 0,
                said=found.said,
            )
        )


def _change(url: str) -> sa.Update:
    return sa.update(list_source).where(_c.url == url)


def _of(row: sa.Row[tuple[object, ...]]) -> ListSource:
    return ListSource(
        url=row.url,
        etag=row.etag,
        modified=row.modified,
        until=row.until,
        failures=row.failures,
        said=row.said,
        along=row.along,
    )
