"""The numbers items are found by: what an order asks for, what the store answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, NamedTuple

from gateway.catalog.learned import NOTHING, Learned
from gateway.catalog.model import Contract, Item
from gateway.catalog.pin import CartPin
from gateway.order import model as order_model
from gateway.values import swift

KeyKind = Literal["buyer_part", "cross_ref", "gtin", "sku", "mfr_part"]


class ItemKey(NamedTuple):
    """One number in the form the index holds; ``normalise`` and ``gtin14`` make it."""

    kind: KeyKind
    value: str


@swift
@dataclass(frozen=True, slots=True)
class Prices:
    """What the store knows of one partner that bears on some orders.

    ``contracts`` are all of the partner's, also those not in force; ``items`` holds
    the items of every contract under the keys that were asked for; ``carts`` are lines
    of punch-out carts that orders may come from, none where nobody asked for any.
    ``learned`` is what operators said besides.
    """

    contracts: tuple[Contract, ...] = ()
    items: Mapping[ItemKey, tuple[Item, ...]] = field(default_factory=dict)
    carts: tuple[CartPin, ...] | None = None
    learned: Learned = NOTHING

    @classmethod
    def of(cls, contracts: Iterable[Contract], items: Iterable[Item]) -> Prices:
        """Everything in memory, each item under all of its keys."""
        index: defaultdict[ItemKey, list[Item]] = defaultdict(list)
        for item in items:
            for key in keys_of(item):
                index[key].append(item)
        by_key = {key: tuple(found) for key, found in index.items()}
        return cls(tuple(contracts), by_key)


_DROPPED = {ord(sign): None for sign in " -\t\u00a0\u2010\u2011\u2013"}


def normalise(number: str) -> str:
    """A part number without case, blanks, hyphens and leading zeros; may be empty."""
    bare = number.upper()
    if not bare.isalnum():
        bare = bare.replace("-", "")  # mostly there is nothing else to drop
        if not bare.isalnum():
            bare = bare.translate(_DROPPED)
    return bare.lstrip("0") or bare[:1]


def check_digit(digits: str) -> str:
    """The GS1 check digit behind these digits: weights 3, 1, 3 from the right."""
    total = 3 * sum(map(int, digits[::-2])) + sum(map(int, digits[-2::-2]))
    return str(-total % 10)


_ZEROS = 28 * ord("0")  # what fourteen zeros weigh as characters


def has_good_check_digit(gtin: str) -> bool:
    """Whether the last digit of a GTIN of up to 14 digits is its check digit."""
    signs = gtin.zfill(14).encode()
    return (3 * sum(signs[::2]) + sum(signs[1::2]) - _ZEROS) % 10 == 0


def gtin14(number: str) -> str:
    """A GTIN-8, -12, -13 or -14 padded to 14 digits; empty when it is no GTIN."""
    bare = number if number.isdigit() else number.translate(_DROPPED)
    if not (bare.isascii() and bare.isdigit() and 8 <= len(bare) <= 14):
        return ""
    return bare.zfill(14)


def completed_gtin14(number: str) -> str:
    """The GTIN-14 of digits sent without their check digit, else empty.

    The codes of X12 DE 235 UI (1-5-5) and UA (2-5-5) have none.
    """
    return _completed(gtin14(number))


def _completed(padded: str) -> str:
    if not padded or padded[0] != "0" or has_good_check_digit(padded):
        return ""
    return padded[1:] + check_digit(padded[1:])


def isbn_gtin14(number: str) -> str:
    """The GTIN-14 of an ISBN of ten characters, else empty (ISO 2108).

    The weights of its characters are 10 to 1; the last one is X for ten.
    """
    bare = number.translate(_DROPPED)
    if len(bare) != _ISBN or not (bare.isascii() and bare[:-1].isdigit()):
        return ""
    last = 10 if bare[-1] in "Xx" else int(bare[-1]) if bare[-1].isdigit() else -1
    weighed = sum(n * int(d) for n, d in zip(range(10, 1, -1), bare, strict=False))
    if last < 0 or (weighed + last) % 11:
        return ""
    body = f"978{bare[:-1]}"
    return f"0{body}{check_digit(body)}"


_ISBN = 10


def has_good_gln(number: str) -> bool:
    """Whether these are thirteen digits, the last one the check digit of the others."""
    is_gln = len(number) == _GLN and number.isascii() and number.isdigit()
    return is_gln and has_good_check_digit(number)


_GLN = 13


def _keys(
    kinds: Iterable[tuple[KeyKind, tuple[str, ...]]],
) -> Iterator[ItemKey]:
    for kind, numbers in kinds:
        for number in numbers:
            value = gtin14(number) if kind == "gtin" else normalise(number)
            if value:
                yield ItemKey(kind, value)


def keys_of(item: Item) -> frozenset[ItemKey]:
    """The keys an item is found by: the rows of the store's index.

    Only normalised forms are indexed; whether a hit is exact is decided on the item.
    """
    return frozenset(
        _keys(
            (
                ("buyer_part", item.buyer_parts),
                ("cross_ref", item.cross_refs),
                ("gtin", item.gtins),
                ("sku", (item.sku,)),
                ("mfr_part", (item.mfr_part,)),
            )
        )
    )


_key = tuple.__new__
"""Makes an ``ItemKey`` in half the time."""

Asked = tuple[tuple[KeyKind, str, ItemKey], ...]
"""Kind, number as sent, key."""


def asked(sent: order_model.Item) -> Asked:
    """What one line asks for, in the order of precedence: kind, as sent, key."""
    return _asked(sent.buyer_part, sent.gtin, sent.supplier_sku, sent.mfr_part)


@lru_cache(maxsize=4096)
def _asked(buyer_part: str, gtin: str, sku: str, mfr_part: str) -> Asked:
    """Every line asks twice: when its order is looked up, and when it is checked."""
    keys: list[tuple[KeyKind, str, ItemKey]] = []
    if buyer_part and (value := normalise(buyer_part)):
        keys.append(("buyer_part", buyer_part, _key(ItemKey, ("buyer_part", value))))
        keys.append(("cross_ref", buyer_part, _key(ItemKey, ("cross_ref", value))))
    if gtin:
        if value := gtin14(gtin):
            keys.append(("gtin", gtin, _key(ItemKey, ("gtin", value))))
            if full := _completed(value):
                keys.append(("gtin", gtin, _key(ItemKey, ("gtin", full))))
        if value := isbn_gtin14(gtin):
            keys.append(("gtin", gtin, _key(ItemKey, ("gtin", value))))
    if sku and (value := normalise(sku)):
        keys.append(("sku", sku, _key(ItemKey, ("sku", value))))
    if mfr_part and (value := normalise(mfr_part)):
        keys.append(("mfr_part", mfr_part, _key(ItemKey, ("mfr_part", value))))
    return tuple(keys)


def leading(asked: Asked) -> Asked:
    """Of what a line asks for, the number that goes before all others."""
    return asked[:2] if asked and asked[0][0] == "buyer_part" else asked[:1]


def wanted(order: order_model.Order) -> frozenset[Asked]:
    """What the lines of an order ask for; lines without a number are left out."""
    every = [asked(line.item) for line in order.lines]
    return frozenset([one for one in every if one])
