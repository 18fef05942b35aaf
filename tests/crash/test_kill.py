"""Killed at any step of a round, the gateway ends where it would have ended anyway."""

from __future__ import annotations

import re
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.config import Settings
from gateway.engine.steps import ROUND, STEPS
from gateway.store import queries
from gateway.store.database import Database
from gateway.store.tables import event, metadata
from gateway.transport.beneath import TEMPORARY
from tests.crash.driver import ROUNDS
from tests.crash.zygote import Zygote, zygote
from tests.databases import BOTH, SQLITE, Server

SAMPLE = (
    "accept.inserted",
    "process.counted",
    "process.carried_out",
    "deliver.sent",
    "deliver.settling",
    "erp.applied",
    "overdue.carried_out",
    "alert.routed",
    "seal.committed",
    "publish.posted",
    "takeover.freed",
    "tidy.forgotten",
)
"""The steps that are tried on PostgreSQL in every run; the soak tries all."""
ID = re.compile(rb"BB-[0-9A-Z-]+|\b[a-z]{3}_[0-9A-Za-z]+")
"""What chance gives: ids, and our order number, which is made of one."""

MEASURED = {"tally"}
"""Tables about time spent, which a kill costs."""


@dataclass(frozen=True)
class End:
    """What a round leaves behind, without the identifiers that chance gives."""

    orders: tuple[tuple[str, str], ...]
    receipts: tuple[tuple[str, int], ...]
    messages: tuple[tuple[str, str, str], ...]
    files: tuple[bytes, ...]
    unfinished: tuple[int, int]
    rows: tuple[tuple[str, int], ...]
    """How many there are in each table."""
    events: tuple[tuple[str, int], ...]


@pytest.fixture(scope="module")
def rounds() -> Iterator[Zygote]:
    with zygote("tests.crash.driver") as made:
        yield made


def end_of(home: Path, url: str = "") -> End:
    db = Database.open(Settings(home=home, database_url=url))
    folders = (home / "partners" / "acme" / "out", home / "erp" / "out")
    files = [file for folder in folders for file in folder.glob("[!.]*")]
    for folder in folders:
        half_written(folder)
    with db.read() as tx:
        end = End(
            orders=tuple(
                sorted((row.po_number, row.state) for row in queries.orders(tx).items)
            ),
            receipts=tuple(
                sorted(
                    (row.state, len(row.interchanges))
                    for row in queries.interchanges(tx).items
                )
            ),
            messages=tuple(
                sorted(
                    (row.type, row.interchange_number, row.delivery)
                    for row in queries.messages(tx).items
                )
            ),
            files=tuple(sorted(ID.sub(b"-", file.read_bytes()) for file in files)),
            unfinished=queries.unfinished(tx),
            rows=tuple(
                (name, tx.scalar(sa.select(sa.func.count()).select_from(table)) or 0)
                for name, table in metadata.tables.items()
                if name not in MEASURED
            ),
            events=tuple(sorted(Counter(tx.scalars(sa.select(event.c.name))).items())),
        )
    db.close()
    return end


def half_written(folder: Path) -> None:
    """A kill may leave hidden files: the beginnings of files that came all the same."""
    for hidden in folder.glob(".*"):
        name, _, _ = (
            hidden.name.removeprefix(".").removesuffix(TEMPORARY).rpartition(".")
        )
        assert hidden.name.endswith(TEMPORARY)
        assert (folder / name).read_bytes().startswith(hidden.read_bytes())


def deliveries(home: Path) -> set[str]:
    """What was sent: the names of the files, with the sums of their bytes."""
    return set((home / "deliveries").read_text().splitlines())


@pytest.fixture(scope="module")
def undisturbed(rounds: Zygote, tmp_path_factory) -> dict[str, tuple[End, int]]:
    ends = {}
    for name in ROUNDS:
        home = tmp_path_factory.mktemp(name)
        assert rounds.run(name, str(home), "0", "", "") == 0
        ends[name] = end_of(home), len(deliveries(home))
    return ends


def test_a_round_gives_one_order_one_997_and_one_855(undisturbed):
    end, sent = undisturbed["order"]
    assert end.orders == (("4500001201", "confirmed"),)
    assert end.receipts == (("done", 1),)
    assert end.messages == (
        ("x12_850", "000001040", "none"),
        ("x12_855", "000000002", "delivered"),
        ("x12_997", "000000001", "delivered"),
    )
    assert len(end.files) == sent == 2
    assert end.unfinished == (0, 0)


def test_a_round_with_the_erp_gives_two_orders_and_two_of_each_answer(undisturbed):
    end, sent = undisturbed["erp"]
    counts = dict(end.rows)
    assert end.orders == (("4500001201", "confirmed"), ("4500001202", "confirmed"))
    assert end.receipts == (("done", 0), ("done", 1), ("done", 1))
    assert Counter(kind for kind, _, _ in end.messages) == {
        "erp_order_json": 3,
        "x12_850": 2,
        "x12_855": 2,
        "x12_997": 2,
    }
    assert (len(end.files), sent) == (7, 7 + 2)  # and two types of events
    assert counts["worker"] == counts["inbound_key"] == 0
    assert end.unfinished == (0, 0)


def killed_at(rounds: Zygote, name: str, step: str, home: Path, url: str = "") -> int:
    """Play a round, and once more if it was killed at this step; how it ended."""
    code = rounds.run(name, str(home), "0", step, url)
    assert not code or rounds.run(name, str(home), "30", "", url) == 0
    return code


@pytest.mark.parametrize("step", ROUND)
def test_a_kill_loses_nothing_and_doubles_nothing(
    step: str, tmp_path: Path, rounds: Zygote, undisturbed
):
    assert killed_at(rounds, "order", step, tmp_path) == -signal.SIGKILL
    assert (end_of(tmp_path), len(deliveries(tmp_path))) == undisturbed["order"]


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_in_a_round_with_the_erp_loses_and_doubles_nothing(
    step: str, tmp_path: Path, rounds: Zygote, undisturbed
):
    assert killed_at(rounds, "erp", step, tmp_path) == -signal.SIGKILL
    assert (end_of(tmp_path), len(deliveries(tmp_path))) == undisturbed["erp"]


@pytest.mark.parametrize("step", SAMPLE)
def test_on_postgresql_a_kill_ends_as_it_does_on_sqlite(
    step: str, tmp_path: Path, server: Server, rounds: Zygote, undisturbed
):
    url = server.emptied
    assert killed_at(rounds, "erp", step, tmp_path, url) == -signal.SIGKILL
    assert (end_of(tmp_path, url), len(deliveries(tmp_path))) == undisturbed["erp"]


@pytest.mark.soak
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("kind", BOTH)
def test_a_kill_each_time_a_step_comes_loses_and_doubles_nothing(
    kind: str, step: str, request, tmp_path: Path, rounds: Zygote, undisturbed
):
    time, code = 0, -signal.SIGKILL
    while code:
        time += 1
        home = tmp_path / str(time)
        home.mkdir()
        url = "" if kind == SQLITE else request.getfixturevalue("server").emptied
        code = killed_at(rounds, "erp", f"{step}#{time}", home, url)
        assert code in (0, -signal.SIGKILL)
        assert (end_of(home, url), len(deliveries(home))) == undisturbed["erp"]
    assert time > 1
