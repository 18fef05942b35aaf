"""``/v1/messages/{id}``: with names, as understood, and what happened to it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from gateway.bootstrap import spoken
from gateway.edi import annotate
from gateway.findings.language import Language
from gateway.pipeline.apart import Apart, Whence, taken_apart, unplaced
from gateway.store import message_page
from gateway.store.message_page import MessagePage
from gateway.web.api import NOT_FOUND, PROBLEMS, nothing
from gateway.web.doors import Caller, Doors, TheCaller, TheDoors

__all__ = ["router", "whence_of"]

router = APIRouter(prefix="/v1", responses=PROBLEMS)
Lang = Annotated[Literal["en", "fr"], Query(description="Of names, meanings, fixes.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatedPart:
    """A part of a message, from segment or element ``first`` of ``total`` on.

    ``next`` is where the part behind it begins. ``findings`` are those that stand at
    nothing of this part.
    """

    id: str
    type: str
    first: int
    total: int
    next: int | None
    segments: list[dict[str, Any]]
    elements: list[dict[str, Any]]
    findings: list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What was booked of a message: the id, and the canonical JSON."""

    id: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that happened. ``ref`` is the id of what it is about."""

    at: datetime
    word: str
    what: str
    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The way of a message: what it came in, what it led to, and when what happened."""

    id: str
    receipt_id: str
    channel: str
    transport_id: str
    sha256: str
    orders: list[str]
    answers: list[str]
    steps: list[Step]


@router.get("/messages/{id}/annotated", responses=NOT_FOUND)
def get_annotated(
    parts: TheDoors,
    who: TheCaller,
    id: str,
    first: Annotated[int, Query(ge=0, le=10**9)] = 0,
    lang: Lang = "en",
) -> AnnotatedPart:
    """The message with the names of its segments and elements, a part at a time."""
    found = _found(parts, who, id)
    about = [noted.finding for noted in found.findings]
    apart = taken_apart(
        found.detail.content, whence_of(found), parts.engine.rules, about, first
    )
    language, behind = spoken(lang), first + apart.shown
    return AnnotatedPart(
        id=id,
        type=found.detail.message.type,
        first=first,
        total=apart.total,
        next=behind if behind < apart.total else None,
        segments=annotate.as_json(apart.segments, language),
        elements=_elements(apart, language),
        findings=[language.json(one) for one in unplaced(about, apart)],
    )


def _elements(apart: Apart, language: Language) -> list[dict[str, Any]]:
    return [
        {
            "depth": line.depth,
            "name": line.name,
            "attributes": dict(line.attributes),
            "text": line.text,
            "findings": [language.json(one) for one in line.findings],
        }
        for line in apart.lines
    ]


@router.get("/messages/{id}/canonical", responses=NOT_FOUND)
def get_canonical(parts: TheDoors, who: TheCaller, id: str) -> list[Understood]:
    """What was understood of the message: its orders and changes of orders."""
    found = _found(parts, who, id)
    with parts.engine.db.read() as tx:
        bodies = message_page.canonical(tx, found)
    return [Understood(id=one, body=json.loads(body)) for one, body in bodies]


@router.get("/messages/{id}/trace", responses=NOT_FOUND)
def get_trace(parts: TheDoors, who: TheCaller, id: str) -> Trace:
    """What happened to the message, oldest first."""
    found = _found(parts, who, id)
    return Trace(
        id=id,
        receipt_id=found.detail.message.receipt_id,
        channel=found.channel,
        transport_id=found.transport_id,
        sha256=found.sha256,
        orders=[one for one, _ in found.orders],
        answers=[one.id for one in found.answers],
        steps=[
            Step(at=one.at, word=one.word, what=one.what, ref=one.ref)
            for one in found.moments
        ],
    )


def _found(parts: Doors, who: Caller, id_: str) -> MessagePage:
    db = parts.engine.db
    with db.read() as tx:
        found = message_page.message_page(
            tx, db.payloads, id_, partner=who.partner_id, ours=who.partner_id is None
        )
    if found is None:
        raise nothing(id_)
    return found


def whence_of(found: MessagePage) -> Whence:
    """What a message stood in."""
    row = found.detail.message
    return Whence(
        type=row.type,
        partner_id=row.partner_id,
        version=found.version,
        head=found.head,
    )
