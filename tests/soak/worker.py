"""A whole gateway in a process of its own, working until it is told to stop or killed.

Called as ``worker.py HOME``; it says ``up`` once it works.
"""

from __future__ import annotations

import sys
from pathlib import Path

from gateway.bootstrap import Gateway
from gateway.config import Settings
from gateway.jobs import run, stop_on_signals


def main(home: Path) -> None:
    """Poll, answer and send, impatiently."""
    settings = Settings(
        home=home,
        stable_for_s=0,
        poll_interval_s=0.02,
        lease_s=1,
        max_attempts=10_000,  # a kill is nobody's poison
    )
    gateway = Gateway(settings)
    with stop_on_signals() as stop:
        sys.stdout.write("up\n")
        sys.stdout.flush()
        run(gateway.engine, gateway.pickup, stop)
    gateway.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
