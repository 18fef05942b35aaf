"""What the API answers: the store's rows, with all about one thing in one place."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from gateway.pipeline.report import told
from gateway.store.receipts import Receipt
from gateway.store.rows import (
    AdviceDetail,
    AdviceRow,
    Answer,
    ChangeDetail,
    ChangeRow,
    DocumentRow,
    DrawRow,
    MessageDetail,
    MessageRow,
    NotedFinding,
    OrderDetail,
    OrderLineRow,
    OrderRow,
    Page,
    ReceiptRow,
    SaidRow,
    Transmission,
)

T = TypeVar("T")

MOST = 1000
"""How many messages, findings or answers one thing shows; ``cut`` tells of more."""


class Listed(BaseModel, Generic[T]):
    """A part of a list, newest first. ``cursor`` asks for the next part."""

    items: tuple[T, ...]
    cursor: str | None

    @classmethod
    def of(cls, page: Page[T]) -> Listed[T]:
        """A page of the store."""
        return cls(items=page.items, cursor=page.cursor)


class Kept(BaseModel):
    """The receipt: these bytes are on our disk. ``state``: todo, done, quarantined."""

    id: str
    sha256: str
    size: int
    first_seen: bool
    state: str

    @classmethod
    def of(cls, receipt: Receipt) -> Kept:
        """A receipt of the store."""
        return cls(
            id=receipt.id,
            sha256=receipt.sha256,
            size=receipt.size,
            first_seen=receipt.first_seen,
            state=receipt.state,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A finding, where it is, what to do, and what it belongs to."""

    code: str
    severity: str
    what: str
    where: str
    value: str
    fix: str
    message_id: str
    order_id: str

    @classmethod
    def of(cls, noted: NotedFinding) -> Noted:
        """A finding of the store."""
        found = noted.finding
        return cls(
            code=found.code,
            severity=str(found.severity),
            what=found.what,
            where=str(found.where),
            value=found.value,
            fix=found.fix,
            message_id=noted.message_id,
            order_id=noted.order_id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Interchange(ReceiptRow):
    """A transmission with its messages, findings and our answers."""

    messages: tuple[MessageRow, ...]
    findings: tuple[Noted, ...]
    answers: tuple[MessageRow, ...]
    cut: bool

    @classmethod
    def of(cls, found: Transmission) -> Interchange:
        """A transmission of the store."""
        return cls(
            **_fields(found.receipt),
            messages=found.messages[:MOST],
            findings=_noted(found.findings),
            answers=found.answers[:MOST],
            cut=_is_cut(found.messages, found.findings, found.answers),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(MessageRow):
    """A message with its findings."""

    size: int
    findings: tuple[Noted, ...]
    cut: bool

    @classmethod
    def of(cls, found: MessageDetail) -> Message:
        """A message of the store."""
        return cls(
            **_fields(found.message),
            size=len(found.content),
            findings=_noted(found.findings),
            cut=_is_cut(found.findings),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A shipment or an invoice; ``body`` is ship_notice/1 or invoice/1.

    ``said`` is what the partner said or paid of it, where one document is asked for.
    """

    id: str
    number: str
    created_at: datetime
    body: dict[str, Any]
    said: tuple[SaidRow, ...] = ()

    @classmethod
    def of(cls, row: DocumentRow, said: tuple[SaidRow, ...] = ()) -> Document:
        """A row of the store."""
        return cls(
            id=row.id,
            number=row.number,
            created_at=row.created_at,
            body=json.loads(row.body),
            said=said[:MOST],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice(AdviceRow):
    """What a partner said of documents of ours: ``body`` as advice/1."""

    body: dict[str, Any]
    said: tuple[SaidRow, ...]
    findings: tuple[Noted, ...]
    cut: bool

    @classmethod
    def of(cls, found: AdviceDetail) -> Advice:
        """An advice of the store."""
        return cls(
            **_fields(found.advice),
            body=json.loads(found.body),
            said=found.said[:MOST],
            findings=_noted(found.findings),
            cut=_is_cut(found.said, found.findings),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(OrderRow):
    """An order: ``body`` as order/1, ``ack`` as order_ack/1, ``report`` why so."""

    body: dict[str, Any]
    ack: dict[str, Any]
    report: Any
    lines: tuple[OrderLineRow, ...]
    findings: tuple[Noted, ...]
    answers: tuple[MessageRow, ...]
    handed: tuple[MessageRow, ...]
    shipments: tuple[Document, ...]
    invoices: tuple[Document, ...]
    said: tuple[SaidRow, ...]
    changes: tuple[ChangeRow, ...]
    draws: tuple[DrawRow, ...]
    drawn_value: str
    cut: bool

    @classmethod
    def of(cls, found: OrderDetail) -> Order:
        """An order of the store."""
        return cls(
            **_fields(found.order),
            body=json.loads(found.body),
            ack=json.loads(found.ack),
            report=told(found.report) if found.report else None,
            lines=found.lines,
            findings=_noted(found.findings),
            answers=found.answers[:MOST],
            handed=found.handed[:MOST],
            shipments=tuple(map(Document.of, found.shipments[:MOST])),
            invoices=tuple(map(Document.of, found.invoices[:MOST])),
            said=found.said[:MOST],
            changes=found.changes[:MOST],
            draws=found.draws[:MOST],
            drawn_value=found.drawn_value,
            cut=_is_cut(
                found.findings,
                found.answers,
                found.handed,
                found.shipments,
                found.invoices,
                found.said,
                found.changes,
                found.draws,
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(ChangeRow):
    """A change of an order: ``body`` as order_change/1 or order_cancel/1.

    ``ack`` is our answer as order_ack/1, none while there is none.
    """

    body: dict[str, Any]
    ack: dict[str, Any] | None
    findings: tuple[Noted, ...]
    answers: tuple[MessageRow, ...]
    cut: bool

    @classmethod
    def of(cls, found: ChangeDetail) -> Change:
        """A change of the store."""
        return cls(
            **_fields(found.change),
            body=json.loads(found.body),
            ack=json.loads(found.ack) if found.ack else None,
            findings=_noted(found.findings),
            answers=found.answers[:MOST],
            cut=_is_cut(found.findings, found.answers),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent(MessageRow):
    """A message of ours with its exact bytes in base 64."""

    content_base64: str

    @classmethod
    def of(cls, answer: Answer) -> Sent:
        """An answer of the store."""
        content = b64encode(answer.content).decode()
        return cls(**_fields(answer.message), content_base64=content)


class Released(BaseModel):
    """How a held order is to be released. No ``lines``: all of them."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    as_: Literal["accept", "change", "reject"] = Field(alias="as")
    lines: tuple[str, ...] = Field(default=(), max_length=MOST)
    reason: str = Field(min_length=1, max_length=500)
    version: int = Field(default=0, ge=0)
    """The version of the order that was read; 0: whatever it is."""


class ReleasedChange(BaseModel):
    """Whether a change is carried out as the buyer wants it, or rejected."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    as_: Literal["accept", "reject"] = Field(alias="as")
    reason: str = Field(min_length=1, max_length=500)


class Health(BaseModel):
    """Whether we work."""

    status: Literal["ok", "ready"]


class ProblemShape(BaseModel):
    """A problem (RFC 9457); ``type`` leads to what the code means."""

    type: str
    title: str
    status: int
    detail: str = ""
    instance: str
    code: str = ""
    findings: tuple[dict[str, Any], ...]


def _fields(row: Any) -> dict[str, Any]:
    return {one.name: getattr(row, one.name) for one in fields(row)}


def _noted(findings: Sequence[NotedFinding]) -> tuple[Noted, ...]:
    return tuple(map(Noted.of, findings[:MOST]))


def _is_cut(*lists: Sequence[object]) -> bool:
    return any(len(one) > MOST for one in lists)
