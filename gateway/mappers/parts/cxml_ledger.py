"""Where each text and attribute of a cXML payload went: a field, or the extensions."""

from __future__ import annotations

import datetime as dt
import re
from typing import ClassVar, Self

from gateway.cxml_punchout.stamps import Stamp, read_stamp
from gateway.findings import Findings
from gateway.mappers.parts.xml_ledger import XmlLedger
from gateway.safexml import Element, attribute

__all__ = ["CxmlLedger"]

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class CxmlLedger(XmlLedger):
    """A ledger that reads times too: those without an offset are of ``zone``."""

    __slots__ = ("_zone",)
    named_by: ClassVar[tuple[str, ...]] = ("name", "domain", "role", "type")

    def __init__(
        self, found: Findings, base: Element, path: str, zone: dt.tzinfo = dt.UTC
    ) -> None:
        super().__init__(found, base, path)
        self._zone = zone

    def _same(self, base: Element, path: str) -> Self:
        return type(self)(self.found, base, path, self._zone)

    def stamp(self, element: Element | None, name: str, field: str) -> Stamp:
        """A time from an attribute, in any form that is met; findings tell the rest."""
        text = attribute(element, name)
        if element is None or not text:
            return Stamp()
        stamp = read_stamp(text, self.found, self.at(element, name), self._zone)
        if stamp.day is not None:
            self.took(field, element, name)
        return stamp

    def day(
        self, element: Element | None, name: str, field: str, *, needed: bool = True
    ) -> dt.date | None:
        """The day of a time, as its sender wrote it; a mere day will do.

        One that is ``needed`` and cannot be read is MAP-013: no order goes on without.
        """
        text = attribute(element, name)
        if element is None or not text:
            return None
        found, where = Findings(), self.at(element, name)
        day = read_stamp(text, found, where, self._zone).day
        if day is None and needed:
            self.found.add("MAP-013", f"{text[:40]!r} is no day", where, text)
            return None
        if day is None:
            self.found.extend(found.done())
            return None
        if _DAY.fullmatch(text) is None:
            self.found.extend(found.done())
        self.took(field, element, name)
        return day
