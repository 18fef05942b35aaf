"""Look up messages of ours by the numbers that acknowledgements name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import sqlalchemy as sa

from gateway.pipeline.sent import GROUP, INTERCHANGE, Sent, SentKey
from gateway.store import tables
from gateway.store.sql import some

_IsOne = Callable[[sa.Column[int]], sa.ColumnElement[bool]]

_BOX = tables.outbox.c
_LINK = tables.advice_link.c
_BAD = ("rejected", "partly_accepted")
_ALIKE = _BOX.group_number == _BOX.interchange_number


def sent(tx: sa.Connection, keys: Iterable[SentKey]) -> dict[SentKey, tuple[Sent, ...]]:
    """The messages of ours that these numbers name, oldest first.

    One query for all of them. Repeats of a message have its numbers; only the first
    one counts.
    """
    wanted = frozenset(keys)
    found: defaultdict[SentKey, list[Sent]] = defaultdict(list)
    for part in map(frozenset, some(wanted)):
        query = (
            sa.select(tables.outbox)
            .where(_BOX.replay_of == "", sa.or_(*_named(part)))
            .order_by(_BOX.id)
        )
        rows = [sent_of(row) for row in tx.execute(query)]
        if refused := _refused(tx, rows):
            rows = [replace(row, refused=row.id in refused) for row in rows]
        for one in rows:
            for key in _keys(one):
                if key in part:
                    found[key].append(one)
    return {key: tuple(rows) for key, rows in found.items()}


def _refused(tx: sa.Connection, rows: Iterable[Sent]) -> frozenset[str]:
    """Those of them whose refusal is the word of their application."""
    bad = [one for one in rows if one.acknowledgement in _BAD]
    if not bad:
        return frozenset()
    said = sa.select(_LINK.outbox_id).where(
        _LINK.order_id.in_({one.order_id for one in bad}),
        _LINK.outbox_id.in_({one.id for one in bad}),
        _LINK.state.in_(_BAD),
    )
    return frozenset(tx.execute(said).scalars())


def _named(keys: Iterable[SentKey]) -> list[sa.ColumnElement[bool]]:
    """Conditions that each go by an index of their own."""
    by_level: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for key in keys:
        by_level[key.level].append((key.partner_id, key.number))
    conditions: list[sa.ColumnElement[bool]] = []
    for level, numbers in by_level.items():
        conditions += numbered(level, partial(_is_among, numbers))
    return conditions


def _is_among(
    numbers: Sequence[tuple[str, int]], column: sa.Column[int]
) -> sa.ColumnElement[bool]:
    return sa.tuple_(_BOX.partner_id, column).in_(numbers)


def numbered(level: str, is_one: _IsOne) -> tuple[sa.ColumnElement[bool], ...]:
    """Conditions for a message with this number at a level, each with an index.

    Groups that have their interchange's number, as nearly all do, are found by that.
    """
    by_interchange = sa.and_(tables.OUTBOX_NUMBERED, is_one(_BOX.interchange_number))
    if level == INTERCHANGE:
        return (by_interchange,)
    apart = sa.and_(tables.OUTBOX_APART, is_one(_BOX.group_number))
    return sa.and_(by_interchange, _ALIKE), apart


def _keys(one: Sent) -> tuple[SentKey, SentKey]:
    numbers = ((GROUP, one.group_number), (INTERCHANGE, one.interchange_number))
    group, interchange = (
        SentKey(partner_id=one.partner_id, level=level, number=number)
        for level, number in numbers
    )
    return group, interchange


def sent_of(row: sa.Row[Any]) -> Sent:
    """A message of ours by its row."""
    its = row._mapping
    return Sent(
        partner_id=its["partner_id"],
        id=its["id"],
        idem=its["idem"],
        kind=its["kind"],
        interchange_number=its["interchange_number"],
        group_number=its["group_number"],
        message_number=its["message_number"],
        message_count=its["message_count"],
        acknowledgement=its["acknowledgement"],
        created_at=its["created_at"],
        series=its["series"],
        order_id=its["order_id"],
    )
