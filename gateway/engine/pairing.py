"""A document and its signature in two files: judged once both have come.

They may come in either order, by the same door, a while apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog

from gateway.partner import Profile
from gateway.pipeline.ports import Blob, Inbound
from gateway.store import halves
from gateway.store.database import Database
from gateway.store.halves import Half, Part

__all__ = ["late", "pair"]

log = structlog.get_logger()


def pair(
    db: Database, inbound: Inbound, part: Part, now: datetime
) -> tuple[Half, dict[Part, bytes]]:
    """Have a half wait, and the bytes of both if the other one waits too.

    It waits on before it is looked for the other: of two that come at once, at least
    one finds both.
    """
    body = db.payloads.prepare(inbound.blob, now)
    with db.begin() as tx:
        half = halves.put(tx, Half.of(inbound, part), body)
    with db.read() as tx:
        there = halves.waiting(tx, half)
        kept = db.payloads.load(tx, [one.sha256 for one in there.values()])
    log.info("signed.half", id=half.id, part=part, partner=half.partner_id)
    if not {"document", "signature"} <= there.keys():
        return half, {}
    return half, {each: _bytes(kept[one.sha256]) for each, one in there.items()}


def joined(db: Database, half: Half, receipt_id: str) -> None:
    """Both were judged: neither waits any more."""
    with db.begin() as tx:
        there = halves.waiting(tx, half)
        if len(there) > 1:
            halves.join(tx, there, receipt_id)


def late(db: Database, profiles: Iterable[Profile], now: datetime, most: int) -> int:
    """Refuse what waited too long; how many that were."""
    patience = {
        one.id: timedelta(minutes=one.trust.beside_min) for one in profiles if one.trust
    }
    with db.begin() as tx:
        return halves.late(tx, patience, now, most)


def _bytes(blob: Blob) -> bytes:
    return b"".join(blob.chunks())
