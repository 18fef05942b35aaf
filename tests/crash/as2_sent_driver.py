"""A gateway that sends by AS2 and takes receipts, and can be killed at a step.

Called by the zygote with HOME SECOND STEP URL CHANNEL PEER; CHANNEL is the partner's
channel as JSON, PEER the folder in which the partner's receipts lie that it would post
to us until they are taken. The rest is as in ``driver``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway import bootstrap
from gateway.config import Settings
from gateway.engine import Engine
from gateway.engine.agreements import Agreements
from gateway.engine.mdns import MdnCame, settle_mdn
from gateway.engine.steps import Step
from gateway.pipeline.ports import Inbound, InMemory
from gateway.store.database import Database
from gateway.store.keyrings import Keyrings
from gateway.store.secrets import SecretStore
from gateway.transport.route import Credentials, transports
from tests.crash.driver import die_at
from tests.interop.as2_sending import ORDER, OUR_URL, facts_with, furnish
from tests.parties import Party

bootstrap.tables()  # before anything is forked


def main(arguments: list[str]) -> None:
    """Answer an order by AS2, take one receipt, miss the other, and take it late."""
    home, second, step, url, channel, peer = arguments
    folder = Path(peer)
    settings = Settings(
        home=Path(home), database_url=url, lease_s=3600, payload_inline_bytes=100,
        as2_url=OUR_URL,
    )  # fmt: skip
    time = [datetime(2026, 11, 23, 12, 0, int(second), tzinfo=UTC)]
    if not (settings.home / "prepared").exists():
        us, them = (read_party(folder / name) for name in ("us", "them"))
        furnish(settings, facts_with(json.loads(channel), them), us, folder)
        (settings.home / "prepared").touch()
    db = Database.open(settings)
    engine = _engine(db, settings, lambda: time[0], die_at(step))
    engine.accept(
        Inbound(
            blob=InMemory.of(ORDER.encode()),
            channel="folder",
            peer="in/po.edi",
            partner_id="acme",
            transport_id="in/po.edi",
            received_at=time[0],
        )
    )
    _work(engine)
    _take(engine, folder, time[0], most=1)
    time[0] += timedelta(hours=3)
    _work(engine)
    _take(engine, folder, time[0], most=9)
    engine.close()
    db.close()


def _engine(
    db: Database, settings: Settings, clock: Callable[[], datetime], told: Step
) -> Engine:
    known = bootstrap.active_profiles(db)
    secrets = SecretStore(db)
    rings = Keyrings(db, secrets)
    agreed = Agreements(known, rings, settings)
    credentials = Credentials(secrets, rings.of, agreed.of)
    ways = transports(settings.home, known, settings, credentials, clock)
    rules = bootstrap.rules(known, settings)
    return Engine(
        db, rules, settings, ways, clock, told, secrets=secrets, keyrings=rings
    )


def _work(engine: Engine) -> None:
    """Answer and send until nothing is due, and nothing is on its way."""
    while engine.process() + engine.overdue() + engine.deliver():
        engine.drain(60)


def read_party(stem: Path) -> Party:
    """One whose files are there."""
    certificate = x509.load_pem_x509_certificate(stem.with_suffix(".crt").read_bytes())
    key = load_pem_private_key(stem.with_suffix(".key").read_bytes(), None)
    return Party(certificate, key)  # type: ignore[arg-type]  # RSA, as it was made


def _take(engine: Engine, folder: Path, now: datetime, most: int) -> None:
    """Take receipts as the door does; a partner posts until they are taken."""
    taken = len(list(folder.glob("*.taken")))
    for file in sorted(folder.glob("*.receipt"))[: max(most - taken, 0)]:
        headers, body = json.loads(file.read_text())
        came = MdnCame(
            id=file.stem,
            headers=tuple(headers.items()),
            body=body.encode("latin-1"),
            partner_id="acme",
            peer="127.0.0.1",
            received_at=now,
        )
        settle_mdn(engine.db, engine.agreements, came, engine._step)
        file.rename(file.with_suffix(".taken"))
