"""``/v1/changes``: what buyers wanted changed in orders, line by line; deciding it."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.order.life import ChangeState
from gateway.store import change_page
from gateway.store.rows import ChangeRow
from gateway.web.acting import Acting
from gateway.web.api import NOT_FOUND, PROBLEMS, ThePart, nothing
from gateway.web.doors import Caller, Doors, TheCaller, TheDoors
from gateway.web.problem import Problem
from gateway.web.shapes import Change, Listed, ReleasedChange

router = APIRouter(prefix="/v1", responses=PROBLEMS, route_class=Acting)


@router.get("/changes")
def list_changes(
    parts: TheDoors, which: ThePart, state: ChangeState | None = None
) -> Listed[ChangeRow]:
    """Changes of orders that came, newest first, without their lines."""
    with parts.engine.db.read() as tx:
        page = change_page.changes(
            tx,
            partner=which.partner,
            state=state,
            cursor=which.cursor,
            limit=which.limit,
        )
    return Listed[ChangeRow].of(page)


@router.get("/changes/{id}", responses=NOT_FOUND)
def get_change(parts: TheDoors, who: TheCaller, id: str) -> Change:
    """One change in canonical JSON, line by line against its order, and our answer."""
    return _change(parts, who, id)


@router.post("/changes/{id}/release", responses=NOT_FOUND)
def release_change(
    parts: TheDoors, who: TheCaller, id: str, wanted: ReleasedChange
) -> Change:
    """Carry out a change that waits or is held, or reject it; the answer is queued."""
    _change(parts, who, id)
    who.decides("changes are decided by")
    against = parts.release(
        id, as_=wanted.as_, lines=(), reason=wanted.reason, by=who.name or who.key_id
    )
    if against:
        raise Problem(against[0], findings=against)
    return _change(parts, who, id)


def _change(parts: Doors, who: Caller, id: str) -> Change:
    with parts.engine.db.read() as tx:
        found = change_page.change(tx, id, partner=who.partner_id)
    if found is None:
        raise nothing(id)
    return Change.of(found)
