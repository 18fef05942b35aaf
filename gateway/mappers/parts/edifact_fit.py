"""Values in the lengths that every directory allows; what does not fit is noted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Context, Decimal

from gateway.edi.edifact.writer import Row, Value
from gateway.findings import Findings, Where

__all__ = ["EdifactFit", "day", "row"]

_EXACT = Context(prec=200)
_LINE = 70
_LINES = 5


class EdifactFit:
    """Makes components of values, never longer than their maximum.

    Texts are cut; a number, an identifier or a code that cannot be written is left out,
    because half of it would be another one. Both are noted (MAP-014).
    """

    __slots__ = ("found",)

    def __init__(self) -> None:
        self.found = Findings()

    def text(self, value: str, longest: int, place: str) -> str:
        """Free text, cut to ``longest`` characters."""
        value = " ".join(_printable(value).split())
        if len(value) <= longest:
            return value
        self.cut(f"cut to {longest} characters", value, place)
        return value[:longest].rstrip()

    def id(self, value: str, longest: int, place: str) -> str:
        """An identifier; empty if it is too long, or holds what is no text."""
        value = value.strip()
        if not value.isprintable():
            self.cut("left out, it holds what is no text", value, place)
            return ""
        if len(value) <= longest:
            return value
        self.cut(f"left out, over {longest} characters", value, place)
        return ""

    def number(self, value: Decimal, digits: int, place: str) -> Decimal | str:
        """A number of at most so many digits, decimals rounded if needed."""
        if not value.is_finite():
            self.cut("left out, no number", str(value), place)
            return ""
        value = _plain(value)
        if _digits(value) <= digits:
            return value
        room = digits - max(value.adjusted() + 1, 1)
        if room >= 0:
            step = Decimal(1).scaleb(-room)
            short = _plain(value.quantize(step, rounding=ROUND_HALF_UP, context=_EXACT))
            if _digits(short) <= digits:
                self.cut(f"rounded to {digits} digits", f"{value:f}", place)
                return short
        self.cut(f"left out, over {digits} digits", f"{value:f}", place)
        return ""

    def lines(self, value: str, place: str, most: int = 1) -> Iterator[tuple[str, ...]]:
        """A text in lines of 70 characters, five together, at most ``most`` such."""
        lines = [line for part in value.splitlines() for line in _wrapped(part)]
        if len(lines) > most * _LINES:
            self.cut(f"cut to {most * _LINES} lines", value, place)
        for n in range(0, min(len(lines), most * _LINES), _LINES):
            yield tuple(lines[n : n + _LINES])

    def cut(self, what: str, value: str, place: str) -> None:
        """Note that a value is not in the message as it was given (MAP-014)."""
        tag, _, element = place.partition("-")
        where = Where(segment_tag=tag, element=int(element or 0))
        self.found.add("MAP-014", f"{place} {what}", where, value)


def _wrapped(rest: str) -> Iterator[str]:
    rest = " ".join(_printable(rest).split())
    while len(rest) > _LINE:
        cut = rest.rfind(" ", 1, _LINE + 1)
        cut = cut if cut > 0 else _LINE
        yield rest[:cut]
        rest = rest[cut:].lstrip()
    if rest:
        yield rest


def _printable(value: str) -> str:
    """The text with blanks for control characters and the like."""
    if value.isprintable():
        return value
    return "".join(one if one.isprintable() else " " for one in value)


def _plain(value: Decimal) -> Decimal:
    """The same number without an exponent and without zeros at its end."""
    text = f"{value:f}"
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)


def _digits(value: Decimal) -> int:
    """The length of a number: the sign and the decimal mark do not count."""
    return len(f"{value:f}".translate({ord("-"): "", ord("."): ""}))


def day(value: dt.date | None) -> str:
    """CCYYMMDD, format 102, or nothing."""
    return f"{value:%Y%m%d}" if value else ""


def row(*values: Value) -> Row:
    """A segment without empty elements at its end."""
    last = len(values)
    while last > 1 and values[last - 1] in ("", ("",)):
        last -= 1
    return values[:last]
