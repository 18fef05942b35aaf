"""Times that come again and again, by the clock of a place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


def following(cron: str, zone: str, after: datetime) -> datetime:
    """The next time of a schedule behind a moment; the year 9999 if there is none.

    A time that the clock skips in spring comes as much later. One that comes twice in
    autumn counts once, unless the schedule is for every hour.
    """
    from apscheduler.triggers.cron import CronTrigger  # noqa: PLC0415  slow to read

    trigger = CronTrigger.from_crontab(cron, timezone=zone)
    every_hour = cron.split()[1].startswith("*")
    while True:
        found = trigger.get_next_fire_time(None, after + timedelta(seconds=1))
        if found is None:
            return _NEVER
        moment: datetime = found.astimezone(UTC)
        again = moment.astimezone(found.tzinfo).fold
        if every_hour or not again:
            return moment
        after = moment
