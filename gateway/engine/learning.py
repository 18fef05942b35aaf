"""Learn once: a cross-reference is kept, and orders that waited for it go on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import structlog

from gateway.catalog import Prices
from gateway.catalog.keys import Asked, ItemKey, normalise
from gateway.engine.releasing import as_kept, checked_now
from gateway.findings import Finding, Where
from gateway.partner import Profile
from gateway.pipeline.effects import Decide, Effect
from gateway.pipeline.reconsider import reconsider
from gateway.pipeline.release import Kept
from gateway.pipeline.rules import Rules
from gateway.pipeline.waiting import key_of
from gateway.pipeline.world import Wants
from gateway.store import cross_references, erp, order_page
from gateway.store.commit import Answered, Overtaken, carry_out
from gateway.store.cross_references import Became, CrossReference
from gateway.store.database import Database, Transaction
from gateway.store.rows import OrderDetail
from gateway.store.world import look_up

log = structlog.get_logger()

AT_ONCE = 25
"""Orders that are looked at again before whoever asked gets an answer."""


def learn(
    db: Database, rules: Rules, one: CrossReference, now: datetime
) -> CrossReference | Finding:
    """Keep a cross-reference, and look again at the first orders that wait for it.

    The others follow (``go_on``). API-030 where ours is nothing that we know.
    """
    one = replace(one, key=key_of(one.theirs), created_at=now, state="working")
    with db.begin() as tx:
        against = _against(tx, rules, one, now)
        if against is not None:
            return against
        one = cross_references.add(tx, one)
    log.info("cross_reference.made", id=one.id, kind=one.kind, by=one.by)
    if one.valid_from <= now.date():
        _work(db, rules, one.id, now, AT_ONCE)
    with db.read() as tx:
        return cross_references.find(tx, one.id) or one


def go_on(db: Database, rules: Rules, now: datetime, limit: int) -> int:
    """Look again at orders that wait for cross-references; says at how many."""
    with db.read() as tx:
        found = cross_references.working(tx, now.date())
    return sum(_work(db, rules, id_, now, limit) for id_ in found)


def _against(
    tx: Transaction, rules: Rules, one: CrossReference, now: datetime
) -> Finding | None:
    profile = rules.directory.profiles.get(one.partner_id)
    if profile is None:
        what = f"partner {one.partner_id} has no profile in force"
        return Finding.of("CFG-030", what, value=one.partner_id)
    if not one.key:
        return _unknown("there is nothing in what is theirs", "/theirs", one.theirs)
    if one.ours and one.kind == "ship_to":
        return _no_place(one, profile)
    sku = one.ours if one.kind == "item" else one.about
    return _no_item(tx, one, sku, now) if one.ours and sku else None


def _no_place(one: CrossReference, profile: Profile) -> Finding | None:
    if one.ours in {place.id for place in profile.locations}:
        return None
    what = f"{one.ours!r} is none of the locations of {profile.id}"
    return _unknown(what, "/ours", one.ours)


def _no_item(
    tx: Transaction, one: CrossReference, sku: str, now: datetime
) -> Finding | None:
    """What speaks against an item of ours, or a unit of it."""
    units = _units(tx, one.partner_id, sku, now)
    if units is None:
        path = "/ours" if one.kind == "item" else "/about"
        what = f"no contract of {one.partner_id} has item {sku!r}"
        return _unknown(what, path, sku)
    if one.kind == "unit" and one.ours not in units:
        what = f"item {sku} is sold by {', '.join(sorted(units))}, not by {one.ours!r}"
        return _unknown(what, "/ours", one.ours)
    return None


def _unknown(what: str, path: str, value: str) -> Finding:
    return Finding.of("API-030", what, Where(path=path), value)


def _units(
    tx: Transaction, partner_id: str, sku: str, now: datetime
) -> frozenset[str] | None:
    """The units of an item of theirs; none: there is no such item."""
    key = ItemKey("sku", normalise(sku))
    asked: Asked = (("sku", sku, key),)
    wants = Wants(items={partner_id: frozenset((asked,))})
    prices = look_up(tx, wants, now).prices.get(partner_id, Prices())
    found = [item for item in prices.items.get(key, ()) if item.sku == sku]
    if not found:
        return None
    return frozenset(unit.unit for item in found for unit in item.units)


def _work(db: Database, rules: Rules, id_: str, now: datetime, limit: int) -> int:
    """Look at orders one by one, each in a transaction with how far it has come."""
    for n in range(limit):
        try:
            if not _next(db, rules, id_, now):
                return n
        except Overtaken:
            log.info("cross_reference.overtaken", id=id_)
    return limit


def _next(db: Database, rules: Rules, id_: str, now: datetime) -> bool:
    """Look at the next order; false: there is none any more."""
    with db.begin() as tx:
        one = cross_references.find(tx, id_, lock=True)
        if one is None or one.state != "working":
            return False
        waits = cross_references.next_waiting(tx, one)
        if waits is None:
            cross_references.note(tx, replace(one, state="done"))
            return False
        order_id, po_number = waits
        erp.lock(tx, [order_id])
        detail = order_page.order(tx, order_id)
        assert detail is not None
        state = _reconsidered(tx, db, rules, one, detail, now)
        became = Became(order_id=order_id, po_number=po_number, state=state)
        cross_references.note(tx, one.saw(became))
    return True


def _reconsidered(
    tx: Transaction,
    db: Database,
    rules: Rules,
    one: CrossReference,
    detail: OrderDetail,
    now: datetime,
) -> str:
    """Decide the order anew; its state since."""
    kept = as_kept(detail, rules)
    if isinstance(kept, Finding):
        return detail.order.state
    effects = _effects(tx, kept, detail, one, now)
    answered = Answered(
        partner_id=detail.order.partner_id,
        receipt_id=detail.order.receipt_id,
        effects=effects,
        settles=False,
    )
    if effects:
        carry_out(tx, [answered], now, db.payloads)
    states = [str(each.state) for each in effects if isinstance(each, Decide)]
    return states[-1] if states else detail.order.state


def _effects(
    tx: Transaction,
    kept: Kept,
    detail: OrderDetail,
    one: CrossReference,
    now: datetime,
) -> tuple[Effect, ...]:
    kept, checked, there = checked_now(tx, kept, now, lock=True)
    noted = [each.finding for each in detail.findings]
    return reconsider(
        kept,
        noted,
        checked,
        now,
        there=there,
        by=one.by,
        reason=f"{one.id}: {one.reason}".rstrip(": "),
    )
