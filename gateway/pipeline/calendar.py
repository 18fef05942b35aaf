"""Working time: which hours of which days count, and when so much of it has passed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from gateway.partner.sla import Span, WorkingTime

__all__ = ["Calendar", "moment"]

_DAY = timedelta(days=1)
_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def moment(day: date, clock: time, zone: tzinfo, fold: int = 0) -> datetime:
    """When it is this time of day there, in UTC.

    Of a time that comes twice in autumn ``fold`` tells the second; one that the clock
    skips in spring comes as much later.
    """
    local = datetime.combine(day, clock, zone).replace(fold=fold)
    found = local.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        return local.replace(fold=0).astimezone(UTC)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The working time of a partner, in their time zone.

    ``weekdays`` count from Monday, 0. ``closes`` none: at the end of the day.
    """

    zone: tzinfo = UTC
    weekdays: frozenset[int] = frozenset(range(5))
    opens: time = time(9)
    closes: time | None = time(17)
    cut_off: time | None = None
    holidays: frozenset[date] = frozenset()

    @classmethod
    def of(cls, agreed: WorkingTime, zone: tzinfo) -> Calendar:
        """What a profile says, in the zone that it names."""
        closes, cut_off = agreed.hours.to, agreed.cut_off
        return cls(
            zone=zone,
            weekdays=frozenset(_NAMES.index(day) for day in agreed.days),
            opens=time.fromisoformat(agreed.hours.from_),
            closes=None if closes == "00:00" else time.fromisoformat(closes),
            cut_off=time.fromisoformat(cut_off) if cut_off else None,
            holidays=frozenset(agreed.holidays),
        )

    def due(self, start: datetime, span: Span) -> datetime:
        """When a span that begins then is over.

        Plain spans pass by night and on holidays too. Working days end with their
        hours; the day of the start is not counted.
        """
        if not span.working:
            return start + span.length
        begin = self.counted(start)
        if span.unit != "d":
            return self.after(begin, span.length)
        windows = self._windows(begin)
        closes = begin
        for _ in range(span.count + 1):
            _, closes = next(windows)
        return closes

    def part(self, start: datetime, span: Span, percent: int) -> datetime:
        """When so much of a span has passed, in the time that counts for it."""
        if not span.working:
            return start + span.length * percent / 100
        begin = self.counted(start)
        whole = self.open_time(begin, self.due(start, span))
        return self.after(begin, whole * percent / 100)

    def counted(self, start: datetime) -> datetime:
        """When working time begins to pass for what comes then."""
        here = start.astimezone(self.zone)
        late = self.cut_off is not None and here.time() > self.cut_off
        if late and self._is_working(here.date()):
            next_day = moment(here.date() + _DAY, time(), self.zone)
            return self.after(next_day, timedelta(0))
        return self.after(start, timedelta(0))

    def after(self, start: datetime, length: timedelta) -> datetime:
        """When so much working time has passed since then, zero or more."""
        left = length
        for opens, closes in self._windows(start):
            begin = max(opens, start)
            if left <= closes - begin:
                return begin + left
            left -= closes - begin
        raise AssertionError("there are always further working days")

    def open_time(self, start: datetime, end: datetime) -> timedelta:
        """How much working time lies between two moments."""
        found = timedelta(0)
        for opens, closes in self._windows(start):
            if opens >= end:
                break
            found += min(closes, end) - max(opens, start)
        return found

    def _windows(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The hours of working days that end after then, in UTC."""
        day = start.astimezone(self.zone).date()
        while True:
            if self._is_working(day):
                opens = moment(day, self.opens, self.zone)
                last, clock = (
                    (day, self.closes) if self.closes else (day + _DAY, time())
                )
                closes = moment(last, clock, self.zone, fold=bool(self.closes))
                if closes > max(opens, start):
                    yield opens, closes
            day += _DAY

    def _is_working(self, day: date) -> bool:
        return day.weekday() in self.weekdays and day not in self.holidays
