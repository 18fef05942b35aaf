"""Files of our ERP taken in, and orders that it left without an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from gateway.catalog import Drawn, Prices, check
from gateway.config import Settings
from gateway.engine.steps import Step, nothing
from gateway.erp.documents import Confirmation, Counted, Document, OrderRef
from gateway.erp.read import (
    CONTRACTS,
    ErpFile,
    contract_faults,
    read,
    read_contracts,
)
from gateway.erp.sheet import Fault, fault
from gateway.findings import Finding
from gateway.order import from_json
from gateway.order.ack import OrderAck
from gateway.order.life import Signal, State, step
from gateway.order.model import Order
from gateway.order.read import ack_from_json
from gateway.partner.alerts import AlertKind
from gateway.pipeline.arrived import wants_of
from gateway.pipeline.decide import SIGNALS
from gateway.pipeline.effects import Alert, Decide, Effect, Refuse
from gateway.pipeline.erp_files import ErpWorld, apply, beside
from gateway.pipeline.fulfilled import Progress
from gateway.pipeline.handover import ERP_ANSWER
from gateway.pipeline.own_effects import Remark
from gateway.pipeline.release import AS_FIRST, Kept, follow_up
from gateway.pipeline.report import report
from gateway.pipeline.rules import Rules
from gateway.pipeline.world import Wants
from gateway.store import catalog, claim, draws, own, shipping, tables
from gateway.store import erp as store
from gateway.store.claim import Claimed
from gateway.store.commit import Answered, carry_out
from gateway.store.database import Database
from gateway.store.erp import KeptOrder
from gateway.store.world import look_up

log = structlog.get_logger()

CHANNEL = own.CHANNEL
"""The kind of door that files of our ERP come through."""
DOCUMENTS_AT_ONCE = 200
"""Confirmations, shipments or invoices applied in one transaction."""
COUNTS_AT_ONCE = 20_000
"""Counts of stock taken over in one transaction."""
MOST_BYTES = 64 * 1024 * 1024
"""The longest file of the ERP that is read."""


@dataclass(frozen=True, slots=True)
class _File:
    """A claimed file, read."""

    one: Claimed
    name: str
    data: bytes
    read: ErpFile

    @property
    def part(self) -> tuple[Document, ...]:
        """The documents that come next."""
        return self.read.documents[self.one.cursor :]


def take_in(
    db: Database,
    rules: Rules,
    settings: Settings,
    one: Claimed,
    clock: Callable[[], datetime],
    at: Step = nothing,
) -> None:
    """Apply one file, or its next part, in one transaction.

    Contracts are loaded beside the old ones first and switched over: a kill in between
    loads them anew.
    """
    with db.read() as tx:
        name = store.name_of(tx, one.id)
        blob = db.payloads.load(tx, [one.sha256])[one.sha256]
    if blob.size > MOST_BYTES:
        too_long = fault(0, "", "ERP-001", f"more than {MOST_BYTES} bytes")
        file = _File(one, name, b"", ErpFile("", faults=(too_long,)))
    else:
        data = b"".join(blob.chunks())
        file = _File(one, name, data, read(data, name))
    if file.read.kind == CONTRACTS:
        file = _contracts(db, rules, file, clock())
    with db.begin() as tx:
        now = clock()
        if not claim.hold(tx, [one]):
            return
        effects, cursor = _effects(tx, rules, settings, file, now)
        answered = Answered(
            partner_id=one.partner_id,
            receipt_id=one.id,
            effects=tuple(effects),
            cursor=cursor,
            came=one.came,
            internal=True,
        )
        carry_out(tx, [answered], now, db.payloads)
        at("erp.applied")
    log.info("erp.taken", receipt=one.id, kind=file.read.kind, more=cursor is not None)


def _contracts(db: Database, rules: Rules, file: _File, now: datetime) -> _File:
    """Import the contracts of a file; all of them, or none if a row is bad."""
    partner = file.one.partner_id or _partner_in(file.name, rules)
    if not partner:
        what = f"{file.name} begins with no partner's id: name it PARTNER-contracts.csv"
        wrong = [fault(0, "", "ERP-001", what)]
        return replace(file, read=ErpFile(CONTRACTS, faults=tuple(wrong)))
    imported = read_contracts(file.data, file.name, partner)
    wrong = contract_faults(imported)
    if wrong:
        refused = fault(0, "", "ERP-012", "nothing of the contracts was taken over")
        return replace(file, read=ErpFile(CONTRACTS, faults=(refused, *wrong)))
    catalog.save(db, partner, imported, now)
    return file


def _partner_in(name: str, rules: Rules) -> str:
    """The partner whose id the file's name begins with."""
    ids = [
        each
        for each in rules.directory.profiles
        if name.startswith(each) and name[len(each) :][:1] in ("-", "_", ".")
    ]
    return max(ids, key=len, default="")


def _effects(
    tx: store.Tx, rules: Rules, settings: Settings, file: _File, now: datetime
) -> tuple[list[Effect], int | None]:
    """What is done about the file, and where the next part begins."""
    one, read_, partner = file.one, file.read, file.one.partner_id
    spoiled = {"ERP-001", "ERP-012"} & {each.finding.code for each in read_.faults}
    if spoiled:
        return _refused(file, read_.faults, now), None
    before = store.applied_before(tx, partner, one.sha256, one.id)
    if before and read_.kind not in ("stock", CONTRACTS):
        what = f"the same content was applied with {before}"
        return [_remark(partner, [fault(0, "", "ERP-008", what)])], None
    whole = settings.erp_bad_rows == "refuse"
    stop = len(read_.documents) if whole else one.cursor + _at_once(file)
    part = read_.documents[one.cursor : stop]
    world = _world(tx, rules, settings, part, partner, now)
    world.came = store.first_came(tx, file.name) or one.received_at
    done = apply(part, world, partner)
    fresh = [*([] if one.cursor else read_.faults), *done.faults]
    bad = any(each.finding.severity == "reject" for each in fresh)
    if whole and bad:
        refused = fault(0, "", "ERP-012", "a row is bad, so nothing was applied")
        return _refused(file, [refused, *fresh], now), None
    effects = [*done.effects, *([_remark(partner, fresh)] if fresh else [])]
    if stop < len(read_.documents):
        return effects, stop
    every = [*store.faults_noted(tx, one.id), *fresh] if one.cursor else fresh
    worst = next((e.finding for e in every if e.finding.severity == "reject"), None)
    if worst is not None:
        alert = Alert(partner_id=partner, finding=worst, kind=AlertKind.REJECTED)
        effects.append(alert)
        effects += _laid_beside(file, every, now)
    else:
        store.note_applied(tx, partner, one.sha256, one.id, now)
    return effects, None


def _at_once(file: _File) -> int:
    first = next(iter(file.part), None)
    return COUNTS_AT_ONCE if isinstance(first, Counted) else DOCUMENTS_AT_ONCE


def _remark(partner: str, faults: Sequence[Fault]) -> Remark:
    return Remark(partner_id=partner, findings=tuple(each.finding for each in faults))


def _refused(file: _File, faults: Sequence[Fault], now: datetime) -> list[Effect]:
    """Nothing of the file is applied; it lies with the failed ones, with its report."""
    partner = file.one.partner_id
    findings = tuple(each.finding for each in faults)
    refuse = Refuse(partner_id=partner, findings=findings)
    alert = Alert(partner_id=partner, finding=findings[0], kind=AlertKind.REJECTED)
    return [refuse, alert, *_laid_beside(file, faults, now)]


def _laid_beside(file: _File, faults: Sequence[Fault], now: datetime) -> list[Effect]:
    """The file and its report; of one that is too long for a copy the report."""
    copy, report_ = beside(
        faults,
        file.data,
        partner_id=file.one.partner_id,
        name=file.name,
        receipt_id=file.one.id,
        now=now,
    )
    return [copy, report_] if file.data else [report_]


def _world(
    tx: store.Tx,
    rules: Rules,
    settings: Settings,
    part: Sequence[Document],
    fence: str,
    now: datetime,
) -> ErpWorld:
    """What these documents name, locked until the end of tx."""
    refs = {ref for document in part for ref in document.orders}
    found = store.named(tx, refs, fence)
    store.lock(tx, (one.id for one in found.values() if isinstance(one, KeptOrder)))
    found = store.named(tx, refs, fence)
    made: dict[str, Progress | str] = {}
    drawn = draws.of(tx, (o.id for o in found.values() if isinstance(o, KeptOrder)))
    orders: dict[OrderRef, Progress | str] = {}
    for ref, kept in found.items():
        if isinstance(kept, str):
            orders[ref] = kept
        else:
            mine = drawn.get(kept.id, ())
            orders[ref] = made.setdefault(kept.id, _progress(rules, kept, mine))
    progress = [one for one in made.values() if isinstance(one, Progress)]
    if any(isinstance(each, Confirmation) for each in part):
        _date(tx, progress, found.values())
    world = ErpWorld(now=now, orders=orders, rules=rules)
    if any(isinstance(each, Confirmation) for each in part):
        wants = Wants()
        for one in progress:
            wants |= wants_of(one.kept.order, one.kept.profile)
        found_there = look_up(tx, wants, now, lock=True)
        world.prices, world.there = found_there.prices, found_there.there
    partners = {one.kept.profile.id for one in progress}
    numbers = {(partner, n) for n in _numbers(part) for partner in partners}
    digests = own.numbers_used(tx, tables.shipment, numbers)
    world.shipments = shipping.known(tx, part, digests, partners, settings)
    world.shipments.rules = rules
    world.invoices = own.numbers_used(tx, tables.invoice, numbers)
    return world


def _date(
    tx: store.Tx, progress: Sequence[Progress], found: Iterable[KeptOrder | str]
) -> None:
    """Say of the orders since when each stands as it does."""
    since = store.ordered(tx, (one for one in found if isinstance(one, KeptOrder)))
    for one in progress:
        ordered = since.get(one.kept.order.id, AS_FIRST)
        one.kept = replace(one.kept, ordered=ordered)


def _numbers(part: Sequence[Document]) -> set[str]:
    notices = (getattr(each, "notice", None) for each in part)
    invoices = (getattr(each, "invoice", None) for each in part)
    return {one.number for one in (*notices, *invoices) if one is not None}


def _progress(
    rules: Rules, kept: KeptOrder, drawn: tuple[Drawn, ...]
) -> Progress | str:
    made = kept_of(rules, kept)
    if isinstance(made, Finding):
        return made.what
    made = replace(made, drawn=drawn)
    if made.order.test:
        return f"{kept.id} is a test"
    return Progress(made, dict(kept.shipped), dict(kept.billed))


def kept_of(rules: Rules, kept: KeptOrder) -> Kept | Finding:
    """An order of the store as the pipeline knows it."""
    order, ack = from_json(kept.body), ack_from_json(kept.ack)
    assert isinstance(order, Order)
    assert isinstance(ack, OrderAck)
    profile = rules.directory.profiles.get(kept.partner_id)
    if profile is None:
        what = f"partner {kept.partner_id} has no profile in force"
        return Finding.of("CFG-030", what)
    return Kept(
        order=order,
        ack=ack,
        state=State(kept.state),
        profile=profile,
        version=kept.version,
    )


# The ERP did not answer.


def overdue(
    db: Database, rules: Rules, now: datetime, limit: int, at: Step = nothing
) -> int:
    """Settle orders whose confirmation is overdue; how many deadlines had passed.

    By the partner's policy our own decision goes out, or the order is held.
    """
    with db.begin() as tx:
        late = store.due(tx, ERP_ANSWER, now, limit)
        if not late:
            return 0
        answered: list[Answered] = []
        for kept in store.orders_by_id(tx, (ref for _, ref in late)).values():
            one = kept_of(rules, kept)
            if isinstance(one, Kept) and one.state is State.RECEIVED:
                prices = look_up(tx, wants_of(one.order, one.profile), now).prices
                answered.append(
                    Answered(
                        partner_id=kept.partner_id,
                        receipt_id=kept.receipt_id,
                        effects=timed_out(one, prices, now),
                        settles=False,
                    )
                )
        carry_out(tx, answered, now, db.payloads)
        at("overdue.carried_out")
    at("overdue.committed")
    log.info("erp.overdue", orders=len(answered))
    return len(late)


def timed_out(
    kept: Kept, prices: Mapping[str, Prices], now: datetime
) -> tuple[Effect, ...]:
    """What follows when the ERP has not confirmed in time (``policy.ack_timeout``)."""
    profile, order = kept.profile, kept.order
    policy = profile.policy
    what = f"the ERP did not confirm within {policy.ack_within_h} h"
    found = Finding.of("SLA-001", what, value=order.po_number)
    sends = policy.ack_timeout == "send_ours"
    signal = SIGNALS[kept.ack.type] if sends else Signal.HOLD
    after = step(kept.state, signal)
    assert isinstance(after, State)
    checked = check(order, prices.get(profile.id, Prices()), profile, now)
    ack = kept.ack
    decide = Decide(
        partner_id=profile.id,
        order_id=order.id,
        was=kept.state,
        state=after,
        ack=ack,
        report=report(order, checked, ack, policy),
        by="deadline",
        reason=what,
        version=kept.version + 1,
    )
    alert = Alert(
        partner_id=profile.id,
        finding=found,
        order_id=order.id,
        kind=AlertKind.OVERDUE,
    )
    told = follow_up(kept, ack, after, now) if sends else ()
    return (decide, alert, *told)
