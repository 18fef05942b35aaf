"""What a batch of messages wants to know, in one query per kind of row."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from itertools import chain
from operator import itemgetter
from typing import TypeVar

import sqlalchemy as sa

from gateway.catalog.item_json import item_from_json
from gateway.catalog.keys import (
    Asked,
    ItemKey,
    Prices,
    gtin14,
    keys_of,
    leading,
    normalise,
    wanted,
)
from gateway.catalog.learned import NOTHING, Learned
from gateway.catalog.model import Contract, Item
from gateway.catalog.pin import CartPin, carts_named
from gateway.catalog.resolve import has_all
from gateway.order import Order
from gateway.partner.policy import PricePin
from gateway.pipeline.arrived import lines_of
from gateway.pipeline.blankets import blanket_place
from gateway.pipeline.booked import KnownChange, OrderPlace
from gateway.pipeline.number_keys import NumberKey
from gateway.pipeline.world import (
    CartsAsked,
    InterchangeKey,
    KnownOrder,
    OrderKey,
    Seen,
    Wants,
    World,
)
from gateway.store import advices, carts, changes, meeting, promises
from gateway.store.catalog import ITEMS, KEYS, contracts_of, index_key, list_of
from gateway.store.learned import in_force
from gateway.store.sent import sent
from gateway.store.sequences import standings
from gateway.store.sql import Among
from gateway.store.tables import inbound_key, orders

K = TypeVar("K")
INTERCHANGE = "interchange"
"""The kind of an interchange's idempotency key."""


def look_up(
    tx: sa.Connection, wants: Wants, now: datetime, *, lock: bool = False
) -> World:
    """Everything the batch asked for, as of this transaction.

    With ``lock`` what is left of the stock and of blankets, and orders that change,
    stay so until the transaction ends.
    """
    if lock:
        missing = changes.missing(tx, wants.changes) if wants.changes else ()
        meeting.meet(tx, {key.partner_id for key in wants.orders}, missing)
    interchanges, numbers = _seen(tx, wants.interchanges, wants.numbers)
    booked = _booked(tx, wants, lock=lock)
    waiting = changes.without_order(tx, _places(wants))
    changed = {place: booked[place] for place in wants.changes if place in booked}
    prices = _prices(tx, _with_changes(wants.items, changed, waiting), now.date())
    if wants.carts:
        prices |= _with_carts(tx, wants, prices, (changed, waiting), now)
    skus = {
        one.sku
        for partner in wants.stock
        if partner in prices
        for found in prices[partner].items.values()
        for one in found
    }
    return World(
        now=now,
        interchanges=interchanges,
        numbers=numbers,
        sequences=standings(tx, wants.sequences),
        orders=_orders(tx, wants.orders),
        prices=prices,
        sent=sent(tx, wants.sent),
        stock=promises.left(tx, skus, now.date(), lock=lock) if skus else {},
        booked=booked,
        waiting=waiting,
        advices=advices.before(tx, wants.advices) if wants.advices else {},
        documents=advices.documents(tx, wants.documents) if wants.documents else {},
    )


def _with_carts(
    tx: sa.Connection,
    wants: Wants,
    prices: Mapping[str, Prices],
    kept: tuple[changes.Orders, changes.Changes],
    now: datetime,
) -> dict[str, Prices]:
    """The prices of partners who punch out, with what their carts promised.

    ``kept`` are the orders that change and the changes that wait: they may come from
    carts as well.
    """
    booked, waiting = kept
    asked = dict(wants.carts)
    for place, orders_there in booked.items():
        if place.partner_id in asked:
            for one in orders_there:
                _add_carts(asked, place.partner_id, one.order)
    for place, early in waiting.items():
        for each in early:
            if each.change is not None and place.partner_id in asked:
                _add_carts(asked, place.partner_id, lines_of(each.change))
    none = Prices()
    skus = {
        its: {
            one.sku for found in prices.get(its, none).items.values() for one in found
        }
        for its, each in asked.items()
        if each.days
    }
    promised = carts.promised(tx, asked, skus, now)
    known = {its: prices.get(its, none) for its in promised}
    others = _named_by_cart(tx, promised, asked, known, now.date())
    return {
        its: replace(
            known[its],
            items={**others.get(its, none).items, **known[its].items},
            carts=lines,
        )
        for its, lines in promised.items()
    }


def _named_by_cart(
    tx: sa.Connection,
    promised: Mapping[str, Iterable[CartPin]],
    asked: Mapping[str, CartsAsked],
    known: Mapping[str, Prices],
    today: date,
) -> dict[str, Prices]:
    """Items of the carts that orders name: some name the cart's line and no item."""
    more: dict[str, frozenset[Asked]] = {}
    for its, lines in promised.items():
        named = (one for one in lines if one.session_id in asked[its].sessions)
        keys = {(one.sku, ItemKey("sku", normalise(one.sku))) for one in named}
        new: set[Asked] = {
            (("sku", sku, key),) for sku, key in keys if key not in known[its].items
        }
        if new:
            more[its] = frozenset(new)
    return _prices(tx, more, today) if more else {}


def _add_carts(asked: dict[str, CartsAsked], partner_id: str, order: Order) -> None:
    named = CartsAsked(sessions=carts_named(order, order.lines, PricePin()))
    asked[partner_id] = asked[partner_id].and_(named)


def _booked(tx: sa.Connection, wants: Wants, *, lock: bool = False) -> changes.Orders:
    """The orders that change, and the blankets that are drawn on."""
    found: changes.Orders = {}
    if wants.changes:
        found = changes.booked(tx, wants.changes, lock=lock)
    named = {
        blanket_place(one.order, place.partner_id)
        for place, orders_there in found.items()
        for one in orders_there
    }
    more = {place for place in wants.blankets | named if place} - found.keys()
    return {**found, **changes.booked(tx, more, lock=lock)} if more else found


def _places(wants: Wants) -> set[OrderPlace]:
    """Where changes may wait for orders that came, or for ones that have not."""
    came = (
        OrderPlace(
            key.partner_id,
            key.kind.startswith("test_"),
            key.po_number,
            key.release_number,
        )
        for key in wants.orders
    )
    return {*wants.changes, *came}


def _with_changes(
    items: Mapping[str, frozenset[Asked]],
    booked: changes.Orders,
    waiting: changes.Changes,
) -> Mapping[str, frozenset[Asked]]:
    """What lines ask for, with the orders that change and what waits for them."""
    if not booked and not waiting:
        return items
    every: defaultdict[str, set[Asked]] = defaultdict(set)
    for partner, asked in items.items():
        every[partner] |= asked
    for place, orders_there in booked.items():
        for one in orders_there:
            every[place.partner_id] |= wanted(one.order)
            _add_waiting(every[place.partner_id], one.changes)
    for place, early in waiting.items():
        _add_waiting(every[place.partner_id], early)
    return {partner: frozenset(asked) for partner, asked in every.items()}


def _add_waiting(asked: set[Asked], early: Iterable[KnownChange]) -> None:
    for one in early:
        if one.change is not None:
            asked |= wanted(lines_of(one.change))


def still_so(tx: sa.Connection, wants: Wants, world: World) -> bool:
    """Whether a look-up now would find the same orders, numbers and stock.

    Prices are not asked again: they are those of the moment they were looked up.
    """
    seen = _seen(tx, wants.interchanges, wants.numbers)
    return (
        seen == (world.interchanges, world.numbers)
        and standings(tx, wants.sequences) == world.sequences
        and _orders(tx, wants.orders) == world.orders
        and sent(tx, wants.sent) == world.sent
        and promises.left(tx, world.stock, world.now.date()) == world.stock
        and _booked(tx, wants) == world.booked
        and changes.without_order(tx, _places(wants)) == world.waiting
        and advices.before(tx, wants.advices) == world.advices
        and advices.documents(tx, wants.documents) == world.documents
    )


def _seen(
    tx: sa.Connection,
    interchanges: Iterable[InterchangeKey],
    numbers: Iterable[NumberKey],
) -> tuple[dict[InterchangeKey, Seen], dict[NumberKey, Seen]]:
    """What came before, of all levels in one query."""
    its = {(key.partner_id, INTERCHANGE, str(key)): key for key in interchanges}
    theirs = {(key.partner_id, key.kind, str(key)): key for key in numbers}
    found: dict[tuple[str, str, str], Seen] = {}
    for partner_id, kind, key, sha256, receipt_id in _SEEN.find(tx, (*its, *theirs)):
        seen = Seen(sha256=sha256, receipt_id=receipt_id)
        found[partner_id, kind, key] = seen
    return _by_key(its, found), _by_key(theirs, found)


_PLACE = (inbound_key.c.partner_id, inbound_key.c.kind, inbound_key.c.key)
_SEEN = Among(
    sa.select(*_PLACE, inbound_key.c.sha256, inbound_key.c.receipt_id), *_PLACE
)
"""One look-up by primary key for each number."""


def _by_key(
    keys: Mapping[tuple[str, str, str], K], found: Mapping[tuple[str, str, str], Seen]
) -> dict[K, Seen]:
    return {keys[place]: seen for place, seen in found.items() if place in keys}


def _orders(tx: sa.Connection, keys: Iterable[OrderKey]) -> dict[OrderKey, KnownOrder]:
    by_columns = {
        (k.partner_id, k.buyer_party, k.kind, k.po_number, k.release_number): k
        for k in keys
    }
    found: dict[OrderKey, KnownOrder] = {}
    for row in _KNOWN.find(tx, by_columns):
        known = KnownOrder(
            order_id=row.id, digest=row.digest, message_id=row.message_id
        )
        found[by_columns[tuple(row[:5])]] = known
    return found


_ORDER_KEY = (
    orders.c.partner_id,
    orders.c.buyer_party,
    orders.c.kind,
    orders.c.po_number,
    orders.c.release_number,
)
_KNOWN = Among(
    sa.select(*_ORDER_KEY, orders.c.id, orders.c.digest, orders.c.message_id),
    *_ORDER_KEY,
)
"""One look-up by the unique key for each order."""


def _prices(
    tx: sa.Connection, wanted: Mapping[str, frozenset[Asked]], today: date
) -> dict[str, Prices]:
    contracts = contracts_of(tx, wanted.keys())
    named: defaultdict[str, list[Contract]] = defaultdict(list)
    for (partner_id, _), one in contracts.items():
        named[partner_id].append(one)
    items = _items(tx, wanted, contracts.keys())
    said = _said(tx, wanted, items, contracts.keys(), today) if wanted else {}
    return {
        partner_id: Prices(
            tuple(named[partner_id]),
            {key: tuple(found) for key, found in items[partner_id].items()},
            learned=said.get(partner_id, NOTHING),
        )
        for partner_id in wanted
    }


def _said(
    tx: sa.Connection,
    wanted: Mapping[str, frozenset[Asked]],
    items: Mapping[str, dict[ItemKey, list[Item]]],
    lists: Collection[tuple[str, int]],
    today: date,
) -> dict[str, Learned]:
    """What operators said of these partners, and of numbers that no contract knows.

    The items that these mean are put among ``items``.
    """
    unknown = {
        partner: {
            key.value
            for line in lines
            if not any(key in items[partner] for _, _, key in line)
            for _, _, key in line
        }
        for partner, lines in wanted.items()
    }
    said = in_force(tx, unknown, today)
    meant: dict[str, frozenset[Asked]] = {}
    for partner, learned in said.items():
        keys = {(sku, ItemKey("sku", normalise(sku))) for sku in learned.items.values()}
        new: set[Asked] = {
            (("sku", sku, key),) for sku, key in keys if key not in items[partner]
        }
        if new:
            meant[partner] = frozenset(new)
    for partner, found in (_items(tx, meant, lists) if meant else {}).items():
        items[partner].update(found)
    return said


def _items(
    tx: sa.Connection,
    wanted: Mapping[str, frozenset[Asked]],
    lists: Collection[tuple[str, int]],
) -> dict[str, dict[ItemKey, list[Item]]]:
    """Items of these price lists by partner and key; each item is built once.

    Where a partner has one list and the first number of a line names an item that has
    all its other numbers too, these are not looked for: they could only agree.
    """
    found: dict[str, dict[ItemKey, list[Item]]] = {name: {} for name in wanted}
    built: dict[tuple[int, str], Item] = {}
    several = {name for name, n in Counter(name for name, _ in lists).items() if n > 1}
    first: dict[str, set[ItemKey]] = {}
    rest: dict[str, set[ItemKey]] = {}
    for name, lines in wanted.items():
        told = chain.from_iterable(lines if name in several else map(leading, lines))
        first[name] = {key for _, _, key in told}
    _find(tx, first, lists, built, found)
    for name, lines in wanted.items():
        if name not in several:
            open_ = [each for each in lines if not _settle(each, found[name])]
            told = chain.from_iterable(open_)
            rest[name] = {key for _, _, key in told} - first[name]
    _find(tx, rest, lists, built, found)
    return found


def _settle(asked: Asked, found: dict[ItemKey, list[Item]]) -> bool:
    """Put the one item that a line's first number names under its other numbers too.

    Not under a GTIN that was completed: the item need not have that one.
    """
    item: Item | None = None
    first = leading(asked)
    for _, _, key in first:
        for one in found.get(key, ()):
            if item is None:
                item = one
            elif one is not item:
                return False
    if item is None or not has_all(item, asked):
        return False
    if len(first) == len(asked):
        return True
    items = [item]
    for kind, text, key in asked:
        completed = kind == "gtin" and key.value != gtin14(text)
        if kind != "cross_ref" and not completed:
            found.setdefault(key, items)
    return True


def _find(
    tx: sa.Connection,
    keys: Mapping[str, Collection[ItemKey]],
    lists: Collection[tuple[str, int]],
    built: dict[tuple[int, str], Item],
    found: dict[str, dict[ItemKey, list[Item]]],
) -> None:
    """The items under these keys, into ``found``; what was ``built`` is used again."""
    meant: defaultdict[tuple[str, str], list[ItemKey]] = defaultdict(list)
    for partner, its in keys.items():
        for key in its:
            meant[index_key(key), partner].append(key)
    if not meant:
        return
    hits: list[tuple[str, str, int]] = [
        (partner, key, n)
        for partner, key, n in KEYS.find(tx, meant)
        if (partner, list_of(n)) in lists
    ]
    hits.sort(key=itemgetter(2))
    new = {(n, partner) for partner, _, n in hits} - built.keys()
    for partner, n, body in ITEMS.find(tx, new):
        built[n, partner] = item_from_json(body)
    for partner, place, n in hits:
        one, its_items = built[n, partner], found[partner]
        its_keys = keys_of(one) if one.cross_refs else None
        for each in meant[place, partner]:  # of one place not all need be the item's
            if each.kind != "cross_ref" if its_keys is None else each in its_keys:
                its_items.setdefault(each, []).append(one)
