"""The catalog as a shop shows it: what may be seen, searched, turned by pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import sqlalchemy as sa

from gateway.catalog.contracts import numbered, rank
from gateway.catalog.item_json import item_from_json
from gateway.catalog.keys import ItemKey, normalise
from gateway.catalog.model import Contract, Item
from gateway.catalog.words import Query, Term
from gateway.store.catalog import ITEMS, KEYS, contracts_of, index_key, list_of
from gateway.store.catalog_words import LIST_BITS, holding
from gateway.store.sql import fetch
from gateway.store.tables import item, item_key

__all__ = ["MOST", "Hits", "Offered", "Shelf", "items", "listed", "offered", "search"]

MOST = 1_000
"""Hits that are counted; who has more had better say more."""
_COUNT = (1 << LIST_BITS) - 1
_AFTER = "\U0010ffff"
"""Stands behind every text."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a partner may see: contracts by price list, the one that answers first."""

    partner_id: str
    lists: Mapping[int, Contract]

    @classmethod
    def of(
        cls,
        tx: sa.Connection,
        partner_id: str,
        day: dt.date,
        named: Collection[str] = (),
    ) -> Shelf:
        """The contracts in force on a day; only those with these numbers, if any."""
        held = contracts_of(tx, [partner_id])
        chosen = [one for number in named for one in numbered(held.values(), number)]
        lists = [
            (of, one)
            for (_, of), one in held.items()
            if one.in_force(day) and (one in chosen or not named)
        ]
        return cls(partner_id, dict(sorted(lists, key=lambda pair: rank(pair[1]))))


@dataclass(frozen=True, slots=True)
class Offered:
    """An item under the contract that answers for it."""

    item: Item
    contract: Contract


@dataclass(frozen=True, slots=True)
class Hits:
    """The numbers of items that were found, best first; ``is_cut``: there are more."""

    numbers: tuple[int, ...] = ()
    is_cut: bool = False


def search(tx: sa.Connection, shelf: Shelf, query: Query, most: int = MOST) -> Hits:
    """Items by number, then by the beginning of one, then by words.

    All words have to fit, each as it is or as the beginning of a longer one.
    """
    if not query.terms:
        return Hits()
    known = _numbered(tx, shelf, query)
    found = dict.fromkeys(n for key in query.numbers for n in known.get(key, ()))
    if query.start:
        found |= dict.fromkeys(_beginning(tx, shelf, query.start, most))
    is_cut = False
    for of in shelf.lists:
        if len(found) > most:
            break
        words = _Words(tx, shelf.partner_id, of, query.terms, known)
        is_cut = is_cut or words.is_cut
        for n in words.hits():
            found[n] = None
            if len(found) > most:
                break
    numbers = tuple(found)
    return Hits(numbers[:most], is_cut or len(numbers) > most)


def _size(tx: sa.Connection, shelf: Shelf, of: int) -> int:
    """How many items a price list has."""
    last = sa.select(sa.func.max(item.c.n)).where(
        item.c.partner_id == shelf.partner_id,
        item.c.n >= of << LIST_BITS,
        item.c.n < (of + 1) << LIST_BITS,
    )
    highest = tx.execute(last).scalar_one_or_none()
    return 0 if highest is None else (highest & _COUNT) + 1


def listed(
    tx: sa.Connection, shelf: Shelf, skip: int, most: int
) -> tuple[tuple[int, ...], int]:
    """A page of everything: the numbers of its items, and how many there are in all."""
    sizes = {of: _size(tx, shelf, of) for of in shelf.lists}
    numbers: list[int] = []
    for of, held in sizes.items():
        first = of << LIST_BITS
        there = range(first + min(skip, held), first + held)
        numbers += there[: most - len(numbers)]
        skip = max(0, skip - held)
    return tuple(numbers), sum(sizes.values())


def items(
    tx: sa.Connection, shelf: Shelf, numbers: Sequence[int]
) -> tuple[Offered, ...]:
    """The items with these numbers, in their order.

    Left out are those that a contract which answers first has under the same SKU.
    """
    keys = [(n, shelf.partner_id) for n in numbers]
    held = {n: item_from_json(body) for _, n, body in ITEMS.find(tx, keys)}
    found = [
        Offered(held[n], shelf.lists[list_of(n)])
        for n in numbers
        if n in held and list_of(n) in shelf.lists
    ]
    if len(shelf.lists) == 1:
        return tuple(found)
    best = offered(tx, shelf, {one.item.sku for one in found})
    return tuple(one for one in found if best[one.item.sku].contract is one.contract)


def offered(
    tx: sa.Connection, shelf: Shelf, skus: Collection[str]
) -> dict[str, Offered]:
    """The items with these SKUs, each under the contract that answers first."""
    keys = [ItemKey("sku", value) for sku in skus if (value := normalise(sku))]
    numbers = [n for hits in _by_key(tx, shelf, keys).values() for n in hits]
    order = {of: place for place, of in enumerate(shelf.lists)}
    numbers.sort(key=lambda n: (order[list_of(n)], n))
    wanted, found = set(skus), dict[str, Offered]()
    held = {
        n: item_from_json(body)
        for _, n, body in ITEMS.find(tx, [(n, shelf.partner_id) for n in numbers])
    }
    for n in numbers:
        if n in held and held[n].sku in wanted:
            own = Offered(held[n], shelf.lists[list_of(n)])
            found.setdefault(held[n].sku, own)
    return found


def _numbered(
    tx: sa.Connection, shelf: Shelf, query: Query
) -> dict[ItemKey, list[int]]:
    """Items by every number that a query may mean."""
    keys = {key for term in query.terms for key in term.numbers} | set(query.numbers)
    return _by_key(tx, shelf, keys)


def _by_key(
    tx: sa.Connection, shelf: Shelf, keys: Iterable[ItemKey]
) -> dict[ItemKey, list[int]]:
    meant = {index_key(key): key for key in keys}
    asked = [(key, shelf.partner_id) for key in meant]
    found: dict[ItemKey, list[int]] = {}
    for _, key, n in KEYS.find(tx, asked):
        if list_of(n) in shelf.lists:
            found.setdefault(meant[key], []).append(n)
    return {key: sorted(numbers) for key, numbers in found.items()}


_BEGINNING = (
    sa.select(item_key.c.item)
    .where(
        item_key.c.partner_id == sa.bindparam("partner"),
        item_key.c.key >= sa.bindparam("start"),
        item_key.c.key < sa.bindparam("end"),
        item_key.c.item >= sa.bindparam("low"),
        item_key.c.item < sa.bindparam("high"),
    )
    .order_by(item_key.c.key)
    .limit(sa.bindparam("most"))
)


def _beginning(tx: sa.Connection, shelf: Shelf, start: str, most: int) -> Iterator[int]:
    """Items of which some number begins so."""
    for of in shelf.lists:
        rows = fetch(
            tx,
            _BEGINNING,
            partner=shelf.partner_id,
            start=start,
            end=start + _AFTER,
            low=of << LIST_BITS,
            high=(of + 1) << LIST_BITS,
            most=most + 1,
        )
        yield from (n for (n,) in rows)


class _Words:
    """The terms of a query in one price list."""

    def __init__(
        self,
        tx: sa.Connection,
        partner_id: str,
        of: int,
        terms: Sequence[Term],
        known: Mapping[ItemKey, list[int]],
    ) -> None:
        every = {word for term in terms for word in term.words}
        self._held = {word: holding(tx, partner_id, of, word) for word in every}
        self._first = of << LIST_BITS
        self._terms = terms
        own = range(self._first, (of + 1) << LIST_BITS)
        self._numbered = [
            {
                n - self._first
                for k in term.numbers
                for n in known.get(k, ())
                if n in own
            }
            for term in terms
        ]
        self.is_cut = any(held.is_cut for held in self._held.values())

    def hits(self) -> Iterator[int]:
        """Items that all terms fit, in the order of the price list."""
        starts = sorted({start for held in self._held.values() for start in held.rows})
        for start, end in pairwise((*starts, 1 << LIST_BITS)):
            fitting: set[int] | None = None
            for term, by_number in sorted(
                zip(self._terms, self._numbered, strict=True),
                key=lambda pair: self._rarest(pair[0], start),
            ):
                own = {at - start for at in by_number if start <= at < end}
                fitting = self._fitting(term, start, fitting) | (
                    own if fitting is None else own & fitting
                )
                if not fitting:
                    break
            yield from (self._first + start + at for at in sorted(fitting or ()))

    def _rarest(self, term: Term, start: int) -> int:
        return min(self._held[word].size(start) for word in term.words)

    def _fitting(self, term: Term, start: int, among: set[int] | None) -> set[int]:
        """Those of a stretch with all words of a term: the rarest word asked first."""
        held = sorted(
            (self._held[word] for word in term.words), key=lambda its: its.size(start)
        )
        for its in held:
            if among is None:
                among = set(its.items(start))
            elif among:
                among = among.intersection(its.items(start))
        return among or set()
