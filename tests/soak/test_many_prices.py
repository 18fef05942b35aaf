"""A million contract lines: loaded in bounded memory, and no dearer to ask."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gateway.cli import bench_store
from gateway.cli.measure import resident_bytes

pytestmark = pytest.mark.soak


def test_a_million_contract_lines_cost_an_order_a_tenth_of_a_millisecond(
    tmp_path: Path,
):
    before = resident_bytes()

    price, load = bench_store.price_rows(tmp_path, 1_000_000, orders=20, rounds=40)

    sys.stdout.write(f"{price}\n{load}\n")
    assert price.ok, price
    assert resident_bytes() - before < 256 * 1024 * 1024
