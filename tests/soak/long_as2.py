"""One long message sent by AS2 from a process of its own, so that its memory is told.

Called as ``long_as2.py HOME URL SIZE WAY``: the home holds the keys of both sides; URL
is a server that takes whatever comes. Prints seconds, memory and states as JSON.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from gateway.bootstrap import Gateway
from gateway.cli.measure import resident_bytes
from gateway.config import Settings
from gateway.store import tables
from tests.crash.as2_sent_driver import read_party
from tests.interop.as2_sending import NOW, as2, facts_with, furnish, queue
from tests.peak import peak_bytes

_PIECE = 65_536


@dataclass(frozen=True)
class Long:
    """So many bytes that do not pack well, the same each time."""

    size: int
    sha256: str = ""

    def chunks(self) -> Iterator[bytes]:
        """The bytes, made while they are read."""
        for n in range(self.size // _PIECE):
            yield hashlib.sha256(b"%d" % n).digest() * (_PIECE // 32)


def main(home: str, url: str, size: int, way: dict[str, object]) -> None:
    """Queue it, and send it."""
    settings = Settings(home=Path(home))
    us, them = (read_party(settings.home / name) for name in ("us", "them"))
    more = {"receipt": {"reply": "none"}, "times": {"receipt_s": "600"}} | way
    furnish(settings, facts_with(as2(url, **more), them), us, settings.home)
    gateway = Gateway(settings, clock=lambda: NOW)
    db = gateway.db
    sum_ = hashlib.sha256()
    for piece in Long(size).chunks():
        sum_.update(piece)
    queue(db, "as2", Long(size, sum_.hexdigest()), NOW)
    before, begun = resident_bytes(), time.monotonic()
    gateway.engine.deliver()
    gateway.engine.drain(600)
    took_s = time.monotonic() - begun
    peak = peak_bytes()
    with db.read() as tx:
        rows = tx.execute(
            sa.select(tables.outbox.c.delivery, tables.wire.c.state).join(
                tables.wire, tables.wire.c.id == tables.outbox.c.wire_id
            )
        )
        states = [tuple(each) for each in rows]
    told = {"s": took_s, "more_bytes": peak - before, "states": states}
    sys.stdout.write(json.dumps(told) + "\n")
    gateway.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), json.loads(sys.argv[4]))
