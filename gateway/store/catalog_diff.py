"""What a file of prices would change: item by item, against what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from gateway.catalog.imported import Import
from gateway.catalog.model import Contract, Item
from gateway.store.catalog import CHUNK, contracts_of, items_of

SHOWN = 100
"""How many differences are shown one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Differs:
    """An item that is not as it was; none before: it is new, none after: it goes."""

    contract: str
    sku: str
    before: Item | None
    after: Item | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How many items are new, are changed, go, and stay; ``shown`` are the first."""

    added: int
    changed: int
    removed: int
    unchanged: int
    contracts: tuple[str, ...]
    """The numbers of contracts that are new or whose own terms change."""
    shown: tuple[Differs, ...]


def difference(tx: sa.Connection, partner_id: str, read: Import) -> Difference:
    """What taking over a catalog would change for a partner.

    A contract that the file does not name stays as it is.
    """
    held = {one.id: (n, one) for (_, n), one in contracts_of(tx, [partner_id]).items()}
    wanted = {one.id: one for one in read.contracts}
    before: dict[tuple[str, str], Item] = {}
    for id_ in wanted.keys() & held.keys():
        for one in _items(tx, partner_id, held[id_][0]):
            before[id_, one.sku] = one
    after = {(one.contract_id, one.sku): one for one in read.items}
    kept = before.keys() & after.keys()
    differs = [key for key in after if before.get(key) != after[key]]
    gone = [key for key in before if key not in after]
    shown = [*differs[:SHOWN], *gone][:SHOWN]
    changed = sum(key in kept for key in differs)
    return Difference(
        added=len(after) - len(kept),
        changed=changed,
        removed=len(gone),
        unchanged=len(kept) - changed,
        contracts=tuple(
            one.number
            for one in read.contracts
            if one.id not in held or _terms(held[one.id][1]) != _terms(one)
        ),
        shown=tuple(
            Differs(
                contract=wanted[id_].number,
                sku=sku,
                before=before.get((id_, sku)),
                after=after.get((id_, sku)),
            )
            for id_, sku in shown
        ),
    )


def _terms(one: Contract) -> tuple[object, ...]:
    """All of a contract but whose it is."""
    names = (name for name in Contract.__dataclass_fields__ if name != "partner_id")
    return tuple(getattr(one, name) for name in names)


def _items(tx: sa.Connection, partner_id: str, n: int) -> Iterator[Item]:
    last = -1
    while True:
        some, last = items_of(tx, partner_id, n, last)
        yield from some
        if len(some) < CHUNK:
            return
