"""``/v1/events``: what happened, as the chain of events has it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from gateway.store import audit
from gateway.web.api import PROBLEMS, ThePart
from gateway.web.doors import TheCaller, TheDoors
from gateway.web.shapes import Listed

router = APIRouter(prefix="/v1", responses=PROBLEMS)


class EventShape(BaseModel):
    """An event. ``seq`` is its number in the chain; none: it is not sealed yet."""

    id: str
    seq: int | None
    at: datetime
    name: str
    ref: str
    partner_id: str
    detail: Mapping[str, str]


@router.get("/events")
def list_events(
    parts: TheDoors,
    who: TheCaller,
    which: ThePart,
    name: Annotated[
        str, Query(max_length=100, description="What it begins with: order.")
    ] = "",
    ref: Annotated[
        str, Query(max_length=200, description="What it is about: an id.")
    ] = "",
) -> Listed[EventShape]:
    """What happened, newest first; a part may be empty and have a cursor."""
    who.decides("the chain of events is read by")
    with parts.engine.db.read() as tx:
        page = audit.happened(
            tx,
            partner=which.partner,
            name=name,
            ref=ref,
            cursor=which.cursor,
            limit=which.limit,
        )
    items = tuple(
        EventShape.model_validate(one, from_attributes=True) for one in page.items
    )
    return Listed[EventShape](items=items, cursor=page.cursor)
