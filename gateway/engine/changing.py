"""Changes of orders that wait: operators decide them, and are told when it is time."""

from __future__ import annotations

from datetime import datetime

import structlog

from gateway.catalog import Prices, Supply
from gateway.findings import Finding
from gateway.order.life import ChangeState
from gateway.partner.alerts import AlertKind
from gateway.pipeline.booked import Booked, KnownChange
from gateway.pipeline.changes import CHANGE_WAIT, decide_held
from gateway.pipeline.changing import Circumstances
from gateway.pipeline.effects import Alert
from gateway.pipeline.inbound import lines_of, wants_of
from gateway.pipeline.release import Released
from gateway.pipeline.rules import Rules
from gateway.pipeline.world import Wants
from gateway.store import changes, erp
from gateway.store.commit import Answered, Overtaken, carry_out
from gateway.store.database import Database
from gateway.store.world import look_up

log = structlog.get_logger()


def waits(db: Database, order_id: str) -> bool:
    """Whether a change of this order waits for an operator."""
    with db.read() as tx:
        every = changes.of_order(tx, order_id)
    return any(row.state == str(ChangeState.HELD) for row in every)


def release_change(
    db: Database, rules: Rules, order_id: str, wanted: Released, now: datetime
) -> tuple[Finding, ...]:
    """Decide the oldest change of an order that is held; what speaks against it.

    Accepted, what waits is done as the buyer asked; rejected, the order stays as it
    was. Either way the buyer is told.
    """
    if wanted.as_ == "change" or wanted.lines:
        what = "a change is accepted or rejected as a whole"
        return (Finding.of("CHG-002", what),)
    try:
        with db.begin() as tx:
            booked = changes.booked_by_id(tx, order_id)
            one = _oldest(booked) if booked else None
            if booked is None or one is None:
                what = f"no change of {order_id} waits"
                return (Finding.of("CHG-001", what),)
            given = _given(tx, rules, booked, one, wanted, now)
            if isinstance(given, Finding):
                return (given,)
            row = changes.one(tx, one.id)
            assert row is not None  # it was read in this transaction
            answered = Answered(
                partner_id=given.profile.id,
                receipt_id=row.receipt_id,
                effects=tuple(decide_held(booked, one, given)),
                settles=False,
            )
            carry_out(tx, [answered], now, db.payloads)
    except Overtaken:
        what = f"{order_id} was decided by somebody else just now"
        return (Finding.of("CHG-001", what),)
    log.info("change.released", order=order_id, change=one.id, as_=wanted.as_)
    return ()


def _oldest(booked: Booked) -> KnownChange | None:
    held = (one for one in booked.changes if one.state is ChangeState.HELD)
    return next(held, None)


def _given(
    tx: erp.Tx,
    rules: Rules,
    booked: Booked,
    one: KnownChange,
    wanted: Released,
    now: datetime,
) -> Circumstances | Finding:
    row = changes.one(tx, one.id)
    partner_id = row.partner_id if row is not None else ""
    profile = rules.directory.profiles.get(partner_id)
    if profile is None:
        return Finding.of("CFG-030", f"partner {partner_id} has no profile in force")
    by_stock = profile.policy.promise == "stock"
    wants = wants_of(booked.order, partner_id, stock=by_stock)
    for each in booked.changes:
        if each.change is not None:
            wants |= Wants(items=wants_of(lines_of(each.change), partner_id).items)
    world = look_up(tx, wants, now, lock=by_stock)
    return Circumstances(
        profile=profile,
        now=now,
        prices=world.prices.get(partner_id, Prices()),
        left=lambda sku: world.stock.get(sku, Supply()),
        forced="reject" if wanted.as_ == "reject" else "accept",
        reason=wanted.reason,
    )


def overdue(db: Database, now: datetime, limit: int) -> int:
    """Tell operators of changes that waited too long; how many deadlines had passed."""
    with db.begin() as tx:
        late = erp.due(tx, CHANGE_WAIT, now, limit)
        answered: list[Answered] = []
        for partner_id, change_id in late:
            held = changes.hold(tx, change_id, now)
            if held is None:
                continue
            row, found = held
            alert = Alert(
                partner_id=partner_id,
                finding=found,
                order_id=row.order_id,
                kind=AlertKind.HELD,
                ref=row.order_id or change_id,
            )
            answered.append(
                Answered(
                    partner_id=partner_id,
                    receipt_id=row.receipt_id,
                    effects=(alert,),
                    settles=False,
                )
            )
        if answered:
            carry_out(tx, answered, now, db.payloads)
    return len(late)
