"""The gateway under load: its home, its processes, and what they cost."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from gateway.cli import bench_store, generate
from gateway.cli.bench_wire import NOW
from gateway.config import Settings
from gateway.store import catalog, keys, profiles
from gateway.store.database import Database

PARTNER = bench_store.PARTNER
PATIENCE_S = 60.0
_TICKS = os.sysconf("SC_CLK_TCK")
_ANSWERS_AT = re.compile(rb"answers at (http://\S+)")
PROFILES = {
    "folder": generate.PROFILE,
    "http": generate.PROFILE.replace("kind: folder", "kind: http"),
}
"""By where the answers go: files, or the store from which they are fetched."""


@dataclass(slots=True)
class House:
    """A gateway with one partner and a price list, and how it is run.

    ``processes`` work beside the doors; with none the process of the doors works.
    """

    home: Path
    url: str = ""
    processes: int = 0
    answers: str = "folder"
    secret: str = ""
    address: str = ""
    _serving: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def settings(self) -> Settings:
        """What the gateway is told."""
        return Settings(home=self.home, database_url=self.url)

    @property
    def process(self) -> int:
        """The number of the process that serves."""
        assert self._serving is not None
        return self._serving.pid

    def furnish(self) -> None:
        """Make the tables, the partner with its prices, and a key to the door."""
        self.home.mkdir(parents=True, exist_ok=True)
        db = Database.open(self.settings)
        db.migrate()
        catalog.save(db, PARTNER, bench_store.Catalog(bench_store.FEW), NOW)
        with db.begin() as tx:
            profiles.apply(tx, PARTNER, PROFILES[self.answers], NOW)
            self.secret = keys.make(
                tx, "bench", f"partner:{PARTNER}", datetime.now(UTC)
            )[1]
        db.close()
        self.inbox.mkdir(parents=True)
        self.outbox.mkdir(parents=True)

    @property
    def inbox(self) -> Path:
        """Where the partner lays files."""
        return self.home / "partners" / PARTNER / "in"

    @property
    def outbox(self) -> Path:
        """Where the partner finds files."""
        return self.home / "partners" / PARTNER / "out"

    def start(self) -> None:
        """Run it, and return when it answers."""
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Run it."""
        told = {
            "GATEWAY_HOME": str(self.home),
            "GATEWAY_DATABASE_URL": self.url,
            "GATEWAY_STABLE_FOR_S": "0.2",
            "GATEWAY_ENV": "production",
            "PYTHONDONTWRITEBYTECODE": "",  # what is installed has its bytecode
        }
        words = ["serve", "--port", "0", "--processes", str(self.processes)]
        with (self.home / "log").open("ab") as log:
            self._serving = subprocess.Popen(  # noqa: S603  # our own command
                [sys.executable, "-m", "gateway", *words],
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, **told},
            )

    def wait(self) -> None:
        """Return when its doors are open."""
        assert self._serving is not None
        assert self._serving.stdout is not None
        line = self._serving.stdout.readline()
        found = _ANSWERS_AT.search(line)
        assert found, self.log()
        self.address = found[1].decode()

    def stop(self, how: int = signal.SIGTERM) -> None:
        """End it, and whatever it started."""
        if self._serving is None:
            return
        others = list(children(self._serving.pid))
        self._serving.send_signal(how)
        self._serving.wait(PATIENCE_S)
        until = time.monotonic() + PATIENCE_S
        while any(Path(f"/proc/{one}").exists() for one in others):
            assert time.monotonic() < until, "a worker does not end"
            time.sleep(0.01)
        assert self._serving.stdout is not None
        self._serving.stdout.close()
        self._serving = None

    def log(self) -> str:
        """What it said last."""
        return (self.home / "log").read_text(errors="replace")[-4000:]

    @contextmanager
    def open(self) -> Iterator[None]:
        """The gateway running, and ended at the end."""
        self.start()
        try:
            yield
        finally:
            self.stop()

    def spent(self) -> dict[str, float]:
        """Processor seconds up to now: by thread where threads have names."""
        return spent_by(tree(self.process))


def children(process: int) -> Iterator[int]:
    """The processes that this one started and that still run."""
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            yield from map(int, task.read_text().split())
        except OSError:
            continue


def tree(process: int) -> list[int]:
    """The process, and all below it."""
    return [process, *(one for child in children(process) for one in tree(child))]


def spent_by(processes: Iterable[int]) -> dict[str, float]:
    """Processor seconds of these processes, by the names of their threads."""
    total: defaultdict[str, float] = defaultdict(float)
    for process in processes:
        named: defaultdict[str, float] = defaultdict(float)
        for task in Path(f"/proc/{process}/task").glob("*/stat"):
            try:
                name, _, rest = task.read_text().partition("(")[2].rpartition(")")
            except OSError:
                continue
            named[name] += _seconds(rest)
        try:
            whole = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2]
        except OSError:
            continue
        named["ended threads"] = max(_seconds(whole) - sum(named.values()), 0.0)
        for name, seconds in named.items():
            total[name] += seconds
    return total


def _seconds(stat: str) -> float:
    fields = stat.split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
