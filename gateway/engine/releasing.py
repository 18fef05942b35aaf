"""Release a held order that is kept: look it up, decide, carry it out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from gateway.catalog import Checked, Prices, Supply, check, serve
from gateway.engine import changing
from gateway.findings import Finding
from gateway.order import Order, from_json
from gateway.order.ack import OrderAck
from gateway.order.life import State
from gateway.order.money import Money
from gateway.order.read import ack_from_json
from gateway.pipeline.arrived import wants_of
from gateway.pipeline.blankets import covered
from gateway.pipeline.booked import There
from gateway.pipeline.change_lines import UNDECIDED
from gateway.pipeline.effects import Effect
from gateway.pipeline.release import As, Kept, Released, at_stake, release
from gateway.pipeline.rules import Rules
from gateway.store import actions, approvals, draws, erp, order_page
from gateway.store.approvals import Approval
from gateway.store.commit import Answered, Overtaken, carry_out
from gateway.store.database import Database, Transaction
from gateway.store.rows import OrderDetail
from gateway.store.world import look_up

log = structlog.get_logger()


def release_order(
    db: Database, rules: Rules, order_id: str, wanted: Released, now: datetime
) -> tuple[Finding, ...]:
    """What speaks against the release; nothing, and it is done and the answer queued.

    Where prices cost more than one person may decide it waits to be confirmed, and
    that is CHG-005 (``confirm``).

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
    kept = as_kept(detail, rules)
    if isinstance(kept, Finding) or _was_done(db, order_id, wanted):
        return (kept,) if isinstance(kept, Finding) else ()
    try:
        if kept.state not in UNDECIDED and changing.waits(db, order_id):
            return changing.release_change(db, rules, order_id, wanted, now)
        return _release(db, kept, detail, wanted, now)
    except Overtaken:
        what = f"{order_id} was decided by somebody else just now"
        return (Finding.of("CHG-001", what),)


def _was_done(db: Database, order_id: str, wanted: Released) -> bool:
    """Whether it is the second press of one button."""
    if not wanted.key:
        return False
    with db.read() as tx:
        what = f"release|{order_id}"
        return actions.done_before(tx, what, wanted.key) is not None


def as_kept(detail: OrderDetail, rules: Rules) -> Kept | Finding:
    """An order of the store as the pipeline knows it, with its partner's profile."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What a release would do: its effects, and the money that prices cost us."""

    kept: Kept
    effects: tuple[Effect, ...]
    stake: Money
    is_for_two: bool


def _release(
    db: Database, kept: Kept, detail: OrderDetail, wanted: Released, now: datetime
) -> tuple[Finding, ...]:
    with db.begin() as tx:
        erp.lock(tx, [kept.order.id])
        what = f"release|{kept.order.id}"
        if actions.done_before(tx, what, wanted.key) is not None:
            return ()
        plan = planned(tx, kept, wanted, now, lock=True)
        if not isinstance(plan, Planned):
            return plan
        if plan.is_for_two and not wanted.second:
            approvals.ask(tx, _approval(plan, wanted, now))
            return (_for_two(plan),)
        answered = Answered(
            partner_id=detail.order.partner_id,
            receipt_id=detail.order.receipt_id,
            effects=plan.effects,
            settles=False,
        )
        carry_out(tx, [answered], now, db.payloads)
        actions.note_done(tx, what, wanted.key, kept.order.id, now)
    log.info("order.released", order=detail.order.id, as_=wanted.as_, by=wanted.by)
    return ()


def planned(
    tx: Transaction,
    kept: Kept,
    wanted: Released,
    now: datetime,
    *,
    lock: bool = False,
) -> Planned | tuple[Finding, ...]:
    """What the release would do by today's contracts and stock, or why it cannot."""
    kept, checked, there = checked_now(tx, kept, now, lock=lock)
    done = release(kept, wanted, checked, now, there=there)
    against = tuple(one for one in done if isinstance(one, Finding))
    if against:
        return against
    stake, is_for_two = at_stake(kept, wanted, checked)
    return Planned(
        kept=kept,
        effects=tuple(one for one in done if not isinstance(one, Finding)),
        stake=Money(stake, kept.order.currency),
        is_for_two=is_for_two,
    )


def checked_now(
    tx: Transaction, kept: Kept, now: datetime, *, lock: bool
) -> tuple[Kept, Checked, There]:
    """An order against today's contracts, stock and blankets, and what it drew."""
    order, profile = kept.order, kept.profile
    by_stock = profile.policy.promise == "stock" and not order.is_blanket
    world = look_up(tx, wants_of(order, profile, stock=by_stock), now, lock=lock)
    checked = check(order, world.prices.get(profile.id, Prices()), profile, now)
    if by_stock:
        left = world.stock
        checked = serve(order, checked, lambda sku: left.get(sku, Supply()))
    mine = draws.of(tx, [order.id]).get(order.id, ())
    checked = covered(order, checked, profile, world.there, now, mine)
    return replace(kept, drawn=mine), checked, world.there


def preview_release(
    db: Database, rules: Rules, order_id: str, wanted: Released, now: datetime
) -> Planned | tuple[Finding, ...]:
    """What ``release_order`` would do of an order now; nothing is kept."""
    with db.read() as tx:
        detail = order_page.order(tx, order_id)
        if detail is None:
            return (Finding.of("API-011", f"there is no order {order_id}"),)
        kept = as_kept(detail, rules)
        return (kept,) if isinstance(kept, Finding) else planned(tx, kept, wanted, now)


def confirm(
    db: Database, rules: Rules, order_id: str, by: str, now: datetime
) -> tuple[Finding, ...]:
    """Confirm as a second person what another one decided; what speaks against it."""
    one = _asked(db, order_id)
    if isinstance(one, Finding):
        return (one,)
    if one.by == by:
        what = f"{by} asked for it: somebody else has to confirm it"
        return (Finding.of("CHG-006", what),)
    wanted = Released(
        as_=_as(one.as_),
        lines=one.lines,
        reason=one.reason,
        by=one.by,
        second=by,
        version=one.version,
    )
    return release_order(db, rules, order_id, wanted, now)


def take_back(
    db: Database, order_id: str, by: str, reason: str, now: datetime
) -> tuple[Finding, ...]:
    """Refuse to confirm it, or take it back; what speaks against it."""
    one = _asked(db, order_id)
    if isinstance(one, Finding):
        return (one,)
    with db.begin() as tx:
        approvals.refuse(tx, one, now, by=by, reason=reason)
    return ()


def _asked(db: Database, order_id: str) -> Approval | Finding:
    with db.read() as tx:
        detail = order_page.order(tx, order_id)
        partner = detail.order.partner_id if detail else ""
        found = approvals.of_order(tx, partner, order_id)
    if found is None:
        return Finding.of("CHG-001", f"nothing of {order_id} waits to be confirmed")
    return found


def _approval(plan: Planned, wanted: Released, now: datetime) -> Approval:
    kept = plan.kept
    return Approval(
        partner_id=kept.profile.id,
        order_id=kept.order.id,
        version=kept.version,
        as_=wanted.as_,
        lines=tuple(wanted.lines),
        reason=wanted.reason,
        by=wanted.by,
        asked_at=now,
        stake=plan.stake,
    )


def _for_two(plan: Planned) -> Finding:
    limit = plan.kept.profile.policy.approval_above
    what = f"{plan.stake} are more than {limit}, which one may decide"
    return Finding.of("CHG-005", what, value=plan.kept.order.po_number)


def _as(text: str) -> As:
    assert text in ("accept", "change", "reject"), text
    return text  # type: ignore[return-value]  # one of these three
