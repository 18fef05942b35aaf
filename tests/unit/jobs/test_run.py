"""A process stops when it is told to, whichever of its threads hears of it."""

from __future__ import annotations

import signal
import subprocess
import sys

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
