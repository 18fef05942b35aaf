"""Contracts and their price lists: loaded beside the old one, then switched over."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from datetime import date, datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any, Protocol

import sqlalchemy as sa

from gateway.catalog.item_json import item_from_json, item_to_json
from gateway.catalog.keys import ItemKey, KeyKind, keys_of
from gateway.catalog.model import BreakOn, Contract, Item, ReferenceDate
from gateway.store import catalog_words
from gateway.store.catalog_words import LIST_BITS
from gateway.store.database import Database
from gateway.store.journal import event_row
from gateway.store.postgresql import reads_only
from gateway.store.sql import Among, insert_all, some
from gateway.store.tables import contract, event, item, item_key, price_list

CHUNK = 10_000
"""How many items one transaction takes in; between two of them orders go on."""
SWEPT = 10_000
"""How many items of old price lists one transaction deletes."""


_SIGNS: dict[KeyKind, str] = {
    "buyer_part": "b",
    "cross_ref": "b",  # a line's buyer part is looked for once, not as each
    "gtin": "g",
    "sku": "s",
    "mfr_part": "m",
}


def index_key(key: ItemKey) -> str:
    """A key as the index holds it: the number, then one letter for what it is."""
    return key.value + _SIGNS[key.kind]


def list_of(n: int) -> int:
    """The price list of the item with this number."""
    return n >> LIST_BITS


KEYS = Among(
    sa.select(item_key.c.partner_id, item_key.c.key, item_key.c.item),
    item_key.c.key,
    item_key.c.partner_id,
)
"""One look-up by primary key for each wanted key, however many there are in all."""

ITEMS = Among(
    sa.select(item.c.partner_id, item.c.n, item.c.body), item.c.n, item.c.partner_id
)
"""One look-up by primary key for each item, under however many keys it was found."""


class Overtaken(Exception):
    """Two imports for one partner ran at once; the later one counts."""


class Catalog(Protocol):
    """What is saved: contracts, and their items in any order, each item once.

    ``items`` may be a stream; no more than a chunk of it is held.
    """

    @property
    def contracts(self) -> Iterable[Contract]:
        """The contracts."""
        ...

    @property
    def items(self) -> Iterable[Item]:
        """All items of these contracts."""
        ...


def save(
    db: Database, partner_id: str, catalog: Catalog, now: datetime, by: str = ""
) -> int:
    """Replace the contracts' items; says how many there are now.

    The new price lists are loaded in chunks under new numbers and become the
    contracts' own in one transaction: nobody ever prices against half a list. What
    an interrupted load left behind goes with the next one. ``by`` is who wanted it.
    """
    contracts = [replace(one, partner_id=partner_id) for one in catalog.contracts]
    with db.begin() as tx:
        lists = _begin(tx, partner_id, contracts, now)
    numbers = {name: itertools.count(n << LIST_BITS) for name, n in lists.items()}
    count = 0
    for chunk in some(catalog.items, CHUNK):
        with db.begin() as tx:
            _insert(tx, partner_id, chunk, numbers)
        count += len(chunk)
    with db.begin() as tx:
        _switch(tx, partner_id, contracts, lists, now, by)
    _sweep(db, partner_id)
    return count


_OF_PARTNER = sa.select(
    contract.c.partner_id, contract.c.id, contract.c.price_list, contract.c.body
)
_CONTRACTS = Among(_OF_PARTNER, contract.c.partner_id)
_HELD_CONTRACTS = Among(_OF_PARTNER, contract.c.partner_id, locking="FOR KEY SHARE")
"""On PostgreSQL a price list stays whole until the look-ups that began with it end; a
transaction that only reads sees one state anyway."""


def contracts_of(
    tx: sa.Connection, partner_ids: Collection[str]
) -> dict[tuple[str, int], Contract]:
    """All contracts of these partners, in force or not, by partner and price list."""
    query = _CONTRACTS if reads_only(tx) else _HELD_CONTRACTS
    found = sorted(
        query.find(tx, [(one,) for one in partner_ids]), key=itemgetter(0, 1)
    )
    return {(partner, n): _from_text(body) for partner, _, n, body in found}


def items_of(
    tx: sa.Connection, partner_id: str, n: int, after: int = -1, limit: int = CHUNK
) -> tuple[tuple[Item, ...], int]:
    """Items of a price list in their order behind ``after``, and where they end.

    None are left when there are fewer than ``limit``.
    """
    start, end = max(after + 1, n << LIST_BITS), (n + 1) << LIST_BITS
    own = item.c
    query = sa.select(own.n, own.body).where(
        own.partner_id == partner_id, own.n >= start, own.n < end
    )
    found = tx.execute(query.order_by(own.n).limit(limit)).all()
    last = found[-1].n if found else after
    return tuple(item_from_json(row.body) for row in found), last


def _begin(
    tx: sa.Connection, partner_id: str, contracts: list[Contract], now: datetime
) -> dict[str, int]:
    """A new price list for each contract, by contract id."""
    stale = sa.update(price_list).where(
        price_list.c.partner_id == partner_id, price_list.c.state == "loading"
    )
    tx.execute(stale.values(state="stale"))
    last = tx.execute(
        sa.select(sa.func.coalesce(sa.func.max(price_list.c.n), 0)).where(
            price_list.c.partner_id == partner_id
        )
    ).scalar_one()
    lists = {one.id: last + n for n, one in enumerate(contracts, 1)}
    rows = [
        {
            "partner_id": partner_id,
            "n": n,
            "contract_id": contract_id,
            "state": "loading",
            "created_at": now,
        }
        for contract_id, n in lists.items()
    ]
    insert_all(tx, price_list, rows)
    return lists


def _insert(
    tx: sa.Connection,
    partner_id: str,
    items: list[Item],
    numbers: Mapping[str, Iterator[int]],
) -> None:
    rows: list[dict[str, Any]] = []
    keys: list[dict[str, Any]] = []
    numbered = [(next(numbers[one.contract_id]), one) for one in items]
    for n, one in numbered:
        rows.append({"n": n, "partner_id": partner_id, "body": item_to_json(one)})
        keys += (
            {"key": key, "partner_id": partner_id, "item": n} for key in _index(one)
        )
    keys.sort(key=itemgetter("key"))  # neighbours share a page
    insert_all(tx, item, rows)
    insert_all(tx, item_key, keys)
    catalog_words.index(tx, partner_id, numbered)


def _index(one: Item) -> set[str]:
    return {index_key(key) for key in keys_of(one)}


def _switch(
    tx: sa.Connection,
    partner_id: str,
    contracts: list[Contract],
    lists: dict[str, int],
    now: datetime,
    by: str,
) -> None:
    """The loaded lists become the contracts' own; the ones before are stale."""
    names = sorted(lists)  # as the look-ups lock them
    for part in some(names):
        mine = price_list.c.partner_id == partner_id
        old = sa.update(price_list).where(
            mine, price_list.c.contract_id.in_(part), price_list.c.state == "active"
        )
        tx.execute(old.values(state="stale"))
        new = sa.update(price_list).where(
            mine,
            price_list.c.n.in_([lists[name] for name in part]),
            price_list.c.state == "loading",
        )
        if tx.execute(new.values(state="active")).rowcount != len(part):
            raise Overtaken(f"another import for {partner_id} began after this one")
        tx.execute(
            sa.delete(contract).where(
                contract.c.partner_id == partner_id, contract.c.id.in_(part)
            )
        )
    rows = [
        {
            "partner_id": partner_id,
            "id": one.id,
            "body": _to_text(one),
            "price_list": lists[one.id],
            "imported_at": now,
        }
        for one in contracts
    ]
    insert_all(tx, contract, rows)
    told = {"by": by} if by else {}
    events = [
        event_row(partner_id, "contract.imported", one.id, now, **told)
        for one in contracts
    ]
    insert_all(tx, event, events)


def _sweep(db: Database, partner_id: str) -> None:
    """Delete the rows of stale price lists, a stretch of items per transaction."""
    with db.read() as tx:
        query = sa.select(price_list.c.n).where(
            price_list.c.partner_id == partner_id, price_list.c.state == "stale"
        )
        stale = tx.execute(query).scalars().all()
    for n in stale:
        _sweep_items(db, partner_id, n)
        catalog_words.sweep(db, partner_id, n)
        with db.begin() as tx:
            tx.execute(
                sa.delete(price_list).where(
                    price_list.c.partner_id == partner_id, price_list.c.n == n
                )
            )


def _sweep_items(db: Database, partner_id: str, n: int) -> None:
    """The items of one list and their keys, each found by what the item holds."""
    start, end = n << LIST_BITS, (n + 1) << LIST_BITS
    rest = sa.and_(
        item.c.partner_id == partner_id,
        item.c.n >= sa.bindparam("start"),
        item.c.n < end,
    )
    query = sa.select(item.c.n, item.c.body).where(rest).order_by(item.c.n)
    gone = sa.delete(item_key).where(
        item_key.c.key == sa.bindparam("k"),
        item_key.c.partner_id == partner_id,
        item_key.c.item == sa.bindparam("i"),
    )
    while True:
        with db.begin() as tx:
            found = tx.execute(query.limit(SWEPT), {"start": start}).all()
            if not found:
                return
            keys = [
                {"k": key, "i": row.n}
                for row in found
                for key in _index(item_from_json(row.body))
            ]
            keys.sort(key=itemgetter("k"))
            tx.execute(gone, keys)
            last = found[-1].n
            tx.execute(sa.delete(item).where(rest, item.c.n <= last), {"start": start})
            start = last + 1


def _to_text(one: Contract) -> str:
    """A contract as JSON; what is not given is left out."""
    body = {f.name: getattr(one, f.name) for f in fields(one)}
    given = {name: value for name, value in body.items() if value is not None}
    return json.dumps(given, default=str, sort_keys=True, ensure_ascii=False)


_READ: dict[str, Callable[[str], object]] = {
    "valid_from": date.fromisoformat,
    "valid_to": date.fromisoformat,
    "reference_date": ReferenceDate,
    "break_on": BreakOn,
    "min_value": Decimal,
    "max_value": Decimal,
}


def _from_text(text: str) -> Contract:
    body: dict[str, Any] = json.loads(text)
    read = {name: _READ[name](body[name]) for name in _READ if name in body}
    return Contract(**(body | read))
