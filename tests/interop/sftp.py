"""A gateway with a partner on a real OpenSSH server, and a clock to turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml

from gateway.bootstrap import Gateway
from gateway.config import Settings
from gateway.pipeline.ports import Failed, InMemory, Outbound, Sent
from gateway.store import profiles
from gateway.store.database import Database
from gateway.store.tables import alert, outbox, receipt, remote_file
from gateway.transport.sftp import SftpTransport
from tests.sshd import Sshd
from tests.starters import FOLDER, texts

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
SAMPLE = FOLDER / "acme" / "samples" / "good-small.edi"
INBOX, OUTBOX = "from-them", "to-them"


def channel_of(server: Sshd, **changes: Any) -> dict[str, Any]:
    """The channel of a partner with two folders on this server."""
    get = {"folder": INBOX, "min_age_s": "0", "looks": "1", "gap_s": "0"}
    own = {"get": get | changes.pop("get", {})}
    own["put"] = {"folder": OUTBOX} | changes.pop("put", {})
    made = {
        "id": "drop",
        "kind": "sftp",
        "host": "127.0.0.1",
        "port": str(server.port),
        "user": server.user,
        "key": f"file:{server.key}",
        "host_keys": [server.pinned],
        "timeout_s": "10",
        **own,
        **changes,
    }
    return {name: value for name, value in made.items() if value != "null"}


@dataclass
class Partner:
    """The gateway of acme, who has a server; time stands still unless turned on."""

    settings: Settings
    server: Sshd
    channel: Mapping[str, Any]
    now: datetime = NOW
    trust: Mapping[str, Any] | None = None
    gateway: Gateway = field(init=False)

    def __post_init__(self) -> None:
        for name in (INBOX, OUTBOX, "archive"):
            (self.server.files / name).mkdir(exist_ok=True)
        facts = texts(FOLDER / "acme" / "profile.yaml")
        facts["channels"] = [dict(self.channel)]
        if self.trust:
            facts["trust"] = dict(self.trust)
        for one in facts["receives"] + facts["sends"]:
            one.pop("channel", None)
        db = Database.open(self.settings)
        db.migrate()
        with db.begin() as tx:
            profiles.apply(tx, "acme", yaml.safe_dump(facts), NOW)
        db.close()
        self.gateway = Gateway(self.settings, clock=lambda: self.now)

    @property
    def inbox(self) -> Path:
        """Where they lay files for us."""
        return self.server.files / INBOX

    @property
    def outbox(self) -> Path:
        """Where ours arrive."""
        return self.server.files / OUTBOX

    @property
    def archive(self) -> Path:
        """Where ours may be moved to."""
        return self.server.files / "archive"

    def look(self, seconds: float = 0.0) -> int:
        """Look once, so much later; how many files were taken."""
        self.now += timedelta(seconds=seconds)
        with self.gateway.db.begin() as tx:
            tx.exec_driver_sql("UPDATE schedule SET next_at = 0")
        fetching = self.gateway.engine.fetching
        taken = fetching.one(lambda cron, zone, now: now + _DAY)
        assert taken is not None, "no look was due"
        return taken

    def send(
        self, data: bytes, name: str = "po.edi", *, attempt: int = 1
    ) -> Sent | Failed:
        """Send bytes as a message of ours, past the outbox."""
        profiles_ = self.gateway.profiles
        transport = SftpTransport(profiles_, self.gateway.engine.secrets)
        outbound = Outbound(
            id="out_1",
            partner_id="acme",
            channel="drop",
            kind="x12_855",
            file_name=name,
            blob=InMemory.of(data),
            attempt=attempt,
            number=7,
        )
        try:
            return transport.send(outbound)
        finally:
            transport.close()

    def receipts(self) -> list[tuple[str, int]]:
        """Where what came stood, and how many bytes it had."""
        with self.gateway.db.read() as tx:
            query = sa.select(receipt.c.peer, receipt.c.size).order_by(receipt.c.id)
            return [(row.peer, row.size) for row in tx.execute(query)]

    def sums(self) -> set[str]:
        """The sums of all that came."""
        with self.gateway.db.read() as tx:
            return set(tx.scalars(sa.select(receipt.c.sha256)))

    def alerts(self) -> list[str]:
        """The codes of what operators are told, oldest first."""
        with self.gateway.db.read() as tx:
            return list(tx.scalars(sa.select(alert.c.code).order_by(alert.c.id)))

    def remembered(self) -> dict[str, str]:
        """The states of the files that are remembered."""
        with self.gateway.db.read() as tx:
            query = sa.select(remote_file.c.path, remote_file.c.state)
            return {row.path: row.state for row in tx.execute(query)}

    def deliveries(self) -> list[str]:
        """How our messages stand."""
        with self.gateway.db.read() as tx:
            return sorted(tx.scalars(sa.select(outbox.c.delivery)))

    def work(self) -> None:
        """Answer and send until nothing is due."""
        engine = self.gateway.engine
        while engine.process() + engine.deliver():
            assert engine.drain(60)  # a slow lane is left to itself after a moment


_DAY = timedelta(days=1)


@contextmanager
def partner(
    settings: Settings,
    server: Sshd,
    trust: Any = None,
    **changes: Any,
) -> Iterator[Partner]:
    """A gateway whose partner has this server."""
    made = Partner(settings, server, channel_of(server, **changes), trust=trust)
    try:
        yield made
    finally:
        made.gateway.close()
