"""``/v1/advices``: what partners said of documents of ours, and what they paid."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.order.advice import AdviceKind
from gateway.store import queries
from gateway.store.rows import AdviceRow
from gateway.web.api import NOT_FOUND, PROBLEMS, ThePart, nothing
from gateway.web.doors import TheCaller, TheDoors
from gateway.web.shapes import Advice, Listed

router = APIRouter(prefix="/v1", responses=PROBLEMS)


@router.get("/advices")
def list_advices(
    parts: TheDoors, which: ThePart, kind: AdviceKind | None = None
) -> Listed[AdviceRow]:
    """Application and remittance advices and texts, newest first."""
    with parts.engine.db.read() as tx:
        page = queries.advices(
            tx,
            partner=which.partner,
            kind=kind,
            cursor=which.cursor,
            limit=which.limit,
        )
    return Listed[AdviceRow].of(page)


@router.get("/advices/{id}", responses=NOT_FOUND)
def get_advice(parts: TheDoors, who: TheCaller, id: str) -> Advice:
    """One advice in canonical JSON, and the documents that it is about."""
    with parts.engine.db.read() as tx:
        found = queries.advice(tx, id, partner=who.partner_id)
    if found is None:
        raise nothing(id)
    return Advice.of(found)
