"""Working time: monotone, additive, never in a closed hour, whatever the clock does."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from gateway.partner.sla import Span
from gateway.pipeline.calendar import Calendar

ZONES = ("UTC", "America/Chicago", "Europe/Paris", "Asia/Kathmandu", "Pacific/Apia")
MINUTE = timedelta(minutes=1)
moments = st.integers(0, 1_000_000).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + minutes * MINUTE
)
lengths = st.integers(1, 20_000).map(lambda minutes: minutes * MINUTE)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    opens, closes = sorted(
        draw(st.lists(st.times(), min_size=2, max_size=2, unique=True))
    )
    days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
    return Calendar(
        zone=ZoneInfo(draw(st.sampled_from(ZONES))),
        weekdays=draw(st.frozensets(st.integers(0, 6), min_size=1)),
        opens=opens.replace(minute=0, second=0, microsecond=0),
        closes=draw(st.sampled_from([None, closes.replace(hour=23)])),
        cut_off=draw(st.none() | st.times()),
        holidays=draw(st.frozensets(days, max_size=20)),
    )


def is_open(calendar: Calendar, moment: datetime) -> bool:
    """Whether it is a working hour, or the end of one."""
    for at in (moment, moment - timedelta(microseconds=1)):
        here = at.astimezone(calendar.zone)
        works = here.weekday() in calendar.weekdays
        closes = calendar.closes or time.max
        inside = calendar.opens <= here.time() <= closes
        if works and here.date() not in calendar.holidays and inside:
            return True
    return False


@given(calendars(), moments, lengths)
def test_what_is_due_in_working_time_is_due_in_a_working_hour(
    calendar: Calendar, start: datetime, length: timedelta
):
    assert is_open(calendar, calendar.after(start, length))


@given(calendars(), moments, lengths, lengths)
def test_two_spans_one_after_the_other_are_their_sum(
    calendar: Calendar, start: datetime, first: timedelta, second: timedelta
):
    whole = calendar.after(start, first + second)
    assert calendar.after(calendar.after(start, first), second) == whole


@given(calendars(), moments, lengths)
def test_so_much_working_time_has_passed_when_it_is_due(
    calendar: Calendar, start: datetime, length: timedelta
):
    assert calendar.open_time(start, calendar.after(start, length)) == length


@given(calendars(), moments, lengths, lengths)
def test_who_begins_later_or_has_longer_is_not_due_sooner(
    calendar: Calendar, start: datetime, length: timedelta, more: timedelta
):
    due = calendar.after(start, length)
    assert due >= start + length
    assert calendar.after(start, length + more) > due
    assert calendar.after(start + more, length) >= due


@given(
    calendars(),
    moments,
    st.builds(
        Span, st.integers(1, 30), st.sampled_from(["min", "h", "d"]), st.booleans()
    ),
)
def test_a_part_of_a_span_is_over_before_the_whole(
    calendar: Calendar, start: datetime, span: Span
):
    due = calendar.due(start, span)
    assert start <= calendar.part(start, span, 75) <= due
    assert calendar.due(start, span) >= start + span.length
