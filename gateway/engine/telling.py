"""Tell a partner what we have: look it up, write it, queue it."""

from __future__ import annotations

from datetime import datetime

import structlog

from gateway.catalog import Prices
from gateway.findings import Finding
from gateway.pipeline.rules import Rules
from gateway.pipeline.telling import asked_for, stock_told
from gateway.pipeline.world import Wants
from gateway.store import queries
from gateway.store.commit import Answered, carry_out
from gateway.store.database import Database
from gateway.store.world import look_up

log = structlog.get_logger()


def tell_stock(
    db: Database, rules: Rules, partner_id: str, now: datetime
) -> Finding | None:
    """Queue the 846 to a partner; or what speaks against it."""
    profile = rules.directory.profiles.get(partner_id)
    if profile is None:
        return Finding.of("API-011", f"there is no partner {partner_id}")
    with db.begin() as tx:
        counts = queries.stock(tx)
        wants = Wants(items={partner_id: asked_for(counts)})
        prices = look_up(tx, wants, now).prices.get(partner_id, Prices())
        told = stock_told(profile, counts, prices, now, rules)
        if isinstance(told, Finding):
            return told
        answered = Answered(
            partner_id=partner_id, receipt_id="", effects=told, settles=False
        )
        carry_out(tx, [answered], now, db.payloads)
    log.info("stock.told", partner=partner_id, counts=len(counts))
    return None
