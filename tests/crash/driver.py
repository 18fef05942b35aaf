"""One round of the gateway in a process of its own that can be killed at a step.

Called as ``driver.py HOME SECOND``; ``CRASH_AT`` names the step to die at. The clock
stands still at ``SECOND`` past noon, so that two rounds write the same bytes; what the
dead process held is free because it is dead, not because time went by.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from gateway import bootstrap
from gateway.catalog.importing import read_csv
from gateway.config import Settings
from gateway.engine import Engine
from gateway.partner import Profile
from gateway.pipeline.ports import Failed, Inbound, InMemory, Outbound, Sent, Transport
from gateway.store import catalog
from gateway.store.database import Database
from gateway.transport import transports

PARTNER = Path(__file__).parents[2] / "partner_profiles" / "acme"


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


def die(name: str) -> None:
    """Be killed at the wanted step, as by a power cut."""
    if name == os.environ.get("CRASH_AT"):
        os.kill(os.getpid(), signal.SIGKILL)


def prepare(settings: Settings, now: datetime) -> None:
    """Make the database and import the partner's prices."""
    db = Database.open(settings)
    db.migrate()
    prices = read_csv((PARTNER / "catalog.csv").read_text(), "catalog.csv")
    assert prices.is_good
    catalog.save(db, "acme", prices, now)
    db.close()


def play(settings: Settings, now: datetime) -> None:
    """Receive one order as a partner would send it again, process, deliver."""
    profile = bootstrap.load_profile(PARTNER / "profile.yaml", "profile.yaml")
    assert isinstance(profile, Profile)
    db = Database.open(settings)
    ways = {
        channel: Noted(transport, settings.home / "deliveries")
        for channel, transport in transports(settings.home, [profile]).items()
    }
    rules = bootstrap.rules([profile], settings)
    engine = Engine(db, rules, settings, ways, clock=lambda: now, step=die)
    engine.accept(
        Inbound(
            blob=InMemory.of((PARTNER / "samples" / "good-small.edi").read_bytes()),
            channel="folder",
            peer="in/order.edi",
            partner_id="acme",
            transport_id="in/order.edi",
            received_at=now,
        )
    )
    while engine.process() + engine.deliver():
        pass
    engine.close()
    db.close()


def main(home: Path, second: int) -> None:
    """Prepare a new home, and play the round in it."""
    now = datetime(2026, 11, 23, 12, 0, second, tzinfo=UTC)
    settings = Settings(home=home, lease_s=3600)
    if not (home / "gateway.sqlite3").exists():
        prepare(settings, now)
    play(settings, now)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
