"""Workers are forked, forked again, and told to end by the end of a pipe."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import gateway

PATIENCE_S = 20.0
ROOM = Path(gateway.__file__).parent / "jobs"
CREW = """
import os, sys, threading, time
from pathlib import Path
sys.path.insert(0, {room!r})  # without all that the room reads
import processes
processes._GRACE_S = 0.2
log = Path({log!r})
def note(what):
    with log.open("a") as file:
        print(what, os.getpid(), file=file)
def obeys(lines):
    note("up")
    while not processes.is_closed(lines):
        pass
    note("down")
def ends(lines):
    note("up")
def ignores(lines):
    note("up")
    time.sleep(600)
stop = threading.Event()
if __name__ == "__main__" and sys.argv[1:] == ["anew"]:
    processes.supervise(2, obeys, 0, drain_s=1)
else:
    anew = [sys.executable, {file!r}, "anew"]
    with processes.crew({count}, {work}, drain_s=0.2, anew=anew) as keep:
        note("first")
        threading.Thread(target=lambda: (sys.stdin.read(), stop.set())).start()
        keep(stop)
        time.sleep({lingers_s})
        note("over")
"""


@contextmanager
def crew(
    work: str, folder: Path, count: int, lingers_s: float = 0
) -> Iterator[subprocess.Popen[str]]:
    log, file = folder / "log", folder / "crew.py"
    log.touch()
    told = {
        "log": str(log),
        "file": str(file),
        "room": str(ROOM),
        "lingers_s": lingers_s,
    }
    file.write_text(CREW.format(**told, count=count, work=work))
    command = [sys.executable, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as first:
        wait_for(lambda: "first" in log.read_text())
        yield first
        assert first.stdin is not None
        first.stdin.close()
        first.wait(PATIENCE_S)


def wait_for(met: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not met():
        assert time.monotonic() < until
        time.sleep(0.02)


def ups(folder: Path) -> list[int]:
    """The numbers of all workers that ever were up."""
    lines = (line.split() for line in (folder / "log").read_text().splitlines())
    return [int(number) for what, number in lines if what == "up"]


def runs(process: int) -> bool:
    """Whether it is there and no zombie."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def test_workers_end_when_they_are_told_to(tmp_path: Path):
    with crew("obeys", tmp_path, 2) as first:
        wait_for(lambda: len(ups(tmp_path)) == 2)

    assert first.returncode == 0
    assert len(ups(tmp_path)) == 2
    assert not any(map(runs, ups(tmp_path)))


def test_workers_finish_while_the_first_process_still_does(tmp_path: Path):
    with crew("obeys", tmp_path, 2, lingers_s=2):
        wait_for(lambda: len(ups(tmp_path)) == 2)

    log = [line.split()[0] for line in (tmp_path / "log").read_text().splitlines()]
    assert log[-3:] == ["down", "down", "over"]


def test_a_worker_that_is_killed_is_started_again(tmp_path: Path):
    with crew("obeys", tmp_path, 2):
        wait_for(lambda: len(ups(tmp_path)) == 2)
        os.kill(ups(tmp_path)[0], signal.SIGKILL)
        wait_for(lambda: len(ups(tmp_path)) == 3)
        wait_for(lambda: sum(map(runs, ups(tmp_path))) == 2)


def test_who_looks_after_the_workers_is_replaced_with_them(tmp_path: Path):
    with crew("obeys", tmp_path, 2):
        wait_for(lambda: len(ups(tmp_path)) == 2)
        before = ups(tmp_path)
        os.kill(parent(before[0]), signal.SIGKILL)
        wait_for(lambda: len(ups(tmp_path)) == 4)
        wait_for(lambda: not any(map(runs, before)))

    assert not any(map(runs, ups(tmp_path)))


def test_all_end_when_the_first_process_is_killed(tmp_path: Path):
    with crew("obeys", tmp_path, 2) as first:
        wait_for(lambda: len(ups(tmp_path)) == 2)
        first.kill()
        wait_for(lambda: not any(map(runs, ups(tmp_path))))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_all_of_them_ends_nobody_but_by_the_pipe(
    tmp_path: Path, number: signal.Signals
):
    with crew("obeys", tmp_path, 1):
        wait_for(lambda: len(ups(tmp_path)) == 1)
        keeper = parent(ups(tmp_path)[0])
        os.kill(keeper, number)
        time.sleep(0.3)

        assert runs(keeper)


def test_a_worker_that_ends_at_once_is_started_less_and_less_often(tmp_path: Path):
    with crew("ends", tmp_path, 1):
        time.sleep(2)

    assert 2 <= len(ups(tmp_path)) <= 6


def test_who_does_not_end_is_killed(tmp_path: Path):
    with crew("ignores", tmp_path, 1):
        wait_for(lambda: len(ups(tmp_path)) == 1)

    assert not runs(ups(tmp_path)[0])
