"""Where each element of a message went: into a field, or into the extensions."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Context, Decimal
from typing import Self

from gateway.edi.tree import LoopRead, SegmentRead
from gateway.findings import Findings
from gateway.order.party import Extension

__all__ = ["Book", "Ledger", "date_of"]

_NUMBER = re.compile(r"-?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})")
_DAY = re.compile(r"[0-9]{6}(?:[0-9]{2})?")
_PLACE = tuple(f"-{element:02d} (segment " for element in range(64))
_WIDTH = 1 << 20
_EXACT = Context(prec=100)


class Book:
    """Takes values out of segments and keeps book of them.

    What is taken has its place noted in ``provenance`` under the field it went to; the
    rest can be told, so that nothing a partner sent is lost. A line has a ledger of its
    own that shares the book with its order's.
    """

    __slots__ = ("_taken", "found", "provenance")

    def __init__(self, found: Findings, taken: set[int] | None = None) -> None:
        self.found = found
        self.provenance: dict[str, str] = {}
        self._taken: set[int] = set() if taken is None else taken

    def line(self) -> Self:
        """A ledger with its own provenance and the same book."""
        return type(self)(self.found, self._taken)


class Ledger(Book):
    """Takes elements out of segments of X12.

    ``left_over`` gives all that no field took.
    """

    __slots__ = ()

    def took(self, field: str, segment: SegmentRead, element: int) -> None:
        """An element went into a field, alone or together with others."""
        self._taken.add(segment.position * _WIDTH + element)
        place = f"{segment.elements[0]}{_PLACE[element]}{segment.position})"
        known = self.provenance.setdefault(field, place)
        if known is not place:
            self.provenance[field] = f"{known}, {place}"

    def qualified(self, segment: SegmentRead, element: int) -> None:
        """A qualifier is said in full by the field that its value went into."""
        self._taken.add(segment.position * _WIDTH + element)

    def text(self, segment: SegmentRead, element: int, field: str) -> str:
        """An element's text without trailing blanks, which mean nothing (X12.6)."""
        elements = segment.elements
        if element >= len(elements):
            return ""
        value = elements[element].rstrip()
        if value:
            self.took(field, segment, element)
        return value

    def number(
        self, segment: SegmentRead, element: int, field: str, *, implied: int = 0
    ) -> Decimal | None:
        """A number, or none with a finding; ``implied`` decimals of an N element."""
        text = segment[element].strip()
        if not text:
            return None
        if _NUMBER.fullmatch(text) is None:
            place = segment.at(element)
            self.found.add("MAP-013", f"{text!r} is no number", place, text)
            return None
        self.took(field, segment, element)
        value = Decimal(text)
        if implied and "." not in text:
            return value.scaleb(-implied, _EXACT)
        return value

    def amount(self, segment: SegmentRead, element: int, field: str) -> Decimal | None:
        """A number that is not below zero, or none with a finding."""
        text = segment[element].strip()
        if text.startswith("-") and _NUMBER.fullmatch(text) and Decimal(text) < 0:
            self.found.add(
                "MAP-012", f"{text!r} is below zero", segment.at(element), text
            )
            return None
        return self.number(segment, element, field)

    def whole(self, segment: SegmentRead, element: int, field: str) -> int | None:
        """A whole number such as days or a count, or none with a finding."""
        text = segment[element].strip()
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= 40):
            place = segment.at(element)
            self.found.add("MAP-013", f"{text!r} is no whole number", place, text)
            return None
        self.took(field, segment, element)
        return int(text)

    def day(self, segment: SegmentRead, element: int, field: str) -> dt.date | None:
        """A date of eight digits, or of six (X12 DE 373), or none with a finding."""
        text = segment[element].strip()
        if not text:
            return None
        value = date_of(text)
        if value is None:
            place = segment.at(element)
            self.found.add("MAP-013", f"{text!r} is no date", place, text)
            return None
        self.took(field, segment, element)
        return value

    def left_over(self, loop: LoopRead) -> tuple[Extension, ...]:
        """Every element of the loop, and of those inside, that no field took."""
        found: list[Extension] = []
        self._gather(loop, found)
        return tuple(found)

    def _gather(self, loop: LoopRead, found: list[Extension]) -> None:
        taken = self._taken
        for segment in loop.segments:
            place = segment.position * _WIDTH
            for value in segment.elements:
                if value and place not in taken:
                    element = place % _WIDTH
                    if element:
                        path = segment.path(element)
                        found.append(Extension(path=path, value=value))
                place += 1
        for inner in loop.loops:
            self._gather(inner, found)


def date_of(text: str) -> dt.date | None:
    """The day; two-digit years 00 to 69 are 2000 to 2069, 70 to 99 the last century."""
    if _DAY.fullmatch(text) is None:
        return None
    if len(text) == 6:
        text = ("20" if text < "70" else "19") + text
    try:
        return dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None
