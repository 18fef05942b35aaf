"""Rounds of the gateway in a process of its own that can be killed at a step.

Called by the zygote with ROUND HOME SECOND STEP URL; STEP names the step to die at.
The clock stands still at SECOND past noon, so that two rounds write the same bytes;
what the dead process held is free because it is dead, not because time went by. The
database is that of URL, else SQLite in HOME.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from gateway import bootstrap
from gateway.catalog.importing import read_csv
from gateway.config import Settings
from gateway.engine import Engine
from gateway.partner import Profile, load
from gateway.pipeline.ports import Failed, Inbound, InMemory, Outbound, Sent, Transport
from gateway.store import catalog, webhooks
from gateway.store.database import Database
from gateway.store.sql import insert_all
from gateway.store.tables import worker
from gateway.transport import Pickup, erp_folders, transports
from tests.begun import give_tables
from tests.starters import texts

PARTNER = Path(__file__).parents[2] / "partner_profiles" / "acme"
WAITING = {"ack": "on_erp", "ack_within_h": "4", "ack_timeout": "send_ours"}
"""The policy of a partner whose answers wait for our ERP."""
bootstrap.tables()  # before anything is forked


class Noted:
    """A transport that notes every delivery of another."""

    def __init__(self, transport: Transport, log: Path) -> None:
        self._transport = transport
        self._log = log

    def send(self, outbound: Outbound) -> Sent | Failed:
        """Send, then note what was sent."""
        outcome = self._transport.send(outbound)
        with self._log.open("a") as log:
            log.write(f"{outbound.file_name} {outbound.blob.sha256}\n")
        return outcome


class Heard:
    """A receiver of events that notes the type of each."""

    def __init__(self, log: Path) -> None:
        self._log = log

    def post(
        self, url: str, secrets: Sequence[str], id_: str, body: bytes, now: datetime
    ) -> Sent:
        """Hear an event, perhaps once more."""
        with self._log.open("a") as log:
            log.write(f"event {json.loads(body)['type']}\n")
        return Sent()


def die_at(step: str) -> Callable[[str], None]:
    """Be killed at the wanted step, as by a power cut: ``NAME``, or ``NAME#2``.

    ``#7`` is the seventh of all steps; an empty one never comes.
    """
    wanted, _, time = step.partition("#")
    left = [int(time or 1)]

    def told(name: str) -> None:
        left[0] -= bool(step) and wanted in ("", name)
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    return told


@dataclass(slots=True)
class Round:
    """A gateway of one partner, its folders, and a clock to turn."""

    settings: Settings
    now: datetime
    step: str
    policy: dict[str, Any]
    told: Sequence[str] = ()
    """What the partner gets beside answers."""

    def steps(self) -> Callable[[str], None]:
        """What is told of each step."""
        return die_at(self.step)

    def prepare(self) -> None:
        """Make the database, import the partner's prices; another process is dead."""
        give_tables(self.settings)
        db = Database.open(self.settings)
        prices = read_csv((PARTNER / "catalog.csv").read_text(), "catalog.csv")
        assert prices.is_good
        catalog.save(db, "acme", prices, self.now)
        gone = subprocess.Popen(["true"])
        gone.wait()
        owner = f"{socket.gethostname()}:{gone.pid}:own_gone"
        with db.begin() as tx:
            row = {"owner": owner, "key": 4711, "since": self.now}
            insert_all(tx, worker, [row])
            webhooks.make(
                tx,
                name="erp",
                url="https://erp.example/",
                events=("order.received", "order.confirmed", "order.held"),
                partner_id="acme",
                now=self.now,
                by="",
            )
        db.close()

    def play(self, act: Callable[[Round, Engine, Pickup], None]) -> None:
        """Open the gateway, act, and close it."""
        home = self.settings.home
        facts = texts(PARTNER / "profile.yaml")
        facts["policy"] |= self.policy
        facts["erp"] = {"orders": ["json"]} if self.policy else {}
        for name in self.told:
            sends = {"message": name, "version": "004010", "channel": "drop"}
            facts["sends"].append(sends)
        profile = load(yaml.safe_dump(facts), "profile.yaml")
        assert isinstance(profile, Profile)
        db = Database.open(self.settings)
        ways = {
            channel: Noted(transport, home / "deliveries")
            for channel, transport in transports(home, [profile]).items()
        }
        rules = bootstrap.rules([profile], self.settings)
        clock = lambda: self.now  # noqa: E731  it moves
        heard = Heard(home / "deliveries")
        engine = Engine(
            db, rules, self.settings, ways, clock, self.steps(), hooks=heard
        )
        folders = erp_folders(home, [profile])
        pickup = Pickup(engine.accept, folders, self.settings, clock=clock)
        act(self, engine, pickup)
        engine.close()
        db.close()


def work(engine: Engine) -> None:
    """Answer and send until nothing is due."""
    while engine.process() + engine.overdue() + engine.deliver():
        assert engine.drain(60)  # a slow lane is left to itself after a moment


def send(round_: Round, engine: Engine, name: str, text: str) -> None:
    """Hand in an order as a partner would send it again."""
    engine.accept(
        Inbound(
            blob=InMemory.of(text.encode()),
            channel="folder",
            peer=f"in/{name}",
            partner_id="acme",
            transport_id=f"in/{name}",
            received_at=round_.now,
        )
    )


def one_order(round_: Round, engine: Engine, pickup: Pickup) -> None:
    """Receive one order, process, deliver."""
    send(round_, engine, "a.edi", (PARTNER / "samples" / "good-small.edi").read_text())
    work(engine)


def by_the_erp(round_: Round, engine: Engine, pickup: Pickup) -> None:
    """Two orders wait for the ERP; it confirms one, and leaves the other too long.

    At last the keys of both are so old that they are forgotten.
    """
    engine.inherit()
    first = (PARTNER / "samples" / "good-small.edi").read_text()
    send(round_, engine, "a.edi", first)
    second = first.replace("4500001201", "4500001202").replace("*1040", "*1041")
    send(round_, engine, "b.edi", second.replace("000001040", "000001041"))
    work(engine)
    inbox = round_.settings.home / "erp" / "in"
    if not list((inbox.parent / "archive").glob("*/*.csv")):
        inbox.mkdir(parents=True, exist_ok=True)
        text = "partner,po_number,decision\nacme,4500001201,accept\n"
        (inbox / "yes.csv").write_text(text)
        os.utime(inbox / "yes.csv", (1, 1))
    for _ in range(2):
        pickup.poll()
    work(engine)
    round_.now += timedelta(hours=5)
    work(engine)
    while engine.alert() + engine.seal():
        pass
    while engine.publish():
        assert engine.drain(60)
    round_.now += timedelta(days=round_.settings.idempotency_days)
    while engine.tidy() + engine.alert() + engine.seal():
        pass


ROUNDS = {"order": (one_order, {}), "erp": (by_the_erp, WAITING)}
"""What can be played, and the partner's policy in it."""


def main(arguments: list[str]) -> None:
    """Prepare a new home, and play the round in it."""
    name, home, second, step, url = arguments
    act, policy = ROUNDS[name]
    settings = Settings(home=Path(home), database_url=url, lease_s=3600, stable_for_s=0)
    now = datetime(2026, 11, 23, 12, 0, int(second), tzinfo=UTC)
    round_ = Round(settings, now, step, dict(policy))
    if not (settings.home / "prepared").exists():
        round_.prepare()
        (settings.home / "prepared").touch()
    round_.play(act)
