"""The words of price lists: each with the items that hold it, a stretch per row."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from sys import byteorder

import sqlalchemy as sa

from gateway.catalog.model import Item
from gateway.catalog.words import words_of
from gateway.store.database import Database
from gateway.store.sql import fetch, insert_all
from gateway.store.tables import item_word

LIST_BITS = 32
"""An item's number: that of its price list, and behind it as many bits to count."""
STRETCH = 1 << 16
"""How many items one row of a word may reach over."""
_COUNT = (1 << LIST_BITS) - 1
_SWEPT = 20_000
"""How many rows of old price lists one transaction deletes."""
_BEHIND = b"\xff"
"""Stands behind every text in UTF-8."""
_MOST_ROWS = 40_000
"""Rows that are read for one word: itself first, then words that begin with it."""
_SHORTEST_BEGINNING = 2


def index(
    tx: sa.Connection, partner_id: str, items: Iterable[tuple[int, Item]]
) -> None:
    """Note the words of these items, which are at most ``STRETCH`` in a row."""
    starts: dict[int, int] = {}
    held: dict[int, dict[str, array[int]]] = {}
    for n, one in items:
        of, at = n >> LIST_BITS, n & _COUNT
        distance = at - starts.setdefault(of, at)
        known = held.setdefault(of, {})
        for word in words_of(one):
            if word in known:
                known[word].append(distance)
            else:
                known[word] = array("H", (distance,))
    rows = [
        {
            "partner_id": partner_id,
            "price_list": of,
            "word": word.encode(),
            "start": starts[of],
            "items": _packed(known[word]),
        }
        for of, known in held.items()
        for word in sorted(known)
    ]
    insert_all(tx, item_word, rows)


def _packed(distances: array[int]) -> bytes:
    if byteorder == "big":
        distances.byteswap()
    return distances.tobytes()


_OF_WORD = (
    sa.select(item_word.c.start, item_word.c["items"])
    .where(
        item_word.c.partner_id == sa.bindparam("partner"),
        item_word.c.price_list == sa.bindparam("of"),
        item_word.c.word >= sa.bindparam("word"),
        item_word.c.word < sa.bindparam("end"),
    )
    .order_by(item_word.c.word, item_word.c.start)
    .limit(_MOST_ROWS)
)


@dataclass(frozen=True, slots=True)
class Held:
    """Where a word stands: the rows by their start. ``is_cut``: it stands in more."""

    rows: Mapping[int, list[bytes]]
    is_cut: bool = False

    def size(self, start: int) -> int:
        """Bytes of a stretch: how much work it is."""
        return sum(map(len, self.rows.get(start, ())))

    def items(self, start: int) -> Iterable[int]:
        """The items of a stretch, each as its distance from the start."""
        return chain.from_iterable(map(_unpacked, self.rows.get(start, ())))


def _unpacked(packed: bytes) -> array[int]:
    distances = array("H", packed)
    if byteorder == "big":
        distances.byteswap()
    return distances


def holding(tx: sa.Connection, partner_id: str, of: int, word: str) -> Held:
    """The items of a price list with this word, or a longer one that begins with it."""
    text = word.encode()
    end = text + (_BEHIND if len(word) >= _SHORTEST_BEGINNING else b"\0")
    found: dict[int, list[bytes]] = {}
    rows = fetch(tx, _OF_WORD, partner=partner_id, of=of, word=text, end=end)
    for start, packed in rows:
        found.setdefault(start, []).append(bytes(packed))
    return Held(found, len(rows) == _MOST_ROWS)


def sweep(db: Database, partner_id: str, of: int) -> None:
    """Delete the words of a price list, a stretch of rows per transaction."""
    mine = sa.and_(item_word.c.partner_id == partner_id, item_word.c.price_list == of)
    nth = sa.select(item_word.c.word).where(mine).order_by(item_word.c.word)
    while True:
        with db.begin() as tx:
            last = tx.execute(nth.offset(_SWEPT).limit(1)).scalar_one_or_none()
            rest = mine if last is None else sa.and_(mine, item_word.c.word < last)
            gone = tx.execute(sa.delete(item_word).where(rest)).rowcount
            if last is not None and not gone:  # one word in more rows than that
                tx.execute(sa.delete(item_word).where(mine, item_word.c.word == last))
        if last is None:
            return
