"""``/v1/shipments``: shipments handed in, listed, and the labels of their packages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from gateway.engine.handing import Hand, HandedIn, Kind, hand_in
from gateway.engine.labelling import labels
from gateway.findings import Finding
from gateway.store import queries
from gateway.web import intake
from gateway.web.api import NOT_FOUND, PROBLEMS, UNDER_WAY, Key, Partner, ThePart
from gateway.web.doors import Caller, Doors, TheCaller, TheDoors
from gateway.web.problem import Problem, finding_json
from gateway.web.shapes import Document, Listed

router = APIRouter(prefix="/v1", responses=PROBLEMS)

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


@router.post("/shipments", responses=UNDER_WAY, openapi_extra=FILE)
async def post_shipments(
    request: Request,
    parts: TheDoors,
    who: TheCaller,
    idempotency_key: Key = "",
    partner: Partner = None,
    file_name: Annotated[str, Query(max_length=255)] = "shipments",
) -> Taken:
    """Take in shipments: each is booked and told to its buyer, or refused whole.

    What is wrong stands in ``findings``, with its row; a file of which nothing was
    taken over is a problem. Only for our own side's keys.
    """
    hand = Hand(
        name=file_name,
        partner_id=partner or "",
        key=idempotency_key,
        by=who.name or who.key_id,
    )
    return await take(request, parts, who, "shipments", hand)


async def take(
    request: Request, parts: Doors, who: Caller, kind: Kind, hand: Hand
) -> Taken:
    """Hand in the body of a request."""
    if who.partner_id is not None:
        raise Problem.of("API-014", f"{kind} are handed in by our own side")
    engine = parts.engine
    settings = engine.settings
    with (
        engine.admit(),
        intake.spool_for(settings, settings.max_message_bytes) as spool,
    ):
        await intake.receive(request, spool, timeout_s=parts.body_timeout_s)
        data = b"".join(spool.blob().chunks())
    now = parts.clock()
    came = await run_in_threadpool(hand_in, engine, kind, data, hand, now)
    if isinstance(came, Finding):
        raise Problem(came)
    if came.is_refused and not came.documents:
        first = next(one for one in came.findings if one.severity == "reject")
        raise Problem(first, findings=came.findings)
    return Taken.of(came)


@router.get("/shipments")
def list_shipments(parts: TheDoors, which: ThePart) -> Listed[Document]:
    """Shipments, newest first."""
    with parts.engine.db.read() as tx:
        page = queries.documents(
            tx,
            "shipments",
            partner=which.partner,
            cursor=which.cursor,
            limit=which.limit,
        )
    items = tuple(map(Document.of, page.items))
    return Listed[Document](items=items, cursor=page.cursor)


@router.get(
    "/shipments/{id}/labels",
    responses=NOT_FOUND | {200: {"content": {"application/pdf": {}}}},
    response_class=Response,
)
def get_labels(parts: TheDoors, who: TheCaller, id: str) -> Response:
    """The labels of a shipment's packages (GS1-128), one page each, as PDF."""
    made = labels(parts.engine.db, (id,), partner=who.partner_id)
    if isinstance(made, Finding):
        raise Problem(made)
    return Response(made, media_type="application/pdf")
