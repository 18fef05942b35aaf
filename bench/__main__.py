"""``python -m bench``: partners in a process of their own against a running gateway."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from bench.house import tree
from bench.rows import Figures
from gateway.cli.bench import HEAD, line, told
from tests.databases import Cluster, programs


def main() -> int:
    """Print the table; 1 when a target is missed."""
    words = argparse.ArgumentParser(prog="bench", description=__doc__)
    words.add_argument("databases", nargs="*", default=["sqlite", "postgresql"])
    words.add_argument("--seconds", type=float, default=10.0, help="of each load")
    words.add_argument("--processes", type=int, help="workers beside the doors")
    words.add_argument("--answers", choices=("folder", "http"), default="folder")
    words.add_argument("--history", type=int, default=500, help="orders to copy; 0: no")
    words.add_argument("--copies", type=int, default=100, help="how often")
    asked = words.parse_args()
    print(line(*HEAD))
    good = True
    for database in asked.databases:
        with ExitStack() as at_the_end:
            for figures in _figures(database, asked, at_the_end):
                print(f"\n{figures.name}")
                for row in figures.rows():
                    print(told(row), flush=True)
                    good = good and row.ok
    return 0 if good else 1


def _figures(
    database: str, asked: argparse.Namespace, at_the_end: ExitStack
) -> Iterator[Figures]:
    folder = Path(at_the_end.enter_context(tempfile.TemporaryDirectory()))
    common = {
        "answers": asked.answers,
        "seconds": asked.seconds,
        "stored_first": asked.history,
        "copies": asked.copies,
    }
    if database == "sqlite":
        many = (0, 2) if asked.processes is None else (asked.processes,)
        for count in many:
            name = f"SQLite, {count} workers" if count else "SQLite, one process"
            place = folder / str(count)
            place.mkdir()
            first = common if count == many[-1] else common | {"stored_first": 0}
            yield Figures(name, "", place, count, **first)
        return
    found = programs()
    if found is None:
        print("PostgreSQL: not measured, there is no initdb")
        return
    cluster = Cluster(found, quick=False)
    at_the_end.callback(cluster.remove)
    cluster.start()
    with cluster.admin() as connection:
        connection.exec_driver_sql("CREATE DATABASE bench")
    count = 2 if asked.processes is None else asked.processes
    yield Figures(
        f"PostgreSQL, {count} workers",
        cluster.url("bench"),
        folder,
        count,
        server=lambda: tree(cluster.process),
        **common,
    )


if __name__ == "__main__":
    sys.exit(main())
