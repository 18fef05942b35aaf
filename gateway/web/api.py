"""``/v1``: interchanges come in and are looked up, with their messages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, Literal

import structlog
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from gateway.engine import Engine, signed
from gateway.partner.alerts import AlertKind
from gateway.pipeline.ports import Blob, Disbelieved, Inbound, InMemory
from gateway.store import queries
from gateway.store.receipts import Receipt
from gateway.store.rows import AlertRow, MessageDetail, MessageRow, ReceiptRow
from gateway.web import intake
from gateway.web.beneath import KEY, LONGEST_KEY, plain
from gateway.web.doors import Caller, Doors, TheCaller, TheDoors
from gateway.web.message_filters import TheFilters
from gateway.web.problem import Problem
from gateway.web.shapes import Interchange, Kept, Listed, Message, ProblemShape

log = structlog.get_logger()

_PROBLEM = {"model": ProblemShape, "content": {"application/problem+json": {}}}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: _PROBLEM | {"description": "No valid key was sent."},
    403: _PROBLEM | {"description": "The key is for another partner."},
}
NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: _PROBLEM | {"description": "Nothing that this key may see has this id."}
}
UNDER_WAY: dict[int | str, dict[str, Any]] = {
    408: _PROBLEM | {"description": "The body came too slowly."},
    413: _PROBLEM | {"description": "The body is over the size limit."},
    415: _PROBLEM | {"description": "The body is compressed."},
}
RAW_BODY = {
    "requestBody": {
        "required": True,
        "description": "The interchange, exactly as it is; any content type.",
        "content": {"application/edi-x12": {"schema": {"type": "string"}}},
    }
}
_BYTES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {}}, "description": "The bytes."}
}

router = APIRouter(prefix="/v1", responses=PROBLEMS)

Partner = Annotated[str | None, Query(description="Only this partner's.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Which part of a list is asked for, and whose rows may be in it."""

    partner: str | None
    cursor: str | None
    limit: int
    ours: bool
    """Whether the files of our own ERP may be in it: not for a partner's key."""


async def part(
    who: TheCaller,
    partner: Partner = None,
    cursor: Annotated[
        str | None, Query(max_length=64, description="From the part before this one.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="How many at most.")] = 50,
) -> Part:
    """The part that the query asks for, kept within what the key is for."""
    ours = who.partner_id is None
    return Part(partner=who.only(partner), cursor=cursor, limit=limit, ours=ours)


ThePart = Annotated[Part, Depends(part)]
Key = Annotated[
    str,
    Header(
        max_length=LONGEST_KEY, pattern=f"^{KEY.pattern}$", description="Yours, unique."
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Delivery:
    partner_id: str
    peer: str
    key: str
    file_name: str

    def inbound(self, blob: Blob, now: datetime) -> Inbound:
        """The body as the engine takes it."""
        by_name = f"file:{self.file_name}|{blob.sha256}" if self.file_name else ""
        return Inbound(
            blob=blob,
            channel="http",
            peer=self.peer,
            partner_id=self.partner_id,
            transport_id=f"key:{self.key}" if self.key else by_name,
            received_at=now,
        )


async def delivery(
    who: TheCaller,
    idempotency_key: Key = "",
    file_name: Annotated[str, Query(max_length=255)] = "",
    partner: Partner = None,
) -> _Delivery:
    """What the request says of its body."""
    return _Delivery(
        partner_id=who.only(partner) or "",
        peer=who.name or who.key_id,
        key=idempotency_key,
        file_name=file_name,
    )


async def take(request: Request, parts: Doors) -> Response | None:
    """Take in the body of a plain request, as ``post_interchange`` does of any."""
    asked = plain(request.scope, parts)
    if asked is None:
        return None
    who = asked.who
    told = _Delivery(
        partner_id=who.partner_id or "",
        peer=who.name or who.key_id,
        key=asked.key,
        file_name="",
    )
    receipt = await _take_in(request, parts, told)
    return Response(
        Kept.of(receipt).model_dump_json(),
        status_code=202,
        media_type="application/json",
        headers={"Location": f"/v1/interchanges/{receipt.id}"},
    )


@router.post(
    "/interchanges",
    status_code=202,
    responses=UNDER_WAY
    | {
        202: {"headers": {"Location": {"schema": {"type": "string"}}}},
        400: _PROBLEM | {"description": "The body is empty."},
        409: _PROBLEM | {"description": "The key came before with other bytes."},
        503: _PROBLEM | {"description": "Not known to be stored, or too much at once."},
    },
    openapi_extra=RAW_BODY,
)
async def post_interchange(
    request: Request,
    response: Response,
    parts: TheDoors,
    told: Annotated[_Delivery, Depends(delivery)],
) -> Kept:
    """Take in an interchange; the receipt says that its bytes are on our disk.

    The same idempotency key with the same bytes gives the same receipt, and so does
    the same file name with the same bytes. What the bytes mean is found out after.
    """
    receipt = await _take_in(request, parts, told)
    response.headers["Location"] = f"/v1/interchanges/{receipt.id}"
    return Kept.of(receipt)


async def _take_in(request: Request, parts: Doors, told: _Delivery) -> Receipt:
    engine = parts.engine
    with engine.admit(), intake.spool_for(engine.settings) as spool:
        await intake.receive(request, spool, timeout_s=parts.body_timeout_s)
        inbound = told.inbound(spool.blob(), parts.clock())
        return await _accept(parts, _layered(request, engine, inbound))


def _layered(request: Request, engine: Engine, inbound: Inbound) -> Inbound:
    """What came with the headers that belong to it, where it must be signed."""
    blob = inbound.blob
    is_short = blob.size <= engine.settings.max_message_bytes
    if not signed.is_asked(engine, inbound) or not is_short:
        return inbound
    whole = intake.entity(request, b"".join(blob.chunks()))
    return replace(inbound, blob=InMemory.of(whole))


async def _accept(parts: Doors, inbound: Inbound) -> Receipt:
    """Commit the bytes; what becomes of a failed commit is not known."""
    try:
        receipt = await signed.accepting(parts.engine, inbound)
    except Disbelieved as refused:
        raise Problem(refused.finding) from None
    except Exception as error:
        log.error("http.not_kept", kind=type(error).__qualname__)
        what = "the bytes may not be stored"
        raise Problem.of("API-013", what, headers={"Retry-After": "5"}) from None
    place = {"Location": f"/v1/interchanges/{receipt.id}"}
    if receipt.conflict:
        what = f"the key came before with other bytes; these are kept as {receipt.id}"
        raise Problem.of("WIRE-021", what, headers=place)
    log.info("http.taken", receipt=receipt.id, size=receipt.size)
    return receipt


@router.get("/interchanges")
def list_interchanges(
    parts: TheDoors,
    which: ThePart,
    state: Literal["todo", "done", "quarantined"] | None = None,
) -> Listed[ReceiptRow]:
    """What was taken in, newest first."""
    with parts.engine.db.read() as tx:
        page = queries.interchanges(
            tx,
            partner=which.partner,
            state=state,
            cursor=which.cursor,
            limit=which.limit,
        )
    return Listed[ReceiptRow].of(page)


@router.get("/interchanges/{id}", responses=NOT_FOUND)
def get_interchange(parts: TheDoors, who: TheCaller, id: str) -> Interchange:
    """One transmission, by receipt or interchange id: its state and our answers."""
    with parts.engine.db.read() as tx:
        found = queries.interchange(tx, id, partner=who.partner_id)
    if found is None:
        raise nothing(id)
    return Interchange.of(found)


@router.get(
    "/interchanges/{id}/raw",
    responses=NOT_FOUND | _BYTES,
    response_class=StreamingResponse,
)
def get_interchange_raw(parts: TheDoors, who: TheCaller, id: str) -> StreamingResponse:
    """The bytes exactly as they came."""
    engine = parts.engine
    with engine.db.read() as tx:
        found = queries.interchange(tx, id, partner=who.partner_id)
        if found is None:
            raise nothing(id)
        blob = queries.raw(
            tx, engine.db.payloads, found.receipt.id, partner=who.partner_id
        )
    if blob is None:
        raise nothing(id)
    return StreamingResponse(
        blob.chunks(),
        media_type="application/octet-stream",
        headers=_file(f"{found.receipt.id}.edi") | {"Content-Length": str(blob.size)},
    )


@router.get("/messages")
def list_messages(
    parts: TheDoors, which: ThePart, wanted: TheFilters
) -> Listed[MessageRow]:
    """Messages in and out, newest first.

    A part may hold few of them, or none, and have a cursor: so far was looked.
    """
    whose = replace(wanted, partner=which.partner, ours=which.ours)
    with parts.engine.db.read() as tx:
        page = queries.listed(tx, whose, which.cursor, which.limit)
    return Listed[MessageRow].of(page)


@router.get("/alerts")
def list_alerts(
    parts: TheDoors, which: ThePart, kind: AlertKind | None = None
) -> Listed[AlertRow]:
    """What went wrong, newest first; it is the operators' to know."""
    if not which.ours:
        raise Problem.of("API-014", "alerts are for keys to everything")
    with parts.engine.db.read() as tx:
        page = queries.alerts(
            tx,
            partner=which.partner,
            kind=kind,
            cursor=which.cursor,
            limit=which.limit,
        )
    return Listed[AlertRow].of(page)


@router.get("/messages/{id}", responses=NOT_FOUND)
def get_message(parts: TheDoors, who: TheCaller, id: str) -> Message:
    """One message with its three statuses and its findings."""
    return Message.of(_message(parts, who, id))


@router.get("/messages/{id}/raw", responses=NOT_FOUND | _BYTES, response_class=Response)
def get_message_raw(parts: TheDoors, who: TheCaller, id: str) -> Response:
    """The bytes of one message: ours as sent, theirs from ST to SE."""
    found = _message(parts, who, id)
    name = found.message.file_name or f"{found.message.id}.edi"
    return Response(
        found.content, media_type="application/octet-stream", headers=_file(name)
    )


def _message(parts: Doors, who: Caller, id: str) -> MessageDetail:
    engine = parts.engine
    with engine.db.read() as tx:
        found = queries.message(
            tx,
            engine.db.payloads,
            id,
            partner=who.partner_id,
            ours=who.partner_id is None,
        )
    if found is None:
        raise nothing(id)
    return found


def nothing(id: str) -> Problem:
    """Nothing has this id, or it is another partner's: that looks the same."""
    return Problem.of("API-011", f"nothing has the id {id!r}")


def _file(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
