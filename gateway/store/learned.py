"""The cross-references that are in force, as orders are held against them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

import sqlalchemy as sa

from gateway.catalog.learned import Learned
from gateway.store import tables
from gateway.store.sql import Among

_ref = tables.cross_reference.c
_FACTS = (_ref.kind, _ref.key, _ref.about, _ref.ours, _ref.valid_from, _ref.id)
_ITEMS = Among(
    sa.select(_ref.partner_id, *_FACTS).where(_ref.kind == "item"),
    _ref.partner_id,
    _ref.key,
)
_OTHERS = Among(
    sa.select(_ref.partner_id, *_FACTS).where(
        sa.text("cross_reference.kind IN ('ship_to', 'unit')")
    ),
    _ref.partner_id,
)


def in_force(
    tx: sa.Connection, unknown: Mapping[str, Iterable[str]], today: date
) -> dict[str, Learned]:
    """What was said of places, units and these numbers of items, by partner."""
    rows = list(_OTHERS.find(tx, [(partner,) for partner in unknown]))
    keys = [(partner, key) for partner, its in unknown.items() for key in its]
    rows += _ITEMS.find(tx, keys) if keys else ()
    day = today.isoformat()
    known = [row for row in rows if row.valid_from <= day]
    known.sort(key=lambda row: (row.valid_from, row.id))
    facts: defaultdict[str, dict[tuple[str, str, str], str]] = defaultdict(dict)
    for row in known:  # the last word counts
        facts[row.partner_id][row.kind, row.about, row.key] = row.ours
    return {partner: _learned(said) for partner, said in facts.items()}


def _learned(said: Mapping[tuple[str, str, str], str]) -> Learned:
    given = {place: ours for place, ours in said.items() if ours}
    return Learned(
        items={key: o for (kind, _, key), o in given.items() if kind == "item"},
        places=frozenset(key for kind, _, key in given if kind == "ship_to"),
        units={
            (about, key): o for (kind, about, key), o in given.items() if kind == "unit"
        },
    )
