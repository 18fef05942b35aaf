"""``/v1/shipments``: shipments handed in, listed, and the labels of their packages."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from gateway.engine.labelling import labels
from gateway.findings import Finding
from gateway.web.api import NOT_FOUND, PROBLEMS, UNDER_WAY, ThePart
from gateway.web.doors import TheCaller, TheDoors
from gateway.web.handed import FILE, Handing, Taken, listed, take
from gateway.web.problem import Problem
from gateway.web.shapes import Document, Listed

router = APIRouter(prefix="/v1", responses=PROBLEMS)


@router.post("/shipments", responses=UNDER_WAY, openapi_extra=FILE)
async def post_shipments(request: Request, parts: TheDoors, hand: Handing) -> Taken:
    """Take in shipments: each is booked and told to its buyer, or refused whole.

    What is wrong stands in ``findings``, with its row; a file of which nothing was
    taken over is a problem. Only for our own side's keys.
    """
    return await take(request, parts, "shipments", hand)


@router.get("/shipments")
def list_shipments(parts: TheDoors, which: ThePart) -> Listed[Document]:
    """Shipments, newest first."""
    return listed(parts, "shipments", which)


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
