"""What partners say of documents of ours: what it meets, and what was kept of it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from gateway.order import to_json
from gateway.order.invoice import Invoice
from gateway.order.money import Money
from gateway.order.read import invoice_from_json
from gateway.pipeline.documents import (
    MESSAGES,
    AdviceKey,
    DocumentKey,
    KnownDocument,
)
from gateway.pipeline.effects import KeepAdvice
from gateway.pipeline.ids import own_number_in
from gateway.pipeline.ports import InMemory
from gateway.pipeline.sent import Sent
from gateway.store import tables
from gateway.store.journal import event_row
from gateway.store.sent import sent_of
from gateway.store.sql import Among, some

_advice, _link = tables.advice.c, tables.advice_link.c
_KEPT = Among(
    sa.select(_advice.partner_id, _advice.digest, _advice.message_id),
    _advice.partner_id,
    _advice.digest,
)
_TABLES = {"invoice": tables.invoice, "shipment": tables.shipment}
_ORDERED = Among(
    sa.select(
        tables.orders.c.partner_id, tables.orders.c.id, tables.orders.c.po_number
    ),
    tables.orders.c.po_number,
    tables.orders.c.partner_id,
)

Documents = dict[DocumentKey, tuple[KnownDocument, ...]]


def before(tx: sa.Connection, keys: Collection[AdviceKey]) -> dict[AdviceKey, str]:
    """The messages that brought these advices already."""
    return {
        AdviceKey(partner_id, digest): message_id
        for partner_id, digest, message_id in _KEPT.find(tx, keys)
    }


def documents(tx: sa.Connection, keys: Collection[DocumentKey]) -> Documents:
    """The documents of ours that these keys name, the newest last."""
    found: defaultdict[DocumentKey, list[KnownDocument]] = defaultdict(list)
    by_kind: defaultdict[str, list[DocumentKey]] = defaultdict(list)
    for key in keys:
        by_kind[key.kind].append(key)
    for kind, every in by_kind.items():
        for key, known in _known(tx, kind, every):
            found[key].append(known)
    flat = [one for every in found.values() for one in every]
    told, paid = _told(tx, flat), _paid(tx, flat)
    return {
        key: tuple(
            replace(
                one,
                sent=tuple(each for each in told[one.order_id] if _tells(each, one)),
                paid=paid.get(one.id, Decimal(0)),
            )
            for one in sorted(every, key=lambda one: one.id)
        )
        for key, every in found.items()
    }


def _known(
    tx: sa.Connection, kind: str, keys: Collection[DocumentKey]
) -> Iterable[tuple[DocumentKey, KnownDocument]]:
    if kind == "order":
        places = {(key.number, key.partner_id): key for key in keys}
        for row in _ORDERED.find(tx, places):
            yield (
                places[row.po_number, row.partner_id],
                KnownDocument(
                    kind="order", id=row.id, number=row.po_number, order_id=row.id
                ),
            )
        yield from _by_our_numbers(tx, keys)
        return
    table = _TABLES[kind]
    for part in some(keys):
        wanted = [(key.partner_id, key.number) for key in part]
        place = sa.tuple_(table.c.partner_id, table.c.number)
        for row in tx.execute(sa.select(table).where(place.in_(wanted))):
            key = DocumentKey(row.partner_id, part[0].kind, row.number)
            yield key, _document(row, key)


def _by_our_numbers(
    tx: sa.Connection, keys: Collection[DocumentKey]
) -> Iterable[tuple[DocumentKey, KnownDocument]]:
    """Orders named by our own number: it follows from the id, and tells the day."""
    order = tables.orders.c
    for key in keys:
        ours = own_number_in(key.number)
        if ours is None:
            continue
        of_that_day = sa.select(order.id, order.po_number).where(
            order.partner_id == key.partner_id,
            order.id >= ours.first,
            order.id < ours.end,
        )
        for id_, po_number in tx.execute(of_that_day):
            if ours.names(id_):
                yield (
                    key,
                    KnownDocument(kind="order", id=id_, number=po_number, order_id=id_),
                )


def _document(row: sa.Row[Any], key: DocumentKey) -> KnownDocument:
    """An invoice with what is due of it, or a shipment."""
    lines = json.loads(row.body).get("lines", [])
    first = lines[0]["order_id"] if lines else ""
    due: Money | None = None
    if key.kind == "invoice":
        invoice = invoice_from_json(row.body)
        assert isinstance(invoice, Invoice)
        due = invoice.due
        if due is not None and invoice.kind == "credit_note":
            due = Money(-due.amount, due.currency)
    return KnownDocument(
        kind=key.kind, id=row.id, number=row.number, order_id=first, due=due
    )


def _told(
    tx: sa.Connection, known: Iterable[KnownDocument]
) -> defaultdict[str, list[Sent]]:
    """Messages of ours by their order, oldest first; repeats do not count."""
    box = tables.outbox.c
    kinds = [kind for every in MESSAGES.values() for kind in every]
    found: defaultdict[str, list[Sent]] = defaultdict(list)
    for part in some({one.order_id for one in known} - {""}):
        query = sa.select(tables.outbox).where(
            tables.OUTBOX_OF_ORDER,
            box.order_id.in_(part),
            box.kind.in_(kinds),
            box.replay_of == "",
        )
        for row in tx.execute(query.order_by(box.id)):
            found[row.order_id].append(sent_of(row))
    return found


def _tells(sent: Sent, known: KnownDocument) -> bool:
    if sent.kind not in MESSAGES[known.kind]:
        return False
    return known.kind == "order" or known.id in sent.idem


def _paid(tx: sa.Connection, known: Iterable[KnownDocument]) -> dict[str, Decimal]:
    """What was paid of invoices so far, with the discounts that were taken."""
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for part in some({one.id for one in known if one.kind == "invoice"}):
        query = (
            sa.select(_link.ref, _link.paid, _link.discount)
            .join(
                tables.advice,
                sa.and_(
                    _advice.partner_id == _link.partner_id,
                    _advice.id == _link.advice_id,
                ),
            )
            .where(_link.ref.in_(part), _link.state != "other_currency")
            .where(_advice.kind == "remittance", _advice.test.is_(False))
        )
        for row in tx.execute(query):
            sums[row.ref] += Decimal(row.paid or 0) + Decimal(row.discount or 0)
    return sums


# Rows.


def row_of(effect: KeepAdvice, receipt_id: str, now: datetime) -> dict[str, object]:
    """An advice as its row."""
    advice = effect.advice
    return {
        "partner_id": effect.partner_id,
        "id": advice.id,
        "kind": advice.kind,
        "number": advice.number,
        "digest": effect.digest,
        "test": effect.test,
        "body": to_json(advice),
        "receipt_id": receipt_id,
        "message_id": effect.message_id,
        "created_at": now,
    }


def link_rows(effect: KeepAdvice) -> list[dict[str, object]]:
    """What it is about, row by row."""
    return [
        {
            "partner_id": effect.partner_id,
            "advice_id": effect.advice.id,
            "n": link.n,
            "kind": link.kind,
            "number": link.number,
            "ref": link.ref,
            "outbox_id": link.outbox_id,
            "order_id": link.order_id,
            "state": link.state,
            "paid": _amount(link.paid),
            "discount": _amount(link.discount),
            "currency": link.paid.currency if link.paid else "",
        }
        for link in effect.links
    ]


def _amount(money: Money | None) -> str:
    return "" if money is None else f"{money.amount:f}"


def event_of(effect: KeepAdvice, now: datetime) -> dict[str, object]:
    """What is attested of an advice: that it came, and what it says."""
    sha256 = InMemory.of(to_json(effect.advice).encode()).sha256
    told: Mapping[str, str] = {"kind": effect.advice.kind, "sha256": sha256}
    return event_row(effect.partner_id, "advice.kept", effect.advice.id, now, **told)
