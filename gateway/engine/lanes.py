"""How the lanes of partners are used, as their profiles say it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.engine.alerting import zone
from gateway.partner import Profile
from gateway.partner.profile import Delivery, Lane
from gateway.store.lanes import Way

Known = Mapping[tuple[str, str], Lane]
"""The lanes that profiles speak of, by partner and channel."""
_DAY = timedelta(days=1)
_PLAIN = Way()


def known_lanes(profiles: Iterable[Profile]) -> Known:
    """The lanes of these profiles."""
    return {
        (profile.id, channel.id): channel
        for profile in profiles
        for channel in profile.channels
    }


def way_of(known: Known, now: datetime, partner_id: str, channel: str) -> Way:
    """How this lane is used now; one that no profile speaks of keeps the order."""
    lane = known.get((partner_id, channel))
    if lane is None:
        return _PLAIN
    delivery = lane.delivery
    return Way(
        ordered=lane.order == "kept",
        in_flight=lane.in_flight,
        per_minute=lane.per_minute,
        closed_until=opens_at(delivery, now) if delivery else None,
        batched=delivery is not None and delivery.at is not None,
    )


def opens_at(delivery: Delivery, now: datetime) -> datetime | None:
    """When the hours of delivery begin next; none: they last.

    A time of day that the clock skips in spring comes as much later; of one that comes
    twice in autumn hours begin with the first and end with the second.
    """
    if delivery.from_ is None or delivery.to is None:
        return None
    here = zone(delivery.zone)
    today = now.astimezone(here).date()
    begins: list[datetime] = []
    for day in (today - _DAY, today, today + _DAY):
        begin = _moment(day, delivery.from_, here, 0)
        until = day if delivery.from_ < delivery.to else day + _DAY
        if begin <= now < _moment(until, delivery.to, here, 1):
            return None
        begins.append(begin)
    return min((begin for begin in begins if begin > now), default=now + _DAY)


def _moment(day: date, clock: str, here: ZoneInfo, fold: int) -> datetime:
    hour, minute = (int(part) for part in clock.split(":"))
    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=here, fold=fold)
    moment = local.astimezone(UTC)
    if moment.astimezone(here).replace(tzinfo=None) != local.replace(tzinfo=None):
        moment = local.replace(fold=0).astimezone(UTC)  # the clock skips it
    return moment
