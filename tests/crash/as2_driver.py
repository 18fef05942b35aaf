"""A message by AS2 in a process of its own that can be killed at a step.

Called by the zygote with WISH FIRST FOLDER HOME SECOND STEP URL: ``sync`` or ``async``
is how the MDN is wanted; with FIRST ``resend`` the sender comes again before what was
left behind is looked for, with ``recover`` after. FOLDER holds the message as it came.
"""

from __future__ import annotations

import asyncio
import hashlib
from datetime import datetime, timedelta
from pathlib import Path

from gateway import bootstrap
from gateway.as2.headers import Headers
from gateway.as2.request import read_request
from gateway.bootstrap import active_profiles
from gateway.config import Settings
from gateway.engine import Engine
from gateway.engine.as2 import Arrived
from gateway.pipeline.ports import Failed, InMemory, Outbound, Sent
from gateway.store.database import Database
from tests.crash.driver import die_at

bootstrap.tables()  # before anything is forked


class Posted:
    """Takes every message; notes the MDNs."""

    def __init__(self, log: Path) -> None:
        self._log = log

    def send(self, outbound: Outbound) -> Sent | Failed:
        """Note what was sent."""
        with self._log.open("a") as log:
            log.write(f"{outbound.kind} {outbound.address} {outbound.blob.sha256}\n")
        return Sent()


def arrive(engine: Engine, folder: Path, wish: str, now: datetime) -> bytes:
    """The sender posts its message; gives the MDN that it is answered with."""
    data = (folder / f"{wish}.eml").read_bytes()
    head, _, body = data.partition(b"\r\n\r\n")
    request = read_request(Headers.read(head))
    known = engine.agreements.found(request.sender, request.receiver)
    assert known is not None
    arrived = Arrived(
        request=request,
        known=known,
        head=head.decode("latin-1") + "\r\n",
        body=InMemory.of(body),
        raw_sha256=hashlib.sha256(data).hexdigest(),
        peer="192.0.2.1",
        facts={},
        received_at=now,
    )
    answer = asyncio.run(engine.as2.receive(arrived))
    if answer.open is not None:
        engine.as2.finish_later(answer.open)
    return answer.mdn


def work(engine: Engine) -> None:
    """Open, answer and send until nothing is due."""
    while engine.open_waiting() + engine.process() + engine.deliver():
        pass


def main(arguments: list[str]) -> None:
    """Play a round in a home that is furnished."""
    wish, first, folder, home, second, step, url = arguments
    settings = Settings(home=Path(home), database_url=url, lease_s=3600)
    clock = datetime.fromisoformat((Path(folder) / "clock").read_text())
    now = clock + timedelta(seconds=int(second))
    db = Database.open(settings)
    profiles = active_profiles(db)
    posted = Posted(settings.home / "posted")
    ways = dict.fromkeys(("as2", "as2_mdn", "api", "drop"), posted)
    rules = bootstrap.rules(profiles, settings)
    engine = Engine(db, rules, settings, ways, lambda: now, die_at(step))
    engine.inherit()
    if first == "recover":
        work(engine)
    told = arrive(engine, Path(folder), wish, now)
    with (settings.home / "told").open("a") as log:
        log.write(f"{hashlib.sha256(told).hexdigest() if told else 'nothing'}\n")
    work(engine)
    engine.close()
    db.close()
