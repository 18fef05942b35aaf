"""What needs a person: held orders by cause, changes, alerts and second opinions.

Every source is a small table or a partial index, however much history there is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gateway.order import Order, from_json
from gateway.order.money import Money, major
from gateway.partner.alerts import AlertKind
from gateway.pipeline.alerting import Raised
from gateway.pipeline.waiting import MAPPED, Cause, value_of
from gateway.store import alerts, approvals, tables
from gateway.store.approvals import Approval
from gateway.store.order_clocks import bodies
from gateway.store.sql import some
from gateway.store.tables import ALERT_OPEN, CHANGE_OPEN, SLA_RUNNING

__all__ = [
    "APPROVAL",
    "CAUSES",
    "CHANGE",
    "MANY",
    "Group",
    "Needs",
    "groups",
    "of_cause",
    "rows",
]

APPROVAL, CHANGE = "approval", "change"
_ALERTS = tuple(str(kind) for kind in AlertKind if kind is not AlertKind.HELD)
CAUSES: tuple[str, ...] = (APPROVAL, *map(str, Cause), CHANGE, *_ALERTS)
"""What things need people for, as they are listed."""
MANY = 100
"""How many orders may be decided together."""
_MOST = 200

_waiting, _change = tables.waiting.c, tables.order_change.c
_alert, _order, _box = tables.alert.c, tables.orders.c, tables.outbox.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Everything of one cause: how much, what money it is about, since when."""

    cause: str
    count: int
    oldest: datetime
    money: tuple[Money, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """One thing that needs somebody. ``ref`` is what it is about, ``id`` itself.

    ``lines`` counts lines of an order with the same cause, ``theirs`` is what a
    cross-reference would answer. ``due_at`` is when its clock runs out.
    """

    id: str
    cause: str
    ref: str
    partner_id: str
    what: str
    code: str
    since: datetime
    order_id: str = ""
    po_number: str = ""
    lines: int = 0
    theirs: str = ""
    stake: Money | None = None
    due_at: datetime | None = None
    by: str = ""


def groups(tx: sa.Connection, *, partner: str | None = None) -> tuple[Group, ...]:
    """The causes that there are, in the order of ``CAUSES``."""
    found: dict[str, Group] = {}
    for one in (*_held_groups(tx, partner), *_other_groups(tx, partner)):
        before = found.get(one.cause)
        found[one.cause] = one if before is None else _together(before, one)
    asked = approvals.every(tx, partner=partner)
    if asked:
        money: dict[str, Money] = {}
        for each in asked:
            its = each.stake.currency
            money[its] = money[its] + each.stake if its in money else each.stake
        found[APPROVAL] = Group(
            cause=APPROVAL,
            count=len(asked),
            oldest=asked[0].asked_at,
            money=tuple(money[its] for its in sorted(money)),
        )
    return tuple(found[cause] for cause in CAUSES if cause in found)


def rows(
    tx: sa.Connection,
    *,
    partner: str | None = None,
    cause: str | None = None,
    before: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[tuple[Needs, ...], str | None]:
    """What needs somebody since ``before`` then, the oldest first.

    The cursor asks for those behind it; there is one only where a ``cause`` is asked
    for, since then all are of one kind.
    """
    limit = max(1, min(limit, _MOST))
    found: list[Needs] = []
    if cause in (None, APPROVAL) and not cursor:
        found += map(_to_approve, approvals.every(tx, partner=partner))
    if cause is None or cause in set(Cause):
        found += _held(tx, partner, cause, before, cursor, limit + 1)
    if cause in (None, CHANGE):
        found += _changes(tx, partner, before, cursor, limit + 1)
    if cause is None or cause in _ALERTS:
        found += _alerts(tx, partner, cause, before, cursor, limit + 1)
    if before is not None:
        found = [one for one in found if one.since <= before]
    found.sort(key=lambda one: (one.since, one.id))
    shown = found[:limit]
    more = shown[-1].id if cause and len(found) > limit else None
    return tuple(_with_clocks(tx, shown)), more


# Held orders.


def _held_groups(tx: sa.Connection, partner: str | None) -> Iterable[Group]:
    query = sa.select(
        _waiting.cause,
        _waiting.currency,
        sa.func.count(_waiting.order_id.distinct()).label("n"),
        sa.func.sum(_waiting.stake).label("stake"),
        sa.func.min(_waiting.since).label("oldest"),
    ).group_by(_waiting.cause, _waiting.currency)
    if partner is not None:
        query = query.where(_waiting.partner_id == partner)
    for row in tx.execute(query):
        money = major(int(row.stake), row.currency)
        yield Group(cause=row.cause, count=row.n, oldest=row.oldest, money=(money,))


def _together(one: Group, other: Group) -> Group:
    return replace(
        one,
        count=one.count + other.count,
        oldest=min(one.oldest, other.oldest),
        money=one.money + other.money,
    )


def _held(
    tx: sa.Connection,
    partner: str | None,
    cause: str | None,
    before: datetime | None,
    cursor: str | None,
    limit: int,
) -> list[Needs]:
    """One row for each order and cause, with what its first line says."""
    key = (_waiting.order_id, _waiting.cause)
    query = sa.select(
        *key,
        sa.func.min(_waiting.n).label("n"),
        sa.func.count().label("lines"),
        sa.func.sum(_waiting.stake).label("stake"),
    ).group_by(*key)
    if partner is not None:
        query = query.where(_waiting.partner_id == partner)
    if cause is not None:
        query = query.where(_waiting.cause == cause)
    if cursor:
        query = query.where(_waiting.order_id > cursor)
    if before is not None:
        query = query.where(_waiting.since <= before)
    page = query.order_by(*key).limit(limit).subquery()
    full = sa.select(tables.waiting, page.c.lines, page.c.stake.label("sum")).join(
        page, sa.and_(page.c.order_id == _waiting.order_id, page.c.n == _waiting.n)
    )
    return [_held_row(row) for row in tx.execute(full)]


def _held_row(row: Any) -> Needs:
    is_mapped = row.cause in set(MAPPED)
    return Needs(
        id=row.order_id,
        cause=row.cause,
        ref=row.order_id,
        partner_id=row.partner_id,
        what=row.what,
        code=row.code,
        since=row.since,
        order_id=row.order_id,
        po_number=row.po_number,
        lines=row.lines,
        theirs=row.theirs if is_mapped else "",
        stake=major(int(row.sum), row.currency),
    )


def _to_approve(one: Approval) -> Needs:
    return Needs(
        id=one.order_id,
        cause=APPROVAL,
        ref=one.order_id,
        partner_id=one.partner_id,
        what=one.reason,
        code="CHG-005",
        since=one.asked_at,
        order_id=one.order_id,
        stake=one.stake,
        by=one.by,
    )


# Changes and alerts.


def _other_groups(tx: sa.Connection, partner: str | None) -> Iterable[Group]:
    n = sa.func.count().label("n")
    oldest = sa.func.min(_change.created_at).label("oldest")
    query = sa.select(n, oldest).select_from(tables.order_change).where(CHANGE_OPEN)
    if partner is not None:
        query = query.where(_change.partner_id == partner)
    row = tx.execute(query).one()
    if row.n:
        yield Group(cause=CHANGE, count=row.n, oldest=row.oldest)
    oldest = sa.func.min(_alert.at).label("oldest")
    query = sa.select(_alert.kind, n, oldest).where(ALERT_OPEN).group_by(_alert.kind)
    if partner is not None:
        query = query.where(_alert.partner_id == partner)
    for row in tx.execute(query):
        yield Group(cause=row.kind, count=row.n, oldest=row.oldest)


def _changes(
    tx: sa.Connection,
    partner: str | None,
    before: datetime | None,
    cursor: str | None,
    limit: int,
) -> list[Needs]:
    query = sa.select(
        *(_change.id, _change.partner_id, _change.order_id, _change.po_number),
        *(_change.state, _change.sequence, _change.created_at),
    ).where(CHANGE_OPEN, _change.id > (cursor or ""))
    if partner is not None:
        query = query.where(_change.partner_id == partner)
    if before is not None:
        query = query.where(_change.created_at <= before)
    return [
        Needs(
            id=row.id,
            cause=CHANGE,
            ref=row.id,
            partner_id=row.partner_id,
            what=row.state,
            code="",
            since=row.created_at,
            order_id=row.order_id,
            po_number=row.po_number,
        )
        for row in tx.execute(query.order_by(_change.id).limit(limit))
    ]


def _alerts(
    tx: sa.Connection,
    partner: str | None,
    cause: str | None,
    before: datetime | None,
    cursor: str | None,
    limit: int,
) -> list[Needs]:
    """Open alerts whose cause still holds, with the order that they are about."""
    after, found = cursor or "", list[Raised]()
    while len(found) < limit:
        some_ = alerts.opened(
            tx, after, limit, partner=partner, kind=cause, before=before
        )
        found += alerts.lasting(tx, some_)
        if len(some_) < limit:
            break
        after = some_[-1].id
    found = found[:limit]
    orders = _orders_of(tx, [one.ref for one in found])
    return [
        Needs(
            id=one.id,
            cause=str(one.kind),
            ref=one.ref,
            partner_id=one.partner_id,
            what=one.what,
            code=one.code,
            since=one.at,
            order_id=orders.get(one.ref, ("", "", None))[0],
            po_number=orders.get(one.ref, ("", "", None))[1],
            stake=orders.get(one.ref, ("", "", None))[2],
        )
        for one in found
    ]


_About = tuple[str, str, Money | None]


def _orders_of(tx: sa.Connection, refs: Sequence[str]) -> dict[str, _About]:
    """The order behind a message or an order's own id: its id, number and value."""
    of_ref = {ref: ref for ref in refs if ref.startswith("ord_")}
    messages = [ref for ref in refs if ref.startswith("msg_")]
    for part in some(messages):
        query = sa.select(_box.id, _box.order_id).where(_box.id.in_(part))
        of_ref |= {row.id: row.order_id for row in tx.execute(query) if row.order_id}
    found: dict[str, _About] = {}
    known = bodies(tx, of_ref.values())
    for ref, order_id in of_ref.items():
        order = from_json(known[order_id]) if order_id in known else None
        if isinstance(order, Order):
            value = major(value_of(order), order.currency)
            found[ref] = order_id, order.po_number, value
    return found


# Clocks.


def _with_clocks(tx: sa.Connection, shown: Sequence[Needs]) -> Iterable[Needs]:
    """With the moment on which the clock of each order runs out, if one was told."""
    refs = {one.order_id or one.ref for one in shown}
    own = tables.sla.c
    due: defaultdict[str, list[datetime]] = defaultdict(list)
    numbers: dict[str, str] = {}
    for part in some(sorted(refs)):
        query = sa.select(own.ref, own.due_at).where(SLA_RUNNING, own.ref.in_(part))
        for row in tx.execute(query):
            due[row.ref].append(row.due_at)
    bare = (one.order_id for one in shown if one.order_id and not one.po_number)
    for part in some(bare):
        query = sa.select(_order.id, _order.po_number).where(_order.id.in_(part))
        numbers |= {row.id: row.po_number for row in tx.execute(query)}
    for one in shown:
        ends = due.get(one.order_id or one.ref)
        yield replace(
            one,
            due_at=min(ends) if ends else None,
            po_number=one.po_number or numbers.get(one.order_id, ""),
        )


def of_cause(
    tx: sa.Connection, cause: str, *, partner: str | None, limit: int
) -> tuple[str, ...]:
    """The orders that wait for nothing but this cause, the oldest first."""
    inner = tables.waiting.alias()
    others = sa.exists().where(
        inner.c.order_id == _waiting.order_id, inner.c.cause != cause
    )
    query = sa.select(_waiting.order_id).where(_waiting.cause == cause, ~others)
    if partner is not None:
        query = query.where(_waiting.partner_id == partner)
    query = query.distinct().order_by(_waiting.order_id).limit(limit)
    return tuple(tx.execute(query).scalars())
