"""Cross-references: what operators said once, dated, and what came of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from gateway.catalog.learned import Kind
from gateway.pipeline.waiting import MAPPED
from gateway.store import ids, queries, tables
from gateway.store.journal import event_row
from gateway.store.rows import Page
from gateway.store.sql import insert_all

_ref, _waiting = tables.cross_reference.c, tables.waiting.c
_CAUSES = {kind: str(cause) for cause, kind in MAPPED.items()}
_MOST_TOLD = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Became:
    """An order that waited, and its state since it was looked at again."""

    order_id: str
    po_number: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossReference:
    """What ``theirs`` means: our item, our ship-to, or our unit (of ``about``).

    No ``ours``: nothing any more. ``state`` is working while orders that wait for it
    are looked at again; ``released`` and ``held`` count them, ``orders`` are the last
    of them.
    """

    id: str
    partner_id: str
    kind: Kind
    theirs: str
    about: str
    ours: str
    valid_from: date
    by: str
    reason: str
    created_at: datetime
    state: str
    released: int = 0
    held: int = 0
    orders: tuple[Became, ...] = ()
    key: str = ""
    """``theirs`` as it is looked for."""
    cursor: str = ""
    """The last order that was looked at."""

    def saw(self, one: Became) -> CrossReference:
        """The same after an order was looked at."""
        is_held = one.state == "held"
        return replace(
            self,
            released=self.released + (not is_held),
            held=self.held + is_held,
            orders=(*self.orders, one)[-_MOST_TOLD:],
            cursor=one.order_id,
        )


def add(tx: sa.Connection, one: CrossReference) -> CrossReference:
    """Keep it, with an id of its own."""
    one = replace(one, id=ids.new("xrf"))
    row = {
        "partner_id": one.partner_id,
        "id": one.id,
        "kind": one.kind,
        "key": one.key,
        "theirs": one.theirs,
        "about": one.about,
        "ours": one.ours,
        "valid_from": one.valid_from.isoformat(),
        "by": one.by,
        "reason": one.reason,
        "created_at": one.created_at,
        "state": one.state,
        "report": _report(one),
    }
    insert_all(tx, tables.cross_reference, [row])
    told = {name: row[name] for name in ("kind", "theirs", "about", "ours")}
    told |= {name: row[name] for name in ("valid_from", "by", "reason")}
    named = {name: str(value) for name, value in told.items()}
    at = one.created_at
    event = event_row(one.partner_id, "cross_reference.made", one.id, at, **named)
    insert_all(tx, tables.event, [event])
    return one


def note(tx: sa.Connection, one: CrossReference) -> None:
    """Keep how far it has come."""
    tx.execute(
        sa.update(tables.cross_reference)
        .where(_ref.partner_id == one.partner_id, _ref.id == one.id)
        .values(state=one.state, report=_report(one))
    )


def find(
    tx: sa.Connection, id_: str, *, partner: str | None = None, lock: bool = False
) -> CrossReference | None:
    """One of them by its id."""
    query = sa.select(tables.cross_reference).where(_ref.id == id_)
    query = queries.narrowed(query, _ref.partner_id, partner)
    row = tx.execute(query.with_for_update() if lock else query).first()
    return None if row is None else _of(row)


def every(
    tx: sa.Connection,
    *,
    partner: str | None = None,
    kind: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[CrossReference]:
    """All that were ever made, the newest first."""
    query = queries.narrowed(
        sa.select(tables.cross_reference), _ref.partner_id, partner
    )
    query = queries.narrowed(query, _ref.kind, kind)
    return queries.page(
        tx, query, _ref.id, cursor, limit, lambda rows: [*map(_of, rows)]
    )


def working(tx: sa.Connection, today: date) -> list[str]:
    """The ids of those whose orders are to be looked at again."""
    query = sa.select(_ref.id).where(
        tables.CROSS_REFERENCE_WORKING, _ref.valid_from <= today.isoformat()
    )
    return list(tx.execute(query.order_by(_ref.id).limit(20)).scalars())


def next_waiting(tx: sa.Connection, one: CrossReference) -> tuple[str, str] | None:
    """The next order that waits for it: its id and number."""
    query = (
        sa.select(_waiting.order_id, _waiting.po_number)
        .where(_waiting.key == one.key, _waiting.partner_id == one.partner_id)
        .where(_waiting.cause == _CAUSES[one.kind], _waiting.order_id > one.cursor)
        .order_by(_waiting.order_id)
        .limit(1)
    )
    row = tx.execute(query).first()
    return None if row is None else (row.order_id, row.po_number)


def waiting_for(tx: sa.Connection, partner_id: str, kind: str, key: str) -> int:
    """How many held orders wait for a cross-reference."""
    query = sa.select(sa.func.count(_waiting.order_id.distinct())).where(
        _waiting.key == key,
        _waiting.partner_id == partner_id,
        _waiting.cause == _CAUSES[kind],
    )
    return int(tx.execute(query).scalar_one())


def _report(one: CrossReference) -> str:
    told = {"cursor": one.cursor, "released": one.released, "held": one.held}
    return json.dumps({**told, "orders": [asdict(each) for each in one.orders]})


def _of(row: Any) -> CrossReference:
    told = json.loads(row.report)
    return CrossReference(
        id=row.id,
        partner_id=row.partner_id,
        kind=row.kind,
        theirs=row.theirs,
        about=row.about,
        ours=row.ours,
        valid_from=date.fromisoformat(row.valid_from),
        by=row.by,
        reason=row.reason,
        created_at=row.created_at,
        state=row.state,
        released=told["released"],
        held=told["held"],
        orders=tuple(Became(**each) for each in told["orders"]),
        key=row.key,
        cursor=told["cursor"],
    )
