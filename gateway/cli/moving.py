"""``migrate-store``, ``backup`` and ``restore``: the store as a whole."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import opened, say
from gateway.config import Settings
from gateway.store import backup as backups
from gateway.store import leases
from gateway.store.anchor import Anchor
from gateway.store.database import Database, Unavailable
from gateway.store.moving import NotMoved, move

MARGIN = 100_000
"""How far control numbers jump after a restore."""


def migrate_store(
    from_url: Annotated[str, typer.Argument(help="The database that is.")],
    to_url: Annotated[str, typer.Argument(help="An empty one, SQLite or PostgreSQL.")],
) -> None:
    """Copy the whole store into another database, and prove that it is the same.

    Stop the gateway first. Nothing is kept in the target unless every table and every
    payload is equal; the source stays as it is. Payload files stay in the home folder.
    """
    at = opened.settings()
    if from_url == to_url:
        say.failed("both addresses are the same")
    if not opened.is_there(at.model_copy(update={"database_url": from_url})):
        say.failed("there is no database at the first address")
    source, target = _open(at, from_url), _open(at, to_url)
    try:
        moved = move(source, target)
    except (NotMoved, Unavailable) as problem:
        say.failed(f"nothing was moved: {problem}")
    finally:
        source.close()
        target.close()
    head = ("table", "rows", "sum of the rows' SHA-256, in both")
    say.table(head, ((one.table, one.rows, one.digest) for one in moved.proofs))
    say.line(f"{moved.payloads} payloads, {moved.payload_bytes} bytes, were read")
    for sha256 in moved.damaged:
        say.line(f"The payload {sha256} is damaged in both")
    say.line("Both are equal. Name the new one in GATEWAY_DATABASE_URL.")


def _open(at: Settings, url: str) -> Database:
    try:
        db = Database.open(at.model_copy(update={"database_url": url}))
        db.migrate()
    except (Unavailable, OSError, ValueError) as problem:
        say.failed(f"a database does not open: {type(problem).__name__}")
    return db


def backup(
    file: Annotated[Path, typer.Argument(help="A new file, .tar.")],
) -> None:
    """Write a SQLite gateway into one file, while it works.

    In it: the database, payload files, the key and head of the event chain, imported
    tables. Not in it: the exchange folders, and the keys of GATEWAY_PAYLOAD_KEY.
    """
    if file.exists():
        say.failed(f"{file} is there already")
    with opened.gateway() as gateway:
        if not gateway.db.is_sqlite:
            say.failed("for PostgreSQL use pg_dump; see docs/storage.md")
        try:
            made = backups.write(
                gateway.db, gateway.settings.home, file, datetime.now(UTC)
            )
        except (Unavailable, OSError) as problem:
            say.failed(f"no backup was made: {problem}")
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
        db = _open(at, at.database_url)
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
    _anew(_open(at, f"sqlite:///{waiting}"), at, margin)
    waiting.rename(at.home / backups.DATABASE)
    waiting.with_name(f"{waiting.name}-turn").unlink(missing_ok=True)


def _anew(db: Database, at: Settings, margin: int) -> None:
    anchor = Anchor(at.home / "evidence")
    try:
        done = backups.begin_anew(db, anchor, margin, datetime.now(UTC))
    finally:
        db.close()
    say.line(f"The control numbers of {done.series} series jump by {margin}")
    if done.head_lost:
        say.line(f"The chain of events lost {done.head_lost} checkpoints; noted in it")
    say.line("Next: lay archived files that came since into the folders; gateway serve")
