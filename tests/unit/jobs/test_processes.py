"""Workers are started, started again, and told to end by their standard input."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.jobs.processes import supervise

PATIENCE_S = 20.0
OBEYS = "import sys; open(sys.argv[1], 'a').write('up\\n'); sys.stdin.read()"
ENDS = "import sys; open(sys.argv[1], 'a').write('up\\n')"
IGNORES = f"{OBEYS}; import time; time.sleep(600)"


@contextmanager
def supervised(
    code: str, log: Path, count: int, drain_s: float = 5
) -> Iterator[threading.Thread]:
    stop = threading.Event()
    command = [sys.executable, "-c", code, str(log)]
    how = {"drain_s": drain_s, "command": command}
    thread = threading.Thread(target=supervise, args=(count, stop), kwargs=how)
    log.touch()
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join(PATIENCE_S)


def wait_for(met: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not met():
        assert time.monotonic() < until
        time.sleep(0.02)


def starts(log: Path) -> int:
    return len(log.read_text().splitlines())


def workers(log: Path) -> list[int]:
    """Our children that run and were told of this log."""
    listed = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    children = [int(number) for file in listed for number in file.read_text().split()]
    its = str(log).encode()
    return [n for n in children if its in Path(f"/proc/{n}/cmdline").read_bytes()]


def test_workers_end_when_their_input_does(tmp_path: Path):
    log = tmp_path / "log"
    with supervised(OBEYS, log, count=2) as thread:
        wait_for(lambda: starts(log) == 2)
        assert len(workers(log)) == 2

    assert not thread.is_alive()
    assert workers(log) == []
    assert starts(log) == 2


def test_a_worker_that_is_killed_is_started_again(tmp_path: Path):
    log = tmp_path / "log"
    with supervised(OBEYS, log, count=2):
        wait_for(lambda: starts(log) == 2)
        os.kill(workers(log)[0], signal.SIGKILL)
        wait_for(lambda: starts(log) == 3)
        wait_for(lambda: len(workers(log)) == 2)


def test_a_worker_that_ends_at_once_is_started_less_and_less_often(tmp_path: Path):
    log = tmp_path / "log"
    with supervised(ENDS, log, count=1):
        time.sleep(2)

    assert 2 <= starts(log) <= 6


def test_who_does_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gateway.jobs.processes._GRACE_S", 0.1)
    log = tmp_path / "log"
    with supervised(IGNORES, log, count=1, drain_s=0.1) as thread:
        wait_for(lambda: starts(log) == 1)

    assert not thread.is_alive()
    assert workers(log) == []
