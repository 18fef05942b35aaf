"""Where each text and attribute of an XML document went: a field, or the extensions."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar, Self

from gateway.findings import Findings, Where
from gateway.order.party import Extension
from gateway.safexml import Element, attribute, local_name

__all__ = ["XmlLedger", "own_text"]

_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})")
_LANGUAGE = "xml:lang"


class XmlLedger:
    """Takes values out of the elements below ``base`` and keeps book of them.

    What is taken has its place noted in ``provenance`` under the field it went to:
    ``ItemOut[2]/@quantity``; ``left_over`` gives the rest, so that nothing a partner
    sent is lost. ``path`` is that of ``base``.
    """

    __slots__ = ("_base", "_path", "_taken", "found", "provenance")
    named_by: ClassVar[tuple[str, ...]] = ()
    """Attributes that tell which of several elements of one name it is."""

    def __init__(self, found: Findings, base: Element, path: str) -> None:
        self.found = found
        self.provenance: dict[str, str] = {}
        self._base, self._path = base, path
        self._taken: set[tuple[Element, str]] = set()

    def below(self, base: Element, path: str) -> Self:
        """A ledger of an element inside, with its own provenance and the same book."""
        made = self._same(base, path)
        made._taken = self._taken
        return made

    def _same(self, base: Element, path: str) -> Self:
        return type(self)(self.found, base, path)

    def at(self, element: Element, name: str = "") -> Where:
        """The place of an element, or of an attribute of it."""
        return Where(path=self._place(element, name))

    def took(self, field: str, element: Element, name: str = "") -> None:
        """A text, or the attribute of that name, went into a field."""
        self.passed(element, name)
        self.noted(field, element, name)

    def noted(self, field: str, element: Element, name: str = "") -> None:
        """A field has its value from here, and what was sent says more than it."""
        place = self._place(element, name)
        known = self.provenance.get(field)
        self.provenance[field] = place if known is None else f"{known}, {place}"

    def passed(self, element: Element | None, name: str = "") -> None:
        """What is said in full by another field, or means nothing by itself."""
        if element is not None:
            self._taken.add((element, name))

    def hidden(self, element: Element) -> None:
        """Nothing of the element and of what is in it is kept."""
        for one in element.iter():
            self._taken.add((one, ""))
            self._taken.update((one, str(name)) for name in one.attrib)

    def text(self, element: Element | None, field: str) -> str:
        """An element's own text without blanks around it."""
        if element is None:
            return ""
        value = own_text(element)
        if value:
            self.took(field, element)
        return value

    def attribute(self, element: Element | None, name: str, field: str) -> str:
        """An attribute without blanks around it."""
        if element is None:
            return ""
        value = attribute(element, name)
        if value:
            self.took(field, element, name)
        return value

    def number(
        self, element: Element | None, field: str, name: str = ""
    ) -> Decimal | None:
        """A number from a text or an attribute, or none with a finding (MAP-013)."""
        if element is None:
            return None
        text = attribute(element, name) if name else own_text(element)
        if not text:
            return None
        if _NUMBER.fullmatch(text) is None:
            where = self.at(element, name)
            self.found.add("MAP-013", f"{text!r} is no number", where, text)
            return None
        self.took(field, element, name)
        return Decimal(text)

    def amount(
        self, element: Element | None, field: str, name: str = ""
    ) -> Decimal | None:
        """A number that is not below zero, or none with a finding (MAP-012)."""
        if element is None:
            return None
        text = attribute(element, name) if name else own_text(element)
        if text.startswith("-") and _NUMBER.fullmatch(text) and Decimal(text) < 0:
            where = self.at(element, name)
            self.found.add("MAP-012", f"{text!r} is below zero", where, text)
            return None
        return self.number(element, field, name)

    def spanned(
        self, element: Element | None, start: dt.date | None, end: dt.date | None
    ) -> None:
        """A span of days that ends before it begins leaves no day (MAP-018)."""
        if element is not None and start and end and end < start:
            what = f"it ends on {end}, and begins on {start}"
            self.found.add("MAP-018", what, self.at(element))

    def whole(self, element: Element | None, field: str, name: str = "") -> int | None:
        """A whole number such as days, from a text or an attribute (MAP-013)."""
        number = self.number(element, field, name)
        if number is None or element is None:
            return None
        if number < 0 or number != number.to_integral_value():
            text = attribute(element, name) if name else own_text(element)
            where = self.at(element, name)
            self.found.add("MAP-013", f"{text!r} is no whole number", where, text)
            return None
        return int(number)

    def left_over(self, without: str = "") -> tuple[Extension, ...]:
        """All texts and attributes below the base that no field took.

        Elements of the name ``without`` in the base are not looked into.
        """
        return tuple(self._left(self._base, self._path, without))

    def _left(
        self, element: Element, path: str, without: str = ""
    ) -> Iterator[Extension]:
        said = self._which(element)[0]
        for key, value in element.attrib.items():
            name = _short(str(key))
            is_told = (element, name) in self._taken or name in (said, _LANGUAGE)
            if str(value).strip() and not is_told:
                yield Extension(path=f"{path}/@{name}", value=str(value))
        text = own_text(element)
        if text and (element, "") not in self._taken:
            yield Extension(path=path, value=text)
        counts: dict[str, int] = {}
        for inner in element:
            if without and local_name(inner) == without:
                continue
            step = self._step(inner)
            counts[step] = counts.get(step, 0) + 1
            again = f"[{counts[step]}]" if counts[step] > 1 else ""
            yield from self._left(inner, f"{path}/{step}{again}")

    def _place(self, element: Element, name: str) -> str:
        steps = list[str]()
        one: Element | None = element
        while one is not None and one is not self._base:
            above = one.getparent()
            step = self._step(one)
            if above is not None:
                alike = [
                    it for it in above.iterchildren(one.tag) if self._step(it) == step
                ]
                number = alike.index(one) + 1
                step += f"[{number}]" if number > 1 else ""
            steps.append(step)
            one = above
        path = "/".join((self._path, *reversed(steps)))
        return f"{path}/@{name}" if name else path

    def _step(self, element: Element) -> str:
        """``Contact(buyer)``: the name, and which of several it is."""
        name, which = local_name(element), self._which(element)[1]
        return f"{name}({which})" if which else name

    def _which(self, element: Element) -> tuple[str, str]:
        """The attribute that tells elements of one name apart, and what it says."""
        for name in self.named_by:
            if said := attribute(element, name):
                return name, said
        return "", ""


def own_text(element: Element) -> str:
    """The element's text without that of the elements in it."""
    text = element.text or ""
    for inner in element:
        text += inner.tail or ""
    return str(text).strip()


def _short(name: str) -> str:
    return _LANGUAGE if name.endswith("}lang") else name
