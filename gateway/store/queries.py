"""The read side: lists with cursors and filters, and single things with all about them.

``partner`` narrows everything to what one partner may see; none sees all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Literal, TypeVar

import sqlalchemy as sa

from gateway.pipeline.ports import Blob
from gateway.store import tables
from gateway.store.journal import finding_of
from gateway.store.payloads import Payloads
from gateway.store.rows import (
    AlertRow,
    Answer,
    DocumentRow,
    InterchangeRow,
    MessageDetail,
    MessageRow,
    NotedFinding,
    OrderDetail,
    OrderLineRow,
    OrderRow,
    Page,
    ReceiptRow,
    StockRow,
    Transmission,
)

T = TypeVar("T")
_ERP = "erp"  # the channel of files for our ERP, and from it
_Query = sa.Select[Any]
_Row = sa.Row[Any]

_receipt, _interchange = tables.receipt.c, tables.interchange.c
_message, _outbox, _order = tables.message.c, tables.outbox.c, tables.orders.c
_finding = tables.finding.c


def interchanges(
    tx: sa.Connection,
    *,
    partner: str | None = None,
    state: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[ReceiptRow]:
    """Transmissions taken in, newest first; ``state`` is todo, done or quarantined."""
    query = _narrowed(sa.select(tables.receipt), _receipt.owner_id, partner)
    query = _narrowed(query, _receipt.state, state)
    return _page(
        tx, query, _receipt.id, cursor, limit, lambda rows: _receipts(tx, rows)
    )


def interchange(
    tx: sa.Connection, id_: str, *, partner: str | None = None
) -> Transmission | None:
    """All about the transmission with this receipt's or interchange's id."""
    if id_.startswith("int_"):
        query = sa.select(_interchange.receipt_id).where(_interchange.id == id_)
        id_ = tx.execute(query).scalar() or ""
    query = sa.select(tables.receipt).where(_receipt.id == id_)
    rows = tx.execute(_narrowed(query, _receipt.owner_id, partner)).all()
    if not rows:
        return None
    inbound = sa.select(tables.message).where(_message.receipt_id == id_)
    outbound = sa.select(tables.outbox).where(_outbox.receipt_id == id_)
    if rows[0].channel != _ERP:
        outbound = outbound.where(_outbox.channel != _ERP)
    return Transmission(
        receipt=_receipts(tx, rows)[0],
        messages=_all(
            tx, inbound.order_by(_message.ordinal, _message.id), _inbound_row
        ),
        findings=_findings(tx, _finding.receipt_id == id_),
        answers=_all(tx, outbound.order_by(_outbox.id), _outbound_row),
    )


def raw(
    tx: sa.Connection, kept: Payloads, receipt_id: str, *, partner: str | None = None
) -> Blob | None:
    """The bytes of a receipt exactly as they came."""
    query = sa.select(_receipt.sha256).where(_receipt.id == receipt_id)
    sha256 = tx.execute(_narrowed(query, _receipt.owner_id, partner)).scalar()
    return kept.load(tx, [sha256]).get(sha256) if sha256 else None


def messages(  # noqa: PLR0913  the filters of a list
    tx: sa.Connection,
    *,
    partner: str | None = None,
    direction: str | None = None,
    state: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
    ours: bool = True,
) -> Page[MessageRow]:
    """Messages in and out, newest first; with ``ours`` the files for our ERP too.

    ``direction`` is in or out; ``state`` is a validation status of those that came in
    or a delivery status of those that go out.
    """
    inbound = _narrowed(sa.select(tables.message), _message.partner_id, partner)
    inbound = _narrowed(inbound, _message.validation, state)
    outbound = _narrowed(sa.select(tables.outbox), _outbox.partner_id, partner)
    outbound = _narrowed(outbound, _outbox.delivery, state)
    if not ours:
        outbound = outbound.where(_outbox.channel != _ERP)
    pages: list[Page[MessageRow]] = []
    if direction != "out":
        read = _each(_inbound_row)
        pages.append(_page(tx, inbound, _message.id, cursor, limit, read))
    if direction != "in":
        read = _each(_outbound_row)
        pages.append(_page(tx, outbound, _outbox.id, cursor, limit, read))
    found = [row for page in pages for row in page.items]
    found.sort(key=lambda row: row.id, reverse=True)
    limit = _bounded(limit)
    is_more = len(found) > limit or any(page.cursor for page in pages)
    return Page(tuple(found[:limit]), found[limit - 1].id if is_more else None)


def message(
    tx: sa.Connection,
    kept: Payloads,
    id_: str,
    *,
    partner: str | None = None,
    ours: bool = True,
) -> MessageDetail | None:
    """One message, in or out, with its bytes; with ``ours`` a file for our ERP too."""
    findings = _findings(tx, _finding.message_id == id_)
    query = sa.select(tables.outbox).where(_outbox.id == id_)
    row = tx.execute(_narrowed(query, _outbox.partner_id, partner)).first()
    if row is not None and (ours or row.channel != _ERP):
        content = _content(kept.load(tx, [row.content_sha256]), row)
        return MessageDetail(
            message=_outbound_row(row), content=content, findings=findings
        )
    query = sa.select(tables.message).where(_message.id == id_)
    row = tx.execute(_narrowed(query, _message.partner_id, partner)).first()
    if row is None:
        return None
    return MessageDetail(
        message=_inbound_row(row),
        content=_inbound_bytes(tx, kept, row),
        findings=findings,
    )


def orders(
    tx: sa.Connection,
    *,
    partner: str | None = None,
    state: str | None = None,
    po: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[OrderRow]:
    """Orders, newest first; ``po`` is the buyer's order number, exactly."""
    query = _narrowed(sa.select(tables.orders), _order.partner_id, partner)
    query = _narrowed(query, _order.state, state)
    query = _narrowed(query, _order.po_number, po)
    return _page(tx, query, _order.id, cursor, limit, _each(_order_row))


def order(
    tx: sa.Connection, id_: str, *, partner: str | None = None
) -> OrderDetail | None:
    """One order in its latest version, with lines, findings, report and answers."""
    query = sa.select(tables.orders).where(_order.id == id_)
    row = tx.execute(_narrowed(query, _order.partner_id, partner)).first()
    if row is None:
        return None
    version = tables.order_version.c
    latest = tx.execute(
        sa.select(version.body, version.ack, version.report).where(
            version.partner_id == row.partner_id,
            version.order_id == id_,
            version.n == row.version,
        )
    ).one()
    outbound = sa.select(tables.outbox).where(_outbox.order_id == id_)
    sent = _all(tx, outbound.order_by(_outbox.id), _outbound_row)
    return OrderDetail(
        order=_order_row(row),
        body=latest.body,
        ack=latest.ack,
        report=latest.report,
        lines=_lines(latest.body, latest.ack),
        findings=_findings(tx, _finding.order_id == id_),
        answers=tuple(row for row in sent if not _is_ours(row)),
        handed=tuple(row for row in sent if _is_ours(row)),
        shipments=_documents(tx, tables.shipment, tables.shipment_line, row),
        invoices=_documents(tx, tables.invoice, tables.invoice_line, row),
    )


def alerts(
    tx: sa.Connection,
    *,
    partner: str | None = None,
    kind: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[AlertRow]:
    """What went wrong, newest first; alerts about nobody have an empty partner."""
    own = tables.alert.c
    query = _narrowed(sa.select(tables.alert), own.partner_id, partner)
    query = _narrowed(query, own.kind, kind)
    return _page(tx, query, own.id, cursor, limit, _each(_alert_row))


def document(
    tx: sa.Connection, id_: str, *, partner: str | None = None
) -> DocumentRow | None:
    """The shipment (shp_) or invoice (inv_) with this id."""
    table = tables.shipment if id_.startswith("shp_") else tables.invoice
    query = sa.select(table).where(table.c.id == id_)
    row = tx.execute(_narrowed(query, table.c.partner_id, partner)).first()
    return None if row is None else _document_row(row)


_KEPT = {"shipments": tables.shipment, "invoices": tables.invoice}


def documents(
    tx: sa.Connection,
    kind: Literal["shipments", "invoices"],
    *,
    partner: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[DocumentRow]:
    """Shipments or invoices, newest first."""
    table = _KEPT[kind]
    query = _narrowed(sa.select(table), table.c.partner_id, partner)
    return _page(tx, query, table.c.id, cursor, limit, _each(_document_row))


def documents_of(
    tx: sa.Connection, kind: Literal["shipments", "invoices"], receipt_id: str
) -> tuple[DocumentRow, ...]:
    """The shipments or invoices that a file of the ERP told of, as they are now."""
    table = _KEPT[kind]
    query = sa.select(table).where(table.c.receipt_id == receipt_id)
    return _all(tx, query.order_by(table.c.id), _document_row)


def stock(tx: sa.Connection, sku: str | None = None) -> tuple[StockRow, ...]:
    """Our stock, of one item or of all, in the order of items and places."""
    own = tables.stock.c
    query = _narrowed(sa.select(tables.stock), own.sku, sku)
    return _all(
        tx,
        query.order_by(own.sku, own.place),
        lambda row: StockRow(
            **{name: getattr(row, name) for name in StockRow.__dataclass_fields__}
        ),
    )


def _documents(
    tx: sa.Connection, table: sa.Table, lines: sa.Table, order_row: _Row
) -> tuple[DocumentRow, ...]:
    """What was shipped or billed of an order, oldest first."""
    its = lines.c[f"{table.name}_id"]
    named = sa.select(its).where(
        lines.c.partner_id == order_row.partner_id, lines.c.order_id == order_row.id
    )
    query = sa.select(table).where(
        table.c.partner_id == order_row.partner_id, table.c.id.in_(named)
    )
    return _all(tx, query.order_by(table.c.id), _document_row)


def _document_row(row: _Row) -> DocumentRow:
    return DocumentRow(
        **{name: getattr(row, name) for name in DocumentRow.__dataclass_fields__}
    )


def _is_ours(row: MessageRow) -> bool:
    """Whether it is a file for our ERP, and no answer to anybody."""
    return row.type.startswith("erp_")


def answers(
    tx: sa.Connection,
    kept: Payloads,
    *,
    order_id: str = "",
    receipt_id: str = "",
    partner: str | None = None,
) -> tuple[Answer, ...]:
    """Our messages for an order or a receipt with their exact bytes, oldest first."""
    place = (
        _outbox.order_id == order_id if order_id else _outbox.receipt_id == receipt_id
    )
    query = _narrowed(
        sa.select(tables.outbox).where(place, _outbox.channel != _ERP),
        _outbox.partner_id,
        partner,
    )
    rows = tx.execute(query.order_by(_outbox.id)).all()
    blobs = kept.load(tx, (row.content_sha256 for row in rows))
    return tuple(
        Answer(
            message=_outbound_row(row),
            content=_content(blobs, row),
        )
        for row in rows
    )


def _content(blobs: Mapping[str, Blob], row: _Row) -> bytes:
    """The bytes of a message of ours; none when they are not kept any more."""
    blob = blobs.get(row.content_sha256)
    return b"".join(blob.chunks()) if blob else b""


def unfinished(tx: sa.Connection) -> tuple[int, int]:
    """How many receipts wait to be processed, and how many messages to be sent."""
    todo = sa.select(sa.func.count()).where(tables.RECEIPT_DUE)
    unsent = sa.select(sa.func.count()).where(tables.OUTBOX_DUE)
    return (
        tx.execute(todo.select_from(tables.receipt)).scalar_one(),
        tx.execute(unsent.select_from(tables.outbox)).scalar_one(),
    )


# --- pages


def _bounded(limit: int) -> int:
    return max(1, min(limit, 500))


def _narrowed(query: _Query, column: sa.Column[str], value: str | None) -> _Query:
    return query if value is None else query.where(column == value)


def _page(
    tx: sa.Connection,
    query: _Query,
    id_: sa.Column[str],
    cursor: str | None,
    limit: int,
    read: Callable[[Sequence[_Row]], Sequence[T]],
) -> Page[T]:
    """The rows before the cursor, and the cursor for those before them."""
    if cursor is not None:
        query = query.where(id_ < cursor)
    limit = _bounded(limit)
    rows = tx.execute(query.order_by(id_.desc()).limit(limit + 1)).all()
    more = rows[limit - 1].id if len(rows) > limit else None
    return Page(tuple(read(rows[:limit])), more)


def _each(read: Callable[[_Row], T]) -> Callable[[Sequence[_Row]], list[T]]:
    return lambda rows: [read(row) for row in rows]


def _all(tx: sa.Connection, query: _Query, read: Callable[[_Row], T]) -> tuple[T, ...]:
    return tuple(read(row) for row in tx.execute(query))


# --- rows


def _lines(body: str, ack: str) -> tuple[OrderLineRow, ...]:
    """The lines in short, from an order and its answer as JSON."""
    lines: list[Any] = json.loads(body).get("lines", [])
    answers: list[Any] = json.loads(ack).get("lines", [])[: len(lines)]
    both: Iterable[tuple[Any, Any]] = zip_longest(lines, answers, fillvalue={})
    return tuple(_line_row(n, *line) for n, line in enumerate(both, 1))


def _line_row(
    n: int, line: Mapping[str, Any], answer: Mapping[str, Any]
) -> OrderLineRow:
    item, quantity = line["item"], line["quantity"]
    return OrderLineRow(
        n=n,
        line_no=line["line_no"],
        sku=item.get("supplier_sku", ""),
        buyer_part=item.get("buyer_part", ""),
        quantity=quantity["value"],
        unit=quantity.get("uom_sent", ""),
        price=line.get("price", {}).get("amount", ""),
        decision=" ".join(status["kind"] for status in answer.get("statuses", ())),
    )


def _receipts(tx: sa.Connection, rows: Sequence[_Row]) -> list[ReceiptRow]:
    query = (
        sa.select(tables.interchange)
        .where(_interchange.receipt_id.in_([row.id for row in rows]))
        .order_by(_interchange.id)
    )
    inside: dict[str, list[InterchangeRow]] = {row.id: [] for row in rows}
    for row in tx.execute(query):
        inside[row.receipt_id].append(
            InterchangeRow(
                id=row.id,
                partner_id=row.partner_id,
                sender=row.sender,
                receiver=row.receiver,
                control_number=row.control_number,
                usage=row.usage,
                sent_at=row.sent_at,
            )
        )
    return [
        ReceiptRow(
            id=row.id,
            partner_id=row.owner_id,
            channel=row.channel,
            peer=row.peer,
            sha256=row.sha256,
            size=row.size,
            state=row.state,
            attempts=row.attempts,
            received_at=row.received_at,
            done_at=row.done_at,
            interchanges=tuple(inside[row.id]),
        )
        for row in rows
    ]


def _inbound_row(row: _Row) -> MessageRow:
    return MessageRow(
        id=row.id,
        partner_id=row.partner_id,
        direction="in",
        type=row.type,
        control_number=row.control_number,
        interchange_number="",
        validation=row.validation,
        delivery="none",
        acknowledgement="not_expected",
        receipt_id=row.receipt_id,
        order_id="",
        at=row.received_at,
    )


def _outbound_row(row: _Row) -> MessageRow:
    return MessageRow(
        id=row.id,
        partner_id=row.partner_id,
        direction="out",
        type=row.kind,
        control_number=f"{row.message_number:04d}",
        interchange_number=f"{row.interchange_number:09d}",
        validation="",
        delivery=row.delivery,
        acknowledgement=row.acknowledgement,
        receipt_id=row.receipt_id,
        order_id=row.order_id,
        at=row.created_at,
        file_name=row.file_name,
        attempts=row.attempts,
        replay_of=row.replay_of,
        replaces=row.replaces,
        last_said=row.last_said,
    )


def _order_row(row: _Row) -> OrderRow:
    return OrderRow(
        **{name: getattr(row, name) for name in OrderRow.__dataclass_fields__}
    )


def _alert_row(row: _Row) -> AlertRow:
    return AlertRow(
        **{name: getattr(row, name) for name in AlertRow.__dataclass_fields__}
    )


def _findings(
    tx: sa.Connection, place: sa.ColumnElement[bool]
) -> tuple[NotedFinding, ...]:
    query = sa.select(tables.finding).where(place)
    query = query.order_by(_finding.message_id, _finding.order_id, _finding.ordinal)
    return _all(
        tx,
        query,
        lambda row: NotedFinding(
            finding=finding_of(row.code, row.severity, row.what, row.place, row.value),
            message_id=row.message_id,
            order_id=row.order_id,
        ),
    )


# --- the bytes of one message


def _inbound_bytes(tx: sa.Connection, kept: Payloads, row: _Row) -> bytes:
    """From ST to the terminator of SE; without an SE, to the next message."""
    sha256 = tx.execute(
        sa.select(_receipt.sha256).where(_receipt.id == row.receipt_id)
    ).scalar_one()
    following = tx.execute(
        sa.select(sa.func.min(_message.byte_offset)).where(
            _message.receipt_id == row.receipt_id,
            _message.byte_offset > row.byte_offset,
        )
    ).scalar()
    blob = kept.load(tx, [sha256]).get(sha256)
    if blob is None:
        return b""  # not kept any more
    text = _between(blob, row.byte_offset, following or blob.size)
    return _to_end(text, row.control_number)


def _between(blob: Blob, start: int, end: int) -> bytes:
    parts: list[bytes] = []
    at = 0
    for chunk in blob.chunks():
        parts.append(chunk[max(start - at, 0) : max(end - at, 0)])
        at += len(chunk)
        if at >= end:
            break
    return b"".join(parts)


def _to_end(text: bytes, control_number: str) -> bytes:
    """Cut behind the SE that has this number; its terminator is the next byte."""
    separator = re.escape(text[2:3])
    number = re.escape(control_number.encode())
    end = rb"SE" + separator + rb"\d*" + separator + number + rb"\s*[^\s\w]?"
    found = re.search(end, text) if separator else None
    return text[: found.end()] if found else text
