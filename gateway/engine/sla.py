"""The watch over clocks: it tells once at each level, and notes what was done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from gateway.engine.alerting import zone
from gateway.engine.lanes import fetched_lanes
from gateway.order.money import Money
from gateway.partner import Profile
from gateway.partner.sla import SlaKind
from gateway.pipeline.sla import Agreed, Level, Moments, Running, Stake, charge
from gateway.store import clocks, sla
from gateway.store.clock_parts import Asked, Ended
from gateway.store.database import Database
from gateway.store.sla import Told
from gateway.store.sql import some

log = structlog.get_logger()

LOOK = timedelta(seconds=30)
"""How often clocks are looked at; those are minutes and hours long."""

_AT_ONCE = 200
"""So many are noted in one transaction."""
_SHIPMENTS = frozenset({SlaKind.SHIP_NOTICE, SlaKind.INVOICE})


def agreed_with(profiles: Mapping[str, Profile]) -> Agreed:
    """The clocks of all partners, in their time zones."""
    return Agreed(profiles, zone)


def watch(db: Database, agreed: Agreed, now: datetime) -> int:
    """Tell what has come to another level, note what was done; how much it was.

    Any number of processes may watch: who notes a level first tells it.
    """
    with db.read() as tx:
        every = sla.told(tx)
    fetched = fetched_lanes(agreed.profiles.values())
    count = 0
    for kind in SlaKind:
        asked = Asked(kind=kind, soonest=agreed.soonest(kind), now=now, fetched=fetched)
        known = {one.running: one for one in every if one.running.kind is kind}
        if asked.soonest or known:
            count += _Watch(db, agreed, asked, known).run()
    return count


class _Watch:
    """One look at the clocks of one kind; ``known`` are those that were told."""

    def __init__(
        self,
        db: Database,
        agreed: Agreed,
        asked: Asked,
        known: Mapping[Running, Told],
    ) -> None:
        self._db = db
        self._agreed = agreed
        self._asked = asked
        self._now = asked.now
        self._known = known

    def run(self) -> int:
        """Look, and write only where there is something new."""
        kind, now, known = self._asked.kind, self._now, self._known
        dropped = [one for one in known if one.partner_id not in self._asked.soonest]
        with self._db.read() as tx:
            found = clocks.running(tx, self._asked)
            every = list(dict.fromkeys([*known, *found]))
            over = clocks.ended(tx, self._asked, every)
            over |= dict.fromkeys(dropped, Ended(now, is_void=True))
            done = [one for key, one in known.items() if key in over]
            at_stake = sla.stakes(tx, [one.running for one in done])
        risen = [one for one in every if one not in over and self._has_risen(one)]
        count = 0
        for rise in some(risen, _AT_ONCE):
            with self._db.begin() as tx:
                count += sum(self._raise(tx, one) for one in rise)
        for end in some(done, _AT_ONCE):
            with self._db.begin() as tx:
                count += sum(self._settle(tx, one, over, at_stake) for one in end)
        for look in some(found if kind in _SHIPMENTS else [], _AT_ONCE):
            with self._db.begin() as tx:
                for one in look:
                    self._look_again(tx, one, is_over=one in over)
        if count:
            log.info("sla.watched", clock=kind.value, count=count)
        return count

    def _was(self, one: Running) -> Level:
        return self._known[one].level if one in self._known else Level.IN_TIME

    def _moments(self, one: Running) -> Moments | None:
        return self._agreed.moments(one.partner_id, one.kind, one.started_at)

    def _has_risen(self, one: Running) -> bool:
        its = self._moments(one)
        return its is not None and its.level(self._now).rank > self._was(one).rank

    def _raise(self, tx: sla.Tx, one: Running) -> bool:
        its = self._moments(one)
        assert its is not None
        level = its.level(self._now)
        return sla.raise_level(tx, one, self._was(one), level, its, self._now)

    def _settle(
        self,
        tx: sla.Tx,
        one: Told,
        over: Mapping[Running, Ended],
        at_stake: Mapping[Running, Stake],
    ) -> bool:
        end = over[one.running]
        return sla.settle(tx, one, end, self._costs(one, end, at_stake), self._now)

    def _costs(
        self, one: Told, over: Ended, at_stake: Mapping[Running, Stake]
    ) -> tuple[Money, ...]:
        """What it cost, if it was a breach."""
        if one.breach_at is None or over.is_void or over.at <= one.breach_at:
            return ()
        profile = self._agreed.profiles[one.running.partner_id]
        late = over.at - one.breach_at
        stake = at_stake[one.running]
        return charge(profile.sla.chargebacks, one.running.kind, stake, late)

    def _look_again(self, tx: sla.Tx, one: Running, *, is_over: bool) -> None:
        """A shipment that is in time is looked at when it is to be warned of."""
        its = None if is_over else self._moments(one)
        in_time = its is not None and its.level(self._now) is Level.IN_TIME
        at = its.warn_at if its is not None and in_time else None
        sla.look_again(tx, one, at, self._now)
