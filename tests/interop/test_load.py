"""The load figures of ``python -m bench`` in small, and a part of their targets."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import limits, punchout
from bench.house import House
from bench.load import Outcome, put_on

ORDERS = 200


@pytest.fixture(scope="module", params=[0, 2], ids=["one process", "two workers"])
def loaded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Outcome:
    house = House(tmp_path_factory.mktemp("load") / "home", processes=request.param)
    house.furnish()
    with house.open():
        put_on(house, first=1, count=20)
        return put_on(house, first=101, count=ORDERS)


def test_every_order_that_is_sent_is_acknowledged_and_answered(loaded: Outcome):
    seen = loaded.seen

    assert (seen.accepted, seen.acknowledged, seen.answered) == (ORDERS,) * 3


def test_the_doors_cost_less_than_the_answers(loaded: Outcome):
    spent = loaded.by_thread

    assert spent["http"] + spent.get("accept", 0.0) < spent["answer"], loaded


def test_files_go_in_and_come_out(tmp_path: Path):
    house = House(tmp_path / "home")
    house.furnish()
    with house.open():
        seen = put_on(house, first=1, count=20, door="folder").seen

    assert (seen.acknowledged, seen.answered) == (20, 20)


def test_the_limits_of_the_machine_are_measured(tmp_path: Path):
    assert limits.fsyncs(tmp_path, 0.1) > 0
    assert limits.commits("sqlite://", tmp_path, 0.1) > 0


def test_shoppers_are_served_beside_each_other(tmp_path: Path):
    with punchout.shop(tmp_path / "home", "", 0) as house:
        table = list(punchout.rows(house, sessions=4, rate=20, seconds=0.5, lines=20))

    assert [row.figure for row in table if row.target == punchout.ORDER_S] != []
    assert all(row.figure > 0 for row in table if row.target is not None)
