"""Clocks of orders and changes: our answers, and orders that are held."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from gateway.pipeline.changes import CHANGE_WAIT
from gateway.pipeline.sla import Running
from gateway.store import tables
from gateway.store.clock_parts import (
    MOST,
    Asked,
    Ended,
    messages_by,
    messages_under,
    rows_by_id,
    waiting_messages,
    when_left,
)
from gateway.store.journal import Version
from gateway.store.sql import some

_box, _order, _receipt = tables.outbox.c, tables.orders.c, tables.receipt.c
_change = tables.order_change.c
_ANSWERS = (
    "x12_855",
    "edifact_ordrsp",
    "cxml_confirmation_request",
    "ubl_order_response",
)
_OF_CHANGES = ("x12_865", *_ANSWERS[1:])
"""Kinds of message that answer an order, and its change."""
_UNDECIDED = sa.text("orders.state IN ('received', 'held')")


def _order_columns(start: Any) -> Any:
    return (
        _order.partner_id,
        _order.id.label("ref"),
        start.label("started_at"),
        _order.po_number.label("number"),
    )


_FROM_RECEIPT = tables.orders.outerjoin(
    tables.receipt,
    sa.and_(
        _receipt.partner_id == tables.orders.c.partner_id,
        _receipt.id == tables.orders.c.receipt_id,
    ),
)
_CAME = sa.func.coalesce(_receipt.received_at, _order.created_at, type_=tables.Instant)


def answer_running(tx: sa.Connection, asked: Asked) -> Iterator[Running]:
    """Orders without an answer, and those whose 855 waits."""
    late = (
        sa.select(*_order_columns(_CAME))
        .select_from(_FROM_RECEIPT)
        .where(
            sa.not_(_order.test),
            asked.before >= _CAME,
            asked.new(_order.partner_id, _order.id),
        )
    )
    open_ = late.where(_UNDECIDED).order_by(_order.created_at).limit(MOST)
    found = list(asked.run(tx.execute(open_)))
    silent = _wants_no_answer(tx, [one.ref for one in found])
    yield from (one for one in found if one.ref not in silent)
    for part in some(waiting_messages(tx, asked, _ANSWERS, _box.order_id)):
        yield from asked.run(tx.execute(late.where(_order.id.in_(part))))


def answer_ended(
    tx: sa.Connection, asked: Asked, every: Sequence[Running]
) -> dict[Running, Ended]:
    """When the 855 left; void: none is to leave."""
    refs = [one.ref for one in every]
    rows = rows_by_id(tx, tables.orders, refs)
    sent = messages_by(tx, _box.order_id, refs, _ANSWERS)
    found: dict[Running, Ended] = {}
    for one in every:
        row = rows.get(one.ref)
        if one.ref in sent:
            over = when_left(sent[one.ref], asked.fetched)
        elif row is None:
            over = Ended(one.started_at, is_void=True)
        elif row.state in ("received", "held"):
            over = None
        else:  # cancelled before anything was said, or this partner gets no answer
            over = Ended(row.changed_at, is_void=True)
        if over:
            found[one] = over
    return found


def _wants_no_answer(tx: sa.Connection, order_ids: Sequence[str]) -> set[str]:
    """Orders whose buyer said that no answer is wanted."""
    found = bodies(tx, order_ids).items()
    return {id_ for id_, body in found if json.loads(body).get("ack_wanted") == "none"}


def bodies(tx: sa.Connection, order_ids: Iterable[str]) -> dict[str, str]:
    """Orders in their latest version, as JSON."""
    version = tables.order_version.c
    found: dict[str, str] = {}
    query = sa.select(version.order_id, version.text).join(
        tables.orders,
        sa.and_(
            _order.partner_id == version.partner_id,
            _order.id == version.order_id,
            _order.version == version.n,
        ),
    )
    for part in some(sorted(set(order_ids))):
        rows = tx.execute(query.where(_order.id.in_(part)))
        found |= {row.order_id: Version.of(row.text).body for row in rows}
    return found


def hold_running(tx: sa.Connection, asked: Asked) -> Iterator[Running]:
    """Orders that are held."""
    held = (
        sa.select(*_order_columns(_order.changed_at))
        .where(
            _UNDECIDED,
            _order.state == "held",
            sa.not_(_order.test),
            _order.changed_at <= asked.before,
            asked.new(_order.partner_id, _order.id),
        )
        .order_by(_order.changed_at)
    )
    yield from asked.run(tx.execute(held.limit(MOST)))


def hold_ended(
    tx: sa.Connection, asked: Asked, every: Sequence[Running]
) -> dict[Running, Ended]:
    """When the order was decided."""
    rows = rows_by_id(tx, tables.orders, [one.ref for one in every])
    found: dict[Running, Ended] = {}
    for one in every:
        row = rows.get(one.ref)
        if row is None:
            found[one] = Ended(asked.now, is_void=True)
        elif row.state != "held" or row.changed_at != one.started_at:
            found[one] = Ended(row.changed_at)
    return found


# Our answer to a change.

_WAITED = tables.deadline.alias("waited")
_FROM_CHANGE = tables.order_change.outerjoin(
    _WAITED,
    sa.and_(
        _WAITED.c.partner_id == _change.partner_id,
        _WAITED.c.kind == CHANGE_WAIT,
        _WAITED.c.ref == _change.id,
    ),
).outerjoin(
    tables.receipt,
    sa.and_(
        _receipt.partner_id == _change.partner_id, _receipt.id == _change.receipt_id
    ),
)
_GOES_ON = sa.func.coalesce(
    _WAITED.c.done_at,
    _receipt.received_at,
    _change.created_at,
    type_=tables.Instant,
)
"""A change that waited for what came before it began to count when it no longer did."""


def change_running(tx: sa.Connection, asked: Asked) -> Iterator[Running]:
    """Changes without an answer that wait for us, and those whose 865 waits."""
    columns = (
        _change.partner_id,
        _change.id.label("ref"),
        _GOES_ON.label("started_at"),
        _change.po_number.label("number"),
    )
    late = (
        sa.select(*columns)
        .select_from(_FROM_CHANGE)
        .where(
            sa.not_(_change.test),
            asked.before >= _GOES_ON,
            asked.new(_change.partner_id, _change.id),
        )
    )
    waits_for_them = sa.and_(
        _change.state == "waiting",
        _WAITED.c.ref.is_not(None),
        _WAITED.c.done_at.is_(None),
    )
    open_ = late.where(tables.CHANGE_OPEN, sa.not_(waits_for_them))
    yield from asked.run(tx.execute(open_.limit(MOST)))
    change_id = sa.func.substr(_box.idem, len("865/") + 1)
    for part in some(waiting_messages(tx, asked, _OF_CHANGES, change_id)):
        yield from asked.run(tx.execute(late.where(_change.id.in_(part))))


def change_ended(
    tx: sa.Connection, asked: Asked, every: Sequence[Running]
) -> dict[Running, Ended]:
    """When the 865 left; void: none is to leave."""
    refs = [one.ref for one in every]
    rows = rows_by_id(tx, tables.order_change, refs)
    sent = messages_under(tx, asked, [f"865/{ref}" for ref in refs])
    found: dict[Running, Ended] = {}
    for one in every:
        row, answers = rows.get(one.ref), sent.get(f"865/{one.ref}")
        if answers:
            over = when_left(answers, asked.fetched)
        elif row is None:
            over = Ended(asked.now, is_void=True)
        else:
            is_open = row.state in ("waiting", "held")
            over = None if is_open else Ended(row.changed_at, is_void=True)
        if over:
            found[one] = over
    return found
