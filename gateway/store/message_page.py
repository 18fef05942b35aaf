"""All about one message: what it came in, what it led to, and when what happened."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from gateway.store import as2_evidence, audit, queries, signed, tables
from gateway.store.audit import Happened
from gateway.store.journal import Version
from gateway.store.payloads import Payloads
from gateway.store.rows import MessageDetail, MessageRow, NotedFinding
from gateway.store.signed import SignedDocument

__all__ = ["Brought", "MessagePage", "Moment", "canonical", "message_page"]

_HEAD = 4096  # bytes of a transmission that tell how it begins
_SHOWN = 50  # answers, orders, events
_message, _box, _order = tables.message.c, tables.outbox.c, tables.orders.c
_receipt, _change, _wire = tables.receipt.c, tables.order_change.c, tables.wire.c
_said = tables.wire_answer.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something that happened to a message. ``word`` names it; ``ref`` is its thing."""

    at: datetime
    word: str
    what: str = ""
    ref: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """How a message came or left: by AS2, with its headers and receipt."""

    headers: str
    facts: Mapping[str, Any]
    mic: str = ""
    disposition: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePage:
    """A message and all around it.

    ``head`` is how the transmission begins that a message came in. ``changed`` are the
    changes of orders that came with it, ``orders`` the orders it is about, ``copies``
    those that hold other or the same content under its name.
    """

    detail: MessageDetail
    version: str
    group_number: str
    sha256: str
    head: bytes
    channel: str
    peer: str
    transport_id: str
    orders: tuple[tuple[str, str], ...]
    changed: tuple[str, ...]
    answers: tuple[MessageRow, ...]
    copies: tuple[str, ...]
    moments: tuple[Moment, ...]
    by_as2: tuple[Brought, ...]
    signed: tuple[SignedDocument, ...]

    @property
    def proves(self) -> str:
        """What the evidence is about: the order of an answer, else a transmission."""
        row = self.detail.message
        return row.order_id or row.receipt_id

    @property
    def findings(self) -> tuple[NotedFinding, ...]:
        """What was found in it."""
        return self.detail.findings


def message_page(
    tx: sa.Connection,
    kept: Payloads,
    id_: str,
    *,
    partner: str | None = None,
    ours: bool = True,
) -> MessagePage | None:
    """All about a message that this partner may see; none: it may not, or is not."""
    detail = queries.message(tx, kept, id_, partner=partner, ours=ours)
    return None if detail is None else _Page(tx, kept, detail, ours=ours).made()


class _Page:
    def __init__(
        self, tx: sa.Connection, kept: Payloads, detail: MessageDetail, *, ours: bool
    ) -> None:
        self._tx, self._kept, self._ours = tx, kept, ours
        self._detail, self._row = detail, detail.message
        table = tables.message if self._came else tables.outbox
        query = sa.select(table).where(table.c.id == self._row.id)
        self._stored: Any = tx.execute(query).one()
        about = sa.select(tables.receipt).where(_receipt.id == self._row.receipt_id)
        self._receipt: Any = tx.execute(about).first()

    @property
    def _came(self) -> bool:
        return self._row.direction == "in"

    def made(self) -> MessagePage:
        """Everything together."""
        came, stored, receipt = self._came, self._stored, self._receipt
        answers = self._answers()
        orders = self._orders(answers)
        requests = as2_evidence.requests_of(self._tx, self._row.receipt_id)
        channel = receipt.channel if came and receipt else ""
        about = {self._row.receipt_id} if came else set()
        return MessagePage(
            detail=self._detail,
            version=stored.version if came else "",
            group_number=str(
                stored.group_control_number if came else stored.group_number
            ),
            sha256=receipt.sha256 if came and receipt else self._content_sum(),
            head=self._head() if came else b"",
            channel=channel if came else stored.channel,
            peer=receipt.peer if came and receipt else "",
            transport_id=receipt.transport_id if came and receipt else stored.wire_id,
            orders=orders,
            changed=self._changed(orders),
            answers=answers,
            copies=self._copies(),
            moments=tuple(sorted(self._moments(answers, orders), key=_when)),
            by_as2=self._brought(requests) if came else self._wired(),
            signed=tuple(signed.of_receipts(self._tx, about)),
        )

    def _content_sum(self) -> str:
        return "" if self._came else str(self._stored.content_sha256)

    def _head(self) -> bytes:
        if self._receipt is None:
            return b""
        sum_ = self._receipt.sha256
        blob = self._kept.load(self._tx, [sum_]).get(sum_)
        if blob is None:
            return b""
        head = b""
        for chunk in islice(blob.chunks(), _HEAD):
            head += chunk[:_HEAD]
            if len(head) >= _HEAD:
                break
        return head[:_HEAD]

    def _answers(self) -> tuple[MessageRow, ...]:
        """What we answered to it; of a message of ours its repeats."""
        if self._came:
            place = sa.and_(
                _box.receipt_id == self._row.receipt_id,
                _box.message_id.in_((self._row.id, "")),
            )
        else:
            order = self._row.order_id or "-"
            place = sa.and_(
                tables.OUTBOX_OF_ORDER,
                _box.order_id == order,
                sa.or_(_box.replay_of == self._row.id, _box.replaces == self._row.id),
            )
        query = sa.select(tables.outbox).where(place).order_by(_box.id).limit(_SHOWN)
        if not self._ours:
            query = query.where(_box.channel != "erp")
        return tuple(queries.sent_rows(self._tx, self._tx.execute(query).all()))

    def _orders(self, answers: tuple[MessageRow, ...]) -> tuple[tuple[str, str], ...]:
        """The orders it is about: each with its number."""
        ids_ = {row.order_id for row in answers if row.order_id} | {self._row.order_id}
        pairs: sa.Select[Any] = sa.select(_order.id, _order.po_number)
        found = self._numbers(pairs.where(_order.id.in_(ids_)))
        if self._came:
            waits = pairs.where(
                _order.receipt_id == self._row.receipt_id,
                _order.message_id == self._row.id,
                _order.state.in_(("received", "held")),
            )
            found |= self._numbers(waits.limit(_SHOWN))
        return tuple(sorted(found.items()))

    def _numbers(self, query: sa.Select[Any]) -> dict[str, str]:
        return {row.id: row.po_number for row in self._tx.execute(query)}

    def _changed(self, orders: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
        ids_ = [id_ for id_, _ in orders]
        query = sa.select(_change.id).where(
            _change.order_id.in_(ids_), _change.message_id == self._row.id
        )
        return tuple(self._tx.scalars(query.limit(_SHOWN)))

    def _copies(self) -> tuple[str, ...]:
        """Other transmissions under the same name that came with other bytes."""
        if not self._came or self._receipt is None or not self._receipt.transport_id:
            return ()
        what = f"the key {self._receipt.transport_id!r} belongs to "
        code = tables.finding.c
        query = sa.select(code.receipt_id).where(
            code.code == "WIRE-021",
            code.what == f"{what}{self._receipt.id}",
            code.partner_id == self._receipt.partner_id,
        )
        return tuple(self._tx.scalars(query.limit(5)))

    # When what happened.

    def _moments(
        self, answers: tuple[MessageRow, ...], orders: tuple[tuple[str, str], ...]
    ) -> Iterator[Moment]:
        row, receipt = self._row, self._receipt
        if self._came and receipt is not None:
            by = f"{receipt.channel} {receipt.peer}".strip()
            yield Moment(at=receipt.received_at, word="received", what=by)
            if receipt.done_at is not None:
                yield Moment(at=receipt.done_at, word="read", what=row.validation)
        else:
            yield Moment(at=row.at, word="made", ref=row.receipt_id)
            yield from self._left(row.id)
        for one in answers:
            word = "answered" if self._came else "repeated"
            yield Moment(at=one.at, word=word, what=one.type, ref=one.id)
        refs = [row.id, *(id_ for id_, _ in orders[:3])]
        refs += [row.receipt_id] if self._came else [one.id for one in answers[:5]]
        for ref in refs:
            yield from self._happened(ref)

    def _left(self, id_: str) -> Iterator[Moment]:
        for one in self._tx.execute(
            sa.select(tables.wire).where(_wire.message_id == id_)
        ):
            yield Moment(at=one.since, word="sent", what=one.id)
            yield Moment(at=one.changed_at, word="receipt", what=one.state)
        told = sa.select(tables.wire_answer).where(
            _said.wire_id == self._stored.wire_id
        )
        if self._stored.wire_id:
            for one in self._tx.execute(told.order_by(_said.id).limit(_SHOWN)):
                yield Moment(at=one.at, word="answer", what=f"HTTP {one.status}")

    def _happened(self, ref: str) -> Iterator[Moment]:
        one: Happened
        for one in audit.happened(self._tx, ref=ref, limit=_SHOWN).items:
            by = f"{one.by}: {one.detail.get('reason', '')}" if one.by else ""
            yield Moment(at=one.at, word=one.name, what=by.rstrip(": "), ref=one.ref)

    # How it came or left.

    def _brought(self, requests: list[Any]) -> tuple[Brought, ...]:
        return tuple(
            Brought(
                headers=row.headers,
                facts=json.loads(row.facts or "{}"),
                mic=row.mic,
                disposition=row.disposition,
            )
            for row in requests[:5]
        )

    def _wired(self) -> tuple[Brought, ...]:
        if not self._stored.wire_id:
            return ()
        query = sa.select(tables.wire).where(
            _wire.partner_id == self._row.partner_id, _wire.id == self._stored.wire_id
        )
        return tuple(
            Brought(headers="", facts=json.loads(one.facts or "{}"))
            for one in self._tx.execute(query)
        )


def _when(moment: Moment) -> datetime:
    return moment.at


def canonical(tx: sa.Connection, page: MessagePage) -> tuple[tuple[str, str], ...]:
    """What was understood: the schema and JSON of each order, change or advice."""
    version = tables.order_version.c
    id_, found = page.detail.message.id, []
    for order_id, _ in page.orders:
        query = sa.select(version.text).where(
            version.partner_id == page.detail.message.partner_id,
            version.order_id == order_id,
        )
        about = query.where(version.message_id == id_)
        text = tx.execute(about.order_by(version.n)).scalar()
        if text is None and page.detail.message.direction == "out":
            text = tx.execute(query.order_by(version.n.desc())).scalar()
        if text is not None:
            found.append((order_id, Version.of(text).body))
    for change_id in page.changed:
        body = tx.execute(
            sa.select(_change.body).where(_change.id == change_id)
        ).scalar()
        found.append((change_id, str(body)))
    return tuple(found)
