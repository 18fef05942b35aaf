"""Release a held order that is kept: look it up, decide, carry it out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import structlog

from gateway.catalog import Prices, Supply, check, serve
from gateway.engine import changing
from gateway.findings import Finding
from gateway.order import Order, from_json
from gateway.order.ack import OrderAck
from gateway.order.life import State
from gateway.order.read import ack_from_json
from gateway.pipeline.arrived import wants_of
from gateway.pipeline.blankets import covered
from gateway.pipeline.change_lines import UNDECIDED
from gateway.pipeline.release import Kept, Released, release
from gateway.pipeline.rules import Rules
from gateway.store import draws, erp, order_page
from gateway.store.commit import Answered, Overtaken, carry_out
from gateway.store.database import Database
from gateway.store.rows import OrderDetail
from gateway.store.world import look_up

log = structlog.get_logger()


def release_order(
    db: Database, rules: Rules, order_id: str, wanted: Released, now: datetime
) -> tuple[Finding, ...]:
    """What speaks against the release; nothing, and it is done and the answer queued.

    API-011 without such an order or line, CHG-001 when it is not held any more. Of an
    order that was answered the oldest change that is held is decided; a change that
    waits, too, goes by its own id (chg_).
    """
    if order_id.startswith("chg_"):
        return changing.release_change(db, rules, order_id, wanted, now)
    with db.read() as tx:
        detail = order_page.order(tx, order_id)
    if detail is None:
        return (Finding.of("API-011", f"there is no order {order_id}"),)
    kept = _kept(detail, rules)
    if isinstance(kept, Finding):
        return (kept,)
    if kept.state not in UNDECIDED and changing.waits(db, order_id):
        return changing.release_change(db, rules, order_id, wanted, now)
    try:
        return _release(db, kept, detail, wanted, now)
    except Overtaken:
        what = f"{order_id} was decided by somebody else just now"
        return (Finding.of("CHG-001", what),)


def _kept(detail: OrderDetail, rules: Rules) -> Kept | Finding:
    order, ack = from_json(detail.body), ack_from_json(detail.ack)
    assert isinstance(order, Order)
    assert isinstance(ack, OrderAck)
    profile = rules.directory.profiles.get(detail.order.partner_id)
    if profile is None:
        what = f"partner {detail.order.partner_id} has no profile in force"
        return Finding.of("CFG-030", what)
    return Kept(
        order=order,
        ack=ack,
        state=State(detail.order.state),
        profile=profile,
        version=detail.order.version,
    )


def _release(
    db: Database, kept: Kept, detail: OrderDetail, wanted: Released, now: datetime
) -> tuple[Finding, ...]:
    with db.begin() as tx:
        erp.lock(tx, [kept.order.id])
        by_stock = kept.profile.policy.promise == "stock" and not kept.order.is_blanket
        wants = wants_of(kept.order, kept.profile, stock=by_stock)
        world = look_up(tx, wants, now, lock=True)
        prices = world.prices.get(kept.profile.id, Prices())
        checked = check(kept.order, prices, kept.profile, now)
        if by_stock:
            left = world.stock
            checked = serve(kept.order, checked, lambda sku: left.get(sku, Supply()))
        mine = draws.of(tx, [kept.order.id]).get(kept.order.id, ())
        kept = replace(kept, drawn=mine)
        there = world.there
        checked = covered(kept.order, checked, kept.profile, there, now, mine)
        done = release(kept, wanted, checked, now, there=there)
        against = tuple(one for one in done if isinstance(one, Finding))
        if against:
            return against
        answered = Answered(
            partner_id=detail.order.partner_id,
            receipt_id=detail.order.receipt_id,
            effects=tuple(one for one in done if not isinstance(one, Finding)),
            settles=False,
        )
        carry_out(tx, [answered], now, db.payloads)
    log.info("order.released", order=detail.order.id, as_=wanted.as_, by=wanted.by)
    return ()
