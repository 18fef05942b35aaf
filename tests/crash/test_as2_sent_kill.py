"""Killed at any step of sending by AS2, nothing is lost, and a repeat is the same."""

from __future__ import annotations

import json
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.config import Settings
from gateway.engine.steps import RECEIPTS, ROUND, SENT_AS2
from gateway.store.database import Database
from gateway.store.tables import event, metadata, outbox, wire
from tests.crash.zygote import Zygote, zygote
from tests.databases import BOTH, SQLITE, Server
from tests.interop.as2_receiver import Peer, listening
from tests.interop.as2_sending import a_peer, as2

DELIVER = tuple(step for step in ROUND if step.startswith("deliver."))
STEPS = (*DELIVER, *SENT_AS2, *RECEIPTS)
SAMPLE = ("deliver.wired", "deliver.sent", "mdn.settling", "mdn.overdue")
"""The steps that are tried on PostgreSQL in every run; the soak tries all."""
MEASURED = {"tally", "worker", "event", "payload"}
"""Tables about time spent and who worked; events and answers are compared otherwise."""
CHANNELS = {
    "sync": {},
    "async": {"receipt": {"reply": "async", "within_min": "120"}},
}


class Keeping(Peer):
    """A partner who posts receipts until they are taken, the stored one to a repeat."""

    def take(self, door, headers, body):
        known = {got.message_id for got in self.got}
        try:
            super().take(door, headers, body)
        finally:  # whoever was killed before our answer gets his receipt all the same
            for given, receipt in self.receipts:
                name = f"{len(known):02}"
                if self.got[-1].message_id not in known:
                    told = json.dumps((given, receipt.decode("latin-1")))
                    (self.folder / f"{name}.receipt").write_text(told)
            self.receipts.clear()


@dataclass(frozen=True)
class End:
    """What is left in the end."""

    messages: tuple[tuple[str, str, str], ...]
    wires: tuple[str, ...]
    rows: tuple[tuple[str, int], ...]
    events: tuple[tuple[str, int], ...]


@pytest.fixture(scope="module")
def rounds() -> Iterator[Zygote]:
    with zygote("tests.crash.as2_sent_driver") as made:
        yield made


@dataclass
class Play:
    """One round after the other, each with a partner who knows nothing yet."""

    rounds: Zygote
    folder: Path

    def killed_at(self, home: Path, way: str, step: str, url: str = "") -> int:
        """Play a round, and once more if it was killed; how it ended."""
        shutil.rmtree(self.folder, ignore_errors=True)
        home.mkdir(exist_ok=True)
        plain = a_peer(self.folder)
        peer = Keeping(plain.folder, plain.us, plain.them, plain.other)
        for name, one in (("us", peer.us), ("them", peer.them)):
            certificate, key = one.files(self.folder)
            shutil.copy(certificate, self.folder / f"{name}.crt")
            shutil.copy(key, self.folder / f"{name}.key")
        with listening(peer):
            channel = json.dumps(as2(peer.url, **CHANNELS[way]))
            told = (url, channel, str(self.folder))
            code = self.rounds.run(str(home), "0", step, *told)
            assert not code or self.rounds.run(str(home), "30", "", *told) == 0
        sent = {(got.message_id, got.body) for got in peer.got}
        assert len(sent) == 2
        assert len({got.payload for got in peer.got}) == 2
        assert max(Counter(got.message_id for got in peer.got).values()) <= 2
        return code


@pytest.fixture(scope="module")
def play(rounds: Zygote, tmp_path_factory: pytest.TempPathFactory) -> Play:
    return Play(rounds, tmp_path_factory.mktemp("as2") / "peer")


def end_of(home: Path, url: str = "") -> End:
    db = Database.open(Settings(home=home, database_url=url))
    with db.read() as tx:
        names = Counter(tx.scalars(sa.select(event.c.name)))
        del names["message.receipt_repeated"]
        end = End(
            messages=tuple(
                sorted(
                    (row.kind, row.delivery, row.acknowledgement)
                    for row in tx.execute(sa.select(outbox))
                )
            ),
            wires=tuple(sorted(tx.scalars(sa.select(wire.c.state)))),
            rows=tuple(
                (name, tx.scalar(sa.select(sa.func.count()).select_from(table)) or 0)
                for name, table in metadata.tables.items()
                if name not in MEASURED
            ),
            events=tuple(sorted(names.items())),
        )
    db.close()
    return end


@pytest.fixture(scope="module")
def undisturbed(play: Play, tmp_path_factory: pytest.TempPathFactory) -> dict[str, End]:
    ends = {}
    for way in CHANNELS:
        home = tmp_path_factory.mktemp(way)
        assert play.killed_at(home, way, "") == 0
        ends[way] = end_of(home)
    return ends


def test_a_round_sends_two_messages_that_are_proven_to_have_arrived(undisturbed):
    for end in undisturbed.values():
        assert end.wires == ("accepted", "accepted")
        assert {delivery for _, delivery, _ in end.messages} == {"delivered"}


def test_a_receipt_is_overdue_before_it_comes(undisturbed):
    assert dict(undisturbed["async"].events)["message.receipt_overdue"] == 1
    assert dict(undisturbed["async"].events)["message.receipt"] == 2


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_loses_nothing_and_doubles_nothing(
    step: str, tmp_path: Path, play: Play, undisturbed
):
    assert play.killed_at(tmp_path, "async", step) == -signal.SIGKILL
    assert end_of(tmp_path) == undisturbed["async"]


@pytest.mark.parametrize("step", [*DELIVER, *SENT_AS2])
def test_with_receipts_in_the_answer_it_is_the_same(
    step: str, tmp_path: Path, play: Play, undisturbed
):
    assert play.killed_at(tmp_path, "sync", step) == -signal.SIGKILL
    assert end_of(tmp_path) == undisturbed["sync"]


@pytest.mark.parametrize("step", SAMPLE)
def test_on_postgresql_a_kill_ends_as_it_does_on_sqlite(
    step: str, tmp_path: Path, server: Server, play: Play, undisturbed
):
    url = server.emptied
    assert play.killed_at(tmp_path, "async", step, url) == -signal.SIGKILL
    assert end_of(tmp_path, url) == undisturbed["async"]


@pytest.mark.soak
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("kind", BOTH)
def test_a_kill_each_time_a_step_comes_loses_and_doubles_nothing(
    kind: str, step: str, request, tmp_path: Path, play: Play, undisturbed
):
    time, code = 0, -signal.SIGKILL
    while code:
        time += 1
        home = tmp_path / str(time)
        url = "" if kind == SQLITE else request.getfixturevalue("server").emptied
        code = play.killed_at(home, "async", f"{step}#{time}", url)
        assert code in (0, -signal.SIGKILL)
        assert end_of(home, url) == undisturbed["async"]
    assert time > 1
