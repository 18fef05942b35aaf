"""Times in all the forms that are met."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cxml_punchout.stamps import Stamp, read_stamp, write_stamp
from gateway.findings import Findings, Where

BERLIN = dt.timezone(dt.timedelta(hours=1))
HERE = Where(path="cXML/@timestamp")
FIRST = dt.datetime(1, 1, 2)  # noqa: DTZ001  hypothesis adds the zone
NOON = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)


def told(text: str, zone: dt.tzinfo = BERLIN) -> tuple[Stamp, list[str]]:
    found = Findings()
    return read_stamp(text, found, HERE, zone), [one.code for one in found]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("2026-01-31T12:00:00+00:00", []),
        ("2026-01-31T13:00:00+01:00", []),
        ("2026-01-31T04:00:00-08:00", []),
        ("2026-01-31T12:00:00Z", ["CXM-005"]),
        ("2026-01-31T12:00:00-00:00", ["CXM-005"]),
        ("2026-01-31T12:00:00+0000", ["CXM-005"]),
        ("2026-01-31T12:00:00+00", ["CXM-005"]),
        ("2026-01-31T13:00:00", ["CXM-005"]),
        ("2026-01-31 13:00", ["CXM-005"]),
        ("2026-01-31T12:00:00.000000000Z", ["CXM-005"]),
        ("2026-01-31UTC12:00:00+00:00", ["CXM-005"]),
        ("2026-01-31T12:00:00 GMT", ["CXM-005"]),
        ("Sat Jan 31 12:00:00 UTC 2026", ["CXM-005"]),
    ],
)
def test_a_time_is_read_in_each_form(text: str, codes: list[str]):
    stamp, found = told(text)
    assert (stamp.at, stamp.day, found) == (NOON, dt.date(2026, 1, 31), codes)


def test_of_a_day_alone_the_instant_is_its_first_in_the_zone():
    stamp, found = told("2026-01-31")
    assert stamp.at == dt.datetime(2026, 1, 30, 23, tzinfo=dt.UTC)
    assert (stamp.day, found) == (dt.date(2026, 1, 31), ["CXM-005"])


def test_a_fraction_is_kept():
    stamp, _ = told("2026-01-31T12:00:00.25+00:00")
    assert stamp.at == NOON.replace(microsecond=250_000)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "invalid",
        "2026-02-30T12:00:00+00:00",
        "2026-01-31T25:00:00+00:00",
        "2026-01-31T12:00:00+25:00",
        "0001-01-01T00:00:00+10:00",
        "٢٠٢٦-01-31",
        "Sat Foo 31 12:00:00 UTC 2026",
    ],
)
def test_what_is_no_time_is_told(text: str):
    stamp, found = told(text)
    assert (stamp, found) == (Stamp(sent=text), ["CXM-004"])


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_a_finding(text: str):
    stamp, found = told(text)
    assert stamp.at is not None or found == ["CXM-004"]


@given(st.datetimes(timezones=st.just(BERLIN), min_value=FIRST))
def test_what_is_written_is_read_without_a_finding(at: dt.datetime):
    stamp, found = told(write_stamp(at), dt.UTC)
    assert (stamp.at, found) == (at.replace(microsecond=0), [])


def test_an_instant_without_a_zone_is_written_as_utc():
    assert write_stamp(dt.datetime(2026, 1, 31)) == "2026-01-31T00:00:00+00:00"  # noqa: DTZ001
