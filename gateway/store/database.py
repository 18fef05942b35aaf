"""The database: one transaction at a time on SQLite, as many as it likes elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from gateway.config import Settings
from gateway.findings import Finding
from gateway.store import sqlite
from gateway.store.payloads import Payloads

Unavailable = sa.exc.OperationalError
"""The database is locked, full, gone or on its way back: nothing was committed."""

MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """Where everything is kept: rows, and ``payloads`` for the bytes.

    ``findings`` hold what is unsafe about the library in use.
    """

    def __init__(
        self, url: str, payloads: Payloads, *, busy_timeout_s: float = 30.0
    ) -> None:
        self.url = url
        self.payloads = payloads
        self.findings: tuple[Finding, ...] = ()
        self.is_sqlite = url.startswith("sqlite")
        self._turn = threading.Lock()
        if self.is_sqlite:
            file = sa.make_url(url).database
            if file and file != ":memory:":
                Path(file).parent.mkdir(parents=True, exist_ok=True)
            self.findings = sqlite.check(sqlite.library().sqlite_version_info)
            self._writer = sqlite.writer(url, busy_timeout_s)
            self._reader = sqlite.reader(url, busy_timeout_s)
        else:
            self._writer = self._reader = sa.create_engine(url, hide_parameters=True)

    @classmethod
    def open(cls, settings: Settings) -> Database:
        """The database that the settings name. ``migrate()`` makes its tables."""
        return cls(
            settings.database_url,
            Payloads(settings.home / "payloads", settings.payload_inline_bytes),
            busy_timeout_s=settings.busy_timeout_s,
        )

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """A transaction that may write: committed at the end, undone on an exception.

        On SQLite writers of this process wait for their turn here, and for other
        processes in ``BEGIN IMMEDIATE``.
        """
        if not self.is_sqlite:
            with self._writer.begin() as connection:
                yield connection
            return
        with self._turn, self._writer.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that sees one state of the data and changes nothing."""
        with self._reader.connect() as connection, connection.begin():
            yield connection

    def migrate(self, revision: str = "head") -> None:
        """Bring the tables to ``revision``; ``base`` takes them all away."""
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        with self.begin() as connection:
            config.attributes["connection"] = connection
            if revision == "base":
                command.downgrade(config, revision)
            else:
                command.upgrade(config, revision)

    def close(self) -> None:
        """Close all connections."""
        self._reader.dispose()
        self._writer.dispose()
