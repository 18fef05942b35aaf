"""How clocks were kept, partner by partner: in time, late, and what it costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.order.money import Money
from gateway.partner.sla import SlaKind
from gateway.pipeline.sla import Agreed, Level, Running, Stake, charge, total_of
from gateway.store import sla
from gateway.store.database import Database
from gateway.store.sla import Told

DAYS = 30
"""So many days are looked back, unless told otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """An amount of one currency, as text."""

    amount: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptClock:
    """How one clock of a partner was kept in a period, and how it stands now.

    ``met`` were in time, none: not counted; ``late`` were late, ``breached`` so late
    that it cost ``charged``. ``warned``, ``overdue`` and ``breaching`` run now;
    ``at_risk`` is what the overdue ones cost if they come to be breaches, ``exposure``
    what the breaching ones cost by now.
    """

    partner_id: str
    clock: str
    within: str
    met: int | None
    late: int
    breached: int
    warned: int
    overdue: int
    breaching: int
    charged: tuple[Sum, ...]
    at_risk: tuple[Sum, ...]
    exposure: tuple[Sum, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LateThing:
    """Something that runs and was told: ``id`` and ``number`` of what it is about."""

    partner_id: str
    clock: str
    id: str
    number: str
    level: str
    started_at: datetime
    due_at: datetime
    breach_at: datetime | None
    costs: tuple[Sum, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All clocks since then, and what runs now, the oldest first."""

    since: datetime
    clocks: tuple[KeptClock, ...]
    running: tuple[LateThing, ...]


def overview(
    db: Database,
    agreed: Agreed,
    now: datetime,
    *,
    since: datetime | None = None,
    partner: str | None = None,
) -> Overview:
    """How clocks were kept since then (30 days), of one partner or of all."""
    begin = since or now - timedelta(days=DAYS)
    partners = [one for one in agreed.profiles if partner in (None, one)]
    with db.read() as tx:
        told = sla.told(tx, partner=partner, since=begin)
        running = [one for one in told if not one.outcome]
        at_stake = sla.stakes(tx, [one.running for one in running])
        sent = sla.in_time(tx, partners, begin)
    costs = {
        one.running: _cost(agreed, one, at_stake[one.running], now) for one in running
    }
    by_clock: defaultdict[tuple[str, SlaKind], list[Told]] = defaultdict(list)
    for one in told:
        by_clock[one.running.partner_id, one.running.kind].append(one)
    clocks = [
        _kept(key, str(within), by_clock[key], costs, sent.get(key))
        for key, within in agreed.within().items()
        if key[0] in partners
    ]
    running.sort(key=lambda one: (one.due_at, one.running.ref))
    return Overview(
        since=begin,
        clocks=tuple(clocks),
        running=tuple(_late(one, costs[one.running]) for one in running),
    )


def _cost(agreed: Agreed, one: Told, stake: Stake, now: datetime) -> tuple[Money, ...]:
    """What it costs by now, or would if it came to be a breach."""
    profile = agreed.profiles.get(one.running.partner_id)
    if profile is None or one.level is Level.WARN:
        return ()
    late = now - one.breach_at if one.breach_at else timedelta(0)
    return charge(profile.sla.chargebacks, one.running.kind, stake, late)


def _kept(
    key: tuple[str, SlaKind],
    within: str,
    told: Iterable[Told],
    costs: dict[Running, tuple[Money, ...]],
    sent: int | None,
) -> KeptClock:
    by_level: defaultdict[Level, list[Told]] = defaultdict(list)
    late: defaultdict[Level, list[Told]] = defaultdict(list)
    for one in told:
        if not one.outcome:
            by_level[one.level].append(one)
        elif one.outcome == "late":
            late[one.level].append(one)
    overdue, breaching = by_level[Level.OVERDUE], by_level[Level.BREACH]
    over = len(late[Level.OVERDUE]) + len(late[Level.BREACH])
    return KeptClock(
        partner_id=key[0],
        clock=key[1].value,
        within=within,
        met=_met(key[1], sent, over),
        late=len(late[Level.OVERDUE]),
        breached=len(late[Level.BREACH]),
        warned=len(by_level[Level.WARN]),
        overdue=len(overdue),
        breaching=len(breaching),
        charged=_sums(each for one in late[Level.BREACH] for each in one.costs),
        at_risk=_sums(each for one in overdue for each in costs[one.running]),
        exposure=_sums(each for one in breaching for each in costs[one.running]),
    )


def _met(kind: SlaKind, sent: int | None, over: int) -> int | None:
    if kind in (SlaKind.HOLD, SlaKind.THEIR_MDN):
        return None
    return max((sent or 0) - over, 0)


def _sums(amounts: Iterable[Money]) -> tuple[Sum, ...]:
    return tuple(_plain(total_of(amounts)))


def _plain(amounts: Iterable[Money]) -> Iterator[Sum]:
    for one in amounts:
        yield Sum(amount=f"{one.amount:f}", currency=one.currency)


def _late(one: Told, costs: tuple[Money, ...]) -> LateThing:
    running = one.running
    return LateThing(
        partner_id=running.partner_id,
        clock=running.kind.value,
        id=running.ref,
        number=running.number,
        level=one.level.value,
        started_at=running.started_at,
        due_at=one.due_at,
        breach_at=one.breach_at,
        costs=tuple(_plain(costs)),
    )
