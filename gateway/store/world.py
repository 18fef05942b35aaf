"""What a batch of messages wants to know, in one query per kind of row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import sqlalchemy as sa

from gateway.catalog.item_json import item_from_json
from gateway.catalog.keys import ItemKey, Prices, keys_of
from gateway.catalog.model import Contract, Item
from gateway.pipeline.world import (
    InterchangeKey,
    KnownOrder,
    OrderKey,
    Seen,
    Wants,
    World,
)
from gateway.store.catalog import contracts_of, indexed_as
from gateway.store.sent import sent
from gateway.store.sql import some
from gateway.store.tables import contract, inbound_key, item, item_key, orders

INTERCHANGE = "interchange"
"""The kind of an interchange's idempotency key."""


def look_up(tx: sa.Connection, wants: Wants, now: datetime) -> World:
    """Everything the batch asked for, as of this transaction."""
    return World(
        now=now,
        interchanges=_interchanges(tx, wants.interchanges),
        orders=_orders(tx, wants.orders),
        prices=_prices(tx, wants.items),
        sent=sent(tx, wants.sent),
    )


def _interchanges(
    tx: sa.Connection, keys: Iterable[InterchangeKey]
) -> dict[InterchangeKey, Seen]:
    by_text = {(key.partner_id, str(key)): key for key in keys}
    found: dict[InterchangeKey, Seen] = {}
    for part in some(by_text):
        query = sa.select(
            inbound_key.c.partner_id,
            inbound_key.c.key,
            inbound_key.c.sha256,
            inbound_key.c.receipt_id,
        ).where(
            inbound_key.c.kind == INTERCHANGE,
            sa.tuple_(inbound_key.c.partner_id, inbound_key.c.key).in_(part),
        )
        for row in tx.execute(query):
            seen = Seen(sha256=row.sha256, receipt_id=row.receipt_id)
            found[by_text[row.partner_id, row.key]] = seen
    return found


def _orders(tx: sa.Connection, keys: Iterable[OrderKey]) -> dict[OrderKey, KnownOrder]:
    columns = (
        orders.c.partner_id,
        orders.c.buyer_party,
        orders.c.kind,
        orders.c.po_number,
        orders.c.release_number,
    )
    by_columns = {
        (k.partner_id, k.buyer_party, k.kind, k.po_number, k.release_number): k
        for k in keys
    }
    found: dict[OrderKey, KnownOrder] = {}
    for part in some(by_columns):
        query = sa.select(*columns, orders.c.id, orders.c.digest)
        for row in tx.execute(query.where(sa.tuple_(*columns).in_(part))):
            known = KnownOrder(order_id=row.id, digest=row.digest)
            found[by_columns[tuple(row[:5])]] = known
    return found


def _prices(
    tx: sa.Connection, wanted: Mapping[str, frozenset[ItemKey]]
) -> dict[str, Prices]:
    contracts = _contracts(tx, wanted)
    items = _items(tx, wanted)
    return {
        partner_id: Prices(
            contracts.get(partner_id, ()),
            {key: tuple(found) for key, found in items[partner_id].items()},
        )
        for partner_id in wanted
    }


def _contracts(
    tx: sa.Connection, partner_ids: Iterable[str]
) -> dict[str, tuple[Contract, ...]]:
    found: defaultdict[str, tuple[Contract, ...]] = defaultdict(tuple)
    for part in some(partner_ids):
        for one in contracts_of(tx, part):
            found[one.partner_id] += (one,)
    return found


_KEYS = (
    sa.select(
        item_key.c.partner_id,
        item_key.c.kind,
        item_key.c.value,
        item_key.c.price_list,
        item_key.c.sku,
    )
    .join(
        contract,
        sa.and_(
            contract.c.partner_id == item_key.c.partner_id,
            contract.c.price_list == item_key.c.price_list,
        ),
    )
    .where(
        sa.tuple_(item_key.c.partner_id, item_key.c.kind, item_key.c.value).in_(
            sa.bindparam("keys", expanding=True)
        )
    )
    .order_by(item_key.c.price_list, item_key.c.sku)
)
"""One look-up by primary key for each wanted key, however many there are in all."""

_ITEMS = sa.select(item.c.partner_id, item.c.price_list, item.c.sku, item.c.body).where(
    sa.tuple_(item.c.partner_id, item.c.price_list, item.c.sku).in_(
        sa.bindparam("places", expanding=True)
    )
)
"""One look-up by primary key for each item, under however many keys it was found."""


def _items(
    tx: sa.Connection, wanted: Mapping[str, frozenset[ItemKey]]
) -> defaultdict[str, dict[ItemKey, list[Item]]]:
    """Items of active price lists by partner and key; each item is built once."""
    keys = {(p, indexed_as(k.kind), k.value) for p, ks in wanted.items() for k in ks}
    hits: list[tuple[str, str, str, int, str]] = []
    for part in some(keys):
        hits += (tuple(row) for row in tx.execute(_KEYS, {"keys": part}))
    built: dict[tuple[str, int, str], Item] = {}
    for places in some({(partner, n, sku) for partner, _, _, n, sku in hits}):
        for partner, n, sku, body in tx.execute(_ITEMS, {"places": places}):
            built[partner, n, sku] = item_from_json(body)
    found: defaultdict[str, dict[ItemKey, list[Item]]] = defaultdict(dict)
    for partner, kind, value, n, sku in hits:
        one = built[partner, n, sku]
        for key in _meant(kind, value, one):
            found[partner].setdefault(key, []).append(one)
    return found


def _meant(kind: str, value: str, one: Item) -> Iterator[ItemKey]:
    """The keys of an item that stand in the index as this kind and value."""
    if kind != "buyer_part" or not one.cross_refs:
        yield ItemKey(kind, value)  # type: ignore[arg-type]  # the kinds that were asked
        return
    yield from (
        k for k in keys_of(one) if (indexed_as(k.kind), k.value) == (kind, value)
    )
