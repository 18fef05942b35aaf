"""Clocks: when something is due, how late it is, and what that costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum

from gateway.order.model import Order
from gateway.order.money import Money, extend
from gateway.order.ship import ShipNotice
from gateway.partner.profile import Profile
from gateway.partner.sla import Chargeback, SlaClock, SlaKind, Span
from gateway.pipeline.calendar import Calendar
from gateway.pipeline.own_effects import Due

__all__ = [
    "Agreed",
    "Level",
    "Moments",
    "Running",
    "Stake",
    "charge",
    "clocks_of",
    "due_of_shipment",
    "stake_of",
    "total_of",
]

_DAY = timedelta(days=1)
_MOST_KEPT = 50_000
"""So many moments are kept in mind: working time is costly to add up."""


class Level(StrEnum):
    """How far a clock has come, the mildest first."""

    IN_TIME = "in_time"
    WARN = "warn"
    """Most of the time is over."""
    OVERDUE = "overdue"
    """It is late."""
    BREACH = "breach"
    """It is so late that it costs money."""

    @property
    def rank(self) -> int:
        """A worse level has a higher one."""
        return _RANKS[self]


_RANKS: Mapping[Level, int] = {level: n for n, level in enumerate(Level)}

_WITHIN_H: Mapping[str, tuple[SlaKind, ...]] = {
    "x12_855": (SlaKind.ORDER_ANSWER,),
    "edifact_ordrsp": (SlaKind.ORDER_ANSWER, SlaKind.CHANGE_ANSWER),
    "cxml_confirmation_request": (SlaKind.ORDER_ANSWER, SlaKind.CHANGE_ANSWER),
    "ubl_order_response": (SlaKind.ORDER_ANSWER, SlaKind.CHANGE_ANSWER),
    "x12_865": (SlaKind.CHANGE_ANSWER,),
    "x12_856": (SlaKind.SHIP_NOTICE,),
    "edifact_desadv": (SlaKind.SHIP_NOTICE,),
    "cxml_ship_notice_request": (SlaKind.SHIP_NOTICE,),
    "ubl_despatch_advice": (SlaKind.SHIP_NOTICE,),
    "x12_810": (SlaKind.INVOICE,),
    "ubl_invoice": (SlaKind.INVOICE,),
    "edifact_invoic": (SlaKind.INVOICE,),
    "cxml_invoice_detail_request": (SlaKind.INVOICE,),
}
"""Messages whose ``within_h`` in ``sends`` sets clocks, where ``sla`` has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What a clock runs for. ``ref`` is its id, ``number`` what people call it."""

    partner_id: str
    kind: SlaKind
    ref: str
    started_at: datetime
    number: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """When a clock reaches each level; ``breach_at`` none: lateness costs nothing."""

    warn_at: datetime
    due_at: datetime
    breach_at: datetime | None = None

    def level(self, at: datetime) -> Level:
        """The level then. What is done at the last moment is in time."""
        if self.breach_at is not None and at > self.breach_at:
            return Level.BREACH
        if at > self.due_at:
            return Level.OVERDUE
        return Level.WARN if at >= self.warn_at else Level.IN_TIME


def clocks_of(profile: Profile) -> Iterator[SlaClock]:
    """The clocks of a partner: those of ``sla``, and hours given with what we send."""
    yield from profile.sla.clocks
    agreed = {one.clock for one in profile.sla.clocks}
    for sends in profile.sends:
        for kind in _WITHIN_H.get(sends.message, ()):
            if sends.within_h is not None and kind not in agreed:
                agreed.add(kind)
                yield SlaClock(clock=kind, within=Span(sends.within_h, "h"))


def clock_of(profile: Profile, kind: SlaKind) -> SlaClock | None:
    """The partner's clock of this kind."""
    return next((one for one in clocks_of(profile) if one.clock is kind), None)


@dataclass(frozen=True, slots=True)
class Agreed:
    """The clocks of all partners. ``zone`` finds a time zone by its name."""

    profiles: Mapping[str, Profile]
    zone: Callable[[str], tzinfo]
    _known: dict[tuple[str, SlaKind], tuple[SlaClock, Calendar, bool]] = field(
        init=False, repr=False, default_factory=dict
    )

    _moments: dict[tuple[str, SlaKind, datetime], Moments | None] = field(
        init=False, repr=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        for id_, profile in self.profiles.items():
            clocks = list(clocks_of(profile))
            if not clocks:
                continue
            agreed = profile.sla.calendar
            calendar = Calendar.of(agreed, self.zone(agreed.zone))
            costly = {one.clock for one in profile.sla.chargebacks}
            for one in clocks:
                self._known[id_, one.clock] = (one, calendar, one.clock in costly)

    def soonest(self, kind: SlaKind) -> Mapping[str, timedelta]:
        """Partners who have this clock, and before when none of theirs warns."""
        return {
            partner_id: clock.soonest
            for (partner_id, which), (clock, _, _) in self._known.items()
            if which is kind
        }

    def within(self) -> Mapping[tuple[str, SlaKind], Span]:
        """Until when each clock of each partner is in time."""
        return {key: clock.within for key, (clock, _, _) in self._known.items()}

    def moments(
        self, partner_id: str, kind: SlaKind, started_at: datetime
    ) -> Moments | None:
        """When a clock that started then reaches each level; none: nobody asks."""
        asked = (partner_id, kind, started_at)
        if asked not in self._moments:
            if len(self._moments) >= _MOST_KEPT:
                self._moments.clear()
            self._moments[asked] = self._worked_out(*asked)
        return self._moments[asked]

    def _worked_out(
        self, partner_id: str, kind: SlaKind, started_at: datetime
    ) -> Moments | None:
        known = self._known.get((partner_id, kind))
        if known is None:
            return None
        clock, calendar, costs = known
        due_at = calendar.due(started_at, clock.within)
        breach_at = due_at if costs else None
        if clock.breach is not None:
            breach_at = max(due_at, calendar.due(started_at, clock.breach))
        return Moments(
            warn_at=calendar.part(started_at, clock.within, clock.warn_pct),
            due_at=due_at,
            breach_at=breach_at,
        )


def due_of_shipment(profile: Profile, shipment_id: str, now: datetime) -> Iterator[Due]:
    """When to look first after the ship notice and the invoice of a shipment."""
    sent = {kind for one in profile.sends for kind in _WITHIN_H.get(one.message, ())}
    for kind in (SlaKind.SHIP_NOTICE, SlaKind.INVOICE):
        clock = clock_of(profile, kind) if kind in sent else None
        if clock is not None:
            yield Due(
                partner_id=profile.id,
                kind=kind.value,
                ref=shipment_id,
                due_at=now + clock.soonest,
            )


# What it costs.


@dataclass(frozen=True, slots=True, kw_only=True)
class Stake:
    """What a breach is about: lines, packages, and what is ordered and shipped."""

    lines: int = 0
    packages: int = 0
    ordered: Money | None = None
    shipped: Money | None = None


def stake_of(orders: Iterable[Order], notice: ShipNotice | None = None) -> Stake:
    """What is at stake for orders, or for one shipment of them."""
    orders = tuple(orders)
    by_id = {order.id: order for order in orders}
    ordered = _sum(
        (order.currency, line.price.amount, line.quantity.value, line.price.basis_qty)
        for order in orders
        for line in order.lines
    )
    if notice is None:
        lines = sum(len(order.lines) for order in orders)
        return Stake(lines=lines, ordered=ordered)
    shipped = _sum(
        (order.currency, line.price.amount, each.quantity, line.price.basis_qty)
        for each in notice.lines
        if (order := by_id.get(each.order_id)) is not None
        and (line := order.line(each.line_no)) is not None
    )
    return Stake(
        lines=len({(each.order_id, each.line_no) for each in notice.lines}),
        packages=len(notice.packages),
        ordered=ordered,
        shipped=shipped,
    )


def _sum(
    parts: Iterable[tuple[str, Decimal | None, Decimal, Decimal]],
) -> Money | None:
    """The worth of lines in the currency of the first; those without a price: none."""
    found: Money | None = None
    for currency, price, quantity, basis in parts:
        if price is None or (found is not None and currency != found.currency):
            continue
        amount = extend(price, quantity, currency, basis_qty=basis)
        found = Money(amount, currency) + (found or Money(Decimal(0), currency))
    return found


def charge(
    chargebacks: Iterable[Chargeback],
    kind: SlaKind,
    stake: Stake,
    late: timedelta,
) -> tuple[Money, ...]:
    """What one breach costs that lasted so long, a sum for each currency.

    A percentage of what is in another currency than the chargeback's stays out.
    """
    return total_of(
        _amount(one, stake, late) for one in chargebacks if one.clock is kind
    )


def _amount(one: Chargeback, stake: Stake, late: timedelta) -> Money:
    value = stake.ordered if one.of == "order" else stake.shipped
    worth = value.amount if value and value.currency == one.currency else Decimal(0)
    days = max(-(-late // _DAY), 1)
    found = sum(
        (
            one.fixed or Decimal(0),
            (one.pct or Decimal(0)) * worth / 100,
            (one.per_line or Decimal(0)) * stake.lines,
            (one.per_package or Decimal(0)) * stake.packages,
            (one.per_day or Decimal(0)) * days,
        ),
        Decimal(0),
    )
    found = max(found, one.minimum or Decimal(0))
    if one.maximum is not None:
        found = min(found, one.maximum)
    return Money(found, one.currency).rounded()


def total_of(amounts: Iterable[Money]) -> tuple[Money, ...]:
    """The sum for each currency, in the order of their codes."""
    found: dict[str, Money] = {}
    for one in amounts:
        before = found.get(one.currency)
        found[one.currency] = one if before is None else before + one
    return tuple(found[currency] for currency in sorted(found))
