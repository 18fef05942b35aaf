"""What an import yields, and how catalog texts become numbers and days."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from gateway.catalog.model import Contract, Item
from gateway.findings import Finding, Severity

_GROUPED = re.compile(r"(\d{1,3}([.]\d{3})*|\d{1,15})[.]\d{1,18}")
_DECIMAL = re.compile(r"\d{1,18}(?:\.\d{1,18})?|\.\d{1,18}")
_FRACTION = re.compile(r"(\d{1,18})\s*/\s*(\d{1,18})")
_BASES = frozenset({"1", "10", "100", "1000", "10000", "100000"})


@dataclass(frozen=True, slots=True)
class Import:
    """A catalog as read: its contracts and items, or what is wrong with it.

    A finding that rejects means that nothing should be taken over; warnings do not.
    """

    contracts: tuple[Contract, ...] = ()
    items: tuple[Item, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether no finding rejects."""
        return all(each.severity is not Severity.REJECT for each in self.findings)


@dataclass(slots=True)
class Fields:
    """The texts of one row or object, read one by one; faults are noted, not raised."""

    texts: dict[str, str]
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    wrong: list[tuple[str, str, str]] = field(default_factory=list)

    def text(self, name: str) -> str:
        """A text as it stands, empty when it is not there."""
        return self.texts.get(name, "")

    def needed(self, name: str) -> str:
        """A text that has to be there."""
        value = self.texts.get(name, "")
        if not value:
            self.note(name, "", "is empty; fill it in")
        return value

    def list(self, name: str) -> tuple[str, ...]:
        """Texts of a list, or of one text separated by ``|``."""
        if name in self.lists:
            return self.lists[name]
        value = self.texts.get(name)
        if not value:
            return ()
        return tuple(part for each in value.split("|") if (part := each.strip()))

    def decimal(self, name: str) -> Decimal | None:
        """A decimal of zero or more, with a point: 12.50."""
        value = self.texts.get(name)
        if not value:
            return None
        if _DECIMAL.fullmatch(value):
            return Decimal(value)
        self.note(name, value, f"is no number; write it as {_meant(value)}")
        return None

    def above_zero(self, name: str) -> Decimal | None:
        """A decimal above zero."""
        value = self.decimal(name)
        if value == 0:
            self.note(name, "0", "is not above zero; leave it empty for no limit")
            return None
        return value

    def factor(self, name: str) -> Fraction | None:
        """An exact factor above zero: 24, 0.5 or 1/7."""
        value = self.texts.get(name)
        if not value:
            return None
        parts = _FRACTION.fullmatch(value)
        if parts and int(parts[1]) and int(parts[2]):
            return Fraction(int(parts[1]), int(parts[2]))
        if not parts and _DECIMAL.fullmatch(value) and Decimal(value):
            return Fraction(value)
        self.note(name, value, "is no factor; write it as 24, 0.5 or 1/7")
        return None

    def basis(self, name: str) -> Decimal:
        """What a price is for: 1, 10, 100, 1000 ...; 1 when nothing is said."""
        value = self.texts.get(name) or "1"
        if value in _BASES:
            return Decimal(value)
        self.note(name, value, "is no price basis; write 1, 10, 100 or 1000")
        return Decimal(1)

    def day(self, name: str) -> dt.date | None:
        """A date as 2026-01-31."""
        value = self.texts.get(name)
        if not value:
            return None
        try:
            if len(value) == 10:
                return dt.date.fromisoformat(value)
        except ValueError:
            pass
        self.note(name, value, "is no date; write it as 2026-01-31")
        return None

    def whole(self, name: str, highest: int) -> int | None:
        """A whole number from 0 to ``highest``."""
        value = self.texts.get(name)
        if not value:
            return None
        if value.isascii() and value.isdigit() and len(value) < 10:
            number = int(value)
            if number <= highest:
                return number
        self.note(name, value, f"is not a whole number from 0 to {highest}")
        return None

    def choice(self, name: str, known: Iterable[str], default: str) -> str:
        """One of the known words."""
        value = self.texts.get(name) or default
        words = list(known)
        if value.lower() in words:
            return value.lower()
        self.note(name, value, "is not known; write " + " or ".join(words))
        return default

    def note(self, name: str, value: str, what: str) -> None:
        """Note a fault of one field."""
        self.wrong.append((name, value, what))


def nearest(name: str, known: Iterable[str]) -> str:
    """The hint for a name nobody knows: the nearest known one, if one is near."""
    near = difflib.get_close_matches(name.lower(), list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""


def _meant(value: str) -> str:
    """The number as we read it, where it has a comma; else an example.

    The last of its points and commas is that of the decimals, 1.234,50 and 1,234.50,
    unless it stands there twice: 1,234,567. One before three digits may be either.
    """
    points = value.replace(",", ".")
    whole, _, decimals = points.rpartition(".")
    if "," not in value or not _GROUPED.fullmatch(points):
        return "12.50"
    if value.count(",") > 1 and "." not in value:
        return points.replace(".", "")
    plain = f"{whole.replace('.', '')}.{decimals}"
    either = len(decimals) == 3 and len(whole) <= 3 and whole != "0"
    return f"{plain} or {whole}{decimals}" if either else plain
