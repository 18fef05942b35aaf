"""Worker processes and the server of the database, each killed while orders come in."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.config import Settings
from gateway.store import queries
from gateway.store.database import Database, Unavailable
from gateway.store.tables import outbox
from tests.databases import BOTH, POSTGRESQL, Cluster, Server, cluster
from tests.interop.conftest import BUYER, prepare
from tests.interop.test_http_door import serving

PATIENCE_S = 60.0
QUICK = {
    "GATEWAY_POLL_INTERVAL_S": "0.05",
    "GATEWAY_STABLE_FOR_S": "0",
    "GATEWAY_MAX_ATTEMPTS": "100",  # a kill is nobody's poison
}


def orders(text: str, count: int, first: int = 1) -> list[str]:
    """So many orders like this one, each with numbers of its own."""
    (number,) = re.findall(r"BEG\|00\|SA\|([^|]+)", text)
    return [
        text.replace("000058200", f"{58_200 + n:09d}").replace(number, f"{number}-{n}")
        for n in range(first, first + count)
    ]


def wait_for(met: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while not met():
        assert time.monotonic() < until, what
        time.sleep(0.05)


def is_idle(db: Database) -> bool:
    try:
        with db.read() as tx:
            return queries.unfinished(tx) == (0, 0)
    except Unavailable:
        return False


def answers(home: Path, kind: bytes) -> list[bytes]:
    """The control numbers of what the partner got of this kind."""
    out = home / "partners" / BUYER.name / "out"
    texts = [file.read_bytes() for file in out.iterdir() if file.suffix == ".edi"]
    found = [re.findall(rb"ISA(?:.[^|]*){12}\|(\d{9})", t) for t in texts if kind in t]
    return [number for (number,) in found]


def children_of(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(number) for file in listed for number in file.read_text().split()]


def workers_of(pid: int) -> list[int]:
    """The children of the one child that looks after them."""
    return [worker for keeper in children_of(pid) for worker in children_of(keeper)]


@pytest.fixture(params=BOTH)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = ""
    if request.param == POSTGRESQL:
        server: Server = request.getfixturevalue("server")
        url = server.emptied
    made = Settings(home=tmp_path, database_url=url)
    prepare(made)
    return made


def test_workers_share_the_work_survive_a_kill_and_end_when_told(
    settings: Settings, order: str
):
    inbox = settings.home / "partners" / BUYER.name / "in"
    environment = {**os.environ, **QUICK, "GATEWAY_HOME": str(settings.home)}
    environment["GATEWAY_DATABASE_URL"] = settings.database_url
    command = [sys.executable, "-m", "gateway", "work", "--processes", "2"]
    db = Database.open(settings)
    with subprocess.Popen(command, env=environment) as parent:
        wait_for(lambda: len(workers_of(parent.pid)) == 2, "two workers")
        first = workers_of(parent.pid)
        for n, text in enumerate(orders(order, 20)):
            (inbox / f"{n}.edi").write_text(text)
        os.kill(first[0], signal.SIGKILL)
        wait_for(
            lambda: len({*workers_of(parent.pid)} - {first[0]}) == 2, "another worker"
        )
        wait_for(lambda: not list(inbox.glob("*.edi")), "the files taken in")
        wait_for(lambda: is_idle(db), "everything answered")
        last = workers_of(parent.pid)
        parent.send_signal(signal.SIGTERM)
        assert parent.wait(PATIENCE_S) == 0
    db.close()

    assert not [pid for pid in last if Path(f"/proc/{pid}").exists()]
    assert len(set(answers(settings.home, b"ST|997|"))) == 20
    assert len(set(answers(settings.home, b"ST|855|"))) == 20


@pytest.fixture
def durable() -> Iterator[Cluster]:
    """A server that waits for the disk, so that it may be killed."""
    made = cluster(quick=False)
    yield made
    made.remove()


def test_a_server_that_is_killed_under_load_loses_and_doubles_nothing(
    durable: Cluster, tmp_path: Path, order: str
):
    settings = Settings(home=tmp_path, database_url=durable.url())
    prepare(settings)
    texts = orders(order, 30)
    with serving(tmp_path, database_url=durable.url()) as served:
        with served.client() as web:

            def post(text: str, n: int) -> int:
                key = {"Idempotency-Key": f"key-{n}"}
                sent = web.post("/v1/interchanges", content=text, headers=key)
                return sent.status_code

            before = [post(text, n) for n, text in enumerate(texts[:15])]
            durable.kill()
            refused = post(texts[0], 0)
            durable.start()
            after = [post(text, n) for n, text in enumerate(texts)]
        wait_for(lambda: is_idle(served.gateway.db), "everything answered")
        with served.gateway.db.read() as tx:
            sent = tx.execute(sa.select(outbox)).all()

    assert (set(before), refused, set(after)) == ({202}, 503, {202})
    assert {row.delivery for row in sent} == {"delivered"}
    assert sorted(row.kind for row in sent) == ["x12_855"] * 30 + ["x12_997"] * 30
    assert sorted(row.interchange_number for row in sent) == list(range(1, 61))
