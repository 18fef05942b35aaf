"""Killed at any step of a pick-up or delivery by SFTP, nothing is lost or doubled."""

from __future__ import annotations

import json
import re
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.config import Settings
from gateway.engine.steps import SFTP_GET, SFTP_PUT
from gateway.store.database import Database
from gateway.store.tables import event, metadata, outbox, receipt
from tests.crash.driver import PARTNER
from tests.crash.zygote import Zygote, zygote
from tests.databases import BOTH, SQLITE, Server
from tests.interop.sftp import INBOX, OUTBOX, channel_of
from tests.sshd import Sshd, sshd

STEPS = tuple(dict.fromkeys((*SFTP_GET, *SFTP_PUT)))
SAMPLE = ("get.reading", "get.accepted", "get.noted", "put.written", "put.renamed")
"""The steps that are tried on PostgreSQL in every run; the soak tries all."""
ID = re.compile(rb"BB-[0-9A-Z-]+|\b[a-z]{3}_[0-9A-Za-z]+")
MEASURED = {"tally", "worker"}
"""Tables about time spent, and about who worked."""


@dataclass(frozen=True)
class End:
    """What is left in the end."""

    inbox: tuple[str, ...]
    outbox: tuple[tuple[str, bytes], ...]
    receipts: tuple[str, ...]
    deliveries: tuple[str, ...]
    rows: tuple[tuple[str, int], ...]
    events: tuple[tuple[str, int], ...]


@pytest.fixture(scope="module")
def rounds() -> Iterator[Zygote]:
    with zygote("tests.crash.sftp_driver") as made:
        yield made


@pytest.fixture(scope="module")
def partner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as made:
        yield made


@dataclass
class Play:
    """One partner's server, laid anew for each round."""

    server: Sshd
    rounds: Zygote

    def round(self, home: Path, second: str, step: str, url: str = "") -> int:
        """Play a round; how it ended."""
        get = {"claim": "rename"}
        put = {"name": "{type}-{number}.edi", "marker": ".ok", "temporary": ".part"}
        channel = json.dumps(channel_of(self.server, get=get, put=put))
        return self.rounds.run(str(home), second, step, url, channel)

    def killed_at(self, home: Path, step: str, url: str = "") -> int:
        """Play on a fresh server, and again if it was killed; how it ended."""
        self.lay()
        code = self.round(home, "0", step, url)
        assert not code or self.round(home, "30", "", url) == 0
        return code

    def lay(self) -> None:
        """Two orders wait there, and nothing else."""
        for name in (INBOX, OUTBOX):
            shutil.rmtree(self.server.files / name, ignore_errors=True)
            (self.server.files / name).mkdir()
        first = (PARTNER / "samples" / "good-small.edi").read_text()
        second = first.replace("4500001201", "4500001202").replace("*1040", "*1041")
        second = second.replace("000001040", "000001041")
        for name, text in (("a.edi", first), ("b.edi", second)):
            (self.server.files / INBOX / name).write_text(text)

    def end(self, home: Path, url: str = "") -> End:
        """What is left, without the identifiers that chance gives."""
        files = self.server.files
        db = Database.open(Settings(home=home, database_url=url))
        with db.read() as tx:
            end = End(
                inbox=tuple(sorted(one.name for one in (files / INBOX).iterdir())),
                outbox=tuple(
                    sorted(
                        (one.name, ID.sub(b"-", one.read_bytes()))
                        for one in (files / OUTBOX).iterdir()
                    )
                ),
                receipts=tuple(sorted(tx.scalars(sa.select(receipt.c.state)))),
                deliveries=tuple(sorted(tx.scalars(sa.select(outbox.c.delivery)))),
                rows=tuple(
                    (
                        name,
                        tx.scalar(sa.select(sa.func.count()).select_from(table)) or 0,
                    )
                    for name, table in metadata.tables.items()
                    if name not in MEASURED
                ),
                events=tuple(
                    sorted(Counter(tx.scalars(sa.select(event.c.name))).items())
                ),
            )
        db.close()
        return end


@pytest.fixture(scope="module")
def play(partner: Sshd, rounds: Zygote) -> Play:
    return Play(partner, rounds)


@pytest.fixture(scope="module")
def undisturbed(play: Play, tmp_path_factory: pytest.TempPathFactory) -> End:
    home = tmp_path_factory.mktemp("undisturbed")
    assert play.killed_at(home, "") == 0
    return play.end(home)


def test_a_round_takes_both_orders_and_delivers_their_answers(undisturbed: End):
    names = [name for name, _ in undisturbed.outbox]
    assert undisturbed.inbox == ()
    assert undisturbed.receipts == ("done", "done")
    assert undisturbed.deliveries == ("delivered",) * 4
    assert names == sorted(names)
    assert Counter(name[:7] for name in names) == {"x12_855": 4, "x12_997": 4}
    assert dict(undisturbed.rows)["remote_file"] == 0


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_loses_nothing_and_doubles_nothing(
    step: str, tmp_path: Path, play: Play, undisturbed: End
):
    assert play.killed_at(tmp_path, step) == -signal.SIGKILL
    assert play.end(tmp_path) == undisturbed


@pytest.mark.parametrize("step", SAMPLE)
def test_on_postgresql_a_kill_ends_as_it_does_on_sqlite(
    step: str, tmp_path: Path, server: Server, play: Play, undisturbed: End
):
    url = server.emptied
    assert play.killed_at(tmp_path, step, url) == -signal.SIGKILL
    assert play.end(tmp_path, url) == undisturbed


@pytest.mark.soak
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("kind", BOTH)
def test_a_kill_each_time_a_step_comes_loses_and_doubles_nothing(
    kind: str, step: str, tmp_path: Path, request, play: Play, undisturbed: End
):
    time, code = 0, -signal.SIGKILL
    while code:
        time += 1
        home = tmp_path / str(time)
        home.mkdir()
        url = "" if kind == SQLITE else request.getfixturevalue("server").emptied
        code = play.killed_at(home, f"{step}#{time}", url)
        assert code in (0, -signal.SIGKILL)
        assert play.end(home, url) == undisturbed
    assert time > 1
