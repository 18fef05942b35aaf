"""Changes of orders: what they meet, what became of them, line by line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from gateway.findings import Finding
from gateway.order import Order, from_json, to_json
from gateway.order.ack import OrderAck
from gateway.order.change import Change
from gateway.order.life import ChangeState, State
from gateway.order.read import ack_from_json, change_from_json
from gateway.pipeline.booked import ORDER_KINDS, Booked, KnownChange, OrderPlace
from gateway.pipeline.effects import KeepChange, SettleChange
from gateway.store import draws, tables
from gateway.store.journal import Version, event_row, version_sum
from gateway.store.sql import fetch, insert_all, some

_change = tables.order_change.c
_OPEN = (str(ChangeState.WAITING), str(ChangeState.HELD))
_ANY_WITHOUT_ORDER = (
    sa.select(_change.id).where(tables.CHANGE_WITHOUT_ORDER).limit(sa.literal(1))
)
_NOT_HERE = Decimal(0)

ChangeRow = sa.Row[Any]
"""A row of ``order_change``."""

Changes = Mapping[OrderPlace, tuple[KnownChange, ...]]
Orders = Mapping[OrderPlace, tuple[Booked, ...]]


def without_order(tx: sa.Connection, places: Collection[OrderPlace]) -> Changes:
    """Changes that wait for an order at one of these places, as they came."""
    if not places or not fetch(tx, _ANY_WITHOUT_ORDER):
        return {}
    found: defaultdict[OrderPlace, list[KnownChange]] = defaultdict(list)
    wanted = set(places)
    for part in some({place.po_number for place in places}):
        query = sa.select(tables.order_change).where(
            tables.CHANGE_WITHOUT_ORDER, _change.po_number.in_(part)
        )
        for row in tx.execute(query.order_by(_change.id)):
            place = OrderPlace(
                row.partner_id, row.test, row.po_number, row.release_number
            )
            if place in wanted:
                found[place].append(known(row))
    return {place: tuple(every) for place, every in found.items()}


def booked(
    tx: sa.Connection, places: Collection[OrderPlace], *, lock: bool = False
) -> Orders:
    """The orders at these places as they stand, with all their changes.

    With ``lock`` nobody else changes or ships them until the end of tx.
    """
    rows: dict[str, sa.Row[Any]] = {}
    at: defaultdict[OrderPlace, list[str]] = defaultdict(list)
    for place, row in _at(tx, places, lock=lock):
        rows[row.id] = row
        at[place].append(row.id)
    known = _booked(tx, rows)
    return {place: tuple(known[id_] for id_ in ids) for place, ids in at.items()}


def missing(tx: sa.Connection, places: Collection[OrderPlace]) -> set[str]:
    """The partners of whom an order is not there at one of these places."""
    there = {place for place, _ in _at(tx, places, lock=False)}
    return {place.partner_id for place in places if place not in there}


def _at(
    tx: sa.Connection, places: Collection[OrderPlace], *, lock: bool
) -> Iterator[tuple[OrderPlace, sa.Row[Any]]]:
    """The orders at these places, in the order of their ids."""
    order, wanted = tables.orders.c, set(places)
    for part in some(sorted({place.po_number for place in places})):
        query = sa.select(tables.orders).where(order.po_number.in_(part))
        query = query.order_by(order.id)
        for row in tx.execute(query.with_for_update() if lock else query):
            place = OrderPlace(
                row.partner_id, row.test, row.po_number, row.release_number
            )
            if place in wanted and row.kind.removeprefix("test_") in ORDER_KINDS:
                yield place, row


def booked_by_id(tx: sa.Connection, order_id: str) -> Booked | None:
    """One order as it stands, locked until the end of tx, if there is such an order."""
    order = tables.orders.c
    query = sa.select(tables.orders).where(order.id == order_id).with_for_update()
    row = tx.execute(query).first()
    return None if row is None else _booked(tx, {row.id: row})[row.id]


def _booked(tx: sa.Connection, rows: Mapping[str, sa.Row[Any]]) -> dict[str, Booked]:
    if not rows:
        return {}
    shipped, promised = _shipped(tx, rows), _promised(tx, rows)
    changes = _changes(tx, rows)
    spent, drawn = draws.spent(tx, rows), draws.of(tx, rows)
    found: dict[str, Booked] = {}
    version = tables.order_version.c
    key = sa.tuple_(version.order_id, version.n)
    for part in some([(row.id, row.version) for row in rows.values()]):
        for one in tx.execute(sa.select(tables.order_version).where(key.in_(part))):
            row = rows[one.order_id]
            its = Version.of(one.text)
            order, ack = from_json(its.body), ack_from_json(its.ack)
            assert isinstance(order, Order)
            assert isinstance(ack, OrderAck)
            found[row.id] = Booked(
                buyer=row.buyer_party,
                order=order,
                ack=ack,
                state=State(row.state),
                version=row.version,
                shipped=shipped.get(row.id, {}),
                promised=promised.get(row.id, {}),
                changes=tuple(changes.get(row.id, ())),
                spent=spent.get(row.id, {}),
                drawn=drawn.get(row.id, ()),
            )
    return found


def _of(
    query: sa.Select[Any], table: sa.Table, order_ids: Sequence[str]
) -> sa.Select[Any]:
    """The rows of these orders; their keys begin with the partner."""
    order, its = tables.orders.c, table.c
    same = sa.and_(order.partner_id == its.partner_id, order.id == its.order_id)
    return query.join(tables.orders, same).where(order.id.in_(order_ids))


def _shipped(
    tx: sa.Connection, order_ids: Iterable[str]
) -> dict[str, dict[str, Decimal]]:
    line = tables.shipment_line.c
    found: dict[str, dict[str, Decimal]] = {}
    for part in some(order_ids):
        query = sa.select(line.order_id, line.line_no, line.quantity)
        for row in tx.execute(_of(query, tables.shipment_line, part)):
            its = found.setdefault(row.order_id, {})
            its[row.line_no] = its.get(row.line_no, _NOT_HERE) + Decimal(row.quantity)
    return found


def _promised(
    tx: sa.Connection, order_ids: Iterable[str]
) -> dict[str, dict[str, tuple[str, Fraction]]]:
    found: dict[str, dict[str, tuple[str, Fraction]]] = {}
    for part in some(order_ids):
        query = sa.select(tables.promise)
        for row in tx.execute(_of(query, tables.promise, part)):
            its = found.setdefault(row.order_id, {})
            its[row.line_no] = (row.sku, Fraction(row.quantity))
    return found


def _changes(
    tx: sa.Connection, order_ids: Iterable[str]
) -> dict[str, list[KnownChange]]:
    found: dict[str, list[KnownChange]] = {}
    for part in some(order_ids):
        query = sa.select(tables.order_change).where(_change.order_id.in_(part))
        for row in tx.execute(query.order_by(_change.id)):
            found.setdefault(row.order_id, []).append(known(row))
    return found


def known(row: ChangeRow) -> KnownChange:
    """A change as the pipeline knows it."""
    return KnownChange(
        id=row.id,
        sequence=row.sequence,
        digest=row.digest,
        state=ChangeState(row.state),
        message_id=row.message_id,
        change=_read(row.body) if row.state in _OPEN else None,
    )


def _read(body: str) -> Change:
    change = change_from_json(body)
    assert not isinstance(change, tuple)
    return change


def row_of(effect: KeepChange, receipt_id: str, now: datetime) -> dict[str, object]:
    """A change as its row."""
    change = effect.change
    return {
        "partner_id": effect.partner_id,
        "id": effect.change_id,
        "order_id": effect.order_id,
        "buyer_party": effect.buyer,
        "test": effect.place.test,
        "po_number": change.po_number,
        "release_number": change.release_number,
        "sequence": change.sequence,
        "digest": effect.digest,
        "state": str(effect.state),
        "version": effect.version,
        "body": to_json(change),
        "ack": to_json(effect.answer) if effect.answer else "",
        "receipt_id": receipt_id,
        "message_id": effect.message_id,
        "created_at": now,
        "changed_at": now,
    }


def event_of(effect: KeepChange | SettleChange, now: datetime) -> dict[str, object]:
    """What is attested of a change: what became of it, and by which answer."""
    answer = to_json(effect.answer) if effect.answer else ""
    detail = {
        "order": effect.order_id,
        "state": str(effect.state),
        "version": str(effect.version),
        "sha256": version_sum(Version("", answer, "").text),
    }
    if isinstance(effect, KeepChange):
        text = Version(to_json(effect.change), answer, "").text
        detail["sha256"] = version_sum(text)
    name = "change.kept" if isinstance(effect, KeepChange) else "change.settled"
    return event_row(effect.partner_id, name, effect.change_id, now, **detail)


def settle(tx: sa.Connection, effects: Sequence[SettleChange], now: datetime) -> bool:
    """Give changes their new state; false where one was settled meanwhile."""
    for effect in effects:
        query = (
            sa.update(tables.order_change)
            .where(
                _change.partner_id == effect.partner_id,
                _change.id == effect.change_id,
                _change.state == str(effect.was),
            )
            .values(
                state=str(effect.state),
                order_id=effect.order_id,
                version=effect.version,
                ack=to_json(effect.answer) if effect.answer else "",
                changed_at=now,
            )
        )
        if tx.execute(query).rowcount != 1:
            return False
        insert_all(tx, tables.event, [event_of(effect, now)])
    return True


def of_order(tx: sa.Connection, order_id: str) -> list[sa.Row[Any]]:
    """The changes of an order as they are kept, the oldest first."""
    query = sa.select(tables.order_change).where(_change.order_id == order_id)
    return list(tx.execute(query.order_by(_change.id)))


def one(tx: sa.Connection, change_id: str) -> sa.Row[Any] | None:
    """A change as it is kept."""
    query = sa.select(tables.order_change).where(_change.id == change_id)
    return tx.execute(query).first()


def oldest_held(tx: sa.Connection, order_id: str) -> ChangeRow | None:
    """The change of an order that operators have waited with longest."""
    held = (row for row in of_order(tx, order_id) if row.state == ChangeState.HELD)
    return next(held, None)


def hold(
    tx: sa.Connection, change_id: str, now: datetime
) -> tuple[sa.Row[Any], Finding] | None:
    """Let operators decide a change that has waited too long; none if it has not."""
    row = one(tx, change_id)
    if row is None or row.state != str(ChangeState.WAITING):
        return None
    tx.execute(
        sa.update(tables.order_change)
        .where(_change.partner_id == row.partner_id, _change.id == row.id)
        .values(state=str(ChangeState.HELD), changed_at=now)
    )
    detail = {"order": row.order_id, "state": str(ChangeState.HELD)}
    event = event_row(row.partner_id, "change.settled", row.id, now, **detail)
    insert_all(tx, tables.event, [event])
    if row.order_id:
        what = f"change {row.sequence} of {row.po_number}: one before it has not come"
        return row, Finding.of("CHG-103", what, value=row.sequence)
    what = f"order {row.po_number} has not come, only a change of it"
    return row, Finding.of("CHG-101", what, value=row.po_number)
