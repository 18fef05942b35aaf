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
    """A flow runs on one database, by its name; in the long run on both.

    A flow that is there for one database only runs on that one.
    """
    there = {item.nodeid for item in items}
    for item in items:
        given = getattr(item, "callspec", None)
        kind = given.params.get("kind") if given is not None else None
        if kind not in BOTH or item.path.parent.name != "engine":
            continue
        name, _, case = item.nodeid.partition("[")
        flow = f"{name}[{case.replace(str(kind), '')}"
        chosen = BOTH[crc32(flow.encode()) % len(BOTH)]
        has_both = f"{name}[{case.replace(str(kind), chosen)}" in there
        if item.path.stem not in ON_BOTH and kind != chosen and has_both:
            item.add_marker(pytest.mark.soak)
