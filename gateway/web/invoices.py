"""``/v1/invoices``: invoices and credit notes handed in, and listed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from gateway.engine.handing import Hand
from gateway.store import queries
from gateway.web.api import PROBLEMS, UNDER_WAY, Key, Partner, ThePart
from gateway.web.doors import TheCaller, TheDoors
from gateway.web.shapes import Document, Listed
from gateway.web.shipments import FILE, Taken, take

router = APIRouter(prefix="/v1", responses=PROBLEMS)


@router.post("/invoices", responses=UNDER_WAY, openapi_extra=FILE)
async def post_invoices(
    request: Request,
    parts: TheDoors,
    who: TheCaller,
    idempotency_key: Key = "",
    partner: Partner = None,
    file_name: Annotated[str, Query(max_length=255)] = "invoices",
) -> Taken:
    """Take in invoices: each is booked and told to its buyer, or refused whole.

    What is wrong stands in ``findings``, with its row; a file of which nothing was
    taken over is a problem. Only for our own side's keys.
    """
    hand = Hand(
        name=file_name,
        partner_id=partner or "",
        key=idempotency_key,
        by=who.name or who.key_id,
    )
    return await take(request, parts, who, "invoices", hand)


@router.get("/invoices")
def list_invoices(parts: TheDoors, which: ThePart) -> Listed[Document]:
    """Invoices and credit notes, newest first."""
    with parts.engine.db.read() as tx:
        page = queries.documents(
            tx,
            "invoices",
            partner=which.partner,
            cursor=which.cursor,
            limit=which.limit,
        )
    items = tuple(map(Document.of, page.items))
    return Listed[Document](items=items, cursor=page.cursor)
