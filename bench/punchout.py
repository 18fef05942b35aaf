"""``python -m bench.punchout``: shoppers against a running gateway.

A buyer's system asks for sessions at a steady rate while others are open and shopped
in. It is a process of its own; times are from a request sent to its answer.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPConnection
from itertools import chain, cycle
from pathlib import Path
from urllib.parse import urlsplit

from bench.house import PATIENCE_S, House
from gateway.cli.bench import HEAD, line, told
from gateway.cli.measure import Row
from tests.databases import Cluster, programs
from tests.shop import (
    BUYER,
    SECRET,
    SECRET_NAME,
    Documents,
    furnish,
    profile_for,
    start_page,
)

SETUP_MS = 50.0
ORDER_S = 2.0
RETURN_URL = "https://buyer.example/return"
LINES = 1_000
_CONNECTIONS = 16
_STATUS_200 = b'<Status code="200"'


@dataclass(slots=True)
class Visit:
    """A session as a browser has it: its cookies, and the path of its pages."""

    cookies: dict[str, str] = field(default_factory=dict)
    base: str = ""


@dataclass(slots=True)
class Load:
    """What a buyer does to one gateway, over connections that are kept."""

    address: str
    documents: Documents
    _own: threading.local = field(default_factory=threading.local)
    _lines: list[HTTPConnection] = field(default_factory=list)

    def close(self) -> None:
        """Hang up."""
        for one in self._lines:
            one.close()

    def ask(self, path: str, document: str = "", visit: Visit | None = None) -> bytes:
        """The answer to a document, or the page at this path, wherever it leads."""
        cookies = visit.cookies if visit else {}
        for _ in range(5):
            status, headers, data = self._once(path, document.encode(), cookies)
            if status != 303:
                assert status == 200, (status, data[:500])
                return data
            path = _path(headers["location"])
        raise RecursionError(path)

    def _once(
        self, path: str, body: bytes, cookies: dict[str, str]
    ) -> tuple[int, Message, bytes]:
        line = self._line()
        headers = {"Content-Type": "text/xml"} if body else {}
        if cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in cookies.items())
        line.request("POST" if body else "GET", path, body or None, headers)
        answer = line.getresponse()
        for cookie in answer.headers.get_all("set-cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            cookies[name] = value
        return answer.status, answer.headers, answer.read()

    def _line(self) -> HTTPConnection:
        """The connection of this thread."""
        if not hasattr(self._own, "line"):
            made = HTTPConnection(urlsplit(self.address).netloc, timeout=PATIENCE_S)
            self._own.line = made
            self._lines.append(made)
        return self._own.line  # type: ignore[no-any-return]  # a thread's own

    def setup(self) -> str:
        """Ask for a session; the path of its start page."""
        user = f"user {threading.get_ident()}"
        return _path(start_page(self.ask("/cxml", self.documents.setup(user=user))))

    def opened(self) -> Visit:
        """A session that somebody is in."""
        visit = Visit()
        page = self.ask(self.setup(), visit=visit)
        found = re.search(rb'id="search"[^>]*action="([^"]+)"', page)
        assert found, page
        visit.base = found[1].decode()
        return visit

    def order(self, lines: int, outbox: Path) -> tuple[float, float]:
        """Seconds until an order of so many lines has its Status, and is confirmed."""
        document = self.documents.order()
        item = re.search(r"<ItemOut.*?</ItemOut>", document, re.DOTALL)
        assert item, document
        whole = re.compile(r"<ItemOut.*</ItemOut>", re.DOTALL)
        many = "".join(
            item[0].replace('lineNumber="1"', f'lineNumber="{n}"')
            for n in range(1, lines + 1)
        )
        total = f"{lines * 125}.00"  # each line is 10 of 12.50
        body = whole.sub(many, document).replace("365.00", total)
        before = _files(outbox)
        begun = time.perf_counter()
        answer = self.ask("/cxml", body)
        took = time.perf_counter() - begun
        assert _STATUS_200 in answer, answer
        while _files(outbox) == before:
            assert time.perf_counter() - begun < PATIENCE_S, "no confirmation comes"
            time.sleep(0.01)
        return took, time.perf_counter() - begun


def _path(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _files(folder: Path) -> set[str]:
    """Whole files in a folder that may not be there yet."""
    names = os.listdir(folder) if folder.is_dir() else []
    return {name for name in names if not name.startswith(".")}


def at_rate(
    work: Sequence[Callable[[], object]], rate: float, seconds: float
) -> list[list[float]]:
    """Milliseconds of each work, done in turns so many times a second."""
    took: list[list[float]] = [[] for _ in work]

    def timed(nth: int) -> None:
        begun = time.perf_counter()
        work[nth]()
        took[nth].append((time.perf_counter() - begun) * 1000)

    begun = time.perf_counter()
    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        asked = []
        for number, nth in zip(range(int(rate * seconds)), cycle(range(len(work)))):
            time.sleep(max(0.0, begun + number / rate - time.perf_counter()))
            asked.append(pool.submit(timed, nth))
        for one in asked:
            one.result()
    return took


def p99(values: Sequence[float]) -> float:
    """The value that 99 of a hundred do not exceed."""
    return sorted(values)[max(0, -(-len(values) * 99 // 100) - 1)]


def median(values: Sequence[float]) -> float:
    """The value in the middle."""
    return sorted(values)[len(values) // 2]


def rows(
    house: House, *, sessions: int, rate: float, seconds: float, lines: int = LINES
) -> Iterator[Row]:
    """The table of one gateway."""
    load = Load(house.address, Documents(return_url=RETURN_URL))
    try:
        yield from _table(load, house, sessions, rate, seconds, lines)
    finally:
        load.close()


def _table(
    load: Load, house: House, sessions: int, rate: float, seconds: float, lines: int
) -> Iterator[Row]:
    begun = time.perf_counter()
    with ThreadPoolExecutor(4) as pool:
        visits = cycle(list(pool.map(lambda _: load.opened(), range(sessions))))
    each = (time.perf_counter() - begun) * 1000 / sessions
    yield Row(
        name=f"{sessions} sessions begun and opened, each", measured=f"{each:.1f} ms"
    )
    setups = at_rate([load.setup], rate, seconds)[0]
    yield _row(f"setup, p99: {rate:g}/s, {sessions} sessions open", setups, SETUP_MS)
    turn = threading.Lock()

    def page(path: str) -> Callable[[], object]:
        def look() -> object:
            with turn:
                visit = next(visits)
            return load.ask(visit.base + path, visit=visit)

        return look

    looks = [page(path) for path in ("", "?q=helmet", "/item?sku=SH-100", "/cart")]
    turns = [work for look in looks for work in (load.setup, look)]
    before = sum(house.spent().values())
    mixed = at_rate(turns, rate, seconds)
    spent_ms = (sum(house.spent().values()) - before) * 1000 / sum(map(len, mixed))
    setups, pages = ([*chain(*mixed[first::2])] for first in (0, 1))
    yield _row(f"setup, p99: every other of {rate:g} requests/s", setups, SETUP_MS)
    yield _row("page, p99: the others of them", pages, None)
    yield Row(name="processor time a request, all", measured=f"{spent_ms:.1f} ms")
    outbox = house.home / "partners" / BUYER / "out"
    took = [load.order(lines, outbox) for _ in range(5)]
    for nth, what in enumerate(("answered", "confirmed")):
        slowest = max(one[nth] for one in took)
        yield Row(
            name=f"OrderRequest of {lines:,} lines {what}, slowest of 5",
            measured=f"{slowest:.2f} s",
            figure=slowest,
            unit="s",
            target=ORDER_S,
            at_most=True,
        )


def _row(name: str, took: Sequence[float], target: float | None) -> Row:
    return Row(
        name=name,
        measured=f"{p99(took):.1f} ms",
        base=f"median {median(took):.1f} ms",
        figure=p99(took),
        unit="ms",
        target=target,
        at_most=True,
    )


@contextmanager
def shop(home: Path, url: str, processes: int) -> Iterator[House]:
    """A gateway with a shop, in processes of its own."""
    os.environ[SECRET_NAME] = SECRET
    house = House(home, url, processes)
    home.mkdir(parents=True, exist_ok=True)
    furnish(house.settings, profile_for(RETURN_URL))
    with house.open():
        yield house


def main() -> int:
    """Print the table; 1 when a target is missed."""
    words = argparse.ArgumentParser(prog="bench.punchout", description=__doc__)
    words.add_argument("databases", nargs="*", default=["sqlite", "postgresql"])
    words.add_argument("--sessions", type=int, default=200)
    words.add_argument("--rate", type=float, default=50.0, help="requests a second")
    words.add_argument("--seconds", type=float, default=20.0, help="of each load")
    words.add_argument("--processes", type=int, default=1, help="beside the doors")
    asked = words.parse_args()
    print(line(*HEAD))
    good = True
    with ExitStack() as at_the_end:
        folder = Path(at_the_end.enter_context(tempfile.TemporaryDirectory()))
        for database in asked.databases:
            url = _url(database, at_the_end)
            if url is None:
                continue
            print(f"\n{database}, {asked.processes} workers")
            with shop(folder / database, url, asked.processes) as house:
                table = rows(
                    house,
                    sessions=asked.sessions,
                    rate=asked.rate,
                    seconds=asked.seconds,
                )
                for row in table:
                    print(told(row), flush=True)
                    good = good and row.ok
    return 0 if good else 1


def _url(database: str, at_the_end: ExitStack) -> str | None:
    """The address of a fresh database; empty for SQLite, none where there is none."""
    if database == "sqlite":
        return ""
    found = programs()
    if found is None:
        print("PostgreSQL: not measured, there is no initdb")
        return None
    cluster = Cluster(found, quick=False)
    at_the_end.callback(cluster.remove)
    cluster.start()
    with cluster.admin() as connection:
        connection.exec_driver_sql("CREATE DATABASE bench")
    return cluster.url("bench")


if __name__ == "__main__":
    sys.exit(main())
