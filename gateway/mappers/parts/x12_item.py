"""The item of a line: the pairs of PO1 and LIN, and its descriptions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from gateway.edi.tree import LoopRead, SegmentRead
from gateway.mappers.parts.ledger import Ledger
from gateway.mappers.parts.prefer import Preference, preferred
from gateway.mappers.parts.x12 import each
from gateway.mappers.parts.x12_codes import BUYER_PART, GTIN, SUPPLIER_SKU
from gateway.order.item import Attribute, Classification, Item
from gateway.order.party import Identifier
from gateway.partner.profile import Profile

_ATTRIBUTES = {"MN": "model"}
NAMES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("gtin", GTIN),
    ("mfr_part", ("MG",)),
    ("mfr", ("MF",)),
    ("nsn", ("FS",)),
    ("revision", ("EC",)),
    ("lot", ("LT", "B8")),
)
"""Fields of an item behind our number and the buyer's, and their qualifiers."""
_PAIRS = {"PO1": (6, 24), "POC": (8, 26), "LIN": (2, 30), "SLN": (9, 27)}
"""First and last qualifier (DE 235) of the segments that hold pairs."""


class _Pair(NamedTuple):
    """A qualifier (DE 235) with its value (DE 234) and where the value stands."""

    qualifier: str
    segment: SegmentRead
    element: int


def preference(profile: Profile | None) -> Preference:
    """The guide's qualifiers, or the usual ones behind them."""
    return preferred(profile, SUPPLIER_SKU, BUYER_PART)


def item(
    ledger: Ledger, loop: LoopRead, prefer: Preference, *, required: bool = True
) -> Item:
    """The item; all pairs are kept. None where one is required gives MAP-007."""
    pairs = list(_pairs(loop))
    sent = {pair.qualifier for pair in pairs}
    names: dict[str, Any] = {}
    for name, qualifiers in (
        ("supplier_sku", prefer.sku),
        ("buyer_part", prefer.buyer_part),
        *NAMES,
    ):
        if not sent.isdisjoint(qualifiers):
            names[name] = _take(ledger, pairs, qualifiers, name)
    if not pairs and len(loop.segments) == 1 and not loop.loops:
        if required and not any(names.get(name) for name in NUMBERS):
            _nameless(ledger, loop)
        return Item(**names)
    described = _Described(ledger)
    serials = tuple(described.serials(pairs)) if pairs else ()
    if pairs:
        described.pairs(pairs)
    ids = tuple(_ids(ledger, pairs)) if pairs else ()
    described.descriptions(loop)
    if required and not ids and not any(names.get(name) for name in NUMBERS):
        _nameless(ledger, loop)
    return Item(
        **names,
        ids=ids,
        classification=tuple(described.classes),
        description=" ".join(described.texts),
        attributes=tuple(described.attributes),
        serials=serials,
    )


def _nameless(ledger: Ledger, loop: LoopRead) -> None:
    where = loop.segments[0].at(6)
    ledger.found.add("MAP-007", "the line names no item", where)


DECIDING = frozenset(("supplier_sku", "buyer_part", "gtin"))
"""Numbers that say which item is meant."""
NUMBERS = ("supplier_sku", "buyer_part", "gtin", "mfr_part", "nsn")


def _pairs(loop: LoopRead) -> Iterator[_Pair]:
    """The pairs of PO1, LIN and SLN that have a value."""
    for segment in loop.segments:
        elements = segment.elements
        first, last = _PAIRS.get(elements[0], (1, 0))
        for element in range(first, min(last, len(elements) - 2) + 1, 2):
            if elements[element + 1].rstrip():
                yield _Pair(elements[element].rstrip(), segment, element + 1)


def _take(
    ledger: Ledger, pairs: list[_Pair], qualifiers: Iterable[str], name: str
) -> str:
    """The value of the first qualifier that is there; its pair leaves the list.

    The qualifier itself is left over: a field does not say which of several it was.
    """
    for qualifier in qualifiers:
        for pair in pairs:
            if pair.qualifier == qualifier:
                pairs.remove(pair)
                value = ledger.text(pair.segment, pair.element, f"item.{name}")
                if pairs and name in DECIDING:
                    _note_other(ledger, pairs, qualifier, value)
                return value
    return ""


def _note_other(ledger: Ledger, left: list[_Pair], qualifier: str, first: str) -> None:
    """Note a second number of one kind that is another one: MAP-018."""
    for pair in left:
        other = pair.segment[pair.element].rstrip()
        if pair.qualifier == qualifier and other.casefold() != first.casefold():
            what = f"{qualifier} says {first}, then {other}"
            ledger.found.add("MAP-018", what, pair.segment.at(pair.element), other)
            return


def _ids(ledger: Ledger, pairs: list[_Pair]) -> Iterator[Identifier]:
    """Every pair that no other field took, with its qualifier as the scheme."""
    for index, (qualifier, segment, element) in enumerate(pairs):
        place = f"item.ids[{index}]"
        ledger.text(segment, element - 1, f"{place}.scheme")
        number = ledger.text(segment, element, f"{place}.id")
        yield Identifier(id=number, scheme=qualifier)


class _Described:
    """Gathers what describes an item: classes, properties, texts, serial numbers."""

    __slots__ = ("attributes", "classes", "ledger", "texts")

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.classes: list[Classification] = []
        self.attributes: list[Attribute] = []
        self.texts: list[str] = []

    def serials(self, pairs: list[_Pair]) -> Iterator[str]:
        """The serial numbers that are wanted (SN)."""
        wanted = [pair for pair in pairs if pair.qualifier == "SN"]
        for index, pair in enumerate(wanted):
            pairs.remove(pair)
            place = f"item.serials[{index}]"
            yield self.ledger.text(pair.segment, pair.element, place)

    def pairs(self, pairs: list[_Pair]) -> None:
        """The pairs that classify an item (CG) or say a property of it (MN)."""
        for pair in [p for p in pairs if p.qualifier in ("CG", *_ATTRIBUTES)]:
            pairs.remove(pair)
            qualifier, segment, element = pair
            if qualifier == "CG":
                place = f"item.classification[{len(self.classes)}].code"
                code = self.ledger.text(segment, element, place)
                self.classes.append(Classification(code=code, scheme="CG"))
            else:
                self._attribute(_ATTRIBUTES[qualifier], segment, element)

    def descriptions(self, loop: LoopRead) -> None:
        """PID: free text, a property by its characteristic, or a class by its code."""
        for pid in each(loop, "PID"):
            if pid[1] == "F" and pid[5].rstrip():
                self.ledger.qualified(pid, 1)
            if pid[5].rstrip() and pid[2] in ("", "08"):
                text = self.ledger.text(pid, 5, "item.description")
                self.texts.append(text)
            elif pid[5].rstrip():
                name = pid[2].rstrip()
                place = f"item.attributes[{len(self.attributes)}].name"
                self.ledger.text(pid, 2, place)
                self._attribute(name, pid, 5)
            if pid[4].rstrip():
                place = f"item.classification[{len(self.classes)}]"
                scheme = self.ledger.text(pid, 3, f"{place}.scheme")
                code = self.ledger.text(pid, 4, f"{place}.code")
                self.classes.append(Classification(code=code, scheme=scheme))

    def _attribute(self, name: str, segment: SegmentRead, element: int) -> None:
        place = f"item.attributes[{len(self.attributes)}].value"
        value = self.ledger.text(segment, element, place)
        self.attributes.append(Attribute(name=name, value=value))
