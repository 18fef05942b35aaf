"""How the lanes of partners are used, as their profiles say it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta

from gateway.engine.alerting import zone
from gateway.partner import Profile
from gateway.partner.profile import (
    As2Channel,
    CxmlChannel,
    Delivery,
    Lane,
    PushChannel,
    SftpDropChannel,
    SoapPortalChannel,
)
from gateway.pipeline.calendar import moment
from gateway.store.as2 import MDN
from gateway.store.lanes import Retry, Way
from gateway.transport.https import LONGEST_S

Known = Mapping[tuple[str, str], Lane]
"""The lanes that profiles speak of, by partner and channel."""
_DAY = timedelta(days=1)
_POSTED = (As2Channel, CxmlChannel, PushChannel, SoapPortalChannel)
_PLAIN = Way()
_MDNS = Way(ordered=False, in_flight=8)
"""Receipts that are posted later: one that fails holds no other."""


def known_lanes(profiles: Iterable[Profile]) -> Known:
    """The lanes of these profiles."""
    return {
        (profile.id, channel.id): channel
        for profile in profiles
        for channel in profile.channels
    }


def fetched_lanes(profiles: Iterable[Profile]) -> frozenset[str]:
    """The names of lanes that partners fetch from."""
    known = known_lanes(profiles).items()
    kind = SftpDropChannel
    return frozenset("/".join(key) for key, one in known if isinstance(one, kind))


def way_of(known: Known, now: datetime, partner_id: str, channel: str) -> Way:
    """How this lane is used now; one that no profile speaks of keeps the order."""
    lane = known.get((partner_id, channel))
    if lane is None:
        return _MDNS if channel == MDN else _PLAIN
    if isinstance(lane, SftpDropChannel):  # they fetch: nothing is ever sent
        return Way(closed_until=now + _DAY)
    return way(lane, now)


def way(lane: Lane, now: datetime) -> Way:
    """How this lane is used now."""
    delivery = lane.delivery
    return Way(
        ordered=lane.order == "kept",
        in_flight=lane.in_flight,
        per_minute=lane.per_minute,
        closed_until=opens_at(delivery, now) if delivery else None,
        batched=delivery is not None and delivery.at is not None,
        retry=_retry(lane),
        lease_s=LONGEST_S if isinstance(lane, _POSTED) else 0.0,
    )


def _retry(lane: Lane) -> Retry | None:
    """The pauses of AS2: 5, 10, 20, 40 ... minutes until the profile's end."""
    if isinstance(lane, As2Channel):
        return Retry(end_s=lane.times.retry_h * 3600.0)
    return None


def opens_at(delivery: Delivery, now: datetime) -> datetime | None:
    """When the hours of delivery begin next; none: they last.

    A time of day that the clock skips in spring comes as much later; of one that comes
    twice in autumn hours begin with the first and end with the second.
    """
    if delivery.from_ is None or delivery.to is None:
        return None
    here = zone(delivery.zone)
    begins_at, ends_at = map(time.fromisoformat, (delivery.from_, delivery.to))
    today = now.astimezone(here).date()
    begins: list[datetime] = []
    for day in (today - _DAY, today, today + _DAY):
        begin = moment(day, begins_at, here)
        until = day if begins_at < ends_at else day + _DAY
        if begin <= now < moment(until, ends_at, here, fold=1):
            return None
        begins.append(begin)
    return min((begin for begin in begins if begin > now), default=now + _DAY)
