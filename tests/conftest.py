"""Settings every test shares."""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.compiled", "tests.databases", "tests.rewritten"]

# `make` gives the seed (the commit's number), so a run can be repeated; nothing is
# remembered between runs in CI, and a slow machine is no finding there.
settings.register_profile("here", deadline=None)
settings.register_profile(
    "ci",
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "here")


def pytest_collection_finish():
    """Leave the thousands of tests out of every later search for cycles."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the ledgers of the storms, also when the tests ran in other processes."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "ledger":
                terminalreporter.section(report.nodeid)
                terminalreporter.write_line(str(value))
