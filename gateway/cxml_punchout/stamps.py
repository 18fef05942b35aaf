"""Times as cXML writes them, and as its senders do."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from gateway.findings import Findings, Where

__all__ = ["NO_STAMP", "Stamp", "read_stamp", "write_stamp"]

_FORM = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:(?:[Tt ]|UTC)(\d\d):(\d\d)(?::(\d\d))?(?:[.,](\d+))?"
    r" ?(Z|z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
_CXML = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?!-00:00)[+-]\d\d:\d\d", re.ASCII)
_JAVA = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([A-Z][a-z]{2}) (\d\d?) "
    r"(\d\d):(\d\d):(\d\d) (?:UTC|GMT) (\d{4})",
    re.ASCII,
)
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A time as ``sent``: the instant in UTC and the day that the sender wrote.

    Of a day without a time the instant is its first, in the sender's time zone.
    """

    sent: str = ""
    at: dt.datetime | None = None
    day: dt.date | None = None


NO_STAMP = Stamp()


def read_stamp(
    text: str, found: Findings, where: Where, zone: dt.tzinfo = dt.UTC
) -> Stamp:
    """The time in any of the forms that are met; ``zone`` where it names no offset.

    CXM-004 tells one that cannot be read, CXM-005 one in another form than cXML's
    ``2026-01-31T12:00:00+01:00``.
    """
    try:
        local = _local(text, zone)
        if local is None:
            found.add("CXM-004", f"{text!r} is no time", where, text)
            return Stamp(sent=text)
        at = local.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        found.add("CXM-004", f"{text!r} is no time that there is", where, text)
        return Stamp(sent=text)
    if not _CXML.fullmatch(text):
        found.add("CXM-005", f"{text!r} was read as {write_stamp(local)}", where, text)
    return Stamp(sent=text, at=at, day=local.date())


def _local(text: str, zone: dt.tzinfo) -> dt.datetime | None:
    if match := _JAVA.fullmatch(text):
        month, *numbers = match.groups()
        day, hour, minute, second, year = map(int, numbers)
        number = _MONTHS.index(month) // 3 + 1
        return dt.datetime(year, number, day, hour, minute, second, tzinfo=dt.UTC)
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    *parts, fraction, offset = match.groups()
    year, month_, day, hour, minute, second = (int(part or 0) for part in parts)
    micro = int(f"{fraction or '':0<6.6}")
    of = _offset(offset) if offset else zone
    return dt.datetime(year, month_, day, hour, minute, second, micro, tzinfo=of)


def _offset(text: str) -> dt.tzinfo:
    if text[0] not in "+-":
        return dt.UTC
    hours, minutes = int(text[1:3]), int(text[-2:]) if len(text) > 3 else 0
    width = dt.timedelta(hours=hours, minutes=minutes)
    return dt.timezone(-width if text[0] == "-" else width)


def write_stamp(at: dt.datetime) -> str:
    """``2026-01-31T12:00:00+01:00``: no fraction, and never Z (cXML guide)."""
    text = at.replace(microsecond=0).isoformat()
    return text if at.utcoffset() is not None else f"{text}+00:00"
