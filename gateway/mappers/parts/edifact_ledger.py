"""Where each component of an EDIFACT message went: a field, or the extensions."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import NamedTuple

from gateway.edi.edifact.segment import EdifactSegment
from gateway.edi.tree import LoopRead, SegmentRead
from gateway.mappers.parts.ledger import Book
from gateway.order.party import Extension

__all__ = ["Days", "EdifactLedger", "segments"]

_NUMBER = re.compile(r"-?(?:[0-9]{1,40}(?:[.,][0-9]{0,40})?|[.,][0-9]{1,40})")
_WIDTH, _COMPONENTS = 1 << 20, 1 << 8


class Days(NamedTuple):
    """What a date says: a day, or the days from the first to the last.

    ``whole`` tells that nothing but the days was sent: no time, no zone.
    """

    first: dt.date
    last: dt.date
    whole: bool = True


class EdifactLedger(Book):
    """Takes components out of segments of EDIFACT.

    ``left_over`` gives all that no field took.
    """

    __slots__ = ()

    def took(
        self, field: str, segment: EdifactSegment, element: int, component: int = 1
    ) -> None:
        """A component went into a field, alone or together with others."""
        self.qualified(segment, element, component)
        self.noted(field, segment, element, component)

    def noted(
        self, field: str, segment: EdifactSegment, element: int, component: int = 1
    ) -> None:
        """A field has its value from here, and what was sent says more than it."""
        place = f"{_path(segment, element, component)} (segment {segment.position})"
        known = self.provenance.get(field)
        if known is None:
            self.provenance[field] = place
        elif place not in known.split(", "):
            self.provenance[field] = f"{known}, {place}"

    def qualified(
        self, segment: EdifactSegment, element: int, component: int = 1
    ) -> None:
        """A qualifier is said in full by the field that its value went into."""
        self._taken.add(_key(segment, element, component))

    def text(
        self, segment: EdifactSegment, element: int, field: str, component: int = 1
    ) -> str:
        """A component's text without blanks around it, which mean nothing."""
        value = segment.part(element, component).strip()
        if value:
            self.took(field, segment, element, component)
        return value

    def number(
        self, segment: EdifactSegment, element: int, field: str, component: int = 1
    ) -> Decimal | None:
        """A number with either decimal mark, or none with a finding (MAP-013)."""
        text = segment.part(element, component).strip()
        if not text:
            return None
        if _NUMBER.fullmatch(text) is None:
            where = segment.at(element, component)
            self.found.add("MAP-013", f"{text!r} is no number", where, text)
            return None
        self.took(field, segment, element, component)
        return Decimal(text.replace(",", "."))

    def amount(
        self, segment: EdifactSegment, element: int, field: str, component: int = 1
    ) -> Decimal | None:
        """A number that is not below zero, or none with a finding (MAP-012)."""
        text = segment.part(element, component).strip()
        if text.startswith("-") and _NUMBER.fullmatch(text) and text.strip("-0.,"):
            where = segment.at(element, component)
            self.found.add("MAP-012", f"{text!r} is below zero", where, text)
            return None
        return self.number(segment, element, field, component)

    def whole(
        self, segment: EdifactSegment, element: int, field: str, component: int = 1
    ) -> int | None:
        """A whole number such as days or a count, or none with a finding."""
        number = self.number(segment, element, field, component)
        if number is None:
            return None
        if number != number.to_integral_value() or number < 0:
            text = segment.part(element, component).strip()
            where = segment.at(element, component)
            self.found.add("MAP-013", f"{text!r} is no whole number", where, text)
            return None
        return int(number)

    def days(self, dtm: EdifactSegment) -> Days | None:
        """C507 of DTM by its format (2379), or none with a finding; takes nothing."""
        text, form = dtm.part(1, 2).strip(), dtm.part(1, 3).strip()
        if not text:
            return None
        read = _days(text, form)
        if read is None:
            what = f"{text!r} is no date" + (f" of format {form}" if form else "")
            self.found.add("MAP-013", what, dtm.at(1, 2), text)
        return read

    def day(
        self, dtm: EdifactSegment, field: str, *, last: bool = False
    ) -> dt.date | None:
        """The day of DTM, its qualifier said by the field; ``last`` of several days.

        What says more than one day, a time for instance, stays in the extensions, too.
        """
        days = self.days(dtm)
        if days is None:
            return None
        self.qualified(dtm, 1, 1)
        if days.whole and days.first == days.last:
            self.took(field, dtm, 1, 2)
            self.qualified(dtm, 1, 3)
        else:
            self.noted(field, dtm, 1, 2)
        return days.last if last else days.first

    def left_over(self, loop: LoopRead) -> tuple[Extension, ...]:
        """Every component of the loop, and of those inside, that no field took."""
        found: list[Extension] = []
        self._gather(loop, found)
        return tuple(found)

    def _gather(self, loop: LoopRead, found: list[Extension]) -> None:
        for segment in segments(loop.segments):
            for element in range(1, len(segment.elements)):
                for n, value in enumerate(segment.components(element), 1):
                    if value and _key(segment, element, n) not in self._taken:
                        place = _path(segment, element, n)
                        path = f"{segment.loop}/{place}" if segment.loop else place
                        found.append(Extension(path=path, value=value))
        for inner in loop.loops:
            self._gather(inner, found)


def segments(read: Iterable[SegmentRead]) -> Iterable[EdifactSegment]:
    """Segments as those of EDIFACT, which the validator's tree is made of."""
    return (segment for segment in read if isinstance(segment, EdifactSegment))


def _key(segment: SegmentRead, element: int, component: int) -> int:
    return segment.position * _WIDTH + element * _COMPONENTS + component


def _path(segment: EdifactSegment, element: int, component: int) -> str:
    """``QTY-01.2``; without the component where the element has only one."""
    place = f"{segment.tag}-{element:02d}"
    sent = segment.elements[element : element + 1]
    many = component > 1 or any(segment.component in one for one in sent)
    return f"{place}.{component}" if many else place


def _date(text: str) -> dt.date:
    """Eight digits; a text that is no day is a ``ValueError``."""
    return dt.date(int(text[:4]), int(text[4:6]), int(text[6:8]))


def _one(text: str) -> Days:
    day = _date(text)
    return Days(day, day, whole=len(text) == _DAY)


def _short(text: str) -> Days:
    """Two-digit years 00 to 69 are 2000 to 2069, 70 to 99 the last century."""
    return _one(("20" if text < "70" else "19") + text)


def _month(text: str) -> Days:
    first = _date(f"{text}01")
    after = (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    return Days(first, after - dt.timedelta(days=1))


def _week(text: str) -> Days:
    first = dt.date.fromisocalendar(int(text[:4]), int(text[4:]), 1)
    return Days(first, first + dt.timedelta(days=6))


def _range(text: str) -> Days:
    plain = text.replace("-", "")
    half = len(plain) // 2
    return Days(_date(plain[:half]), _date(plain[half:]), whole=half == _DAY)


_DAY = 8
_CLOCK = "(?:[01][0-9]|2[0-3])[0-5][0-9]"
_FORMS: dict[str, tuple[re.Pattern[str], Callable[[str], Days]]] = {
    form: (re.compile(pattern), read)
    for form, pattern, read in (
        ("102", "[0-9]{8}", _one),
        ("101", "[0-9]{6}", _short),
        ("201", f"[0-9]{{6}}{_CLOCK}", _short),
        ("203", f"[0-9]{{8}}{_CLOCK}", _one),
        ("204", f"[0-9]{{8}}{_CLOCK}[0-5][0-9]", _one),
        ("610", "[0-9]{6}", _month),
        ("616", "[0-9]{6}", _week),
        ("718", "[0-9]{8}-?[0-9]{8}", _range),
        ("719", f"[0-9]{{8}}{_CLOCK}-?[0-9]{{8}}{_CLOCK}", _range),
    )
}
"""Formats of 2379 that name days."""
_ZONED = re.compile("([0-9]{12}(?:[0-9]{2})?)[A-Z+-][A-Z0-9:]{0,5}")
_GUESSED = {8: "102", 12: "203", 14: "204", 16: "718", 17: "718", 6: "101", 10: "201"}
"""What a date without a format is by its length."""


def _days(text: str, form: str) -> Days | None:
    if form in ("303", "304"):  # with a zone behind it
        parts = _ZONED.fullmatch(text)
        text, form = (parts[1] if parts else text), ("204" if form == "304" else "203")
    pattern, read = _FORMS.get(form or _GUESSED.get(len(text), ""), (None, None))
    if pattern is None or read is None or pattern.fullmatch(text) is None:
        return None
    try:
        return read(text)
    except ValueError:
        return None
