"""Changes of orders that wait: operators decide them, and are told when it is time."""

from __future__ import annotations

from datetime import datetime

import structlog

from gateway.catalog import Prices, Supply
from gateway.findings import Finding
from gateway.order.life import ChangeState
from gateway.partner.alerts import AlertKind
from gateway.pipeline.arrived import lines_of, wants_of
from gateway.pipeline.booked import Booked, KnownChange
from gateway.pipeline.changes import CHANGE_WAIT, decide_held, never_came
from gateway.pipeline.changing import Circumstances
from gateway.pipeline.effects import Alert, Effect
from gateway.pipeline.release import Released
from gateway.pipeline.rules import Rules
from gateway.pipeline.world import Wants
from gateway.store import actions, changes, erp
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
    db: Database, rules: Rules, id_: str, wanted: Released, now: datetime
) -> tuple[Finding, ...]:
    """Decide a change that waits or is held; what speaks against it.

    ``id_`` is the change's, or its order's: the oldest change that is held. Accepted,
    what waits is done as the buyer asked; rejected, the order stays as it was. Either
    way the buyer is told. One whose order has not come can only be rejected.
    """
    if wanted.as_ == "change" or wanted.lines:
        what = "a change is accepted or rejected as a whole"
        return (Finding.of("CHG-002", what),)
    try:
        with db.begin() as tx:
            what = f"release|{id_}"
            if actions.done_before(tx, what, wanted.key) is not None:
                return ()
            made = _decided(tx, rules, id_, wanted, now)
            if isinstance(made, Finding):
                return (made,)
            row, effects = made
            answered = Answered(
                partner_id=row.partner_id,
                receipt_id=row.receipt_id,
                effects=effects,
                settles=False,
            )
            carry_out(tx, [answered], now, db.payloads)
            actions.note_done(tx, what, wanted.key, row.id, now)
    except Overtaken:
        what = f"{id_} was decided by somebody else just now"
        return (Finding.of("CHG-001", what),)
    log.info("change.released", order=row.order_id, change=row.id, as_=wanted.as_)
    return ()


def preview_change(
    db: Database, rules: Rules, id_: str, wanted: Released, now: datetime
) -> tuple[Effect, ...] | tuple[Finding, ...]:
    """What ``release_change`` would do now; nothing is kept."""
    with db.read() as tx:
        made = _decided(tx, rules, id_, wanted, now, lock=False)
    return (made,) if isinstance(made, Finding) else made[1]


def _decided(
    tx: erp.Tx,
    rules: Rules,
    id_: str,
    wanted: Released,
    now: datetime,
    *,
    lock: bool = True,
) -> tuple[changes.ChangeRow, tuple[Effect, ...]] | Finding:
    """The change that is meant, and what its decision leads to."""
    meant = _meant(tx, id_)
    if isinstance(meant, Finding):
        return meant
    booked, one, row = meant
    if not row.order_id and wanted.as_ == "accept":
        what = f"order {row.po_number} has not come, only a change of it"
        return Finding.of("CHG-101", what, value=row.po_number)
    given = _given(tx, rules, booked, row.partner_id, wanted, now, lock=lock)
    if isinstance(given, Finding):
        return given
    return row, tuple(decide_held(booked, one, given))


def _meant(
    tx: erp.Tx, id_: str
) -> tuple[Booked, KnownChange, changes.ChangeRow] | Finding:
    """The change that is to be decided, with its order, locked until the end of tx."""
    row = changes.one(tx, id_) or changes.oldest_held(tx, id_)
    if row is None and id_.startswith("chg_"):
        return Finding.of("API-011", f"there is no change {id_}")
    nothing = Finding.of("CHG-001", f"no change of {id_} waits")
    if row is None:
        return nothing
    booked = changes.booked_by_id(tx, row.order_id) if row.order_id else None
    if booked is None:
        early = changes.known(row)
        open_ = early.change is not None
        return (never_came(early), early, row) if open_ else nothing
    one = next((one for one in booked.changes if one.id == row.id), None)
    if one is None or one.change is None:
        return nothing
    return booked, one, row


def _given(  # noqa: PLR0913  the decision and how it is looked up
    tx: erp.Tx,
    rules: Rules,
    booked: Booked,
    partner_id: str,
    wanted: Released,
    now: datetime,
    *,
    lock: bool,
) -> Circumstances | Finding:
    profile = rules.directory.profiles.get(partner_id)
    if profile is None:
        return Finding.of("CFG-030", f"partner {partner_id} has no profile in force")
    by_stock = profile.policy.promise == "stock"
    wants = wants_of(booked.order, profile, stock=by_stock)
    for each in booked.changes:
        if each.change is not None:
            its = wants_of(lines_of(each.change), profile)
            wants |= Wants(items=its.items, carts=its.carts)
    world = look_up(tx, wants, now, lock=lock)
    return Circumstances(
        profile=profile,
        now=now,
        prices=world.prices.get(partner_id, Prices()),
        left=lambda sku: world.stock.get(sku, Supply()),
        there=world.there,
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
