"""The read side: lists with cursors and filters, and single things with all about them.

``partner`` narrows everything to what one partner may see; none sees all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, TypeVar

import sqlalchemy as sa

from gateway.pipeline.placed import placed
from gateway.pipeline.ports import Blob
from gateway.safexml.redact import redacted
from gateway.store import message_search, tables
from gateway.store.file_names import file_name_of
from gateway.store.journal import finding_of
from gateway.store.message_search import Wanted
from gateway.store.payloads import Payloads
from gateway.store.rows import (
    AdviceDetail,
    AdviceRow,
    AlertRow,
    Answer,
    DocumentRow,
    InterchangeRow,
    MessageDetail,
    MessageRow,
    NotedFinding,
    OrderRow,
    Page,
    ReceiptRow,
    SaidRow,
    StockRow,
    Transmission,
)
from gateway.store.sql import Among, some

T = TypeVar("T")
_XML = ("cxml_", "ubl_")  # how types of XML begin
_ERP = "erp"  # the channel of files for our ERP, and from it
Tx = sa.Connection
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
    query = narrowed(sa.select(tables.receipt), _receipt.owner_id, partner)
    query = narrowed(query, _receipt.state, state)
    return page(tx, query, _receipt.id, cursor, limit, lambda rows: _receipts(tx, rows))


def interchange(
    tx: sa.Connection, id_: str, *, partner: str | None = None
) -> Transmission | None:
    """All about the transmission with this receipt's or interchange's id."""
    if id_.startswith("int_"):
        query = sa.select(_interchange.receipt_id).where(_interchange.id == id_)
        id_ = tx.execute(query).scalar() or ""
    query = sa.select(tables.receipt).where(_receipt.id == id_)
    rows = tx.execute(narrowed(query, _receipt.owner_id, partner)).all()
    if not rows:
        return None
    inbound = sa.select(tables.message).where(_message.receipt_id == id_)
    outbound = sa.select(tables.outbox).where(_outbox.receipt_id == id_)
    if rows[0].channel != _ERP:
        outbound = outbound.where(_outbox.channel != _ERP)
    return Transmission(
        receipt=_receipts(tx, rows)[0],
        messages=tuple(
            _inbound_rows(
                tx, tx.execute(inbound.order_by(_message.ordinal, _message.id)).all()
            )
        ),
        findings=findings_of(tx, _finding.receipt_id == id_),
        answers=tuple(sent_rows(tx, tx.execute(outbound.order_by(_outbox.id)).all())),
    )


def raw(
    tx: sa.Connection, kept: Payloads, receipt_id: str, *, partner: str | None = None
) -> Blob | None:
    """The bytes of a receipt exactly as they came."""
    query = sa.select(_receipt.sha256).where(_receipt.id == receipt_id)
    sha256 = tx.execute(narrowed(query, _receipt.owner_id, partner)).scalar()
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
    wanted = Wanted(partner=partner, direction=direction, state=state, ours=ours)
    return listed(tx, wanted, cursor, limit)


def listed(
    tx: sa.Connection, wanted: Wanted, cursor: str | None = None, limit: int = 50
) -> Page[MessageRow]:
    """Messages that are wanted, newest first.

    A page may have few rows, or none, and a cursor all the same: so far was looked.
    """
    found = message_search.find(tx, wanted, cursor, _bounded(limit))
    rows = [*_inbound_rows(tx, found.inbound), *sent_rows(tx, found.outbound)]
    rows.sort(key=lambda row: row.id, reverse=True)
    return Page(tuple(rows), found.cursor)


def message(
    tx: sa.Connection,
    kept: Payloads,
    id_: str,
    *,
    partner: str | None = None,
    ours: bool = True,
) -> MessageDetail | None:
    """One message, in or out, with its bytes; with ``ours`` a file for our ERP too."""
    findings = findings_of(tx, _finding.message_id == id_)
    query = sa.select(tables.outbox).where(_outbox.id == id_)
    row = tx.execute(narrowed(query, _outbox.partner_id, partner)).first()
    if row is not None and (ours or row.channel != _ERP):
        content = _content(kept.load(tx, [row.content_sha256]), row)
        shown = placed((noted.finding for noted in findings), content)
        return MessageDetail(
            message=sent_rows(tx, [row])[0],
            content=content,
            findings=tuple(
                replace(noted, finding=finding)
                for noted, finding in zip(findings, shown, strict=True)
            ),
        )
    query = sa.select(tables.message).where(_message.id == id_)
    row = tx.execute(narrowed(query, _message.partner_id, partner)).first()
    if row is None:
        return None
    return MessageDetail(
        message=_inbound_rows(tx, [row])[0],
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
    query = of_partner(sa.select(tables.orders), partner, po)
    query = narrowed(query, _order.state, state)
    return page(tx, query, _order.id, cursor, limit, _each(order_row))


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
    query = narrowed(sa.select(tables.alert), own.partner_id, partner)
    query = narrowed(query, own.kind, kind)
    return page(tx, query, own.id, cursor, limit, _each(_alert_row))


def document(
    tx: sa.Connection, id_: str, *, partner: str | None = None
) -> DocumentRow | None:
    """The shipment (shp_) or invoice (inv_) with this id."""
    table = tables.shipment if id_.startswith("shp_") else tables.invoice
    query = sa.select(table).where(table.c.id == id_)
    row = tx.execute(narrowed(query, table.c.partner_id, partner)).first()
    return None if row is None else document_row(row)


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
    query = narrowed(sa.select(table), table.c.partner_id, partner)
    return page(tx, query, table.c.id, cursor, limit, _each(document_row))


def documents_of(
    tx: sa.Connection, kind: Literal["shipments", "invoices"], receipt_id: str
) -> tuple[DocumentRow, ...]:
    """The shipments or invoices that a file of the ERP told of, as they are now."""
    table = _KEPT[kind]
    query = sa.select(table).where(table.c.receipt_id == receipt_id)
    return _all(tx, query.order_by(table.c.id), document_row)


def advices(
    tx: sa.Connection,
    *,
    partner: str | None = None,
    kind: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[AdviceRow]:
    """What partners said of documents of ours, newest first."""
    own = _advice
    query = narrowed(sa.select(tables.advice), own.partner_id, partner)
    query = narrowed(query, own.kind, kind)
    return page(tx, query, own.id, cursor, limit, _each(_advice_row))


def advice(
    tx: sa.Connection, id_: str, *, partner: str | None = None
) -> AdviceDetail | None:
    """One advice, and the documents that it is about."""
    own = _advice
    query = narrowed(
        sa.select(tables.advice).where(own.id == id_), own.partner_id, partner
    )
    row = tx.execute(query).first()
    if row is None:
        return None
    return AdviceDetail(
        advice=_advice_row(row),
        body=row.body,
        said=_said(tx, _link.advice_id == id_),
        findings=findings_of(tx, _finding.message_id == row.message_id),
    )


_link, _advice = tables.advice_link.c, tables.advice.c
SAID = (
    _link.advice_id,
    _advice.kind.label("kind"),
    _advice.created_at.label("at"),
    _advice.test,
    _link.kind.label("document"),
    *(_link.number, _link.ref, _link.order_id),
    _link.outbox_id.label("message_id"),
    *(_link.state, _link.paid, _link.discount, _link.currency),
)
"""The columns of what was said of documents, named as the fields of ``SaidRow``."""
SAID_IN = tables.advice_link.join(
    tables.advice,
    sa.and_(_advice.partner_id == _link.partner_id, _advice.id == _link.advice_id),
)
"""Where they come from."""


def said_of(tx: sa.Connection, id_: str) -> tuple[SaidRow, ...]:
    """What was said of a shipment (shp_) or an invoice (inv_)."""
    return _said(tx, _link.ref == id_)


def _said(tx: sa.Connection, place: sa.ColumnElement[bool]) -> tuple[SaidRow, ...]:
    """Links of advices to documents, in the order in which they came."""
    query = sa.select(*SAID).select_from(SAID_IN).where(place)
    return _all(tx, query.order_by(_link.advice_id, _link.n), said_row)


def said_row(row: Any) -> SaidRow:
    """What was said of a document, by its row."""
    return SaidRow(
        **{name: getattr(row, name) for name in SaidRow.__dataclass_fields__}
    )


def _advice_row(row: _Row) -> AdviceRow:
    return AdviceRow(
        **{name: getattr(row, name) for name in AdviceRow.__dataclass_fields__}
    )


def stock(tx: sa.Connection, sku: str | None = None) -> tuple[StockRow, ...]:
    """Our stock, of one item or of all, in the order of items and places."""
    own = tables.stock.c
    query = narrowed(sa.select(tables.stock), own.sku, sku)
    return _all(
        tx,
        query.order_by(own.sku, own.place),
        lambda row: StockRow(
            **{name: getattr(row, name) for name in StockRow.__dataclass_fields__}
        ),
    )


def document_row(row: _Row) -> DocumentRow:
    """A shipment or an invoice."""
    return DocumentRow(
        **{name: getattr(row, name) for name in DocumentRow.__dataclass_fields__}
    )


def is_ours(row: MessageRow) -> bool:
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
        sa.and_(tables.OUTBOX_OF_ORDER, _outbox.order_id == order_id)
        if order_id
        else _outbox.receipt_id == receipt_id
    )
    query = narrowed(
        sa.select(tables.outbox).where(place, _outbox.channel != _ERP),
        _outbox.partner_id,
        partner,
    )
    rows = tx.execute(query.order_by(_outbox.id)).all()
    blobs = kept.load(tx, (row.content_sha256 for row in rows))
    return tuple(
        Answer(message=told, content=_content(blobs, row))
        for told, row in zip(sent_rows(tx, rows), rows, strict=True)
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


def narrowed(query: _Query, column: sa.Column[str], value: str | None) -> _Query:
    """Those with this value only; none: all."""
    return query if value is None else query.where(column == value)


def of_partner(query: _Query, partner: str | None, po: str | None) -> _Query:
    """Orders of a partner, with this number only where one is given.

    A number is looked for by itself, not among all orders of the partner.
    """
    if po is None:
        return narrowed(query, _order.partner_id, partner)
    query = query.where(_order.po_number == po)
    if partner is None:
        return query
    return query.where(_order.partner_id.concat("") == partner)


def page(
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


def _inbound_rows(tx: sa.Connection, rows: Sequence[_Row]) -> list[MessageRow]:
    """Messages that came in, each with the number of its interchange."""
    keys = [(row.partner_id, row.interchange_id) for row in rows]
    numbers = {tuple(row[:2]): str(row[2]) for row in _NUMBERS.find(tx, keys)}
    return [
        _inbound_row(row, numbers.get((row.partner_id, row.interchange_id), ""))
        for row in rows
    ]


_NUMBERS = Among(
    sa.select(_interchange.partner_id, _interchange.id, _interchange.control_number),
    _interchange.partner_id,
    _interchange.id,
)


def _inbound_row(row: _Row, number: str) -> MessageRow:
    return MessageRow(
        id=row.id,
        partner_id=row.partner_id,
        direction="in",
        type=row.type,
        control_number=row.control_number,
        interchange_number=number,
        validation=row.validation,
        delivery="none",
        acknowledgement="not_expected",
        receipt_id=row.receipt_id,
        order_id="",
        at=row.received_at,
    )


def sent_rows(tx: sa.Connection, rows: Sequence[_Row]) -> list[MessageRow]:
    """Messages of ours, each with where it stands by the receipt of its transport."""
    keys = [(row.partner_id, row.wire_id) for row in rows if row.wire_id]
    stands = {tuple(row[:2]): str(row.state) for row in _STANDING.find(tx, keys)}
    return [
        _sent_row(row, stands.get((row.partner_id, row.wire_id), "")) for row in rows
    ]


_STANDING = Among(
    sa.select(tables.wire.c.partner_id, tables.wire.c.id, tables.wire.c.state),
    tables.wire.c.partner_id,
    tables.wire.c.id,
)


def _sent_row(row: _Row, wire: str) -> MessageRow:
    """A message of ours, its numbers as it was written with: X12 pads them."""
    digits = (4, 9) if row.kind.startswith("x12_") else (1, 1)
    return MessageRow(
        id=row.id,
        partner_id=row.partner_id,
        direction="out",
        type=row.kind,
        control_number=f"{row.message_number:0{digits[0]}d}",
        interchange_number=f"{row.interchange_number:0{digits[1]}d}",
        validation="",
        delivery=row.delivery,
        acknowledgement=row.acknowledgement,
        receipt_id=row.receipt_id,
        order_id=row.order_id,
        at=row.created_at,
        file_name=file_name_of(row),
        attempts=row.attempts,
        replay_of=row.replay_of,
        replaces=row.replaces,
        last_said=row.last_said,
        wire=wire,
    )


def order_row(row: _Row) -> OrderRow:
    """An order of the store in short."""
    return OrderRow(
        **{name: getattr(row, name) for name in OrderRow.__dataclass_fields__}
    )


def _alert_row(row: _Row) -> AlertRow:
    return AlertRow(
        **{name: getattr(row, name) for name in AlertRow.__dataclass_fields__}
    )


def in_message(id_: str) -> sa.ColumnElement[bool]:
    """Findings of this message."""
    return _finding.message_id == id_


def findings_of(
    tx: sa.Connection, place: sa.ColumnElement[bool]
) -> tuple[NotedFinding, ...]:
    """What was found, message by message, in its order."""
    query = sa.select(tables.finding).where(place)
    query = query.order_by(_finding.message_id, _finding.order_id, _finding.ordinal)
    return _all(tx, query, finding_row)


def findings_in(
    tx: sa.Connection, ids: Sequence[str], most: int
) -> dict[str, tuple[NotedFinding, ...]]:
    """The first findings of each of these messages, so many of each at most."""
    found: dict[str, list[NotedFinding]] = {}
    for part in some(ids, 100):
        query = sa.select(tables.finding).where(_finding.message_id.in_(part))
        query = query.order_by(_finding.message_id, _finding.ordinal).limit(_FOUND)
        for row in tx.execute(query):
            its = found.setdefault(row.message_id, [])
            if len(its) < most:
                its.append(finding_row(row))
    return {id_: tuple(its) for id_, its in found.items()}


_FOUND = 2_000  # of all messages of a page together


def finding_row(row: _Row) -> NotedFinding:
    """A finding of the store."""
    return NotedFinding(
        finding=finding_of(row.code, row.severity, row.what, row.place, row.value),
        message_id=row.message_id,
        order_id=row.order_id,
    )


# --- the bytes of one message


def _inbound_bytes(tx: sa.Connection, kept: Payloads, row: _Row) -> bytes:
    """From ST to the terminator of SE; without an SE, to the next message.

    Of XML it is all of it, without the secrets that what came by AS2 is kept with.
    """
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
    if row.type.startswith(_XML):
        return redacted(text)
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
