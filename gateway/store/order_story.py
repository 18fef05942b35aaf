"""The conversation about an order: every document and message, with its clocks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from gateway.store import queries, tables
from gateway.store.rows import MessageRow, OrderDetail
from gateway.store.sql import some

__all__ = ["Clock", "Told", "clocks", "story"]

_box, _message, _sla = tables.outbox.c, tables.message.c, tables.sla.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One step of the conversation. ``kind`` is a message type or a word for it.

    ``direction`` is in, out, or empty for what happened on our side; ``status`` where
    it stands, ``ref`` the message or document, ``number`` its own.
    """

    at: datetime
    kind: str
    direction: str
    ref: str
    number: str = ""
    status: str = ""
    acknowledgement: str = ""
    what: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A clock that was told: what for, until when, and what came of it."""

    kind: str
    ref: str
    number: str
    level: str
    due_at: datetime
    done_at: datetime | None
    outcome: str
    costs: str


def story(tx: sa.Connection, detail: OrderDetail) -> tuple[Told, ...]:
    """Everything that was said about an order, in its order of time."""
    order = detail.order
    came = _inbound(tx, {order.message_id, *(one.message_id for one in detail.changes)})
    known = {one.ref for one in came}
    found = [
        *came,
        *_without_message(detail, known),
        *_acknowledgements(tx, detail),
        *map(_sent, (*detail.answers, *detail.handed)),
        *_documents(detail),
    ]
    return tuple(sorted(found, key=lambda one: (one.at, one.ref)))


def clocks(tx: sa.Connection, detail: OrderDetail) -> tuple[Clock, ...]:
    """The clocks of the order, its changes, its messages and its shipments."""
    refs = {detail.order.id, *(one.id for one in detail.changes)}
    refs |= {one.id for one in detail.answers}
    refs |= {one.id for one in detail.shipments}
    found: list[Clock] = []
    for part in some(sorted(refs)):
        query = sa.select(tables.sla).where(
            _sla.partner_id == detail.order.partner_id, _sla.ref.in_(part)
        )
        found += (
            Clock(
                kind=row.kind,
                ref=row.ref,
                number=row.number,
                level=row.level,
                due_at=row.due_at,
                done_at=row.done_at,
                outcome=row.outcome,
                costs=row.costs,
            )
            for row in tx.execute(query)
        )
    return tuple(sorted(found, key=lambda one: (one.due_at, one.kind)))


def _inbound(tx: sa.Connection, ids: Iterable[str]) -> list[Told]:
    """The order and its changes as they came."""
    query = sa.select(tables.message).where(_message.id.in_(sorted(set(ids) - {""})))
    return [
        Told(
            at=row.received_at,
            kind=row.type,
            direction="in",
            ref=row.id,
            number=row.control_number,
            status=row.validation,
        )
        for row in tx.execute(query)
    ]


def _without_message(detail: OrderDetail, known: set[str]) -> Iterator[Told]:
    """What came in a message that is not kept any more."""
    if detail.order.message_id not in known:
        yield Told(
            at=detail.order.created_at,
            kind="order",
            direction="in",
            ref=detail.order.id,
            number=detail.order.po_number,
        )
    for one in detail.changes:
        if one.message_id not in known:
            yield Told(
                at=one.created_at,
                kind=one.kind,
                direction="in",
                ref=one.id,
                number=one.sequence,
                status=one.state,
            )


def _acknowledgements(tx: sa.Connection, detail: OrderDetail) -> Iterator[Told]:
    """Our functional acknowledgements of the transmissions that it came in."""
    receipts = {detail.order.receipt_id, *(one.receipt_id for one in detail.changes)}
    query = sa.select(tables.outbox).where(
        _box.receipt_id.in_(sorted(receipts - {""})),
        _box.order_id == "",
        _box.partner_id == detail.order.partner_id,
    )
    rows = tx.execute(query.order_by(_box.id).limit(50)).all()
    yield from map(_sent, queries.sent_rows(tx, rows))


def _sent(one: MessageRow) -> Told:
    told = Told(
        at=one.at,
        kind=one.type,
        direction="" if queries.is_ours(one) else "out",
        ref=one.id,
        number=one.interchange_number if one.interchange_number.strip("0") else "",
        status=one.delivery,
        acknowledgement=one.acknowledgement,
    )
    return replace(told, what=one.replaces) if one.replaces else told


def _documents(detail: OrderDetail) -> Iterator[Told]:
    for kind, rows in (("shipment", detail.shipments), ("invoice", detail.invoices)):
        for row in rows:
            yield Told(
                at=row.created_at,
                kind=kind,
                direction="",
                ref=row.id,
                number=row.number,
                status=str(json.loads(row.body).get("status", "")),
            )
    for said in detail.said:
        money = f"{said.paid} {said.currency}" if said.paid else ""
        yield Told(
            at=said.at,
            kind=said.kind,
            direction="in",
            ref=said.advice_id,
            number=said.number,
            status=said.state,
            what=money,
        )
