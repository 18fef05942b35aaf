"""A process stops when it is told to, whichever of its threads hears of it."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.bootstrap import Gateway
from gateway.config import Settings
from gateway.jobs import poll_beside, run

_WAITS = """
import signal, threading, time
from gateway.jobs import stop_on_signals

with stop_on_signals() as stop:
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    print("started", flush=True)
    stop.wait()
print("stopped", flush=True)
"""


def test_a_signal_that_another_thread_got_stops_the_process_too():
    process = subprocess.Popen(
        [sys.executable, "-c", _WAITS], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "started\n"
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=10)
    finally:
        process.kill()
        process.wait()
    assert said == "stopped\n"
    assert process.returncode == 0


_DRAINS = """
import threading, time
from gateway.jobs import stop_on_signals

with stop_on_signals() as stop:
    threading.Thread(target=time.sleep, args=(60,), daemon=False).start()
    print("started", flush=True)
    stop.wait()
    print("stopping", flush=True)
    time.sleep(60)
"""


def told(*numbers: signal.Signals) -> tuple[str, int]:
    """What a process said that got these signals, and how it ended, ten s at most."""
    process = subprocess.Popen(
        [sys.executable, "-c", _DRAINS], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    said = process.stdout.readline()
    process.send_signal(numbers[0])
    said += process.stdout.readline()
    for number in numbers[1:]:
        process.send_signal(number)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
    with process.stdout:
        return said, process.wait()


@pytest.mark.parametrize("first", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_the_first_signal_drains_and_a_second_ends_at_once(first: signal.Signals):
    assert told(first, signal.SIGTERM) == ("started\nstopping\n", -signal.SIGTERM)


def test_a_hang_up_behind_another_signal_ends_no_drain():
    said, code = told(signal.SIGTERM, signal.SIGHUP, signal.SIGHUP)

    assert said == "started\nstopping\n"
    assert code == -signal.SIGKILL  # by the test: it went on


def test_a_hang_up_that_is_ignored_stays_so():
    ignored = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)"
    waits = _WAITS.replace("import signal, ", f"{ignored}\nimport ")
    process = subprocess.Popen(
        [sys.executable, "-c", waits], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    process.send_signal(signal.SIGHUP)
    time.sleep(1)
    process.send_signal(signal.SIGTERM)

    said, _ = process.communicate(timeout=10)

    assert said == "stopped\n"


def asked(home: Path, work: Callable[[Gateway, threading.Event], None]) -> list[str]:
    """Who asks for what was put in force, until a moment after the first has."""
    who, stop = list[str](), threading.Event()
    gateway = Gateway(Settings(home=home))
    latest = threading.Timer(20.0, stop.set)

    def renew() -> bool:
        who.append(threading.current_thread().name)
        threading.Timer(0.5, stop.set).start()
        return False

    gateway.engine.renew = renew
    latest.start()
    work(gateway, stop)
    latest.cancel()
    return who


def test_one_process_that_does_all_asks_once_for_what_was_put_in_force(
    tmp_path: Path,
):
    who = asked(tmp_path, lambda of, stop: run(of.engine, of.pickup, stop))
    assert set(who) == {"renew"}


def test_where_others_work_the_jobs_ask_for_what_was_put_in_force(
    tmp_path: Path,
):
    who = asked(
        tmp_path,
        lambda of, stop: poll_beside(
            lambda stopped: stopped.wait(), of.engine, of.pickup, stop
        ),
    )
    assert who
    assert "renew" not in who
