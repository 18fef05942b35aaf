"""Take the numbers of what came in: the first receipt of a number keeps it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from gateway.pipeline.world import InterchangeKey
from gateway.store.decisions import Overtaken
from gateway.store.sql import Among, insert_new
from gateway.store.tables import inbound_key
from gateway.store.world import INTERCHANGE

_BELOW = ("group", "set")
_PLACE = (inbound_key.c.partner_id, inbound_key.c.kind, inbound_key.c.key)
_OWNERS = Among(sa.select(*_PLACE, inbound_key.c.receipt_id), *_PLACE)


def take(
    tx: sa.Connection,
    rows: Sequence[Mapping[str, object]],
    known: Collection[InterchangeKey] = (),
) -> None:
    """Insert keys that are new, in their order, so that nobody waits in a circle.

    A number that another node took since the world was read fails the transaction
    (``Overtaken``): answered again, it is judged as a repeat. ``known`` are the
    interchanges that were taken by then. On SQLite nobody can come between: there the
    world was read, or found to be still so, under the one lock for writing.
    """
    if insert_new(tx, inbound_key, sorted(rows, key=_place)) == len(rows):
        return  # each was new
    mine = {_place(row): row["receipt_id"] for row in rows if row["kind"] in _BELOW}
    if tx.dialect.name != "sqlite":
        before = {(key.partner_id, INTERCHANGE, str(key)) for key in known}
        ours = {_place(row): row["receipt_id"] for row in rows}
        mine |= {
            place: receipt_id
            for place, receipt_id in ours.items()
            if place[1] == INTERCHANGE and place not in before
        }
    for *place, receipt_id in _OWNERS.find(tx, mine):
        if mine[place[0], place[1], place[2]] != receipt_id:
            raise Overtaken(f"{place[1]} {place[2]} is taken by {receipt_id}")


def _place(row: Mapping[str, object]) -> tuple[object, ...]:
    return row["partner_id"], row["kind"], row["key"]
