"""``migrate-store``, ``backup`` and ``restore``: the store as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import opened, say
from gateway.config import Settings, sqlite_url
from gateway.store import backup as backups
from gateway.store import leases, revisions
from gateway.store.anchor import Anchor
from gateway.store.database import Damaged as DamagedDatabase
from gateway.store.database import Database
from gateway.store.moving import NotMoved, move
from gateway.store.sealed import Locked

MARGIN = 100_000
"""How far control numbers jump after a restore."""
_NAMED = "GATEWAY_DATABASE_URL"


def migrate_store(
    from_url: Annotated[str, typer.Argument(help="The database that is.")],
    to_url: Annotated[str, typer.Argument(help="An empty one, SQLite or PostgreSQL.")],
) -> None:
    """Copy the whole store into another database, and prove that it is the same.

    Stop the gateway first. Nothing is kept in the target unless every table and every
    payload is equal; the source stays as it is. Payload files stay in the home folder.
    """
    if from_url == to_url:
        say.failed("both addresses are the same")
    first, second = "the first address", "the second address"
    from_, to = opened.settings(from_url, first), opened.settings(to_url, second)
    if not opened.is_there(from_):
        say.failed(f"there is no database at {first}")
    with _ours(from_, first) as source, _migrated(to, second) as target:
        try:
            moved = move(source, target)
        except Locked as locked:
            say.failed(f"nothing was moved: {opened.told(locked)}")
        except (NotMoved, DamagedDatabase, OSError) as problem:
            say.failed(f"nothing was moved: {opened.trouble(problem)}")
    head = ("table", "rows", "sum of the rows' SHA-256, in both")
    say.table(head, ((one.table, one.rows, one.digest) for one in moved.proofs))
    say.line(f"{moved.payloads} payloads, {moved.payload_bytes} bytes, were read")
    for sha256 in moved.damaged:
        say.line(f"The payload {sha256} is damaged in both")
    say.line("Both are equal. Name the new one in GATEWAY_DATABASE_URL.")


@contextmanager
def _ours(at: Settings, where: str) -> Iterator[Database]:
    """A gateway's database that is only read: its tables stay those that it has."""
    with _opened(at, where) as db:
        with _understood(where), db.read() as tx:
            revision = revisions.current(tx)
        if not revision:
            say.failed(f"there is no gateway in the database at {where}")
        if revision != revisions.newest():
            what = f"the tables at {where} are of revision {revision}"
            newest = revisions.newest()
            say.failed(f"{what}, not {newest}; start gateway serve on it once")
        yield db


@contextmanager
def _migrated(at: Settings, where: str) -> Iterator[Database]:
    """A database with the tables of this version."""
    with _opened(at, where) as db:
        with _understood(where):
            db.migrate()
        yield db


@contextmanager
def _opened(at: Settings, where: str) -> Iterator[Database]:
    with _understood(where):
        db = Database.open(at)
    with closing(db):
        yield db


@contextmanager
def _understood(where: str) -> Iterator[None]:
    try:
        yield
    except (DamagedDatabase, OSError, ValueError) as problem:
        say.failed(f"the database at {where} does not open: {opened.trouble(problem)}")


def backup(
    file: Annotated[Path, typer.Argument(help="A new file, .tar.")],
) -> None:
    """Write a SQLite gateway into one file, while it works.

    In it: the database, payload files, the key and head of the event chain, imported
    tables. Not in it: the exchange folders, and the keys of GATEWAY_PAYLOAD_KEY.
    """
    if file.exists():
        say.failed(f"{file} is there already")
    folder = file.absolute().parent
    if not folder.is_dir():
        say.failed(f"there is no folder {folder}")
    with opened.gateway() as gateway:
        if not gateway.db.is_sqlite:
            say.failed("for PostgreSQL use pg_dump; see docs/storage.md")
        try:
            made = backups.write(
                gateway.db, gateway.settings.home, file, datetime.now(UTC)
            )
        except (DamagedDatabase, OSError) as problem:
            what = f"no backup was made: {opened.trouble(problem)}"
            say.failed(f"{what}; is there room in {folder}, and may it be written?")
    say.line(f"{file}: {made.members} files, {made.size_bytes} bytes")


def restore(
    file: Annotated[
        Path | None,
        typer.Argument(help="From gateway backup; none: pg_restore did its part."),
    ] = None,
    margin: Annotated[
        int,
        typer.Option(min=1, max=99_999_999, help="By how much control numbers jump."),
    ] = MARGIN,
) -> None:
    """Put a backup back into an empty home, and let the older state go on.

    Control numbers jump, so that none comes again that was sent since the backup; what
    was on its way is sent again, the same bytes under the same name.
    """
    at = opened.settings()
    if file is None:
        if at.database_url.startswith("sqlite"):
            say.failed("name the file that gateway backup wrote")
        with _migrated(at, _NAMED) as db:
            with db.read() as tx:
                if leases.alive(tx):
                    say.failed("processes work on the database: stop them first")
            _anew(db, at, margin)
        return
    if not at.database_url.startswith("sqlite"):
        say.failed("the file is a SQLite gateway; GATEWAY_DATABASE_URL names a server")
    try:
        waiting = backups.unpack(file, at.home)
    except (backups.NotRestored, OSError) as problem:
        say.failed(f"nothing was restored: {problem}")
    put_back = at.model_copy(update={"database_url": sqlite_url(waiting)})
    with _migrated(put_back, str(file)) as db:
        _anew(db, at, margin)
    backups.put_in_place(waiting, at.home)


def _anew(db: Database, at: Settings, margin: int) -> None:
    anchor = Anchor(at.home / "evidence")
    done = backups.begin_anew(db, anchor, margin, datetime.now(UTC))
    say.line(f"The control numbers of {done.series} series jump by {margin}")
    if done.head_lost:
        say.line(f"The chain of events lost {done.head_lost} checkpoints; noted in it")
    say.line("Next: lay archived files that came since into the folders; gateway serve")
