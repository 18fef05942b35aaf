"""Product numbers as X12 has them: pairs of a qualifier and an id."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from gateway.mappers.parts.fit import Fit
from gateway.order.item import Item
from gateway.order.model import OrderLine
from gateway.order.places import Places

_MOST_PAIRS, _LONGEST = 10, 48
_STARTS = ("PO1-", "POC-")
_INDEX = re.compile(r"(\w+)(?:\[([0-9]+)\])?(?:\.(\w+))?")
_FIELDS = (
    ("VP", "supplier_sku"),
    ("BP", "buyer_part"),
    ("MG", "mfr_part"),
    ("MF", "mfr"),
    ("FS", "nsn"),
    ("EC", "revision"),
)
_NAMES = frozenset({"gtin", *(name for _, name in _FIELDS)})
_GTIN = {8: "EN", 12: "UP", 13: "EN", 14: "UK"}

Pair = tuple[str, str]
"""A qualifier (DE 235) and a product id (DE 234)."""


def fitting(fit: Fit, pairs: tuple[Pair, ...], place: str) -> list[str]:
    """The pairs as elements; one that is too long is left out."""
    fitting: list[str] = []
    for qualifier, number in pairs[:_MOST_PAIRS]:
        value = fit.id(number, _LONGEST, place)
        if value and fit.id(qualifier, 2, place, 2):
            fitting += (qualifier, value)
    return fitting


def all_fit(pairs: tuple[Pair, ...]) -> bool:
    """Whether none of them is too long or too short, nor too many."""
    if len(pairs) > _MOST_PAIRS:
        return False
    for code, number in pairs:  # half the cost of ``all``
        if len(code) != 2 or not 0 < len(number) <= _LONGEST:
            return False
    return True


def pairs_of(item: Item) -> tuple[Pair, ...]:
    """The pairs of an item of ours: our number, theirs, GTIN, the maker's."""
    found = [(code, getattr(item, name)) for code, name in _FIELDS]
    found.insert(2, (_GTIN.get(len(item.gtin), "UP"), item.gtin))
    return tuple((code, value) for code, value in found if value)


def pairs_sent(line: OrderLine) -> tuple[Pair, ...]:
    """The pairs of their PO1 or POC in their order, from provenance and extensions.

    Empty for an order that did not come as X12.
    """
    places, left = line.provenance, line.extensions
    if type(places) is Places:
        named = places.named
        if named is not None and named[0] is left:  # as in all lines that stand there
            item = line.item
            return tuple([(code, getattr(item, name)) for code, name in named[1]])
    qualifiers = {extension.path[-6:]: extension.value for extension in left}
    shape = places.shape if type(places) is Places else _shape(places)
    plain = _plain(shape)
    if plain is not None:
        fields = tuple([(qualifiers.get(at, ""), name) for at, name in plain])
        if type(places) is Places:
            places.named = left, fields
        return tuple([(code, getattr(line.item, name)) for code, name in fields])
    values: dict[int, Pair] = {}
    for field, place in line.provenance.items():
        if not field.startswith("item.") or field.endswith(".scheme"):
            continue
        if place[:4] in _STARTS and place[4:6].isdecimal():
            element = int(place[4:6])
            value, scheme = _value(line.item, field[5:])
            qualifier = qualifiers.get(f"{place[:4]}{element - 1:02d}", scheme)
            values[element] = (qualifier, value)
    return tuple(values[element] for element in sorted(values))


def _shape(places: Mapping[str, str]) -> tuple[str, ...]:
    return (*places, *[place[:6] for place in places.values()])


@lru_cache(maxsize=1024)
def _plain(known: tuple[str, ...]) -> tuple[Pair, ...] | None:
    """The place of the qualifier and the field of each pair, in their order.

    ``known`` are the fields of a provenance, then the beginnings of their places. None
    for items that have more than names.
    """
    half = len(known) // 2
    pairs: dict[int, Pair] = {}
    for field, place in zip(known[:half], known[half:], strict=True):
        if not field.startswith("item.") or field.endswith(".scheme"):
            continue
        if place[:4] in _STARTS and place[4:6].isdecimal():
            if field[5:] not in _NAMES:
                return None
            element = int(place[4:6])
            pairs[element] = (f"{place[:4]}{element - 1:02d}", field[5:])
    return tuple(pairs[element] for element in sorted(pairs))


def _value(item: Item, field: str) -> tuple[str, str]:
    """What a provenance path such as ``ids[0].id`` names, and its scheme."""
    if field in _NAMES:
        return getattr(item, field), ""
    match = _INDEX.fullmatch(field)
    found: object = getattr(item, match[1], "") if match else ""
    scheme = ""
    if match and match[2] and isinstance(found, tuple):
        found = found[int(match[2])] if int(match[2]) < len(found) else ""
        scheme = getattr(found, "scheme", "")
        found = getattr(found, match[3], "") if match[3] else found
    return (found if isinstance(found, str) else "", scheme)
