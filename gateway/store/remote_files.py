"""What is remembered of the files in partners' folders, as rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from gateway.findings import Finding
from gateway.pipeline.remote import RemoteFile, Seen
from gateway.store import polls
from gateway.store.database import Database
from gateway.store.polls import Look
from gateway.store.sql import insert_all, some
from gateway.store.tables import remote_file


class Memory:
    """The memory of one look (``Remembered``); its lease is renewed as it is used."""

    def __init__(
        self,
        db: Database,
        look: Look,
        clock: Callable[[], datetime],
        lease: timedelta,
        stopping: Callable[[], bool],
    ) -> None:
        self._db = db
        self._look = look
        self._clock = clock
        self._lease = lease
        self._stopping = stopping

    def known(self) -> Mapping[str, RemoteFile]:
        """What was seen before, by path."""
        with self._db.read() as tx:
            rows = tx.execute(sa.select(remote_file).where(*self._here))
            return {row.path: _file(row) for row in rows}

    def note(self, seen: Sequence[RemoteFile], gone: Sequence[str]) -> None:
        """Keep what was seen, forget what is gone."""
        if not seen and not gone:
            return
        over = [one.path for one in seen] + list(gone)
        with self._db.begin() as tx:
            for part in some(over):
                tx.execute(
                    sa.delete(remote_file).where(
                        *self._here, remote_file.c.path.in_(part)
                    )
                )
            insert_all(tx, remote_file, [self._row(one) for one in seen])

    def tell(self, finding: Finding, path: str) -> None:
        """Tell operators of a file that is not taken in."""
        with self._db.begin() as tx:
            polls.tell(tx, self._look, finding, self._clock())

    def goes_on(self) -> bool:
        """Whether the look is still ours and nothing asks us to stop."""
        if self._stopping():
            return False
        return polls.renew(self._db, self._look, self._clock() + self._lease)

    @property
    def _here(self) -> tuple[sa.ColumnElement[bool], ...]:
        columns = remote_file.c
        return (
            columns.partner_id == self._look.partner_id,
            columns.channel == self._look.channel,
        )

    def _row(self, one: RemoteFile) -> dict[str, object]:
        return {
            "partner_id": self._look.partner_id,
            "channel": self._look.channel,
            "path": one.path,
            "size": one.size,
            "mtime": one.mtime,
            "looks": one.looks,
            "since": one.since,
            "counted_at": one.counted_at,
            "state": str(one.state),
        }


def _file(row: sa.Row[tuple[object, ...]]) -> RemoteFile:
    return RemoteFile(
        path=row.path,
        size=row.size,
        mtime=row.mtime,
        looks=row.looks,
        since=row.since,
        counted_at=row.counted_at,
        state=Seen(row.state),
    )
