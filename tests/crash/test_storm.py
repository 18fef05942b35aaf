"""Killed at random while orders come in through its doors: nothing lost or doubled."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.config import Settings
from tests.crash.storm import Storm
from tests.crash.zygote import Zygote, zygote
from tests.databases import BOTH, SQLITE, Server
from tests.interop.test_http_door import free_port

IN_A_STORM, IN_THE_SOAK = 10, 500
"""Kills on each database."""
ORDERS_EACH = 6


@pytest.fixture(scope="module")
def gateways() -> Iterator[Zygote]:
    with zygote("tests.crash.storm") as made:
        yield made


@pytest.fixture(params=BOTH)
def storm(request, gateways: Zygote, server: Server, tmp_path: Path) -> Storm:
    """A gateway of one process on SQLite, of two on PostgreSQL."""
    seed = int(os.environ.get("STORM_SEED", request.config.option.hypothesis_seed or 0))
    if request.param == SQLITE:
        return Storm(Settings(home=tmp_path), gateways, free_port(), seed)
    settings = Settings(home=tmp_path, database_url=server.emptied)
    return Storm(settings, gateways, free_port(), seed, ("serve", "work"))


def test_ten_kills_lose_and_double_nothing(storm: Storm, record_property):
    ledger = storm.blow(IN_A_STORM, ORDERS_EACH)
    record_property("ledger", str(ledger))
    assert ledger.wrong == ()


@pytest.mark.soak
def test_five_hundred_kills_lose_and_double_nothing(storm: Storm, record_property):
    ledger = storm.blow(IN_THE_SOAK, ORDERS_EACH)
    record_property("ledger", str(ledger))
    assert ledger.wrong == ()
