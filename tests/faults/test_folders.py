"""Folders that vanish or refuse while the gateway works."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.config import Settings
from tests.unit.engine.house import SAMPLES, House


@pytest.fixture
def house(tmp_path: Path, settings: Settings) -> Iterator[House]:
    made = House(settings, {}, {})
    yield made
    made.close()


@pytest.fixture
def kind() -> str:
    return "sqlite"


def partner(house: House) -> Path:
    return house.home / "partners" / "acme"


def lay(house: House) -> None:
    inbox = partner(house) / "in"
    inbox.mkdir(parents=True, exist_ok=True)
    shutil.copy(SAMPLES / "good-small.edi", inbox / "po.edi")


def test_folders_that_were_deleted_are_made_again(house: House):
    house.work()
    shutil.rmtree(house.home / "partners")
    house.work()
    lay(house)
    house.work()
    assert len(house.answers()) == 1
    assert [one.order.state for one in house.orders()] == ["confirmed"]


def test_an_outbound_folder_that_cannot_be_written_is_tried_again(house: House):
    out = partner(house) / "out"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("a file where the folder should be")
    lay(house)
    house.work()
    before = [one.order.state for one in house.orders()]
    out.unlink()
    house.later(hours=1)
    house.work()
    assert before == ["confirmed"]
    assert len(house.answers()) == 1


def test_a_folder_that_is_deleted_under_a_poll_keeps_no_other_waiting(house: House):
    strange = partner(house)
    house.work()
    shutil.rmtree(strange)
    strange.parent.mkdir(exist_ok=True)
    strange.write_text("a file where the partner's folder should be")
    house.csv("stock.csv", {"sku": "A", "available": "1"})
    assert len(house.files("archive") + house.files("failed")) >= 1
    strange.unlink()
    lay(house)
    house.work()
    assert len(house.answers()) == 1
