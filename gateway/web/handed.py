"""Files of our ERP handed in over HTTP, and what came of them listed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from starlette.concurrency import run_in_threadpool

from gateway.engine.handing import Hand, HandedIn, Kind, hand_in
from gateway.findings import Finding
from gateway.store import queries
from gateway.web import intake
from gateway.web.api import Key, Part, Partner
from gateway.web.doors import Caller, Doors, TheCaller
from gateway.web.problem import Problem, finding_json
from gateway.web.shapes import Document, Listed

FILE = {
    "requestBody": {
        "required": True,
        "description": "CSV or JSON as docs/erp-columns.md has it.",
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/json": {"schema": {"type": "object"}},
        },
    }
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What came of a file: ``state`` done, quarantined, or todo: not yet applied."""

    receipt: str
    state: str
    documents: tuple[Document, ...]
    findings: tuple[dict[str, Any], ...]

    @classmethod
    def of(cls, came: HandedIn) -> Taken:
        """As the engine has it."""
        return cls(
            receipt=came.receipt_id,
            state=came.state,
            documents=tuple(map(Document.of, came.documents)),
            findings=tuple(map(finding_json, came.findings)),
        )


def handing(
    who: TheCaller,
    idempotency_key: Key = "",
    partner: Partner = None,
    file_name: Annotated[str, Query(max_length=255)] = "",
) -> tuple[Caller, Hand]:
    """Who hands in, and under which name and key; without a name: the kind."""
    hand = Hand(
        name=file_name,
        partner_id=partner or "",
        key=idempotency_key,
        by=who.name or who.key_id,
    )
    return who, hand


Handing = Annotated[tuple[Caller, Hand], Depends(handing)]


async def take(
    request: Request, parts: Doors, kind: Kind, handing: tuple[Caller, Hand]
) -> Taken:
    """Hand in the body of a request."""
    who, hand = handing
    if not hand.name:
        hand = replace(hand, name=kind)
    who.decides(f"{kind} are handed in by")
    engine = parts.engine
    settings = engine.settings
    most = settings.max_message_bytes
    with engine.admit():
        data = await intake.whole(
            request, settings, most, timeout_s=parts.body_timeout_s
        )
    now = parts.clock()
    came = await run_in_threadpool(hand_in, engine, kind, data, hand, now)
    if isinstance(came, Finding):
        raise Problem(came)
    if came.is_refused and not came.documents:
        first = next(one for one in came.findings if one.severity == "reject")
        raise Problem(first, findings=came.findings)
    return Taken.of(came)


def listed(parts: Doors, kind: Kind, which: Part) -> Listed[Document]:
    """Documents of a kind, newest first."""
    with parts.engine.db.read() as tx:
        page = queries.documents(
            tx, kind, partner=which.partner, cursor=which.cursor, limit=which.limit
        )
    items = tuple(map(Document.of, page.items))
    return Listed[Document](items=items, cursor=page.cursor)
