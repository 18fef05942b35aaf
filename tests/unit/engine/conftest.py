"""What several files of the engine's tests are given, and where they run."""

from __future__ import annotations

from zlib import crc32

import pytest

from tests.databases import BOTH
from tests.unit.engine.buying import buying
from tests.unit.engine.starter_house import house

__all__ = ["buying", "house"]

ON_BOTH = {
    *("test_engine", "test_workers", "test_lanes", "test_numbers", "test_meanwhile"),
    *("test_skewed_clocks", "test_history", "test_publishing", "test_doctor"),
}
"""Files about what the databases do each in its own way: locks, leases, counters."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Elsewhere a flow runs on one database, by its name; in the long run on both."""
    for item in items:
        given = getattr(item, "callspec", None)
        kind = given.params.get("kind") if given is not None else None
        if kind not in BOTH or item.path.parent.name != "engine":
            continue
        flow = item.nodeid.replace(str(kind), "")
        chosen = BOTH[crc32(flow.encode()) % len(BOTH)]
        if item.path.stem not in ON_BOTH and kind != chosen and _has_both(item):
            item.add_marker(pytest.mark.soak)


def _has_both(item: pytest.Item) -> bool:
    """Whether there is the same flow on the other database."""
    marks = item.iter_markers("parametrize")
    return not any("kind" in str(mark.args[0]).split(",") for mark in marks)
