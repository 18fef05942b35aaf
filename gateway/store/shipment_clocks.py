"""Clocks of shipments: their ship notice is to be accepted, their invoice to leave."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

import sqlalchemy as sa

from gateway.pipeline.shipping import KINDS
from gateway.pipeline.sla import Running
from gateway.store import tables
from gateway.store.clock_parts import (
    MOST,
    NOT_DONE,
    TAKEN,
    Asked,
    Ended,
    messages_by,
    messages_under,
    rows_by_id,
    when_acknowledged,
    when_left,
)
from gateway.store.sql import some

_box, _deadline, _shipment = tables.outbox.c, tables.deadline.c, tables.shipment.c


def shipment_running(tx: sa.Connection, asked: Asked) -> Iterator[Running]:
    """Shipments that are to be looked at by now."""
    due = (
        sa.select(
            _shipment.partner_id,
            _shipment.id.label("ref"),
            _shipment.created_at.label("started_at"),
            _shipment.number,
        )
        .join(
            tables.deadline,
            sa.and_(
                _deadline.partner_id == _shipment.partner_id,
                _deadline.ref == _shipment.id,
            ),
        )
        .where(
            NOT_DONE,
            _deadline.kind == asked.kind.value,
            _deadline.due_at <= asked.now,
        )
    )
    yield from asked.run(tx.execute(due.order_by(_deadline.due_at).limit(MOST)))


def notice_ended(
    tx: sa.Connection, asked: Asked, every: Sequence[Running]
) -> dict[Running, Ended]:
    """When the partner accepted the 856; void: the shipment was taken back.

    A DESADV that no CONTRL is asked for is told when it left.
    """
    shipments = _shipments(tx, every)
    orders = {id_ for one in shipments.values() for id_ in one.orders}
    sent = messages_by(tx, _box.order_id, orders, sorted(KINDS))
    found: dict[Running, Ended] = {}
    for one in every:
        shipment = shipments[one.ref]
        idem = f"856/{one.ref}"
        told = [
            message
            for order_id in shipment.orders
            for message in sent.get(order_id, ())
            if message.idem == idem or message.idem.startswith(f"{idem}/replace/")
        ]
        taken = [row for row in told if row.acknowledgement in TAKEN]
        silent = [row for row in told if row.acknowledgement == "not_expected"]
        if shipment.is_cancelled:
            found[one] = Ended(asked.now, is_void=True)
        elif taken:
            found[one] = Ended(min(when_acknowledged(tx, taken, asked.now)))
        elif (over := when_left(silent, asked.fetched)) is not None:
            found[one] = over
    return found


def invoice_ended(
    tx: sa.Connection, asked: Asked, every: Sequence[Running]
) -> dict[Running, Ended]:
    """A shipment is billed when as many of each line are as were shipped until then."""
    shipments = _shipments(tx, every)
    orders = {id_ for one in shipments.values() for id_ in one.orders}
    shipped = _shipped(tx, asked, orders)
    billed = _billed(tx, asked, orders)
    found: dict[Running, Ended] = {}
    for one in every:
        shipment = shipments[one.ref]
        if shipment.is_cancelled:
            found[one] = Ended(asked.now, is_void=True)
            continue
        at = [
            _reached(billed.get(line, ()), _until(shipped[line], one.started_at))
            for line in shipment.lines
        ]
        done = [moment for moment in at if moment is not None]
        if done and len(done) == len(at):
            found[one] = Ended(max(*done, one.started_at))
    return found


_Line = tuple[str, str]
"""An order's id and the number of its line."""
_Counts = dict[_Line, list[tuple[datetime, Decimal]]]


class _Shipment(NamedTuple):
    is_cancelled: bool = True
    lines: tuple[_Line, ...] = ()

    @property
    def orders(self) -> set[str]:
        return {order_id for order_id, _ in self.lines}


def _shipments(
    tx: sa.Connection, every: Iterable[Running]
) -> defaultdict[str, _Shipment]:
    """What is in each shipment by its id; one that is gone is as if taken back."""
    found: defaultdict[str, _Shipment] = defaultdict(_Shipment)
    rows = rows_by_id(tx, tables.shipment, [one.ref for one in every])
    for id_, row in rows.items():
        told = json.loads(row.body)
        lines = [(line["order_id"], line["line_no"]) for line in told["lines"]]
        unique = tuple(dict.fromkeys(lines))
        found[id_] = _Shipment(told.get("purpose") == "cancel", unique)
    return found


def _lines(
    tx: sa.Connection, asked: Asked, table: sa.Table, orders: Iterable[str]
) -> list[Any]:
    found: list[Any] = []
    mine = sa.select(table).where(table.c.partner_id.in_(asked.soonest))
    for part in some(sorted(orders)):
        found += tx.execute(mine.where(table.c.order_id.in_(part)))
    return found


def _shipped(tx: sa.Connection, asked: Asked, orders: Iterable[str]) -> _Counts:
    """What was shipped of each line, and when."""
    lines = _lines(tx, asked, tables.shipment_line, orders)
    rows = rows_by_id(tx, tables.shipment, {line.shipment_id for line in lines})
    found: _Counts = defaultdict(list)
    for line in lines:
        entry = (rows[line.shipment_id].created_at, Decimal(line.quantity))
        found[line.order_id, line.line_no].append(entry)
    return found


def _billed(tx: sa.Connection, asked: Asked, orders: Iterable[str]) -> _Counts:
    """What was billed of each line, and when the 810 left; oldest first."""
    lines = _lines(tx, asked, tables.invoice_line, orders)
    sent = messages_under(tx, asked, {f"810/{line.invoice_id}" for line in lines})
    found: _Counts = defaultdict(list)
    for line in lines:
        gone = when_left(sent.get(f"810/{line.invoice_id}", ()), asked.fetched)
        if gone is not None and not gone.is_void:
            entry = (gone.at, Decimal(line.quantity))
            found[line.order_id, line.line_no].append(entry)
    return {key: sorted(entries) for key, entries in found.items()}


def _until(entries: Iterable[tuple[datetime, Decimal]], then: datetime) -> Decimal:
    return sum((much for at, much in entries if at <= then), Decimal(0))


def _reached(
    entries: Iterable[tuple[datetime, Decimal]], wanted: Decimal
) -> datetime | None:
    summed = Decimal(0)
    for at, quantity in entries:
        summed += quantity
        if summed >= wanted:
            return at
    return None
