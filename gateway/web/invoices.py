"""``/v1/invoices``: invoices and credit notes handed in, and listed."""

from __future__ import annotations

from fastapi import APIRouter, Request

from gateway.web.api import PROBLEMS, UNDER_WAY, ThePart
from gateway.web.doors import TheDoors
from gateway.web.handed import FILE, Handing, Taken, listed, take
from gateway.web.shapes import Document, Listed

router = APIRouter(prefix="/v1", responses=PROBLEMS)


@router.post("/invoices", responses=UNDER_WAY, openapi_extra=FILE)
async def post_invoices(request: Request, parts: TheDoors, hand: Handing) -> Taken:
    """Take in invoices: each is booked and told to its buyer, or refused whole.

    What is wrong stands in ``findings``, with its row; a file of which nothing was
    taken over is a problem. Only for our own side's keys.
    """
    return await take(request, parts, "invoices", hand)


@router.get("/invoices")
def list_invoices(parts: TheDoors, which: ThePart) -> Listed[Document]:
    """Invoices and credit notes, newest first."""
    return listed(parts, "invoices", which)
