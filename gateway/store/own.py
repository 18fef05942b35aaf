"""What our own side wants done, as rows: files for the ERP, what it shipped, stock."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa

from gateway.findings import Finding, Where
from gateway.order import to_json
from gateway.order.write import decimal_text
from gateway.pipeline.own_effects import (
    Allot,
    Bill,
    CartOrdered,
    Count,
    Draw,
    Drop,
    Due,
    Met,
    Move,
    OwnEffect,
    Promise,
    Remark,
    Ship,
)
from gateway.pipeline.ports import InMemory
from gateway.store import draws, ids, payloads, promises, punchout, shipping, tables
from gateway.store.decisions import Overtaken
from gateway.store.gather import Answered, Row
from gateway.store.journal import event_row, finding_rows
from gateway.store.payloads import Payloads
from gateway.store.sql import insert_all, insert_new, some

CHANNEL = "erp"
"""The channel of files for our ERP."""

T = TypeVar("T")
_Wanted = Sequence[tuple[Answered, OwnEffect]]


def fulfil(
    tx: sa.Connection, wanted: _Wanted, now: datetime, kept: Payloads
) -> list[Row]:
    """Make these effects true, in this transaction; gives rows for the outbox."""
    _remark(tx, wanted)
    dropped = _drop(tx, wanted, now, kept)
    _expect(tx, wanted, now)
    for _, move in _each(wanted, Move):
        _move(tx, move, now)
    _documents(tx, wanted, now)
    ships = (one for _, one in _each(wanted, Ship))
    shipping.keep(tx, ships, (one for _, one in _each(wanted, Allot)), now)
    _count(tx, wanted, now)
    promises.keep(tx, (one for _, one in _each(wanted, Promise)), now)
    draws.keep(tx, [one for _, one in _each(wanted, Draw)])
    for _, its in _each(wanted, CartOrdered):
        punchout.ordered(tx, its.partner_id, its.sessions, now)
    return dropped


def _each(wanted: _Wanted, kind: type[T]) -> Iterator[tuple[Answered, T]]:
    for answered, effect in wanted:
        if isinstance(effect, kind):
            yield answered, effect


def _remark(tx: sa.Connection, wanted: _Wanted) -> None:
    rows: list[Row] = []
    for answered, remark in _each(wanted, Remark):
        rows += finding_rows(
            remark.findings,
            remark.partner_id,
            answered.receipt_id,
            order_id=remark.order_id,
        )
    insert_all(tx, tables.finding, rows)


def _drop(
    tx: sa.Connection, wanted: _Wanted, now: datetime, kept: Payloads
) -> list[Row]:
    rows: list[Row] = []
    content: list[payloads.Row] = []
    events: list[Row] = []
    for answered, drop in _each(wanted, Drop):
        blob = InMemory.of(drop.content)
        content.append(kept.prepare(blob, now))
        id_ = ids.new("msg")
        rows.append(
            _BLANK
            | {
                "partner_id": drop.partner_id,
                "id": id_,
                "idem": drop.idem,
                "channel": CHANNEL,
                "kind": drop.kind,
                "file_name": drop.file_name,
                "content_sha256": blob.sha256,
                "receipt_id": answered.receipt_id,
                "order_id": drop.order_id,
                "replaces": drop.replaces,
                "delivery": "queued",
                "acknowledgement": "not_expected",
                "next_at": now,
                "created_at": now,
            }
        )
        told = {"kind": drop.kind, "sha256": blob.sha256}
        events.append(event_row(drop.partner_id, "message.queued", id_, now, **told))
    payloads.insert(tx, content)
    insert_all(tx, tables.event, events)
    return rows


_BLANK: Row = tables.blank(tables.outbox)
"""A row of the outbox that says nothing: a file has no control numbers."""


def _expect(tx: sa.Connection, wanted: _Wanted, now: datetime) -> None:
    """Set deadlines, and close those that are met; the first moment stays."""
    deadline = tables.deadline.c
    met = [
        {"partner": one.partner_id, "its_kind": one.kind, "its": one.ref}
        for _, one in _each(wanted, Met)
    ]
    if met:
        tx.execute(
            sa.update(tables.deadline)
            .where(
                deadline.partner_id == sa.bindparam("partner"),
                deadline.kind == sa.bindparam("its_kind"),
                deadline.ref == sa.bindparam("its"),
                deadline.done_at.is_(None),
            )
            .values(done_at=now),
            met,
        )
    rows: list[Row] = [
        {
            "partner_id": one.partner_id,
            "kind": one.kind,
            "ref": one.ref,
            "due_at": one.due_at,
            "done_at": None,
        }
        for _, one in _each(wanted, Due)
    ]
    insert_new(tx, tables.deadline, rows)


def _move(tx: sa.Connection, move: Move, now: datetime) -> None:
    orders = tables.orders.c
    moved = (
        sa.update(tables.orders)
        .where(
            orders.partner_id == move.partner_id,
            orders.id == move.order_id,
            orders.state == str(move.was),
        )
        .values(state=str(move.state), changed_at=now)
    )
    if tx.execute(moved).rowcount != 1:
        raise Overtaken(f"{move.order_id} is no longer {move.was}")
    detail = {"state": str(move.state), "was": str(move.was), "by": move.by}
    row = event_row(move.partner_id, "order.moved", move.order_id, now, **detail)
    insert_all(tx, tables.event, [row])


# Shipments and invoices.


def _documents(tx: sa.Connection, wanted: _Wanted, now: datetime) -> None:
    for answered, ship in _each(wanted, Ship):
        _ship(tx, answered, ship, now)
    for answered, bill in _each(wanted, Bill):
        invoice = bill.invoice
        body = to_json(invoice)
        row = _document(answered, bill.partner_id, invoice.id, invoice.number, now)
        insert_all(tx, tables.invoice, [row | {"digest": bill.digest, "body": body}])
        sign = -1 if invoice.kind == "credit_note" else 1
        lines = [
            _line(bill.partner_id, n, each.order_id, each.line_no, sign * each.quantity)
            | {"invoice_id": invoice.id}
            for n, each in enumerate(invoice.lines, 1)
        ]
        insert_all(tx, tables.invoice_line, lines)
        row = _told("invoice.kept", bill.partner_id, invoice.id, body, now)
        insert_all(tx, tables.event, [row])


def _ship(tx: sa.Connection, answered: Answered, ship: Ship, now: datetime) -> None:
    """A shipment, in the place of the one that it replaces or takes back."""
    notice, partner_id = ship.notice, ship.partner_id
    body, lines = to_json(notice), tables.shipment_line.c
    row = _document(answered, partner_id, notice.id, notice.number, now)
    row |= {"digest": ship.digest, "body": body}
    if notice.purpose == "original":
        insert_all(tx, tables.shipment, [row])
    else:
        before = tables.shipment.c
        tx.execute(
            sa.update(tables.shipment)
            .where(before.partner_id == partner_id, before.id == notice.id)
            .values(digest=ship.digest, body=body, receipt_id=answered.receipt_id)
        )
        tx.execute(
            sa.delete(tables.shipment_line).where(
                lines.partner_id == partner_id, lines.shipment_id == notice.id
            )
        )
    none = notice.purpose == "cancel"
    rows = [
        _line(partner_id, n, each.order_id, each.line_no, 0 if none else each.quantity)
        | {"shipment_id": notice.id}
        for n, each in enumerate(notice.lines, 1)
    ]
    insert_all(tx, tables.shipment_line, rows)
    event = _told("shipment.kept", partner_id, notice.id, body, now)
    insert_all(tx, tables.event, [event])


def _document(
    answered: Answered, partner_id: str, id_: str, number: str, now: datetime
) -> Row:
    return {
        "partner_id": partner_id,
        "id": id_,
        "number": number,
        "receipt_id": answered.receipt_id,
        "created_at": now,
    }


def _line(
    partner_id: str, n: int, order_id: str, line_no: str, quantity: object
) -> Row:
    return {
        "partner_id": partner_id,
        "order_id": order_id,
        "n": n,
        "line_no": line_no,
        "quantity": f"{quantity:f}",
    }


def _told(name: str, partner_id: str, ref: str, body: str, now: datetime) -> Row:
    sha256 = InMemory.of(body.encode()).sha256
    return event_row(partner_id, name, ref, now, sha256=sha256)


# Stock.


def _count(tx: sa.Connection, wanted: _Wanted, now: datetime) -> None:
    """Take over counts that are not older than the ones known."""
    for answered, count in _each(wanted, Count):
        rows: dict[tuple[str, str], Row] = {
            (one.sku, one.place): {
                "sku": one.sku,
                "place": one.place,
                "available": decimal_text(one.available),
                "unit": one.uom,
                "as_of": one.as_of or now,
                "expected": json.dumps(
                    [
                        [e.date.isoformat(), decimal_text(e.quantity)]
                        for e in one.expected
                    ]
                ),
                "receipt_id": answered.receipt_id,
                "changed_at": now,
            }
            for one in count.levels
        }
        late = _without_older(tx, rows)
        insert_all(tx, tables.stock, list(rows.values()))
        promises.recount(tx, (sku for sku, _ in rows))
        found = [_older(sku, place) for sku, place in late]
        noted = finding_rows(found, count.partner_id, answered.receipt_id)
        insert_all(tx, tables.finding, noted)
        detail = {"counts": str(len(rows))}
        event = event_row(
            count.partner_id, "stock.counted", answered.receipt_id, now, **detail
        )
        insert_all(tx, tables.event, [event])


def _without_older(
    tx: sa.Connection, rows: dict[tuple[str, str], Row]
) -> list[tuple[str, str]]:
    """Make room for the counts, and drop those that come too late; which these are."""
    stock = tables.stock.c
    place = sa.tuple_(stock.sku, stock.place)
    late: list[tuple[str, str]] = []
    for part in some(list(rows)):
        query = sa.select(stock.sku, stock.place, stock.as_of)
        for known in tx.execute(query.where(place.in_(part)).with_for_update()):
            key = (known.sku, known.place)
            if known.as_of > rows[key]["as_of"]:
                late.append(key)
                del rows[key]
        gone = [key for key in part if key in rows]
        if gone:
            tx.execute(sa.delete(tables.stock).where(place.in_(gone)))
    return late


def _older(sku: str, place: str) -> Finding:
    what = f"a later count of {sku} is known" + f" at {place}" * bool(place)
    return Finding.of("ERP-014", what, Where(path="sku"), sku)


def shipped(
    tx: sa.Connection, order_ids: Iterable[str]
) -> tuple[dict[tuple[str, str], list[str]], dict[tuple[str, str], list[str]]]:
    """Quantities shipped and billed so far, as texts, by order and line."""
    return (
        _quantities(tx, tables.shipment_line, order_ids),
        _quantities(tx, tables.invoice_line, order_ids),
    )


def _quantities(
    tx: sa.Connection, table: sa.Table, order_ids: Iterable[str]
) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    owner = tables.orders.c
    for part in some(set(order_ids)):
        query = (
            sa.select(table.c.order_id, table.c.line_no, table.c.quantity)
            .join(
                tables.orders,
                sa.and_(
                    owner.partner_id == table.c.partner_id, owner.id == table.c.order_id
                ),
            )
            .where(owner.id.in_(part))
        )
        for row in tx.execute(query):
            found.setdefault((row.order_id, row.line_no), []).append(row.quantity)
    return found


def numbers_used(
    tx: sa.Connection, table: sa.Table, numbers: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """The digests of documents that are kept, by partner and number."""
    found: dict[tuple[str, str], str] = {}
    place = sa.tuple_(table.c.partner_id, table.c.number)
    for part in some(set(numbers)):
        query = sa.select(table.c.partner_id, table.c.number, table.c.digest)
        for row in tx.execute(query.where(place.in_(part))):
            found[row.partner_id, row.number] = row.digest
    return found
