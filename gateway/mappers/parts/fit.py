"""Values in the lengths of a version of X12; what does not fit is noted."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import NamedTuple

from gateway.edi.events import Separators
from gateway.edi.letters import writable
from gateway.edi.x12.writer import Row, Value
from gateway.findings import Findings, Where

_EXACT = Context(prec=200)
_LONGEST_GOOD, _MOST_GOOD = 48, 4096
"""Of the identifiers that are known to be good: their length, and how many."""


class Edition(NamedTuple):
    """What differs between the versions of X12 that are written.

    ``reference`` is the longest reference (DE 127), ``text`` the segment of free text
    behind N9, its elements in front of the text, and how long a text it takes (DE 933,
    DE 1551).
    """

    reference: int
    text: tuple[str, ...]
    longest_text: int


_BEFORE_5010 = Edition(30, ("MSG",), 264)
_FROM_5010 = Edition(50, ("MTX", ""), 4096)


def edition(version: str) -> Edition:
    """The edition of a GS08; what is no version is taken for 004010."""
    if version[:6] >= "005010":
        return _FROM_5010
    return _BEFORE_5010._replace(reference=50 if version[:6] >= "004030" else 30)


class Fit:
    """Makes elements of values, never longer than their maximum.

    Texts are cut, and what the interchange uses as a separator is a blank in them; a
    number, an identifier or a code that cannot be written is left out, because half of
    it would be another one. Characters that the encoding lacks are written in other
    letters, or as ``?``. All of that is noted (MAP-014).
    """

    __slots__ = ("_bad", "_blank", "_encoding", "_good", "edition", "found")

    def __init__(
        self,
        separators: Separators,
        version: str = "004010",
        encoding: str = "ascii",
    ) -> None:
        self.found = Findings()
        self._encoding = encoding
        self.edition = edition(version)
        self._bad, self._blank, self._good = _not_sent(separators.all)

    def clean(self, value: str, place: str) -> str:
        """The text without separators and control characters (X12.6: no escape)."""
        value = self._lettered(value, place)
        clean = value.translate(self._blank)
        if clean != value:
            self.cut("written with blanks for separators", value, place)
        return clean.strip()

    def _lettered(self, value: str, place: str) -> str:
        written = writable(value, self._encoding)
        if written != value:
            self.cut(f"written in the letters of {self._encoding}", value, place)
        return written

    def text(self, value: str, longest: int, place: str) -> str:
        """Free text, cut to ``longest`` characters."""
        value = self.clean(value, place)
        if len(value) <= longest:
            return value
        self.cut(f"cut to {longest} characters", value, place)
        return value[:longest].rstrip()

    def id(self, value: str, longest: int, place: str, shortest: int = 1) -> str:
        """An identifier; empty if it is too long, or shorter than ``shortest``."""
        if value in self._good and shortest <= len(value) <= longest:
            return value
        value = value.rstrip()
        if not value.isascii():
            value = self._lettered(value, place).rstrip()
        if not value:
            return value
        if self._bad(value):
            self.cut("left out, it holds a separator", value, place)
            return ""
        if shortest <= len(value) <= longest:
            if len(value) <= _LONGEST_GOOD and value.isascii():
                if len(self._good) >= _MOST_GOOD:
                    self._good.clear()
                self._good.add(value)
            return value
        self.cut(f"left out, not {shortest} to {longest} characters", value, place)
        return ""

    def is_plain(self, text: str) -> bool:
        """Whether all of it can be written: no blank, no separator, ASCII alone."""
        return text.isascii() and " " not in text and not self._bad(text)

    def reference(self, value: str, place: str) -> str:
        """A reference (DE 127); empty if it is longer than the version allows."""
        return self.id(value, self.edition.reference, place)

    def number(self, value: Decimal, digits: int, place: str) -> str:
        """A number of type R, as many digits as given; decimals are cut if needed."""
        text = plain_number(value, digits)
        if text:
            return text
        text = f"{value:f}"
        if not value.is_finite():
            self.cut("left out, no number", text, place)
            return ""
        if _digits(text) <= digits:
            return text
        if "." in text and _digits(text.rstrip("0").rstrip(".")) <= digits:
            return text.rstrip("0").rstrip(".")
        room = digits - max(value.adjusted() + 1, 1)
        if room < 0:
            self.cut(f"left out, over {digits} digits", text, place)
            return ""
        step = Decimal(1).scaleb(-room)
        short = value.quantize(step, rounding=ROUND_HALF_UP, context=_EXACT)
        self.cut(f"rounded to {digits} digits", text, place)
        rounded = f"{short:f}"
        if _digits(rounded) > digits and "." in rounded:  # 99.96 is 100.0 now
            rounded = rounded.rstrip("0").rstrip(".")
        return rounded if _digits(rounded) <= digits else ""

    def cut(self, what: str, value: str, place: str) -> None:
        """Note that a value is not in the answer as it was given (MAP-014)."""
        tag, _, element = place.partition("-")
        where = Where(segment_tag=tag, element=int(element or 0))
        self.found.add("MAP-014", f"{place} {what}", where, value)


def plain_number(value: Decimal, digits: int) -> str:
    """A number of no more than these digits, without sign and exponent; else empty."""
    text = str(value)
    if len(text) <= digits and text.replace(".", "", 1).isdigit():
        return text
    return ""


@lru_cache(maxsize=64)
def _not_sent(
    separators: str,
) -> tuple[Callable[[str], object], dict[int, str], set[str]]:
    """What finds separators and control characters, blanks for them, good texts.

    Those are identifiers and codes that were found to have none of them.
    """
    bad = (*separators, *map(chr, range(32)), "\x7f")
    pattern = re.compile(f"[{''.join(map(re.escape, bad))}]")
    return pattern.search, {ord(character): " " for character in bad}, set()


def _digits(text: str) -> int:
    """The length of a number: the sign and the point do not count (X12.6)."""
    return len(text) - text.count("-") - text.count(".")


@lru_cache(maxsize=256)
def day(value: dt.date | None) -> str:
    """CCYYMMDD, or nothing."""
    return value.isoformat().replace("-", "") if value else ""


def row(*values: Value) -> Row:
    """A segment without empty elements at its end."""
    last = len(values)
    while last > 1 and not values[last - 1]:
        last -= 1
    return values[:last]
