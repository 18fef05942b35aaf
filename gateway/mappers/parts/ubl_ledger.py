"""Where each text of a UBL document went: a field, or the extensions."""

from __future__ import annotations

import datetime as dt
import re

from gateway.mappers.parts.xml_ledger import XmlLedger, own_text
from gateway.order.money import Money
from gateway.safexml import Element, attribute
from gateway.ubl.names import inner

__all__ = ["UblLedger"]

_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?")
_TIME = re.compile(
    r"([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_TRUE, _FALSE = ("true", "1"), ("false", "0")


class UblLedger(XmlLedger):
    """A ledger that knows the paths and the types of UBL (XML Schema's, UBL's CCTS)."""

    __slots__ = ()

    def took(self, field: str, element: Element, name: str = "") -> None:
        """A text went into a field; its attributes say whose code or unit it is."""
        super().took(field, element, name)
        for key in () if name else element.attrib:
            self.passed(element, str(key))

    def words(self, place: Element | None, path: str, field: str) -> str:
        """The text at a path."""
        return self.text(inner(place, path), field)

    def figure(self, place: Element | None, path: str, field: str) -> Money | None:
        """An amount at a path, of any sign, in the currency that it names."""
        its = inner(place, path)
        amount = self.number(its, field)
        return None if amount is None else Money(amount, attribute(its, "currencyID"))

    def on(self, place: Element | None, path: str, field: str) -> dt.date | None:
        """The day at a path, as its sender wrote it, or none with a finding."""
        its = inner(place, path)
        text = "" if its is None else own_text(its)
        if its is None or not text:
            return None
        match = _DATE.fullmatch(text)
        try:
            day = dt.date.fromisoformat(match[1] if match else "")
        except ValueError:
            self.found.add("MAP-013", f"{text[:40]!r} is no day", self.at(its), text)
            return None
        self.took(field, its)
        return day

    def at_time(
        self, place: Element | None, path: str, field: str, day: dt.date | None
    ) -> dt.datetime | None:
        """The time at a path on a day; without an offset it is in no zone, and left."""
        its = inner(place, path)
        match = None if its is None else _TIME.fullmatch(own_text(its))
        if its is None or match is None or day is None or not match[2]:
            return None
        try:
            at = dt.datetime.fromisoformat(f"{day}T{match[1]}{match[2]}")
        except ValueError:
            return None
        self.took(field, its)
        return at

    def whether(self, place: Element | None, path: str, field: str) -> bool | None:
        """True or false at a path; what is neither is MAP-013."""
        its = inner(place, path)
        text = "" if its is None else own_text(its)
        if its is None or not text:
            return None
        if text not in (*_TRUE, *_FALSE):
            what = f"{text[:40]!r} is neither true nor false"
            self.found.add("MAP-013", what, self.at(its), text)
            return None
        self.took(field, its)
        return text in _TRUE
