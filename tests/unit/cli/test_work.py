"""How many workers ``serve`` starts when nobody says, and files it may open."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from gateway.cli.work import open_many_files, quickest
from gateway.config import Settings
from gateway.store import sqlite

SERVER = "postgresql+psycopg://nobody@127.0.0.1/none"


@pytest.mark.parametrize(
    ("processors", "url", "version", "count"),
    [
        (1, "", (3, 53, 4), 0),
        (2, "", (3, 53, 4), 2),
        (16, "", (3, 53, 4), 2),
        (2, "", (3, 40, 1), 0),
        (1, SERVER, (3, 40, 1), 0),
        (2, SERVER, (3, 40, 1), 2),
        (64, SERVER, (3, 40, 1), 8),
    ],
)
def test_as_many_workers_as_do_the_most(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    processors: int,
    url: str,
    version: tuple[int, ...],
    count: int,
):
    class Library:
        sqlite_version_info = version

    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(processors)))
    monkeypatch.setattr(sqlite, "library", lambda: Library)

    assert quickest(Settings(home=tmp_path, database_url=url)) == count


def test_the_soft_limit_of_open_files_is_raised():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 200), hard))
    try:
        open_many_files()
        raised, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert raised == (65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536))
