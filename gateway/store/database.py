"""The database: one transaction at a time on SQLite, many at once on PostgreSQL."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import sqlalchemy as sa

from gateway.config import Settings
from gateway.findings import Finding
from gateway.store import packed, postgresql, revisions, sqlite
from gateway.store.driver import changed
from gateway.store.payloads import Payloads
from gateway.store.postgresql import Contended
from gateway.store.sealed import Keyring
from gateway.store.shared_time import SharedTime
from gateway.store.turns import Turns

__all__ = [
    "Contended",
    "Damaged",
    "Database",
    "Transaction",
    "Unavailable",
    "knock",
    "load_driver",
]

Transaction = sa.Connection
"""What ``begin`` and ``read`` give."""

Unavailable = sa.exc.OperationalError
Damaged = sa.exc.DatabaseError
"""What the database says where it is none of ours, or cannot be had (Unavailable)."""
"""The database is locked, full, gone or on its way back, and rolls back what it had.

Only of a commit whose answer was lost nobody knows what became of it; everything that
is repeated finds out by its keys. ``Contended`` is the kind that is over at once.
"""


class Database:
    """Where everything is kept: rows, and ``payloads`` for the bytes.

    ``findings`` hold what is unsafe about the library in use; ``time`` is what all its
    processes go by.
    """

    def __init__(
        self,
        url: str,
        payloads: Payloads,
        *,
        busy_timeout_s: float = 30.0,
        connections: int = 10,
        silence_s: float = 60.0,
    ) -> None:
        self.url = url
        self.payloads = payloads
        self.findings: tuple[Finding, ...] = ()
        self.time = SharedTime()
        self.is_sqlite = url.startswith("sqlite")
        self._turn = threading.Lock()
        self._turns: Turns | None = None
        if self.is_sqlite:
            file = sa.make_url(url).database
            if file and file != ":memory:":
                Path(file).parent.mkdir(parents=True, exist_ok=True)
                self._turns = Turns(file)
            self.findings = sqlite.check(sqlite.library().sqlite_version_info)
            self._writer = sqlite.writer(url, busy_timeout_s)
            self._passing = self._writer.execution_options(**{sqlite.PASSING: True})
            self._first = self._writer.execution_options(**{sqlite.FIRST: True})
            self._reader = sqlite.reader(url, busy_timeout_s)
        else:
            self._writer = postgresql.engine(
                url,
                connections=connections,
                wait_s=busy_timeout_s,
                silence_s=silence_s,
            )
            self._reader = postgresql.reading(self._writer)
        for engine in (self._writer, self._reader):
            packed.seal_with(payloads.keys, engine.dialect)

    @classmethod
    def open(cls, settings: Settings) -> Database:
        """The database that the settings name. ``migrate()`` makes its tables."""
        return cls(
            settings.database_url,
            Payloads(
                settings.home / "payloads",
                settings.payload_inline_bytes,
                Keyring.of(settings.payload_key, os.environ),
            ),
            busy_timeout_s=settings.busy_timeout_s,
            connections=settings.database_connections,
            silence_s=settings.database_silence_s,
        )

    @contextmanager
    def begin(
        self, *, passing: bool = False, first: bool = False
    ) -> Iterator[sa.Connection]:
        """A transaction that may write: committed at the end, undone on an exception.

        What is ``passing``, such as a lease, has to outlive this process and not the
        machine: its commit does not wait for the disk. The next one that is not brings
        it there too. On SQLite writers of this process wait for their turn here, and
        for other processes in ``BEGIN IMMEDIATE``. What a partner waits for goes
        ``first`` there, and leaves the checkpoint to those who come after.
        """
        if not self.is_sqlite:
            with _understood(), self._writer.begin() as connection:
                if passing:
                    changed(connection, postgresql.PASSING, ())
                yield connection
            return
        writer = self._passing if passing else self._first if first else self._writer
        with self._turn, self._among_processes(first), writer.begin() as connection:
            yield connection

    @contextmanager
    def _among_processes(self, first: bool) -> Iterator[None]:
        if self._turns is None:
            yield
        elif first:
            with self._turns.first():
                yield
        else:
            self._turns.after_you()
            yield

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that sees one state of the data and changes nothing."""
        with (
            _understood(),
            self._reader.connect() as connection,
            connection.begin(),
        ):
            yield connection

    def session(self) -> sa.Connection:
        """A connection for itself without transactions; close it. For PostgreSQL."""
        with _understood():
            connection = self._writer.connect()
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.detach()
            return connection

    def ask_time(self) -> None:
        """Learn the time of the server; a process that works asks every second."""
        if not self.is_sqlite:
            with self.read() as tx:
                self.time.ask(tx)

    def migrate(self, revision: str = "head") -> None:
        """Bring the tables to ``revision``; ``base`` takes them all away."""
        self.demand_sessions()
        if revision == "head" and self._is_current():
            return
        from alembic import command  # noqa: PLC0415  slow to read, seldom needed
        from alembic.config import Config  # noqa: PLC0415

        config, place = Config(), str(revisions.MIGRATIONS)
        config.set_main_option("script_location", place.replace("%", "%%"))
        with self.begin() as connection, ExitStack() as at_the_end:
            if not self.is_sqlite:
                at_the_end.enter_context(postgresql.patient(connection))
                postgresql.wait_for_migrations(connection)
                postgresql.demand_every_text(connection)
            config.attributes["connection"] = connection
            if revision == "base":
                command.downgrade(config, revision)
            else:
                command.upgrade(config, revision)

    def demand_sessions(self) -> None:
        """Raise ``Unavailable`` where a pooler gives each transaction another one."""
        if not self.is_sqlite:
            with _understood():
                postgresql.demand_sessions(self._writer)

    def _is_current(self) -> bool:
        with self.read() as tx:
            return revisions.current(tx) == revisions.newest()

    def copy_to(self, file: Path) -> None:
        """Write one moment's state into a new SQLite file; others go on writing."""
        assert self.is_sqlite
        with self._reader.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None
            raw.execute("PRAGMA query_only=OFF")  # it writes, though not to us
            try:
                raw.execute("VACUUM INTO ?", (str(file),))
            except sqlite.library().Error as refused:
                raise Unavailable("VACUUM INTO", None, refused) from refused
            finally:
                raw.execute("PRAGMA query_only=ON")

    def connections(self) -> dict[str, int]:
        """How many connections of this process are in use and at rest."""
        pools = {id(one.pool): one.pool for one in (self._writer, self._reader)}
        counted = [one for one in pools.values() if isinstance(one, sa.QueuePool)]
        return {
            "used": sum(one.checkedout() for one in counted),
            "idle": sum(one.checkedin() for one in counted),
        }

    def close(self) -> None:
        """Close all connections."""
        self._reader.dispose()
        self._writer.dispose()
        if self._turns is not None:
            self._turns.close()


def load_driver(url: str) -> None:
    """Read what speaks to this database: processes forked after it share its memory."""
    if url.startswith("sqlite"):
        sqlite.library()
    else:
        sa.make_url(url).get_dialect().import_dbapi()


def knock(settings: Settings) -> None:
    """Look into the database, bring its tables to this version and hang up.

    Or raise what it refuses. Before processes are forked: then one of them says what
    stands against it, not all.
    """
    db = Database.open(settings)
    try:
        db.migrate()
    finally:
        db.close()


@contextmanager
def _understood() -> Iterator[None]:
    """What the server refuses, as an exception that says what is to be done."""
    try:
        yield
    except sa.exc.DBAPIError as refused:
        told = postgresql.meaning(refused)
        if told is refused:
            raise
        raise told from refused
    except sa.exc.TimeoutError as nothing_free:
        raise Unavailable("", {}, nothing_free) from nothing_free
