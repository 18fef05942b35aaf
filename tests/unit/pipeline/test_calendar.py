"""Working time by example: nights, weekends, holidays, cut-offs, clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from gateway.partner.sla import Span
from gateway.pipeline.calendar import Calendar

CHICAGO = Calendar(
    zone=ZoneInfo("America/Chicago"),
    opens=time(8),
    closes=time(17),
    cut_off=time(14),
    holidays=frozenset({date(2026, 11, 26)}),
)


def there(text: str) -> datetime:
    """A moment by Chicago's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=CHICAGO.zone).astimezone(UTC)


# 2026-11-20 is a Friday, the 26th (Thursday) is a holiday.
@pytest.mark.parametrize(
    ("start", "span", "due"),
    [
        ("2026-11-20T10:00", Span(24, "h"), "2026-11-21T10:00"),
        ("2026-11-20T10:00", Span(30, "min"), "2026-11-20T10:30"),
        ("2026-11-20T10:00", Span(4, "h", True), "2026-11-20T14:00"),
        ("2026-11-20T13:00", Span(6, "h", True), "2026-11-23T10:00"),
        ("2026-11-20T05:00", Span(1, "h", True), "2026-11-20T09:00"),
        ("2026-11-20T14:30", Span(1, "h", True), "2026-11-23T09:00"),
        ("2026-11-21T12:00", Span(1, "h", True), "2026-11-23T09:00"),
        ("2026-11-20T10:00", Span(1, "d", True), "2026-11-23T17:00"),
        ("2026-11-20T14:30", Span(1, "d", True), "2026-11-24T17:00"),
        ("2026-11-24T10:00", Span(2, "d", True), "2026-11-27T17:00"),
        ("2026-11-25T10:00", Span(1, "d", True), "2026-11-27T17:00"),
    ],
)
def test_a_span_ends_by_the_calendar(start: str, span: Span, due: str):
    assert CHICAGO.due(there(start), span) == there(due)


def test_a_day_whose_clock_is_put_back_has_an_hour_more():
    nights = Calendar(
        zone=ZoneInfo("America/Chicago"),
        weekdays=frozenset(range(7)),
        opens=time(0),
        closes=None,
    )
    start = there("2026-11-01T00:00")
    assert (
        nights.open_time(start, there("2026-11-02T00:00")).total_seconds() == 25 * 3600
    )
    assert nights.due(start, Span(25, "h", True)) == there("2026-11-02T00:00")


def test_an_opening_that_the_clock_skips_comes_an_hour_later():
    early = Calendar(
        zone=ZoneInfo("America/Chicago"),
        weekdays=frozenset({6}),
        opens=time(2, 30),
        closes=time(5),
    )
    start = datetime(2026, 3, 8, tzinfo=UTC)
    assert early.due(start, Span(30, "min", True)) == there("2026-03-08T04:00")


def test_three_quarters_of_a_working_day_are_counted_in_working_hours():
    start = there("2026-11-20T08:00")
    assert CHICAGO.part(start, Span(4, "h", True), 75) == there("2026-11-20T11:00")
    assert CHICAGO.part(start, Span(1, "d", True), 50) == there("2026-11-20T17:00")
