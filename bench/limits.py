"""What this machine can do at most: durable writes and commits, with nothing else."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from gateway.store import sqlite

SECONDS = 1.0
PAGE = b"x" * 4096


def fsyncs(folder: Path, seconds: float = SECONDS) -> float:
    """Appends of a page per second, each on the disk before the next."""
    file = os.open(folder / "fsyncs", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def work() -> None:
        os.write(file, PAGE)
        os.fsync(file)

    try:
        return _per_second(work, seconds)
    finally:
        os.close(file)
        (folder / "fsyncs").unlink()


def commits(url: str, folder: Path, seconds: float = SECONDS) -> float:
    """Transactions of one row per second, one after the other."""
    if url.startswith("sqlite"):
        made = sqlite.writer(f"sqlite:///{folder / 'commits.sqlite3'}", 10)
    else:
        made = sa.create_engine(url)
    with closing(made.connect()) as connection:
        with connection.begin():
            connection.exec_driver_sql("CREATE TABLE one_row (n BIGINT, t TEXT)")

        def work() -> None:
            with connection.begin():
                connection.exec_driver_sql("INSERT INTO one_row VALUES (1, 'row')")

        try:
            return _per_second(work, seconds)
        finally:
            with connection.begin():
                connection.exec_driver_sql("DROP TABLE one_row")
            connection.close()
            made.dispose()


def _per_second(work: Callable[[], None], seconds: float) -> float:
    begun, count = time.perf_counter(), 0
    while (took := time.perf_counter() - begun) < seconds:
        work()
        count += 1
    return count / took
