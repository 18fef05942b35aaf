"""A PostgreSQL that is stopped, or goes silent, and comes back."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.databases import Cluster, cluster
from tests.faults.gateways import running


@pytest.fixture
def durable() -> Iterator[Cluster]:
    """A server that waits for the disk, so that it may be killed."""
    made = cluster(quick=False)
    yield made
    made.remove()


@pytest.mark.parametrize(
    "how", ["stopped", pytest.param("killed", marks=pytest.mark.soak)]
)
def test_a_server_that_is_away_for_a_while_is_waited_for(
    how: str, durable: Cluster, tmp_path: Path
):
    with running(tmp_path, durable.url()) as served:
        before = served.post_new(5)
        durable.stop() if how == "stopped" else durable.kill()
        during = served.post_new(3)
        laid = served.lay()
        ready = served.ready()
        time.sleep(1)
        is_kept = laid.exists()
        durable.start()
        assert (set(before), set(during), ready) == ({202}, {503}, 503)
        assert is_kept
        assert served.settled() == ()


class Proxy:
    """Stands between a process and a server, and can stop passing anything on."""

    def __init__(self, behind: Path) -> None:
        self._behind = behind
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._passing = threading.Event()
        self._passing.set()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def fall_silent(self) -> None:
        """Pass nothing on; what is connected stays so, and new ones get no answer."""
        self._passing.clear()

    def come_back(self) -> None:
        """Cut what hangs, as one that takes over does, and pass on what is new."""
        for each in list(self._open):
            self._cut(each)
        self._passing.set()

    def close(self) -> None:
        """End all connections and threads."""
        self._cut(self._listening)
        self._threads[0].join()
        self.come_back()
        for thread in self._threads:
            thread.join()
        for each in (self._listening, *self._open):
            each.close()

    def _start(self, work: Callable[..., None], *what: socket.socket) -> None:
        thread = threading.Thread(target=work, args=what, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                ours, _ = self._listening.accept()
                theirs = socket.socket(socket.AF_UNIX)
                self._open += [ours, theirs]
                theirs.connect(str(self._behind))
                self._start(self._pass_on, ours, theirs)
                self._start(self._pass_on, theirs, ours)

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._passing.wait()
                target.sendall(data)
        self._cut(source)
        self._cut(target)

    def _cut(self, one: socket.socket) -> None:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


def test_a_connection_that_goes_silent_is_a_503_and_is_got_over(
    durable: Cluster, tmp_path: Path
):
    proxy = Proxy(durable.folder / ".s.PGSQL.5432")
    url = f"postgresql+psycopg://gateway@127.0.0.1:{proxy.port}/postgres"
    with running(tmp_path, url) as served:
        before = served.post_new(3)
        proxy.fall_silent()
        begun = time.monotonic()
        during = served.post_new(2)
        took_s = time.monotonic() - begun
        proxy.come_back()
        assert (set(before), set(during)) == ({202}, {503})
        assert took_s < 30
        assert served.settled() == ()
    proxy.close()


@pytest.mark.soak
def test_a_server_that_is_frozen_goes_on_where_it_was(durable: Cluster, tmp_path: Path):
    with running(tmp_path, durable.url()) as served:
        before = served.post_new(3)
        with durable.admin() as connection:
            query = sa.text("SELECT pid FROM pg_stat_activity")
            numbers = [one for one in connection.scalars(query) if one]
        for number in numbers:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGSTOP)
        during = served.post_new(1)
        for number in numbers:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGCONT)
        assert (set(before), set(during)) == ({202}, {503})
        assert served.settled() == ()
