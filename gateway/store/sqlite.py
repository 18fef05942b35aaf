"""Which SQLite library is used, and how its connections are set up."""

from __future__ import annotations

import importlib
import time
from types import ModuleType
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import QueuePool, StaticPool

from gateway.findings import Finding

SAFE_VERSION = (3, 51, 3)
"""From here on no committed row is lost when several connections checkpoint."""

_MAPPED = "mmap_size=1073741824"
"""Read up to a GiB of the file as memory: a look-up in a long price list then costs no
system call for each page."""


PASSING = "passing"
"""The execution option of transactions whose commit does not wait for the disk."""

FIRST = "first"
"""The execution option of transactions that a partner waits for."""

_CHECKPOINTS = {True: 10_000, False: 1_000}
"""After how many pages of the log the next commit brings them into the database: with
transactions that go first only where nobody else has done it for long (40 MB)."""

_LOOK_AGAIN_MS = 3
"""Whoever waits for a turn to write looks after one and after three milliseconds."""


def library() -> ModuleType:
    """The newer ``pysqlite3`` where it is installed, else Python's own."""
    try:
        return importlib.import_module("pysqlite3.dbapi2")
    except ImportError:
        return importlib.import_module("sqlite3.dbapi2")


def check(version: tuple[int, ...]) -> tuple[Finding, ...]:
    """A warning when this version has the fault of 3.7.0 to 3.51.2."""
    if version >= SAFE_VERSION:
        return ()
    spoken = ".".join(map(str, version))
    what = f"SQLite {spoken} can lose committed rows when several processes write"
    return (Finding.of("CFG-031", what, value=spoken),)


def writer(url: str, busy_timeout_s: float) -> sa.Engine:
    """The one connection that writes and checkpoints. The caller takes turns."""
    engine = _engine(url, busy_timeout_s, poolclass=StaticPool)

    def begin(connection: sa.Connection) -> None:
        passing = bool(connection.get_execution_options().get(PASSING))
        if connection.info.get(PASSING, False) is not passing:
            level = "NORMAL" if passing else "FULL"
            _raw(connection).execute(f"PRAGMA synchronous={level}")
            connection.info[PASSING] = passing
        first = bool(connection.get_execution_options().get(FIRST))
        if connection.info.get(FIRST, False) is not first:
            pages = _CHECKPOINTS[first]
            _raw(connection).execute(f"PRAGMA wal_autocheckpoint={pages}")
            connection.info[FIRST] = first
        _take_turn(connection, busy_timeout_s)

    pragmas = (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={_LOOK_AGAIN_MS}",
        "foreign_keys=ON",
        "cache_size=-65536",
        _MAPPED,
    )
    _on_connect(engine, pragmas)
    event.listen(engine, "begin", begin)
    return engine


def _take_turn(connection: sa.Connection, busy_timeout_s: float) -> None:
    """Begin to write, as soon as no other process does.

    SQLite itself looks every 100 ms in the end, and always finds the lock taken where
    another process writes one thing after the other.
    """
    raw, locked = _raw(connection), library().OperationalError
    until = time.monotonic() + busy_timeout_s
    while time.monotonic() < until:
        try:
            raw.execute("BEGIN IMMEDIATE")
        except locked as refused:
            if "locked" not in str(refused):
                break
        else:
            return
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def reader(url: str, busy_timeout_s: float) -> sa.Engine:
    """Connections that only read: never a write, never a checkpoint."""
    engine = _engine(url, busy_timeout_s, poolclass=QueuePool)

    def begin(connection: sa.Connection) -> None:
        _raw(connection).execute("BEGIN")  # a deferred one waits for nobody

    pragmas = (
        f"busy_timeout={int(busy_timeout_s * 1000)}",
        "query_only=ON",
        "wal_autocheckpoint=0",
        _MAPPED,
    )
    _on_connect(engine, pragmas)
    event.listen(engine, "begin", begin)
    return engine


def _raw(connection: sa.Connection) -> Any:
    """The driver's own connection: SQLAlchemy's way to it costs more than a BEGIN."""
    return connection.connection.driver_connection


def _engine(url: str, busy_timeout_s: float, poolclass: type[sa.Pool]) -> sa.Engine:
    return sa.create_engine(
        url,
        module=library(),
        poolclass=poolclass,
        hide_parameters=True,  # they are partners' data; messages reach the log
        connect_args={
            "timeout": busy_timeout_s,
            "isolation_level": None,
            "check_same_thread": False,
            "cached_statements": 512,
        },
    )


def _on_connect(engine: sa.Engine, pragmas: tuple[str, ...]) -> None:
    def connect(connection: Any, _record: object) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    event.listen(engine, "connect", connect)
