"""``/v1``: orders and what we answered, the release of held ones, and dry runs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool

from gateway.order.life import State
from gateway.store import order_page, queries
from gateway.store.rows import OrderRow
from gateway.web import intake
from gateway.web.acting import Acting
from gateway.web.api import (
    NOT_FOUND,
    PROBLEMS,
    RAW_BODY,
    UNDER_WAY,
    Partner,
    ThePart,
    nothing,
)
from gateway.web.doors import Caller, Doors, TheCaller, TheDoors
from gateway.web.problem import Problem
from gateway.web.shapes import MOST, Document, Listed, Order, Released, Sent

router = APIRouter(prefix="/v1", responses=PROBLEMS, route_class=Acting)


@router.get("/orders")
def list_orders(
    parts: TheDoors,
    which: ThePart,
    state: State | None = None,
    po: Annotated[str | None, Query(description="Their order number.")] = None,
) -> Listed[OrderRow]:
    """Orders, newest first."""
    with parts.engine.db.read() as tx:
        page = queries.orders(
            tx,
            partner=which.partner,
            state=state,
            po=po,
            cursor=which.cursor,
            limit=which.limit,
        )
    return Listed[OrderRow].of(page)


@router.get("/orders/{id}", responses=NOT_FOUND)
def get_order(parts: TheDoors, who: TheCaller, id: str) -> Order:
    """One order in canonical JSON, with the decision, its reasons and our answers."""
    return _order(parts, who, id)


@router.get("/orders/{id}/answers", responses=NOT_FOUND)
def list_answers(parts: TheDoors, who: TheCaller, id: str) -> tuple[Sent, ...]:
    """What we answered to an order, byte for byte, oldest first."""
    engine = parts.engine
    with engine.db.read() as tx:
        if order_page.order(tx, id, partner=who.partner_id) is None:
            raise nothing(id)
        found = queries.answers(
            tx, engine.db.payloads, order_id=id, partner=who.partner_id
        )
    return tuple(map(Sent.of, found[:MOST]))


@router.get("/shipments/{id}", responses=NOT_FOUND)
def get_shipment(parts: TheDoors, who: TheCaller, id: str) -> Document:
    """One shipment in canonical JSON."""
    return _document(parts, who, id, "shp_")


@router.get("/invoices/{id}", responses=NOT_FOUND)
def get_invoice(parts: TheDoors, who: TheCaller, id: str) -> Document:
    """One invoice in canonical JSON."""
    return _document(parts, who, id, "inv_")


def _document(parts: Doors, who: Caller, id: str, prefix: str) -> Document:
    with parts.engine.db.read() as tx:
        found = queries.document(tx, id, partner=who.partner_id)
        said = queries.said_of(tx, id) if found else ()
    if found is None or not id.startswith(prefix):
        raise nothing(id)
    return Document.of(found, said)


@router.post("/orders/{id}/release", responses=NOT_FOUND)
def release_order(parts: TheDoors, who: TheCaller, id: str, wanted: Released) -> Order:
    """Release a held order, whole or by lines; the answer is queued at once."""
    _order(parts, who, id)
    who.decides("orders are released by")
    against = parts.release(
        id,
        as_=wanted.as_,
        lines=wanted.lines,
        reason=wanted.reason,
        by=who.name or who.key_id,
        version=wanted.version,
    )
    if against:
        raise Problem(against[0], findings=against)
    return _order(parts, who, id)


def _order(parts: Doors, who: Caller, id: str) -> Order:
    with parts.engine.db.read() as tx:
        found = order_page.order(tx, id, partner=who.partner_id)
    if found is None:
        raise nothing(id)
    return Order.of(found)


@router.post("/check", responses=UNDER_WAY, openapi_extra=RAW_BODY)
async def check(
    request: Request, parts: TheDoors, who: TheCaller, partner: Partner = None
) -> dict[str, Any]:
    """Read, check and answer an interchange without keeping anything."""
    owner = who.only(partner)
    settings = parts.engine.settings
    most = settings.max_message_bytes
    data = await intake.whole(request, settings, most, timeout_s=parts.body_timeout_s)
    return await run_in_threadpool(parts.check, data, owner)
