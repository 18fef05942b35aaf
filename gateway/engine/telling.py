"""Tell a partner what we have, its prices, how an order stands: written and queued."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import structlog

from gateway.catalog import Contract, Prices
from gateway.catalog.listed import PriceListPart
from gateway.findings import Finding
from gateway.pipeline.effects import Effect
from gateway.pipeline.rules import Rules
from gateway.pipeline.status import status_told
from gateway.pipeline.telling import asked_for, prices_told, stock_told
from gateway.pipeline.world import Wants
from gateway.store import catalog, changes, order_page, queries
from gateway.store.commit import Answered, carry_out
from gateway.store.database import Database
from gateway.store.erp import Tx
from gateway.store.world import look_up

log = structlog.get_logger()
ITEMS_AT_ONCE = 1000
"""How many items one price catalogue (832) has at most."""


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
        _queue(tx, db, partner_id, told, now)
    log.info("stock.told", partner=partner_id, counts=len(counts))
    return None


def tell_prices(
    db: Database, rules: Rules, partner_id: str, now: datetime
) -> Finding | int:
    """Queue the 832s of a partner's contracts in force, all or none; says how many.

    Each has at most ``ITEMS_AT_ONCE`` items, so that neither side needs much memory.
    """
    profile = rules.directory.profiles.get(partner_id)
    if profile is None:
        return Finding.of("API-011", f"there is no partner {partner_id}")
    count = 0
    with db.begin() as tx:
        lists = catalog.contracts_of(tx, [partner_id])
        for (_, version), contract in lists.items():
            if not contract.in_force(now.date()):
                continue
            for part in _parts(tx, partner_id, version, contract):
                told = prices_told(profile, part, now, rules)
                if isinstance(told, Finding):
                    tx.rollback()
                    return told
                if told:
                    _queue(tx, db, partner_id, told, now)
                    count += 1
    log.info("prices.told", partner=partner_id, messages=count)
    return count or Finding.of("API-011", f"{partner_id} has no prices in force")


def _parts(
    tx: Tx, partner_id: str, version: int, contract: Contract
) -> Iterator[PriceListPart]:
    """The items of a contract, part by part."""
    last, number = -1, 1
    while True:
        items, last = catalog.items_of(
            tx, partner_id, version, after=last, limit=ITEMS_AT_ONCE
        )
        if items:
            yield PriceListPart(
                contract=contract, version=version, number=number, items=items
            )
        if len(items) < ITEMS_AT_ONCE:
            return
        number += 1


def tell_status(
    db: Database, rules: Rules, order_id: str, now: datetime
) -> Finding | None:
    """Queue the 870 of an order to its buyer; or what speaks against it."""
    with db.begin() as tx:
        found = order_page.order(tx, order_id)
        booked = changes.booked_by_id(tx, order_id)
        if found is None or booked is None:
            return Finding.of("API-011", f"there is no order {order_id}")
        partner_id = found.order.partner_id
        profile = rules.directory.profiles.get(partner_id)
        if profile is None:
            return Finding.of("API-011", f"there is no partner {partner_id}")
        told = status_told(profile, booked, now, rules)
        if isinstance(told, Finding):
            return told
        _queue(tx, db, partner_id, told, now)
    log.info("status.told", partner=partner_id, order=order_id)
    return None


def _queue(
    tx: Tx, db: Database, partner_id: str, told: tuple[Effect, ...], now: datetime
) -> None:
    answered = Answered(
        partner_id=partner_id, receipt_id="", effects=told, settles=False
    )
    carry_out(tx, [answered], now, db.payloads)
