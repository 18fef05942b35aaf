"""Killed at any step of a round, the gateway ends where it would have ended anyway."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.config import Settings
from gateway.engine.steps import STEPS
from gateway.store import queries
from gateway.store.database import Database

DRIVER = Path(__file__).with_name("driver.py")
ROOT = DRIVER.parents[2]
OWN_NUMBER = re.compile(rb"BB-[0-9A-Z-]+")  # our order number, made of the receipt's id


@dataclass(frozen=True)
class End:
    """What a round leaves behind, without the identifiers that chance gives."""

    orders: tuple[tuple[str, str], ...]
    receipts: tuple[tuple[str, int], ...]
    messages: tuple[tuple[str, str, str], ...]
    files: tuple[bytes, ...]
    unfinished: tuple[int, int]


def drive(home: Path, second: int, crash_at: str = "") -> int:
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path, "CRASH_AT": crash_at}
    command = [sys.executable, str(DRIVER), str(home), str(second)]
    return subprocess.run(command, env=environment, check=False).returncode


def end_of(home: Path) -> End:
    db = Database.open(Settings(home=home))
    out = home / "partners" / "acme" / "out"
    with db.read() as tx:
        end = End(
            orders=tuple(
                (row.po_number, row.state) for row in queries.orders(tx).items
            ),
            receipts=tuple(
                (row.state, len(row.interchanges))
                for row in queries.interchanges(tx).items
            ),
            messages=tuple(
                (row.type, row.interchange_number, row.delivery)
                for row in sorted(queries.messages(tx).items, key=lambda row: row.type)
            ),
            files=tuple(
                sorted(OWN_NUMBER.sub(b"BB-", f.read_bytes()) for f in out.iterdir())
            ),
            unfinished=queries.unfinished(tx),
        )
    db.close()
    return end


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> End:
    home = tmp_path_factory.mktemp("undisturbed")
    assert drive(home, 0) == 0
    return end_of(home)


def test_a_round_gives_one_order_one_997_and_one_855(undisturbed: End):
    assert undisturbed.orders == (("4500001201", "confirmed"),)
    assert undisturbed.receipts == (("done", 1),)
    assert undisturbed.messages == (
        ("x12_850", "", "none"),
        ("x12_855", "000000002", "delivered"),
        ("x12_997", "000000001", "delivered"),
    )
    assert len(undisturbed.files) == 2
    assert undisturbed.unfinished == (0, 0)


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_loses_nothing_and_doubles_nothing(
    step: str, tmp_path: Path, undisturbed: End
):
    assert drive(tmp_path, 0, crash_at=step) == -signal.SIGKILL

    assert drive(tmp_path, 30) == 0

    assert end_of(tmp_path) == undisturbed
    sent = (tmp_path / "deliveries").read_text().splitlines()
    assert len(set(sent)) == 2
