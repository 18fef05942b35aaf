"""Receipts (MDNs) that come for messages of ours, and those that do not come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog

from gateway.as2.headers import Headers
from gateway.as2.receipts import read_mdn
from gateway.engine.agreements import Agreements
from gateway.engine.steps import Step, nothing
from gateway.pipeline.ports import InMemory
from gateway.store import wires
from gateway.store.database import Database
from gateway.store.wires import Standing, Verdict
from gateway.transport.as2 import judged

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class MdnCame:
    """A receipt as it came, kept before it is looked at.

    ``id`` is that of the request that brought it, ``partner_id`` whose names stand on
    it, empty when they are nobody's.
    """

    id: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    partner_id: str
    peer: str
    received_at: datetime


def settle_mdn(
    db: Database, agreements: Agreements, came: MdnCame, step: Step = nothing
) -> str:
    """Make a receipt count; what came of it, for the log only.

    Safe to repeat. What a partner wrote never raises. One that belongs to no message of
    ours to that partner is only noted; none is ever booked as a document.
    """
    headers, now = Headers.of(came.headers), came.received_at
    told = read_mdn(headers, came.body, None, now).original_message_id
    with db.read() as tx:
        known = [
            one
            for one in wires.known(tx, told)
            if one.partner_id == came.partner_id and told
        ]
    met = agreements.of(came.partner_id, known[0].channel) if known else None
    if met is None:
        log.warning("mdn.unmatched", came=came.id, partner=came.partner_id)
        with db.begin() as tx:
            wires.unmatched(tx, came.partner_id, came.id, told, now)
        return "unmatched"
    found = judged(headers, came.body, known[0].facts, met.agreement, now)
    step("mdn.read")
    verdict = Verdict(
        state=Standing(found.state),
        said=found.said,
        code=found.code,
        came=came.id,
        sha256=InMemory.of(came.body).sha256,
    )
    with db.begin() as tx:
        counts = wires.settle(tx, known[0], verdict, now)
        step("mdn.settling")
    step("mdn.settled")
    log.info("mdn.settled", came=came.id, state=found.state, counts=counts)
    return found.state if counts else "repeated"


def overdue(db: Database, now: datetime, limit: int, step: Step = nothing) -> int:
    """Tell of receipts that did not come in time; how many deadlines passed."""
    with db.read() as tx:
        if not wires.is_due(tx, now):
            return 0
    with db.begin() as tx:
        done = wires.overdue(tx, now, limit)
        step("mdn.overdue")
    return done
