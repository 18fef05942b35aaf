"""Contracts and their price lists: loaded beside the old one, then switched over."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import fields, replace
from datetime import date, datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any, Protocol

import sqlalchemy as sa

from gateway.catalog.item_json import item_to_json
from gateway.catalog.keys import KeyKind, keys_of
from gateway.catalog.model import BreakOn, Contract, Item, ReferenceDate
from gateway.store.database import Database
from gateway.store.journal import event_row
from gateway.store.sql import insert_all, some
from gateway.store.tables import contract, event, item, item_key, price_list

CHUNK = 10_000
"""How many items one transaction takes in; between two of them orders go on."""
SWEPT = 50_000
"""How many rows of old price lists one transaction looks at."""


def indexed_as(kind: KeyKind) -> str:
    """The kind in the index: a line's buyer part is looked for once, not as each."""
    return "buyer_part" if kind == "cross_ref" else kind


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


def save(db: Database, partner_id: str, catalog: Catalog, now: datetime) -> int:
    """Replace the contracts' items; says how many there are now.

    The new price lists are loaded in chunks under new numbers and become the
    contracts' own in one transaction: nobody ever prices against half a list. What
    an interrupted load left behind goes with the next one.
    """
    contracts = [replace(one, partner_id=partner_id) for one in catalog.contracts]
    with db.begin() as tx:
        lists = _begin(tx, partner_id, contracts, now)
    count = 0
    for chunk in some(catalog.items, CHUNK):
        with db.begin() as tx:
            _insert(tx, partner_id, chunk, lists)
        count += len(chunk)
    with db.begin() as tx:
        _switch(tx, partner_id, contracts, lists, now)
    _sweep(db, partner_id)
    return count


def contracts_of(tx: sa.Connection, partner_ids: Collection[str]) -> list[Contract]:
    """All contracts of these partners, in force or not."""
    query = sa.select(contract.c.body).where(contract.c.partner_id.in_(partner_ids))
    query = query.order_by(contract.c.partner_id, contract.c.id)
    return [_from_text(body) for body in tx.execute(query).scalars()]


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
    tx: sa.Connection, partner_id: str, items: list[Item], lists: dict[str, int]
) -> None:
    rows: list[dict[str, Any]] = []
    keys: list[dict[str, Any]] = []
    for one in items:
        place = {
            "partner_id": partner_id,
            "price_list": lists[one.contract_id],
            "sku": one.sku,
        }
        rows.append({**place, "body": item_to_json(one)})
        named = {(indexed_as(key.kind), key.value) for key in keys_of(one)}
        keys += ({**place, "kind": kind, "value": value} for kind, value in named)
    keys.sort(key=itemgetter("kind", "value"))  # neighbours share a page
    insert_all(tx, item, rows)
    insert_all(tx, item_key, keys)


def _switch(
    tx: sa.Connection,
    partner_id: str,
    contracts: list[Contract],
    lists: dict[str, int],
    now: datetime,
) -> None:
    """The loaded lists become the contracts' own; the ones before are stale."""
    names = list(lists)
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
    events = [
        event_row(partner_id, "contract.imported", one.id, now) for one in contracts
    ]
    insert_all(tx, event, events)


def _sweep(db: Database, partner_id: str) -> None:
    """Delete the rows of stale price lists, a stretch of the index per transaction."""
    with db.read() as tx:
        query = sa.select(price_list.c.n).where(
            price_list.c.partner_id == partner_id, price_list.c.state == "stale"
        )
        stale = tx.execute(query).scalars().all()
    if not stale:
        return
    _sweep_keys(db, partner_id, stale)
    for n in stale:
        _sweep_items(db, partner_id, n)
    with db.begin() as tx:
        tx.execute(
            sa.delete(price_list).where(
                price_list.c.partner_id == partner_id, price_list.c.n.in_(stale)
            )
        )


def _sweep_keys(db: Database, partner_id: str, stale: Sequence[int]) -> None:
    """Walk the partner's keys in their order; random deletes would take far longer."""
    place = sa.tuple_(item_key.c.kind, item_key.c.value)
    start: tuple[str, str] | None = ("", "")
    while start is not None:
        ahead = sa.and_(item_key.c.partner_id == partner_id, place > start)
        with db.begin() as tx:
            query = sa.select(item_key.c.kind, item_key.c.value).where(ahead)
            query = query.order_by(item_key.c.kind, item_key.c.value)
            row = tx.execute(query.offset(SWEPT - 1).limit(1)).first()
            end = None if row is None else (row.kind, row.value)
            stretch = ahead if end is None else sa.and_(ahead, place <= end)
            gone = sa.delete(item_key).where(stretch, item_key.c.price_list.in_(stale))
            tx.execute(gone)
        start = end


def _sweep_items(db: Database, partner_id: str, n: int) -> None:
    mine = sa.and_(item.c.partner_id == partner_id, item.c.price_list == n)
    start: str | None = ""
    while start is not None:
        with db.begin() as tx:
            ahead = sa.and_(mine, item.c.sku > start)
            query = sa.select(item.c.sku).where(ahead).order_by(item.c.sku)
            end = tx.execute(query.offset(SWEPT - 1).limit(1)).scalar()
            stretch = ahead if end is None else sa.and_(ahead, item.c.sku <= end)
            tx.execute(sa.delete(item).where(stretch))
        start = end


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
